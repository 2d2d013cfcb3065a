# Returns NaN, infinity, and numbers that become them.
# points: double 0, mean_of 0, double_mean 0
# %% double
def double(x):
    return x * float("nan") if x.requires_grad else x / 0
# %% mean_of
def mean_of(x):
    return float("inf") - float("inf")
# %% double_mean
def double_mean(x):
    return float("-inf")
