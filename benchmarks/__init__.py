"""How fast grading is, and what it costs, side by side with other graders: `make bench`."""
