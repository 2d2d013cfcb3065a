"""Other places where courses are graded, each a thin adapter over `grade` and `Report`."""
