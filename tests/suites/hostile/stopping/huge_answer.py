# Answers with a tensor larger than any message, and with views of enormous storages.
# points: double 0, mean_of 6, double_mean 0
# %% double
def double(x):
    return torch.zeros(3, 4 << 20)
# %% double_mean
def double_mean(x):
    return torch.zeros(1).expand(1 << 40)
