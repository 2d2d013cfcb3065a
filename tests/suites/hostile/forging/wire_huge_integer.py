# Answers with a whole number that no float can hold.
# points: double 4, mean_of 0, double_mean 0
# %% tools
# %% mean_of
def mean_of(x):
    answer('{"sequence": SEQ, "value": 1' + "0" * 400 + "}")
# %% double_mean
def double_mean(x):
    answer('{"sequence": SEQ, "value": 1' + "0" * 4000 + "}")
