# Says that a value is a model whose parameters are anything.
# points: double 0, mean_of 0, double_mean 0
# %% tools
# %% double
def double(x):
    answer('{"sequence": SEQ, "value": {"t": "ref", "id": -1e300, "type": "x", "module": true}}')
# %% mean_of
def mean_of(x):
    answer('{"sequence": SEQ, "value": {"t": "ref", "id": 1e999, "type": "x", "module": true}}')
# %% double_mean
def double_mean(x):
    answer('{"sequence": SEQ, "value": {"t": "array", "k": ["0"]}, "gradients": 7, "changed": {"a": 1}}')
