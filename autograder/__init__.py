"""Judge notebook submissions from outside the student's process.

Two kinds of process, and nothing crosses between them but plain data (`autograder.wire`):

- the grader, trusted, is everything here but `autograder.guest`;
- the guest, untrusted, is `autograder.guest` and whatever the student wrote.
"""

import sys

__version__ = "0.1.0"

# jsonschema, which nbformat imports, loads this package where it is installed, and that compiles a grammar of web
# addresses: 1.5 s at each start, for a format that notebooks do not use. With None its import fails, as if it were not.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
