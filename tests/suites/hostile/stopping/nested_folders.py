# Makes folders in folders, deeper than any path.
# points: double 4, mean_of 6, double_mean 10
# %%
import os
for _ in range(1500):
    os.mkdir("d")
    os.chdir("d")
