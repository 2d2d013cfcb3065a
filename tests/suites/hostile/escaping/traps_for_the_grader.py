# Returns what would run code in the grader, were it unpickled, printed, compared or saved there.
# points: double 0, mean_of 0, double_mean 0
# %%
import os, pickle
class Trap:
    __reduce__ = lambda self: (os.system, ("touch /tmp/trapped-@MARK@",))
    __eq__ = __repr__ = __str__ = __float__ = __iter__ = __len__ = lambda self, *_: os.system("touch /tmp/trapped-@MARK@")
    __hash__ = lambda self: 0
# %% double
def double(x):
    x.trap = Trap()
    return [Trap(), pickle.dumps(Trap()), {Trap(): Trap()}]
# %% mean_of
def mean_of(x):
    return "__import__('os').system('touch /tmp/trapped-@MARK@')"
# %% double_mean
def double_mean(x):
    return {"__class__": "os.system", "t": "ref", "py/reduce": ["os.system"], "__reduce__": 1}
