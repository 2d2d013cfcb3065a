# Sends half of a frame and then nothing, and one byte at a time.
# points: double 0, mean_of 6, double_mean 0
# outcome: timed_out
# %% tools
# %% double
def double(x):
    os.write(wire(), struct.pack("<II", 1000, 0) + b"{")
    time.sleep(10**6)
# %% double_mean
def double_mean(x):
    os.write(wire(), struct.pack("<II", 10**6, 0))
    while True:
        os.write(wire(), b" ")
        time.sleep(0.01)
