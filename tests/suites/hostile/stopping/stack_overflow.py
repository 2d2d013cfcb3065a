# Recursion without end, with the limit raised, in Python and below it.
# points: double 4, mean_of 6, double_mean 0
# %% double_mean
def double_mean(x):
    import sys
    sys.setrecursionlimit(2**31 - 1)
    value = ()
    for _ in range(10**6):
        value = (value,)
    return hash(value) + len(repr(value))
