# Starts processes without end.
# points: double 4, mean_of 6, double_mean 10
# %% tools
# %%
import multiprocessing, subprocess
for _ in range(100):
    attempt("fork", os.fork)
    attempt("vfork", lambda: call(58))
    attempt("clone", lambda: call(56, 17, 0, 0, 0, 0))
attempt("forkpty", os.forkpty)
attempt("spawn", lambda: multiprocessing.get_context("spawn").Process(target=print).start())
attempt("forkserver", lambda: multiprocessing.get_context("forkserver").Process(target=print).start())
attempt("popen", lambda: subprocess.Popen(["sleep", "1000"], start_new_session=True))
attempt("os.system", lambda: os.system("sleep 1000 &") and 1 / 0)
