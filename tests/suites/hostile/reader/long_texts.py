# Raises and prints texts of a million characters, words and lines.
# points: double 0, mean_of 0, double_mean 10
# %%
print("w" * 10**6)
print("\n" * 10**6)
# %% double
def double(x):
    raise ValueError("long " * 10**6)
# %% mean_of
def mean_of(x):
    raise type("N" * 10**6, (Exception,), {})("n\n" * 10**6)
