"""Code of different students that is nearly the same: a hint for staff to look, and never a verdict.

Of each exercise the sketches are compared (`judge/sketch.py`). What many students share says nothing: a piece of code
weighs as much as it is rare, log2(n / students who have it), which is inverse document frequency (K. Sparck Jones, "A
statistical interpretation of term specificity", 1972). Pairs come from an inverted index of rare pieces: most pairs of
a class share none, and are never looked at.

What speaks for a pair is added up in bits over the exercises. An exercise says as much as its shared pieces are rare,
times the share of their own pieces that both have (Jaccard); a little more if there are many, and half as much again
if both made the same rare mistake in it. Taken off is what it takes to choose those exercises among all in which the
two could have been alike. A pair is told if the rest is more than the best of all pairs would reach by chance once in
100 classes, taking exercises as independent of each other.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy

from autograder.report.class_report.matrix import Array
from autograder.report.class_report.mistakes import Key, keys_of
from autograder.report.class_report.read_reports import ReadReport
from autograder.report.class_report.sketches import HASH_BYTES, MOST_HASHES, PIECE_WORDS

ENOUGH_STUDENTS = 8  # with fewer nobody knows what is rare
MOST_PAIRS = 300
_RARE_SHARE = 0.02  # of the class
_RARE_AT_LEAST, _RARE_AT_MOST = 4, 30  # students
_MOST_SHARED = 1_500_000  # pieces in pairs that are looked at, of one exercise, the rarest first
_MARGIN_BITS = math.log2(100)
_LEAST_ALIKE = 0.5  # the share of pieces from which two answers are called alike
_BITS_A_PLACE = 0.5
_WRONG_ALIKE = 1.5  # as much as a right answer that is alike: there are few ways to be right
_MOST_PLACES = MOST_HASHES / PIECE_WORDS
_CHARACTERS = 2 * HASH_BYTES
_HALF, _LOWER = numpy.uint64(32), numpy.uint64(0xFFFFFFFF)
_COUNTS = 64  # more than any count of a rare piece
_HASHES = re.compile(f"(?:[0-9a-f]{{{_CHARACTERS}}})*")


@dataclass(frozen=True)
class Pair:
    """Two students whose code is nearly the same.

    Attributes:
        bits: what speaks for it, above what chance would give.
        alike: the exercises in which their own code is, the most telling first.
        mistakes: those in which both made the same rare mistake.
    """

    students: tuple[str, str]
    bits: float
    alike: tuple[str, ...]
    mistakes: tuple[str, ...]


@dataclass(frozen=True)
class Cluster:
    """Students who are connected by pairs, the strongest pair first."""

    students: tuple[str, ...]
    pairs: tuple[Pair, ...]


@dataclass(frozen=True)
class Alike:
    """What was found.

    Attributes:
        clusters: the strongest first.
        compared: how many students have sketches.
        without: how many graded ones have none, as an earlier version graded them.
        left_out: pairs that are not told, as there are too many.
        why_none: why nothing could be told; empty if it could.
    """

    clusters: tuple[Cluster, ...] = ()
    compared: int = 0
    without: int = 0
    left_out: int = 0
    why_none: str = ""


@dataclass(frozen=True)
class _Shared:
    """Of one exercise: pairs as `first * n + second`, and for each how much of their own code is the same, how many
    pieces, and how rare these are on average (bits). `has_own`: (n,) who has rare code at all."""

    pairs: Array
    share: Array
    pieces: Array
    bits: Array
    has_own: Array


def alike(reports: Mapping[str, ReadReport]) -> Alike:
    """Pairs and clusters among graded reports."""
    graded = {student: each for student, each in reports.items() if each.status == "graded"}
    judged = {student: [one for one in each.exercises if one.graded_by == "checks"] for student, each in graded.items()}
    students = [student for student, each in judged.items() if any(one.sketch is not None for one in each)]
    without = sum(bool(each) for each in judged.values()) - len(students)
    if len(students) < ENOUGH_STUDENTS:
        why = "no report has sketches of code" if not students and without else "too few students"
        return Alike(compared=len(students), without=without, why_none=why)
    rare = rare_count(len(students))
    sketches: dict[str, tuple[list[int], list[str]]] = {}
    for row, student in enumerate(students):
        for each in judged[student]:
            if each.sketch:
                rows, texts = sketches.setdefault(each.name, ([], []))
                rows.append(row)
                texts.append(each.sketch)
    shared = {name: _shared(*each, len(students), rare) for name, each in sketches.items()}
    wrong = _rare_mistakes(graded[student] for student in students)
    pairs = _weighed(shared, students, wrong)
    return Alike(tuple(_clusters(pairs[:MOST_PAIRS])), len(students), without, max(0, len(pairs) - MOST_PAIRS))


def rare_count(students: int) -> int:
    """Up to how many students may have a piece of code that counts as rare."""
    return min(max(_RARE_AT_LEAST, int(_RARE_SHARE * students)), _RARE_AT_MOST)


def _shared(rows: list[int], texts: list[str], students: int, rare: int) -> _Shared:
    """The pairs that share rare pieces of one exercise."""
    joined = "".join(texts)
    if len(max(texts, key=len)) > MOST_HASHES * _CHARACTERS or not _HASHES.fullmatch(joined):  # a file was damaged
        texts = [each[: MOST_HASHES * _CHARACTERS] if _HASHES.fullmatch(each) else "" for each in texts]
        joined = "".join(texts)
    sizes = [len(each) // _CHARACTERS for each in texts]
    hashes = numpy.frombuffer(bytes.fromhex(joined), dtype=">u4").astype(numpy.uint64)
    # One number for hash and owner, and below for pair and rarity: sorting such is many times faster than ordering.
    both = numpy.sort(hashes << _HALF | numpy.repeat(numpy.array(rows, dtype=numpy.uint64), sizes))
    hashes, owners = both >> _HALF, (both & _LOWER).astype(numpy.int64)
    starts, counts = _runs(hashes)
    own = numpy.bincount(owners[numpy.repeat(counts <= rare, counts)], minlength=students)
    found, left = [], _MOST_SHARED
    for count in range(2, rare + 1):
        size = count * (count - 1) // 2
        first = starts[counts == count][: left // size]
        left -= first.size * size
        together = owners[first[:, None] + numpy.arange(count)]
        a, b = numpy.triu_indices(count, 1)
        found.append(((together[:, a] * students + together[:, b]) * _COUNTS + count).ravel())
    packed = numpy.sort(numpy.concatenate(found))
    starts, pieces = _runs(packed // _COUNTS)
    if not starts.size:
        none = numpy.zeros(0)
        return _Shared(starts, none, none, none, own > 0)
    bits = numpy.log2(students / numpy.maximum(numpy.arange(_COUNTS), 1))[packed % _COUNTS]
    pairs = packed[starts] // _COUNTS
    share = pieces / (own[pairs // students] + own[pairs % students] - pieces)
    return _Shared(pairs, share, pieces, numpy.add.reduceat(bits, starts) / pieces, own > 0)


def _runs(values: Array) -> tuple[Array, Array]:
    """Where each run of equal values begins, and how long it is."""
    starts = numpy.flatnonzero(numpy.concatenate([[True], values[1:] != values[:-1]])[: values.size])
    return starts, numpy.diff(numpy.append(starts, values.size))


def _rare_mistakes(reports: Iterable[ReadReport]) -> list[set[Key]]:
    """The rare mistakes of each student."""
    keys = [
        {
            key
            for each in report.exercises
            for key in keys_of(each.name, each.verdict, each.misconceptions, each.answers)
        }
        for report in reports
    ]
    counts: dict[Key, int] = {}
    for each in keys:
        for key in each:
            counts[key] = counts.get(key, 0) + 1
    rare = rare_count(len(keys))
    return [{key for key in each if counts[key] <= rare} for each in keys]


def _weighed(shared: Mapping[str, _Shared], students: list[str], wrong: list[set[Key]]) -> list[Pair]:
    """The pairs that chance does not explain, the strongest first."""
    count = len(students)
    needed = math.log2(count * (count - 1) / 2) + _MARGIN_BITS
    worth = {name: _worth(each) for name, each in shared.items()}
    # Who has not enough exercises in common is not looked at.
    least = math.ceil(needed / (_WRONG_ALIKE * (math.log2(count / 2) + (_MOST_PLACES - 1) * _BITS_A_PLACE)))
    keys = numpy.sort(numpy.concatenate([numpy.zeros(0, dtype=numpy.int64), *(each.pairs for each in shared.values())]))
    starts, often = _runs(keys)
    hopeful = keys[starts[often >= least]]
    total = numpy.zeros(hopeful.size)
    for name, each in shared.items():
        at = numpy.minimum(numpy.searchsorted(each.pairs, hopeful), each.pairs.size - 1)
        total += numpy.where(each.pairs[at] == hopeful, worth[name][at], 0.0) if each.pairs.size else 0.0
    hopeful = hopeful[_WRONG_ALIKE * total >= needed]
    where = {name: numpy.searchsorted(shared[name].pairs, hopeful) for name in shared}
    found = []
    for number, key in enumerate(hopeful.tolist()):
        first, second = divmod(key, count)
        both_wrong = {name for name, what, _ in wrong[first] & wrong[second] if what}
        bits, told = 0.0, []
        possible = sum(bool(each.has_own[first] or each.has_own[second]) for each in shared.values())
        for name in shared:
            one, index = shared[name], where[name][number]
            if index < one.pairs.size and one.pairs[index] == key:
                share = float(one.share[index])
                mine = float(worth[name][index])
                if share >= _LEAST_ALIKE:
                    mine *= _WRONG_ALIKE if name in both_wrong else 1.0
                    told.append((mine, name))
                bits += mine
        bits -= math.log2(math.comb(possible, len(told)))
        if bits >= needed and told:
            alike = tuple(name for _, name in sorted(told, key=lambda each: (-each[0], each[1])))
            same = tuple(name for name in alike if name in both_wrong)
            found.append(Pair((students[first], students[second]), round(bits - needed, 1), alike, same))
    return sorted(found, key=lambda each: (-each.bits, each.students))


def _worth(shared: _Shared) -> Array:
    """Bits that each pair's exercise says: how rare what they share is, and a little for each further place."""
    places = numpy.clip(shared.pieces / PIECE_WORDS - 1, 0, _MOST_PLACES - 1)
    return shared.share * shared.bits + shared.share**2 * places * _BITS_A_PLACE


def _clusters(pairs: list[Pair]) -> list[Cluster]:
    """The connected components."""
    home: dict[str, str] = {}

    def root(student: str) -> str:
        while home.setdefault(student, student) != student:
            home[student] = home[home[student]]
            student = home[student]
        return student

    for pair in pairs:
        home[root(pair.students[1])] = root(pair.students[0])
    members: dict[str, list[Pair]] = {}
    for pair in pairs:
        members.setdefault(root(pair.students[0]), []).append(pair)
    return [
        Cluster(tuple(sorted({each for pair in own for each in pair.students})), tuple(own)) for own in members.values()
    ]
