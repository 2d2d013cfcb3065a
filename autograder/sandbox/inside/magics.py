"""IPython's magics where nobody sits in front of it: which are left out, and what runs instead."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Any

from autograder.sandbox.inside import substitutes

# Cell magics whose body is a program of another language or process, and line magics that are for somebody who sits
# there, or that would look at the grader's own files: noted and left out.
# fmt: off
OTHER_PROGRAMS = (
    "!", "bash", "cmd", "perl", "pypy", "python", "python2", "python3", "ruby", "script", "sh", "sx", "system",
)
_FOR_NOBODY = (
    "aimport", "autoreload", "autosave", "colors", "conda", "debug", "edit", "gui", "notebook", "pdb", "pip", "rehashx",
)
# fmt: on
# Cell magics whose body runs as if it stood there without: how long it takes says nothing here.
PLAIN = ("time", "timeit", "prun")
# What `%matplotlib` may ask for; all else would draw on a screen, or in a browser.
_INLINE = ("", "inline", "agg", "-l", "--list")
_OPTIONS = re.compile(r"^(?:\s*-(?:[nrpv]\s*\w+|[tcqo]+))*\s*")


class Memory(dict[str, Any]):
    """What IPython keeps in its profile: folders visited, bookmarks, stored variables. It ends with the guest."""

    def keys(self, pattern: str = "*") -> list[str]:  # type: ignore[override]
        return [key for key in self if fnmatchcase(key, pattern)]


def instead(name: str, line: str) -> tuple[str, str] | None:
    """The line magic that runs for `%name line`, and its own line; None if it is left out."""
    if name in _FOR_NOBODY or (name.endswith("load_ext") and line.strip() == "autoreload"):
        return None
    if name == "matplotlib" and line.strip() not in _INLINE:
        substitutes.note(substitutes.SCREEN)
        return name, "inline"
    if name == "timeit":  # how long it takes says nothing here, and takes long to find out
        return name, _OPTIONS.sub(lambda found: "-n 1 -r 1 " + "-o " * ("-o" in found[0]), line)
    return name, line


def below(body: str) -> str:
    """A cell without its first line, its magic; lines are counted as before."""
    return body if body.startswith("%%") else f"#\n{body}"
