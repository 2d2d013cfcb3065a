"""nbgrader's database, commands and formgrader."""
