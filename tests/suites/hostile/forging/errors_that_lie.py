# Raises errors that raise, loop or lie when they are asked what they are.
# points: double 0, mean_of 0, double_mean 0
# %%
class Odd(Exception):
    def __str__(self):
        raise self
    __repr__ = __str__
    __module__ = property(lambda self: 1 / 0)
class Meta(type):
    __name__ = property(lambda self: 1 / 0)
    __module__ = property(lambda self: 1 / 0)
class Worse(Exception, metaclass=Meta):
    pass
# %%
raise Odd
# %%
raise Worse
# %% double
def double(x):
    raise Odd
# %% mean_of
def mean_of(x):
    raise Worse
# %% double_mean
def double_mean(x):
    raise ExceptionGroup("no", [KeyboardInterrupt.__new__(Exception), Odd(), Worse()])
