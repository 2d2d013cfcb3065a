# Has the kernel send SIGKILL to another process when one of its own sockets is ready.
# points: double 4, mean_of 6, double_mean 10
# %%
import fcntl, os, signal, socket
for pid in (os.getppid(), *@PIDS@, *range(os.getpid() - 30, os.getpid())):
    left, right = socket.socketpair()
    try:
        fcntl.fcntl(left, fcntl.F_SETOWN, pid)
        fcntl.fcntl(left, 10, signal.SIGKILL)  # F_SETSIG
        fcntl.fcntl(left, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
        right.send(b"x")
    except OSError as error:
        print(error)
