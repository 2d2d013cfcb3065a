# Ends Python in each cell and each call, in each of its ways.
# points: double 0, mean_of 0, double_mean 0
# outcome: died
# %%
import os
os._exit(0)
# %%
exit()
# %%
quit(1)
# %%
raise SystemExit("bye")
# %%
import atexit, ctypes, sys
atexit.register(lambda: 1 / 0)
ctypes.CDLL(None).exit(3)
# %% double
def double(x):
    __import__("os")._exit(0)
# %% mean_of
def mean_of(x):
    raise SystemExit
# %% double_mean
def double_mean(x):
    __import__("os").abort()
