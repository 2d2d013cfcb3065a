# Watches the course's folders: names of files that others open would come by.
# points: double 4, mean_of 6, double_mean 10
# %% tools
# %%
for folder in ("@COURSE@/submitted", "@COURSE@/autograded", "@COURSE@/source/tiny", "/tmp"):
    attempt(folder, lambda: call(254, call(294, 0), folder.encode(), 0xFFF))  # inotify_add_watch(inotify_init1())
attempt("fanotify", lambda: call(300, 0, 0))
