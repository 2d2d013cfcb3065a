"""What a terminal shows: its width and colours, signs, and text that can't steer it."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.markup import escape

from autograder.report.exercise_result import Verdict

STYLES = {
    Verdict.PASSED: "green",
    Verdict.FAILED: "yellow",
    Verdict.SKIPPED: "dim",
    Verdict.ERROR: "magenta",
    Verdict.BY_HAND: "blue",
}
GOOD, BAD = "[green]✓[/]", "[yellow]✗[/]"
_LEFT_TO_RIGHT = "\u200e"  # it ends what runs the other way, or numbers that follow would join it
LOOK = "[magenta]{}[/]"  # what staff should look at


@dataclass(frozen=True)
class Screen:
    """Where text is shown.

    Attributes:
        columns: how many characters a line has.
        colours: which colours it has, as rich names them; None: none at all.
    """

    columns: int = 80
    colours: Literal["auto", "standard", "256", "truecolor", "windows"] | None = None


def screen_of(console: Console) -> Screen:
    """What a console shows."""
    return Screen(console.width, console.color_system)  # type: ignore[arg-type]


def drawn(draw: Callable[[Console], None], screen: Screen) -> str:
    """What `draw` prints to a console like `screen`, as text."""
    text = io.StringIO()
    terminal = screen.colours is not None
    draw(Console(file=text, width=screen.columns, force_terminal=terminal, color_system=screen.colours))
    return text.getvalue()


def without_controls(text: str) -> str:
    """`text` without control characters, so that a student's name or words can't steer a terminal."""
    return "".join(each if each.isprintable() else "�" for each in text)


def lines_without_controls(text: str) -> str:
    """The same for text of several lines, such as an error's."""
    return "\n".join(without_controls(each.expandtabs()) for each in text.splitlines())


def printable(text: str) -> str:
    """The same where rich reads markup, of which `text` holds none."""
    return escape(without_controls(text))


def plain_name(name: str) -> str:
    """A name without signs that nobody sees, which may turn the line around it."""
    return "".join(each for each in " ".join(name.split()) if each.isprintable())


def one_way(text: str) -> str:
    """`text`, which leaves what comes after it where it is, even if it runs from right to left."""
    runs_back = any(unicodedata.bidirectional(each) in ("R", "AL", "AN") for each in text)
    return text + _LEFT_TO_RIGHT * runs_back


def without_middle(text: str, width: int) -> str:
    """Beginning and end of what is too long for so many characters, as ids often differ at their end."""
    if cell_len(text) <= width:
        return text
    tail = ""
    for each in reversed(text):
        if cell_len(each + tail) > (width - 1) // 3:
            break
        tail = each + tail
    return one_way(f"{set_cell_size(text, width - 1 - cell_len(tail)).rstrip()}…{tail}")


def without_end(text: str, width: int) -> str:
    """The beginning of what is too long for so many characters."""
    return text if cell_len(text) <= width else one_way(f"{set_cell_size(text, width - 1).rstrip()}…")


def counted(number: int, thing: str) -> str:
    """ "1 submission", "2 submissions"."""
    return f"{number} {thing}{'s' * (number != 1)}"
