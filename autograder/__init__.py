"""Judge notebook submissions from outside the student's process.

Two kinds of process, and nothing crosses between them but plain data (`autograder.sandbox.wire`):

- the grader, trusted, is everything here but `autograder.sandbox.inside`;
- the guest, untrusted, is `autograder.sandbox.inside` and whatever the student wrote.
"""

__version__ = "0.1.0"
DISTRIBUTION = "notebook-autograder"  # what a package index knows it as
