# Changes modes, owners, times and attributes of the course's files, for which no file has to be opened.
# points: double 4, mean_of 6, double_mean 10
# %% tools
# %%
paths = ["submitted/right-1/tiny/tiny.ipynb", "tests/hidden/tiny/test_double.py", "source/tiny/tiny.ipynb"]
for path in ("@COURSE@/" + path for path in paths):
    attempt("chmod", lambda: os.chmod(path, 0o4777))
    attempt("chown", lambda: os.chown(path, 1, 1))
    attempt("own group", lambda: os.chown(path, os.getuid(), os.getgid()))
    attempt("lchown", lambda: call(94, path.encode(), 1, 1))
    attempt("utime", lambda: os.utime(path, (1, 1)))
    attempt("utimes", lambda: call(235, path.encode(), 0))
    attempt("utime by number", lambda: call(132, path.encode(), 0))
    attempt("setxattr", lambda: os.setxattr(path, "user.note", b"@MARK@"))
    attempt("fchmodat", lambda: call(268, -100, path.encode(), 0o777, 0))
    attempt("fchmodat2", lambda: call(452, -100, path.encode(), 0o777, 0))
    attempt("fchownat", lambda: call(260, -100, path.encode(), 1, 1, 0))
