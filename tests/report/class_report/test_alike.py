"""Near-identical code: copies are found, and honest answers that are alike are not."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from autograder.checks.catalogue import load_alternatives, load_misconceptions
from autograder.course.assignment import Assignment
from autograder.course.loading import load_assignment
from autograder.judge.sketch import pieces, sketch_of
from autograder.report.class_report.alike import ENOUGH_STUDENTS, Alike, alike, rare_count
from autograder.report.class_report.read_reports import ReadExercise, ReadReport

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def lab() -> Assignment:
    return load_assignment(ROOT, "logistic_regression")


class Writer:
    """Writes answers of students from the lab's catalogue, each whole and as it stands there.

    Only the stub is taken away from sketches, and not, as in grading, the catalogue's right answers: the class has no
    variety but these, which is harder than any real one.
    """

    def __init__(self, lab: Assignment) -> None:
        self.lab = lab
        self.names = lab.names
        self.stubs = {each.name: frozenset(pieces([each.stub], self.names)) for each in lab.exercises}
        self.right: dict[str, list[str]] = {each.name: [each.reference] for each in lab.exercises}
        self.wrong: dict[str, list[tuple[str, str]]] = {each.name: [] for each in lab.exercises}
        for one in load_alternatives(lab):
            self.right[one.exercise].append(one.code)
        for other in load_misconceptions(lab):
            self.wrong[other.exercise].append((other.id, other.code))
        self.sketch = cache(self._sketch)

    def _sketch(self, name: str, code: str) -> str:
        return sketch_of([code], self.names, self.stubs[name])

    def answers(self, chance: random.Random, wrong_share: float) -> dict[str, tuple[str, str]]:
        """Of each exercise the id of a mistake, or nothing, and the code."""
        return {
            each.name: chance.choice(self.wrong[each.name])
            if chance.random() < wrong_share
            else ("", chance.choice(self.right[each.name]))
            for each in self.lab.exercises
        }

    def report(self, student: str, answers: dict[str, tuple[str, str]]) -> ReadReport:
        exercises = tuple(
            ReadExercise(
                name, 0.0 if what else 1.0, 1.0, "failed" if what else "passed", (what,) if what else (),
                sketch=self.sketch(name, code),
            )
            for name, (what, code) in answers.items()
        )  # fmt: skip
        return ReadReport(2, student, 1.0, 1.0, "graded", exercises)


@pytest.fixture(scope="module")
def writer(lab: Assignment) -> Writer:
    return Writer(lab)


def a_class(writer: Writer, students: int, wrong_share: float, seed: int) -> dict[str, ReadReport]:
    chance = random.Random(seed)
    names = [f"s{number:04d}" for number in range(students)]
    return {each: writer.report(each, writer.answers(chance, wrong_share)) for each in names}


def pairs(found: Alike) -> list[tuple[str, str]]:
    return [pair.students for cluster in found.clusters for pair in cluster.pairs]


@pytest.mark.parametrize("students", [12, 20, 60, 200])
@pytest.mark.parametrize("wrong_share", [0.0, 0.2, 0.5])
def test_honest_students_with_answers_of_the_same_few_forms_are_not_told(
    writer: Writer, students: int, wrong_share: float
) -> None:
    for seed in range(2):
        found = alike(a_class(writer, students, wrong_share, seed))
        assert (found.compared, pairs(found)) == (students, [])


def own_words(code: str, number: int) -> str:
    """The same in one's own words: each student has names, a constant and a helper of their own."""
    chance = random.Random(number)
    lines = [
        f"    keep_{at} = [{chance.randrange(99)}, {at}, {chance.random():.3f}][{chance.randrange(3)}]"
        for at in range(2)
    ]
    odd = chance.choice(
        ["if keep_0 is None:\n        keep_1 = keep_0", "assert keep_0 is not keep_1 or True", "keep_0 += keep_1"]
    )
    return re.sub(r"(\):\n)", rf"\1{lines[0]}\n    {odd}\n", code, count=1) + f"\n{lines[1].strip()}\n"


def disguised(code: str) -> str:
    """The same code as somebody who copies hands it in: other names, no comments, another order of its cells."""
    code = re.sub(r"#[^\n]*", "# mine", code)
    return re.sub(r"\b(keep_\d|z|p|total|losses)\b", r"my_\1", code)


