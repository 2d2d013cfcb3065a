# Makes devices and pipes, and opens those of the machine.
# points: double 4, mean_of 6, double_mean 10
# %% tools
# %%
attempt("node", lambda: os.mknod("device", 0o666 | stat.S_IFCHR, os.makedev(1, 1)))
attempt("block", lambda: os.mknod("disk", 0o666 | stat.S_IFBLK, os.makedev(8, 0)))
for path in ("/dev/mem", "/dev/kmsg", "/dev/tty", "/dev/ptmx", "/dev/fuse", "/dev/kvm", "/dev/sda", "/dev/vda", "/dev/net/tun", "/dev/console"):
    attempt(path, lambda: os.open(path, os.O_RDWR))
for number in (0, 1, 2):
    attempt("TIOCSTI", lambda: __import__("fcntl").ioctl(number, 0x5412, b"x"))
