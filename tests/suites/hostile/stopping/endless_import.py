# Endless code where Python runs some of its own: a destructor, an attribute, a callback of the collector.
# points: double 4, mean_of 6, double_mean 0
# outcome: timed_out
# %%
class Sticky:
    def __del__(self):
        while True:
            pass
    def __repr__(self):
        while True:
            pass
# %% double_mean
def double_mean(x):
    Sticky()
