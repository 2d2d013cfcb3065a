"""A sketch of a student's own code: a few hashes of its pieces, by which near-identical code is found in a class.

Pieces are runs of tokens (source: "Winnowing: local algorithms for document fingerprinting", SIGMOD 2003), with names
numbered anew in each, so that neither other names nor a line put in between changes the rest. Of many pieces those with
the least hashes are kept, the same ones of the same code (source: "On the resemblance and containment of documents",
1997).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import lru_cache

from autograder.checks.catalogue import load_alternatives
from autograder.course.assignment import Assignment, Exercise
from autograder.course.errors import CourseError
from autograder.judge.form import form_of
from autograder.report.class_report.sketches import HASH_BYTES, MOST_HASHES, PIECE_WORDS

_MAX_CHARACTERS = 32_000
_MAX_WORDS = 4_000
_MAX_KEPT = 500  # sketches: short answers are often the same, and so is what nobody has written
_INDENT = re.compile(r"\d+:")
_NUMBERED = re.compile(r"_\d+")
_QUOTES = ("'", '"')


def sketch_of(sources: Sequence[str], known: Iterable[str], taken: frozenset[bytes] = frozenset()) -> str:
    """The sketch of cells: hexadecimal, empty if nothing in them is their own. It takes time linear in a bounded part.

    Args:
        known: names that mean the same to everybody.
        taken: pieces that are nobody's own.
    """
    return b"".join(sorted(pieces(sources, known) - taken)[:MOST_HASHES]).hex()


def pieces(sources: Sequence[str], known: Iterable[str]) -> set[bytes]:
    """The hash of every run of tokens in cells."""
    names = frozenset(known)
    found: set[bytes] = set()
    left, characters_left = _MAX_WORDS, _MAX_CHARACTERS
    for source in sources:
        if left <= 0 or characters_left <= 0:
            break
        words = _words(source[:characters_left], names)[:left]
        left -= len(words)
        characters_left -= len(source)
        named = [(each, _NUMBERED.fullmatch(each) is not None) for each in words]
        for start in range(max(1, len(words) - PIECE_WORDS + 1) if words else 0):
            found.add(_hash(named[start : start + PIECE_WORDS]))
    return found


def _words(source: str, known: frozenset[str]) -> list[str]:
    """Its tokens without indentation, and without texts that stand by themselves, which say no more than comments."""
    text = source.encode("utf-8", "replace").decode()
    words = []
    for word in form_of(text, known).words:
        indent = _INDENT.match(word)
        word = word[indent.end() :] if indent else word
        if not (indent and word.lstrip("rRbBuUfF").startswith(_QUOTES)):
            words.append(word)
    return words


def _hash(words: Sequence[tuple[str, bool]]) -> bytes:
    """Of words, each with whether it is a name."""
    numbers: dict[str, str] = {}
    own = [numbers.setdefault(each, f"_{len(numbers)}") if is_name else each for each, is_name in words]
    return hashlib.blake2b(" ".join(own).encode(), digest_size=HASH_BYTES).digest()


class Sketcher:
    """Makes the sketches of an assignment's exercises, without what its release and its own right answers hold."""

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._known = assignment.names
        self._taken = lru_cache(maxsize=None)(self._pieces_of)
        self._sketch = lru_cache(maxsize=_MAX_KEPT)(self._sketch_of)

    def sketch(self, exercise: Exercise, sources: Sequence[str]) -> str:
        """The sketch of a student's cells of an exercise."""
        return self._sketch(exercise.name, tuple(sources))

    def _sketch_of(self, name: str, sources: tuple[str, ...]) -> str:
        return sketch_of(sources, self._known, self._taken(name))

    def _pieces_of(self, name: str) -> frozenset[bytes]:
        exercise = self._assignment.exercise(name)
        answers = [exercise.stub, exercise.reference]
        with suppress(CourseError):  # the audit tells what is wrong with them
            answers += [each.code for each in load_alternatives(self._assignment) if each.exercise == name]
        return frozenset().union(*(pieces([each], self._known) for each in answers))
