# Returns values that hold themselves, and ones nested thousands deep.
# points: double 0, mean_of 0, double_mean 0
# %% double
def double(x):
    value = [x]
    value.append(value)
    return value
# %% mean_of
def mean_of(x):
    value = 1.0
    for _ in range(100_000):
        value = [value]
    return value
# %% double_mean
def double_mean(x):
    value = {}
    value[1] = value[2] = value[3] = value
    return value
