# Raises errors whose names and texts are HTML, in a cell and in a call.
# points: double 0, mean_of 0, double_mean 10
# %%
raise type("<script>alert(1)</script>", (Exception,), {})("</pre><img src=x onerror=alert(1)>")
# %% double
def double(x):
    raise ValueError("`<script>alert(1)</script>` <img src=x onerror=alert(1)> [x](javascript:alert(1))")
# %% mean_of
def mean_of(x):
    raise type("<b>`", (Exception,), {})("</code></div><script>alert(1)</script>")
