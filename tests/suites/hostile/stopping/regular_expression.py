# A regular expression that never comes to an end, in C code that hears no signal.
# points: double 4, mean_of 6, double_mean 0
# outcome: timed_out
# %% double_mean
def double_mean(x):
    import re, signal
    signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP})
    re.match("(a|aa)+$", "a" * 100 + "b")
