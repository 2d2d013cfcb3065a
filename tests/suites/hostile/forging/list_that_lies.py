# Returns lists, dicts and texts of lying length, order and content.
# points: double 0, mean_of 0, double_mean 0
# %%
class List(list):
    __len__ = lambda self: 3
    __iter__ = lambda self: iter(int, 1)
    __getitem__ = lambda self, key: 2.0
class Dict(dict):
    items = lambda self: [(self, self)] * 3
    __iter__ = lambda self: iter(int, 1)
class Text(str):
    __getitem__ = lambda self, key: "3.0" * 10**6
    __len__ = lambda self: 10**18
# %% double
def double(x):
    return List([x])
# %% mean_of
def mean_of(x):
    return Dict(a=1)
# %% double_mean
def double_mean(x):
    return Text("6.0")
