# Opens the gradebook, as a file and as a database.
# points: double 4, mean_of 6, double_mean 10
# %% tools
# %%
import sqlite3
path = "@COURSE@/gradebook.db"
attempt("open", lambda: open(path, "rb").read()[:3000])
for mode in ("ro&immutable=1", "rw"):
    url = f"file:{path}?mode={mode}"
    attempt(mode, lambda: sqlite3.connect(url, uri=True).execute("select * from student").fetchall())
attempt("attach", lambda: sqlite3.connect(":memory:").execute(f"attach '{path}' as b").fetchall() + 1 / 0)
