# Kills, stops and crashes its own process.
# points: double 0, mean_of 0, double_mean 0
# outcome: died
# %% double
def double(x):
    import os
    os.kill(os.getpid(), 9)
# %% mean_of
def mean_of(x):
    import ctypes
    ctypes.string_at(0)
# %% double_mean
def double_mean(x):
    import os, signal
    os.kill(os.getpid(), signal.SIGSTOP)
