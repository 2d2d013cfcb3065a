# Puts junk, half a frame and a frame without end on the wire, each in its own call.
# points: double 0, mean_of 0, double_mean 0
# outcome: died
# %% tools
# %% double
def double(x):
    os.write(wire(), b"\xff" * 4096)
# %% mean_of
def mean_of(x):
    say(b"{}", b"\xff" * 100)
# %% double_mean
def double_mean(x):
    say(b"\x80\x81 not text", b"")
