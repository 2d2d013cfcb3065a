# Shows tracebacks, pictures and results by the thousand.
# points: double 4, mean_of 6, double_mean 10
# %%
from IPython.display import display
shell = get_ipython()
for i in range(3000):
    try:
        raise ValueError("e" * 5000)
    except ValueError:
        shell.showtraceback()
    display("a")
    shell.display_pub.publish({"image/png": "A" * 4000, "text/html": "<b>" * 10})
