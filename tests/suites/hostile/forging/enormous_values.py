# Returns lists and texts of a million parts, and a dict of as many keys.
# points: double 0, mean_of 0, double_mean 0
# %% double
def double(x):
    return [0.0] * 10**6
# %% mean_of
def mean_of(x):
    return ["x" * 10**5] * 10**3
# %% double_mean
def double_mean(x):
    return {i: (i,) * 100 for i in range(10**4)}
