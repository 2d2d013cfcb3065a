"""Names are proven by mutants: what is told must stand where the change was made."""

from __future__ import annotations

from pathlib import Path

from helpers import ROOT, make_course

from autograder.audit.audit import judge_answers
from autograder.audit.mutants import changed_places
from autograder.audit.named import mutants_of_alternatives, pairs_of_mutants, touches
from autograder.audit.probes import Answer, Probe
from autograder.checks.mended import Mend, Place
from autograder.course.assignment import load_assignment


def test_the_lab_s_names_are_proven_by_more_than_six_hundred_mutants_and_always_by_the_same() -> None:
    lab = load_assignment(ROOT, "logistic_regression")
    others, pairs = mutants_of_alternatives(lab, lab.exercises), pairs_of_mutants(lab, lab.exercises)
    assert len(others) + len(pairs) > 310  # and some 290 of the reference
    assert others == mutants_of_alternatives(lab, lab.exercises)
    assert {each.exercise for each in others} == {each.exercise for each in pairs} == {e.name for e in lab.exercises}


def test_a_mutant_knows_where_it_differs() -> None:
    right = "def f(x):\n    y = x + 1\n    return y"
    assert changed_places(right, right.replace("x + 1", "x - 1")) == ((2, 10, 11),)
    assert changed_places(right, "def f(x):\n    pass\n    return y")[0][0] == 2
    assert changed_places(right, right) == ()


def told(*places: tuple[int, int, int]) -> tuple[Mend, ...]:
    return tuple(Mend("operator:add>sub", 10, (Place(0, line, first, line, last),)) for line, first, last in places)


def test_what_is_told_elsewhere_is_no_proof() -> None:
    changed = ((2, 10, 11),)
    assert touches([told((2, 8, 13))], changed)
    assert touches([told((5, 0, 3)), told((2, 8, 13))], changed), "either of two ways"
    assert not touches([told((2, 20, 24))], changed)
    assert not touches([told((7, 8, 13))], changed)
    assert not touches([told((2, 8, 13), (7, 0, 3))], changed), "one of two edits is elsewhere"


def test_the_audit_counts_names_and_shows_those_that_stand_elsewhere(tmp_path: Path) -> None:
    assignment = load_assignment(make_course(tmp_path), "tiny")
    probes = [Probe("mutant", "double", f"double: {number}", "") for number in range(4)]
    answers = [
        Answer(probes[0], words=("In line 2 …",)),
        Answer(probes[1], words=("In line 9 …",), misplaced=True),
        Answer(probes[2]),
        Answer(probes[3], points=assignment.exercise("double").points, words=()),
    ]
    row = next(each for each in judge_answers(assignment, answers) if "named by what was changed" in each.title)
    assert row.figure == "1/2 (67% named)"
    assert [each.where for each in row.problems] == ["double: 1"]
