"""A program: a notebook written as text comes in, its cells go out as JSON. Jupytext finds them.

It runs apart from the grader, under limits: nobody can say how long a text keeps a parser busy that was written for
friends. It opens no file, and starts nothing. It knows no other module of ours: it is run by its path.
"""

from __future__ import annotations

import json
import resource
import sys

_MEMORY_BYTES = 1 << 30
_PROCESSOR_SECONDS = 20


def main() -> None:
    """Reads a text of the format that the first argument names from standard input."""
    text = sys.stdin.buffer.read().decode("utf-8")
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_PROCESSOR_SECONDS, _PROCESSOR_SECONDS))
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]  # nbformat would load it: a second, for nothing
    import jupytext

    extension, _, name = sys.argv[1].partition(":")
    notebook = jupytext.reads(text, {"extension": extension, "format_name": name})
    # Of the metadata nothing but nbgrader's marks: those of a cell may refer to each other without an end.
    cells = [
        {"cell_type": each.cell_type, "source": each.source, "metadata": {"nbgrader": each.metadata.get("nbgrader")}}
        for each in notebook.cells
    ]
    sys.stdout.write(json.dumps(cells))


if __name__ == "__main__":
    main()
