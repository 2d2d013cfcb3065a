# A dozen cells that each end Python.
# points: double 4, mean_of 6, double_mean 10
# outcome: died
# %% times 12
import os
os._exit(0)
