# Returns whole numbers of many digits.
# points: double 0, mean_of 0, double_mean 0
# %% double
def double(x):
    return [10**400, -(10**5000), 2**63, 2**64]
# %% mean_of
def mean_of(x):
    return 10**400
# %% double_mean
def double_mean(x):
    return 2**63 - 1
