# Reads the memory of other processes by system calls.
# points: double 4, mean_of 6, double_mean 10
# %% tools
# %%
buffer = ctypes.create_string_buffer(4096)
pair = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 4096)
for pid in (os.getppid(), *@PIDS@):
    attempt("process_vm_readv", lambda: call(310, pid, pair, 1, pair, 1, 0) and buffer.raw)
    attempt("ptrace attach", lambda: call(101, 16, pid, 0, 0))
    attempt("ptrace seize", lambda: call(101, 0x4206, pid, 0, 0))
    attempt("pidfd_getfd", lambda: call(438, call(434, pid, 0), 3, 0))
    attempt("kcmp", lambda: call(312, os.getpid(), pid, 0, 0, 0))
    attempt("process_madvise", lambda: call(440, pid, pair, 1, 4, 0))
