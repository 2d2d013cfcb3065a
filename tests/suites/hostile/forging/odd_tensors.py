# Returns tensors of odd kinds: sparse, complex, on no device, of half numbers, of eight bits, of a hundred dimensions.
# points: double 0, mean_of 0, double_mean 0
# %%
count = 0
odd = [
    lambda: torch.ones(3).to_sparse(),
    lambda: torch.ones(3, dtype=torch.complex64),
    lambda: torch.ones(3, device="meta"),
    lambda: torch.ones(3).to(torch.float8_e4m3fn),
    lambda: torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.quint8),
    lambda: torch.ones(3).reshape([1] * 100 + [3]),
    lambda: torch.empty(0, 2**40),
    lambda: torch.nested.nested_tensor([torch.ones(3)]),
    lambda: torch.ones(1).expand(10**12),
]
def next_odd(x):
    global count
    count += 1
    return odd[count % len(odd)]()
# %% double
double = next_odd
# %% mean_of
mean_of = next_odd
# %% double_mean
double_mean = next_odd
