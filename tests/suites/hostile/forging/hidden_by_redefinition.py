# Replaces the names of other exercises from inside another cell, with wrong code.
# points: double 0, mean_of 6, double_mean 10
# %% double_mean
def double_mean(x):
    return mean_of(double(x))
exec("def double(x): return x")
