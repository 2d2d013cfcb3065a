# Reads with IPython's magics, of which some start programs.
# points: double 4, mean_of 6, double_mean 10
# %%
found = !cat @COURSE@/tests/hidden/tiny/test_double.py
print(found)
# %%
%%bash
cat @COURSE@/gradebook.db
# %%
%run @COURSE@/tests/hidden/tiny/misconceptions.py
# %%
%load @COURSE@/tests/hidden/tiny/test_double.py
# %%
%cd @COURSE@
%ls
# %%
get_ipython().system("env; ls -R @COURSE@")
