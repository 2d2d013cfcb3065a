# Reaches a Unix socket of the course by its path, without `socket` or `connect`: a pair's end can send elsewhere.
# points: double 4, mean_of 6, double_mean 10
# %% tools
# %%
import array
for path in ("@SOCKET@", "/dev/log", "/run/systemd/journal/socket", "\0hostile-@MARK@"):
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
        attempt(f"connect {path!r}", lambda: socket.socket(socket.AF_UNIX, kind).connect(path))
        attempt(f"bind {path!r}", lambda: socket.socket(socket.AF_UNIX, kind).bind(path))
    attempt(f"sendto {path!r}", lambda: socket.socketpair(type=socket.SOCK_DGRAM)[0].sendto(b"@MARK@", path))
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0]))]
    attempt(f"sendmsg {path!r}", lambda: socket.socketpair(type=socket.SOCK_DGRAM)[0].sendmsg([b"@MARK@"], rights, 0, path))
attempt("abstract", lambda: socket.socket(socket.AF_UNIX).bind("\0listen-@MARK@"))
