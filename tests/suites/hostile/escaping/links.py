# Makes symbolic and hard links in its own folder and goes through them.
# points: double 4, mean_of 6, double_mean 10
# %% tools
# %%
targets = ["@COURSE@/gradebook.db", "@COURSE@/tests/hidden/tiny/test_double.py", "/etc/passwd", "/proc/1/environ"]
for number, target in enumerate(targets):
    os.symlink(target, f"link{number}")
    attempt(f"through a link to {target}", lambda: open(f"link{number}").read())
    attempt(f"write through a link to {target}", lambda: open(f"link{number}", "a"))
    attempt(f"hard link to {target}", lambda: os.link(target, f"hard{number}"))
    attempt(f"rename {target}", lambda: os.rename(target, f"moved{number}"))
os.symlink("@COURSE@", "course")
attempt("folder", lambda: os.listdir("course"))
attempt("below", lambda: open("course/source/tiny/tiny.ipynb").read())
attempt("out", lambda: os.rename("numbers.csv", "../numbers-@MARK@.csv"))
attempt("dots", lambda: open("../../../../etc/passwd").read())
os.unlink("numbers.csv")
os.symlink("/etc/passwd", "numbers.csv")
