# Returns a float whose representation and conversions differ from its value.
# points: double 4, mean_of 0, double_mean 10
# %% mean_of
class Float(float):
    __repr__ = __str__ = lambda self: "3.0"
    __float__ = lambda self: -1.0
    __format__ = lambda self, spec: "3.0"
    hex = as_integer_ratio = lambda self: (3, 1)
def mean_of(x):
    return Float(x.sum())
