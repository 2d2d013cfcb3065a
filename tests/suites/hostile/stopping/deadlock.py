# Waits for a lock that it holds itself.
# points: double 4, mean_of 6, double_mean 0
# outcome: timed_out
# %% double_mean
def double_mean(x):
    import threading
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
