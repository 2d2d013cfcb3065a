# Returns a harmless tensor subclass with right numbers, which is a right answer.
# points: double 4, mean_of 6, double_mean 10
# %% double
class Mine(torch.Tensor):
    pass
def double(x):
    return (2 * x).as_subclass(Mine)
