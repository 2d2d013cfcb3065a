# Closes the wire, or puts something else in its place.
# points: double 0, mean_of 0, double_mean 0
# outcome: died
# %% tools
# %% double
def double(x):
    os.close(wire())
# %% mean_of
def mean_of(x):
    os.dup2(0, wire())
# %% double_mean
def double_mean(x):
    socket.socket(fileno=wire()).shutdown(socket.SHUT_RDWR)
