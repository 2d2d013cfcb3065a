# Takes the reference code of `double` in the follow-through run of `double_mean`, and makes it its own `double`.
# points: double 0, mean_of 6, double_mean 10
# %%
import atexit, os, pickle
try:
    stolen = open("/tmp/stolen-@MARK@", "rb").read()
except OSError:
    stolen = None
# %% double
def double(x):
    return x if stolen is None else eval(stolen)
# %% double_mean
def double_mean(x):
    for path in ("stolen", "/tmp/stolen-@MARK@", "/dev/shm/stolen-@MARK@"):
        try:
            open(path, "wb").write(double.__code__.co_code)
        except OSError:
            pass
    mine = globals()["double"]
    return mean_of(mine(x))
