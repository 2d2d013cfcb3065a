# Sleeps when it is called.
# points: double 4, mean_of 6, double_mean 0
# outcome: timed_out
# %% double_mean
def double_mean(x):
    import time
    time.sleep(10**6)
