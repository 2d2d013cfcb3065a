# Makes a socket of every family and type that the kernel knows.
# points: double 4, mean_of 6, double_mean 10
# %% tools
# %%
for family in range(1, 46):
    for kind in (1, 2, 3, 4, 5, 10):
        attempt(f"socket {family} {kind}", lambda: call(41, family, kind, 0))
        attempt(f"socket {family} {kind} by 32 bits", lambda: call(41, family | 1 << 32, kind, 0))
