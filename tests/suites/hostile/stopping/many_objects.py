# Answers with a text that takes twenty times as much memory once it is parsed.
# points: double 4, mean_of 0, double_mean 0
# outcome: died
# %% tools
# %% mean_of
def mean_of(x):
    answer('{"sequence": SEQ, "value": [' + "{}," * (10 << 20) + "{}]}")
# %% double_mean
def double_mean(x):
    answer('{"sequence": SEQ, "value": [' + "[]," * (2 << 20) + "[]]}")
