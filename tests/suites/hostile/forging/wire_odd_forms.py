# Answers with forms that the protocol does not have, each nested as deeply as can be read.
# points: double 0, mean_of 0, double_mean 0
# %% tools
# %% double
def double(x):
    answer('{"sequence": SEQ, "missing": ' + "[" * 900 + "]" * 900 + "}")
# %% mean_of
def mean_of(x):
    answer('{"sequence": SEQ, "value": ' + '{"t": "list", "v": [' * 400 + "]}" * 400 + "}")
# %% double_mean
def double_mean(x):
    answer('{"sequence": SEQ, "value": {"t": "dict", "v": [[{"t": "list", "v": []}, 1, 2]]}}')
