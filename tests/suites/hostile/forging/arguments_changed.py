# Changes its argument, hoping that the answer is compared with it.
# points: double 1, mean_of 0, double_mean 0
# %% double
def double(x):
    x.data.copy_(torch.ones_like(x))
    return 2 * x if x.requires_grad else x
# %% mean_of
def mean_of(x):
    x.resize_(0)
    return 0.0
# %% double_mean
def double_mean(x):
    del x
    gc = __import__("gc")
    for each in gc.get_objects():
        if isinstance(each, torch.Tensor):
            each.data.zero_()
    return 0.0
