# A cell that ends Python in every other run, and a call that ends it each time: the notebook must not go round.
# points: double 0, mean_of 6, double_mean 10
# outcome: died
# %%
import os, time
if time.time_ns() // 1000 % 2:
    os._exit(0)
# %% double
def double(x):
    os._exit(0)
