# Sends tensors of types that cross in no honest answer.
# points: double 0, mean_of 0, double_mean 0
# %% tools
# %%
def tensor(dtype, size, shape=(3,)):
    data = bytes(size)
    head = json.dumps({"0": {"dtype": dtype, "shape": list(shape), "data_offsets": [0, size]}}).encode()
    answer('{"sequence": SEQ, "value": {"t": "tensor", "k": "0", "grad": true}}', struct.pack("<Q", len(head)) + head + data)
# %% double
def double(x):
    tensor("F8_E5M2", 3)
# %% mean_of
def mean_of(x):
    tensor("C64", 24)
# %% double_mean
def double_mean(x):
    tensor("U64", 24)
