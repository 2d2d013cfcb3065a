# Looks into all processes through /proc: environments, memory, open files, command lines.
# points: double 4, mean_of 6, double_mean 10
# %% tools
# %%
attempt("list", lambda: os.listdir("/proc"))
for pid in ("self", "1", os.getpid(), os.getppid(), *@PIDS@):
    for name in ("environ", "cmdline", "maps", "mem", "status", "stack", "auxv", "cwd/x", "root/etc/hostname"):
        attempt(f"{pid} {name}", lambda: open(f"/proc/{pid}/{name}", "rb").read(2000))
    for name in ("fd", "task", "map_files", "ns", "cwd/..", "root/"):
        attempt(f"{pid} {name}", lambda: os.listdir(f"/proc/{pid}/{name}"))
