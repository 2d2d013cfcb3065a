# Reads the instructor's notebook, by several ways of opening a file.
# points: double 4, mean_of 6, double_mean 10
# %% tools
# %%
import io, mmap, pathlib, shutil, torch
path = "@COURSE@/source/tiny/tiny.ipynb"
attempt("open", lambda: open(path).read())
attempt("os.open", lambda: os.read(os.open(path, os.O_RDONLY), 9999))
attempt("O_PATH", lambda: open(f"/proc/self/fd/{os.open(path, os.O_PATH)}").read())
attempt("pathlib", lambda: pathlib.Path(path).read_text())
attempt("copy", lambda: shutil.copyfile(path, "mine"))
attempt("numpy", lambda: __import__("numpy").memmap(path, mode="r")[:2000].tobytes())
attempt("from_file", lambda: bytes(torch.from_file(path, size=2000, dtype=torch.uint8).tolist()))
attempt("libc", lambda: os.read(call(2, path.encode(), 0), 9999))
attempt("openat2", lambda: os.read(call(437, -100, path.encode(), bytes(24), 24), 9999))
attempt("exec", lambda: libc.execl(b"/bin/cat", b"cat", path.encode(), None) + 1 or 1 / 0)
