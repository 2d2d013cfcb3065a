# Source code and text cells that hold HTML: they are shown as they are.
# points: double 4, mean_of 6, double_mean 10
# %%
x = "</textarea></pre><script>alert(1)</script>"  # <img src=x onerror=alert(1)>
# %% markdown
# <script>alert(1)</script> [click](javascript:alert(1)) <img src=x onerror=alert(1)>
# %%
"\N{RIGHT-TO-LEFT OVERRIDE}" + "\x1b[31m"
