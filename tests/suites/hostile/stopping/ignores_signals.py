# Ignores every signal that can be ignored, the one of the processor time limit as well, and spins in C.
# points: double 4, mean_of 6, double_mean 0
# outcome: timed_out
# %% double_mean
def double_mean(x):
    import signal
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    sum(range(10**15))
