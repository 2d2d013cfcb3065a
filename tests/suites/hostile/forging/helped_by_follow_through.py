# Breaks `double` on purpose, so that `double_mean` may lean on the reference: each still gets what it deserves.
# points: double 0, mean_of 6, double_mean 10
# %% double
def double(x):
    raise NotImplementedError
