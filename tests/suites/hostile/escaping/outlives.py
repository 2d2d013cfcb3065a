# Tries to leave something that goes on after grading.
# points: double 4, mean_of 6, double_mean 10
# %% tools
# %%
import atexit
attempt("double fork", lambda: os.fork() or os.setsid() or os.fork())
attempt("pdeathsig", lambda: call(157, 1, 0, 0, 0, 0) and 1 / 0)
attempt("pdeathsig, hidden", lambda: call(157, ctypes.c_ulong((1 << 32) + 1), 0, 0, 0, 0) and 1 / 0)
attempt("setsid", lambda: os.setsid() and 1 / 0)
libc.prctl(36, 1, 0, 0, 0)  # subreaper
def stay():
    signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))
    while True:
        time.sleep(0.1)
        try:
            open("/tmp/alive-@MARK@", "w").write("alive")
        except OSError:
            pass
for _ in range(10):
    threading.Thread(target=stay, daemon=False).start()
atexit.register(stay)
os.register_at_fork(before=stay)
