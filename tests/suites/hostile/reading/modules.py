# Imports the checks, the grader and the course's other modules by name.
# points: double 4, mean_of 6, double_mean 10
# %% tools
# %%
import importlib
sys.path += ["@COURSE@", "@COURSE@/tests/hidden", "@COURSE@/tests"]
for name in ("tiny.test_double", "hidden.tiny.test_double", "course_config", "autograder.judge.grader", "autograder.checks.catalogue", "autograder.course.assignment"):
    attempt(name, lambda: importlib.import_module(name))
