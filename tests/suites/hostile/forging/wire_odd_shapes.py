# Sends tensors of five thousand dimensions, and of none of the bytes that they name.
# points: double 0, mean_of 0, double_mean 0
# %% tools
# %%
def tensor(shape, size):
    head = json.dumps({"0": {"dtype": "F32", "shape": list(shape), "data_offsets": [0, size]}}).encode()
    answer('{"sequence": SEQ, "value": {"t": "tensor", "k": "0", "grad": false}}', struct.pack("<Q", len(head)) + head + bytes(size))
# %% double
def double(x):
    tensor([1] * 5000 + [3], 12)
# %% mean_of
def mean_of(x):
    tensor([2**62, 2**62], 4)
# %% double_mean
def double_mean(x):
    tensor([0, 2**62], 0)
