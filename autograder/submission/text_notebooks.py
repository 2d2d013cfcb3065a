"""Notebooks that are written as text: Markdown, MyST, R Markdown and Quarto, and scripts with marks of cells.

Jupytext finds the cells, in a process of its own (`jupytext_cells`) that is ended if it takes too long. Here only the
format is chosen: what such a text says of itself, in a header of YAML, is not read by anybody.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MAX_TEXT_BYTES = 1 << 20
_WALL_SECONDS = 20.0
_READER = Path(__file__).with_name("jupytext_cells.py")
# One header, of our own: whatever follows it is none.
_HEADER = "---\njupyter:\n  kernelspec:\n    display_name: Python 3\n    language: python\n    name: python3\n---\n\n"
_OLD_HEADER = re.compile(r"\A(# )?---[ \t]*\n(?:(?!```|~~~|(?:# )?---).*\n)*+(?:# )?(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
_PYTHON = r"(?:i?python3?|py3?)\b"
_FENCE = re.compile(
    rf"^ {{0,3}}(```+|~~~+)[ \t]*(?:{_PYTHON}|\{{\.?{_PYTHON}\}})[ \t]*(.*)$", re.MULTILINE | re.IGNORECASE
)
_ANY_FENCE = re.compile(r"^ {0,3}(```+|~~~+)", re.MULTILINE)
_MYST = re.compile(r"^(?:```+|~~~+|:::+)\{code(?:-cell)?\}", re.MULTILINE)
_R_MARKDOWN = re.compile(r"^```+\{python\b", re.MULTILINE)
_PERCENT = re.compile(r"^# ?%%.*(?:\[(?:markdown|md|raw)\]|=)", re.MULTILINE)
_LIGHT = re.compile(r"^# \+(?:[ \t]+\S.*)?$", re.MULTILINE)


@dataclass(frozen=True)
class TextFormat:
    """A way to write a notebook as text: what people call it, and Jupytext's name, with the ending of its files."""

    title: str
    name: str


MYST = TextFormat("MyST Markdown", ".md:myst")
QUARTO = TextFormat("Quarto", ".Rmd:rmarkdown")
R_MARKDOWN = TextFormat("R Markdown", ".Rmd:rmarkdown")
MARKDOWN = TextFormat("Markdown", ".md:markdown")
PERCENT = TextFormat("py:percent", ".py:percent")
LIGHT = TextFormat("py:light", ".py:light")


def format_of_text(text: str, ending: str) -> TextFormat | None:
    """The format that a text is a notebook in, by its cells of code, not its file's ending; None if it has none."""
    if _MYST.search(text):
        return MYST
    if _R_MARKDOWN.search(text):
        return QUARTO if ending == ".qmd" else R_MARKDOWN
    return MARKDOWN if _FENCE.search(text) else None


def format_of_script(text: str) -> TextFormat | None:
    """The format of a script whose marks of cells say more than where cells begin."""
    if _PERCENT.search(text):
        return PERCENT
    return LIGHT if _LIGHT.search(text) else None


def cells_of_text(text: str, format_: TextFormat) -> list[Any] | None:
    """The cells, as in a notebook's JSON, or None where nobody can make them out within the limits."""
    raw = _made_plain(text, format_).encode("utf-8", "replace")
    if len(raw) > MAX_TEXT_BYTES:
        return None
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_READER), format_.name],
            input=raw,
            capture_output=True,
            timeout=_WALL_SECONDS,
            check=True,
            cwd="/",
            env={"PATH": os.devnull},  # some formats of Jupytext's start programs
        )
        cells = json.loads(done.stdout)
    except (subprocess.SubprocessError, OSError, ValueError):
        return None
    return cells if isinstance(cells, list) else None


def _made_plain(text: str, format_: TextFormat) -> str:
    """The text with our header, and with fences as Jupytext knows them."""
    text = _OLD_HEADER.sub("", text.replace("\r\n", "\n"), count=1)
    if format_ in (PERCENT, LIGHT):
        header = "".join(f"# {line}".rstrip() + "\n" for line in _HEADER.splitlines()[:-1]) + "\n"
        return header + text.lstrip("\n")
    if format_ is MARKDOWN:
        text = _FENCE.sub(lambda found: f"{found[1]}python {found[2]}".rstrip(), text)
        text = _ANY_FENCE.sub(lambda found: "`" * len(found[1]), text)
    return _HEADER + text.lstrip("\n")
