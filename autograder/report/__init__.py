"""What is said of a submission: the record, the graded notebook, the page, and the formats."""
