# `double` is wrong, so that `double_mean` runs beside the reference code of `double`, and tells of that code.
# points: double 0, mean_of 6, double_mean 0
# %% double
def double(x):
    return x
# %% double_mean
def double_mean(x):
    import dis, inspect, linecache
    print(linecache.cache.keys(), double.__code__.co_consts)
    raise ValueError(f"{double.__code__.co_consts} {double.__doc__} {linecache.cache}")
