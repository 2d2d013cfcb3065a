"""Objects of a notebook as nbgrader's own tests see them, while the tests run in the grader and the objects don't."""
