"""How hand-ins come to be in `submitted/`: from nbgrader's exchange, from learning platforms, from git."""
