# Shows HTML, script and SVG as outputs.
# points: double 4, mean_of 6, double_mean 10
# %%
from IPython.display import HTML, SVG, IFrame, Javascript, Markdown, display
display(HTML("<script>alert(1)</script><img src=x onerror=alert(1)><iframe src='javascript:alert(1)'></iframe>"))
display(Javascript("alert(1)"))
display(SVG("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"))
display(IFrame("javascript:alert(1)", 1, 1))
display(Markdown("[click](javascript:alert(1)) <script>alert(1)</script>"))
print("</pre><script>alert(1)</script>")
# %%
%%html
<form action="http://example.org"><input type=submit></form>
# %%
class Odd:
    def _repr_html_(self):
        return "<script>alert(1)</script>"
    def _repr_latex_(self):
        return "$\\href{javascript:alert(1)}{x}$"
    def _repr_json_(self):
        return {"a": "<script>"}
    def _repr_mimebundle_(self, **_):
        return {"application/vnd.evil+json": "x", "text/html": "<b onclick=alert(1)>", "image/png": "<script>"}
Odd()
