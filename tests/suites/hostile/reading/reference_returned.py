# The same, in what is returned.
# points: double 0, mean_of 6, double_mean 0
# %% double
def double(x):
    return x
# %% double_mean
def double_mean(x):
    return str(double.__code__.co_consts)
