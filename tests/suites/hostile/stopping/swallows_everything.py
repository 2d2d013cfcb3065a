# A loop that swallows every exception.
# points: double 4, mean_of 6, double_mean 10
# outcome: timed_out
# %%
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
    finally:
        continue
