# Writes outside its folder, where somebody would run or read it.
# points: double 4, mean_of 6, double_mean 10
# %% tools
# %%
import site, sysconfig, matplotlib
folders = [*sys.path, site.getusersitepackages(), sysconfig.get_path("purelib"), os.path.dirname(torch.__file__), matplotlib.get_cachedir()]
folders += ["/tmp", "/dev/shm", "/var/tmp", "/etc", "/root", "/home", "@COURSE@", "@COURSE@/submitted/right-1/tiny", "@COURSE@/autograded", ".."]
for folder in folders:
    if folder:
        attempt(folder, lambda: open(f"{folder}/written-@MARK@.pth", "w"))
        attempt(f"{folder} directory", lambda: os.mkdir(f"{folder}/made-@MARK@"))
        attempt(f"{folder} fifo", lambda: os.mkfifo(f"{folder}/pipe-@MARK@"))
        attempt(f"{folder} link", lambda: os.symlink("/etc/passwd", f"{folder}/link-@MARK@"))
for path in ("gradebook.db", "autograded/right-1/tiny/report.json", "nbgrader_config.py", "tests/hidden/tiny/__init__.py"):
    attempt(path, lambda: open(f"@COURSE@/{path}", "a"))
    attempt(f"unlink {path}", lambda: os.unlink(f"@COURSE@/{path}"))
    attempt(f"rename {path}", lambda: os.rename(f"@COURSE@/{path}", f"@COURSE@/{path}.old"))
