# Prints without end, to every stream.
# points: double 4, mean_of 6, double_mean 10
# outcome: timed_out
# %%
import os, sys
while True:
    print("x" * 1000)
    print("y", file=sys.stderr)
    os.write(1, b"z" * 1000)
    sys.__stderr__.write("z" * 1000)
