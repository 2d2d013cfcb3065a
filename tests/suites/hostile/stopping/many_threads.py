# Starts 2,000 threads with small stacks, which stay: were they not counted, there would soon be no process left to fork.
# points: double 4, mean_of 6, double_mean 10
# %% tools
# %%
threading.stack_size(32768)
started = 0
try:
    for _ in range(2_000):
        threading.Thread(target=time.sleep, args=(1,), daemon=True).start()
        started += 1
except (RuntimeError, MemoryError):
    pass
if started >= 200:
    print("LOOT: threads", started)
