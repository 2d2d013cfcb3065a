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
# What Jupytext and nbformat import where it is there, and this does not need: formats of web addresses and durations,
# Jupyter's server and its clients. Together they take longer than all else.
_LEFT_OUT = ("rfc3987_syntax", "isoduration", "jupyter_server", "jupyter_client", "tornado")


def main() -> None:
    """Reads a text of the format that the first argument names from standard input."""
    text = sys.stdin.buffer.read().decode("utf-8")
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_PROCESSOR_SECONDS, _PROCESSOR_SECONDS))
    for each in _LEFT_OUT:
        sys.modules[each] = None  # type: ignore[assignment]
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
