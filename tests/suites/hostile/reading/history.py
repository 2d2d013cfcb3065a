# Asks IPython for everything that it remembers.
# points: double 4, mean_of 6, double_mean 10
# %% tools
# %%
shell = get_ipython()
print(shell.history_manager.enabled, getattr(shell.history_manager, "hist_file", None))
print(list(shell.history_manager.input_hist_raw)[:50], shell.user_ns.get("Out"), shell.user_ns.get("_oh"))
attempt("tail", lambda: list(shell.history_manager.get_tail(100)) or 1 / 0)
attempt("search", lambda: list(shell.history_manager.search("*")) or 1 / 0)
# %%
%history -g
# %%
%recall