def test_a_copy_is_found_in_disguise_and_without_accusing_anybody_else(writer: Writer) -> None:
    chance = random.Random(1)
    everybody = {}
    for number in range(22):
        answers = {
            name: (what, own_words(code, 100 * number + at))
            for at, (name, (what, code)) in enumerate(writer.answers(chance, 0.3).items())
        }
        everybody[f"s{number:04d}"] = answers
    everybody["s0007"] = {name: (what, disguised(code)) for name, (what, code) in reversed(everybody["s0021"].items())}
    found = alike({student: writer.report(student, answers) for student, answers in everybody.items()})
    assert pairs(found) == [("s0007", "s0021")]
    assert len(found.clusters[0].pairs[0].alike) >= 6


def made_up(codes: dict[str, Sequence[str]], wrong: dict[str, Sequence[str]] | None = None) -> dict[str, ReadReport]:
    """Reports with these pieces of code in each exercise, and these mistakes."""
    return {
        student: ReadReport(
            2, student, 1.0, 1.0, "graded",
            tuple(
                ReadExercise(
                    f"e{at}", 0.0, 1.0, "failed" if (wrong or {}).get(student, ("",) * 9)[at] else "passed",
                    tuple(filter(None, [(wrong or {}).get(student, ("",) * 9)[at]])), sketch=each,
                )
                for at, each in enumerate(own)
            ),
        )
        for student, own in codes.items()
    }  # fmt: skip


def own_code(student: int, exercise: int) -> str:
    chance = random.Random(student * 100 + exercise)
    return "".join(f"{chance.getrandbits(32):08x}" for _ in range(16))


def strangers(count: int = 40, exercises: int = 4) -> dict[str, Sequence[str]]:
    return {f"s{number:03d}": [own_code(number, at) for at in range(exercises)] for number in range(count)}


def test_the_same_rare_mistake_weighs_more_than_the_same_right_answer() -> None:
    codes = strangers()
    codes["s001"] = codes["s000"]
    right = alike(made_up(codes)).clusters[0].pairs[0]
    wrong = {"s000": ["m", "", "", "m"], "s001": ["m", "", "", "m"]}
    both = alike(made_up(codes, wrong)).clusters[0].pairs[0]
    assert both.bits > right.bits
    assert (right.mistakes, set(both.mistakes)) == ((), {"e0", "e3"})


def test_a_mistake_of_many_weighs_no_more() -> None:
    codes = strangers()
    codes["s001"] = codes["s000"]
    wrong = {student: ["m", "", "", ""] for student in codes}
    assert alike(made_up(codes, wrong)).clusters[0].pairs[0].mistakes == ()


def test_what_many_share_is_a_common_solution() -> None:
    codes = {student: [own_code(0, at) for at in range(4)] for student in strangers()}
    assert pairs(alike(made_up(codes))) == []


def test_three_who_share_are_one_cluster() -> None:
    codes = strangers()
    codes["s010"] = codes["s011"] = codes["s012"]
    (cluster,) = alike(made_up(codes)).clusters
    assert cluster.students == ("s010", "s011", "s012")
    assert len(cluster.pairs) == 3


def test_the_order_of_reports_does_not_matter() -> None:
    codes = strangers()
    codes["s010"], codes["s030"] = codes["s011"], codes["s012"]
    turned = dict(reversed(codes.items()))
    assert {frozenset(each) for each in pairs(alike(made_up(codes)))} == {
        frozenset(each) for each in pairs(alike(made_up(turned)))
    }


def test_who_has_no_sketch_is_counted_and_a_small_class_is_not_compared() -> None:
    old = {
        name: ReadReport(2, name, 1.0, 1.0, "graded", (ReadExercise("e", 1.0, 1.0, "passed"),)) for name in "abcdefghij"
    }
    found = alike(old)
    assert (found.compared, found.without, found.why_none) == (0, 10, "no report has sketches of code")
    few = alike(made_up(strangers(ENOUGH_STUDENTS - 1)))
    assert few.why_none == "too few students"
    assert alike({}).why_none == "too few students"
    mixed = alike({**old, **made_up(strangers())})
    assert (mixed.compared, mixed.without, mixed.why_none) == (40, 10, "")


@pytest.mark.parametrize("damage", ["zz", "0" * 9, "é" * 8, "0" * 80_000, " " * 8, "ABCDEF01"])
def test_a_damaged_sketch_harms_nobody_else(damage: str) -> None:
    codes = strangers()
    codes["s001"] = codes["s000"]
    codes["s020"] = [damage] * 4
    assert pairs(alike(made_up(codes))) == [("s000", "s001")]


@pytest.mark.parametrize(("students", "rare"), [(8, 4), (300, 6), (10_000, 30)])
def test_what_is_rare_grows_with_the_class_and_has_an_end(students: int, rare: int) -> None:
    assert rare_count(students) == rare
