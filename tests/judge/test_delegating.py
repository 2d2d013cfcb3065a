"""A stub that only calls an earlier exercise earns nothing beside that one's right code; own work keeps its points."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from unittest import mock

import nbformat
import pytest
from helpers import notebook_of, write_notebook
from marked import KERNEL, answer, judged_by, write_checks

from autograder.audit.stubs import stub_row
from autograder.course.errors import CourseError
from autograder.course.loading import load_assignment
from autograder.judge.delegating import Delegating
from autograder.judge.follow_through import may_build_on
from autograder.judge.grader import Grader
from autograder.judge.memory import Memory, MemoryFile
from autograder.judge.recorded_answers import Answers, Runs, pack_answers, unpack_answers
from autograder.judge.replaying import NoSandbox, NotRecorded
from autograder.judge.session import CheckSession
from autograder.report.exercise_result import ExerciseResult
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.limits import Limits

SOLUTIONS = {
    "area": "def area(w, h):\n    return w * h",
    "surface": "def surface(w, h, unit='m'):\n    return h * w",
    "rim": "def side(w, h):\n    return w + h\n\n\ndef rim(w, h):\n    return 2 * side(w, h)",
    "box": "def box(w, h):\n    return [area(w, h), rim(w, h)]",
    "stack": "class Stack:\n    def __init__(self):\n        self.items = []\n\n    def put(self, item):\n"
    "        self.items.append(item)\n\n    def top(self):\n        return self.items[-1]",
    "pile": "class Pile:\n    def __init__(self):\n        self.all = []\n\n    def put(self, item):\n"
    "        self.all = [item, *self.all]\n\n    def top(self):\n        return self.all[0]",
    "few": "few = [2, 3, 5]",
    "primes": "primes = [n for n in range(2, 7) if all(n % k for k in range(2, n))]",
    "pair": "def pair(a, b):\n    return [a, b]",
    "again": "def pair(a, b):\n    return [a] + [b]",
}
CHECKS = '''
import pytest
from autograder.checks import expect, value_of

def same(found, right):
    expect(found == right, "it", "is not right", "It should be.")

@pytest.mark.exercise("area")
def test_area(student):
    """Area."""
    same(student.area(2, 5), 10)

@pytest.mark.exercise("surface")
def test_surface(student):
    """Surface."""
    same(student.surface(3, 5), 15)

@pytest.mark.exercise("surface")
def test_unit(student):
    """Surface with its unit."""
    same(student.surface(3, 5, "cm"), 15)

@pytest.mark.exercise("rim")
def test_side(student):
    """Side."""
    same(student.side(3, 5), 8)

@pytest.mark.exercise("rim")
def test_rim(student):
    """Rim."""
    same(student.rim(3, 5), 16)

@pytest.mark.exercise("box")
def test_box(student):
    """Box."""
    same(student.box(3, 5), [15, 16])

@pytest.mark.exercise("stack")
def test_stack(student):
    """Stack."""
    stack = student.Stack()
    stack.call("put", 1)
    same(stack.call("top"), 1)

@pytest.mark.exercise("pile")
def test_pile(student):
    """Pile."""
    pile = student.Pile()
    pile.call("put", 3)
    pile.call("put", 4)
    same(pile.call("top"), 4)

@pytest.mark.exercise("few")
def test_few(student):
    """Few."""
    same(value_of(student, "few"), [2, 3, 5])

@pytest.mark.exercise("primes")
def test_primes(student):
    """Primes."""
    same(value_of(student, "primes"), [2, 3, 5])

@pytest.mark.exercise("pair")
def test_pair(student):
    """Pair."""
    same(student.pair(2, 4), [2, 4])

@pytest.mark.exercise("again")
def test_again(student):
    """Pair once more."""
    same(student.pair(3, 4), [3, 4])
'''
MISSING = "raise NotImplementedError()"

Grade = Callable[[Mapping[str, str]], Mapping[str, ExerciseResult]]


def make_course(folder: Path, **builds_on: list[str]) -> Path:
    """A course with an assignment `twins`, of which some exercises do the same work."""
    cells = []
    for name, solution in SOLUTIONS.items():
        cells.append(answer(name, solution))
        if name in builds_on:
            cells[-1].metadata["autograder"] = {"builds_on": builds_on[name]}
        cells.append(judged_by(f"test_{name}", "assert True", 4))
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=KERNEL)
    write_notebook(folder / "source" / "twins" / "twins.ipynb", notebook)
    write_checks(folder, "twins", CHECKS)
    return folder


@pytest.fixture(scope="module")
def grader(tmp_path_factory: pytest.TempPathFactory, sandbox: ForkSandbox) -> Iterator[Grader]:
    assignment = load_assignment(make_course(tmp_path_factory.mktemp("twins")), "twins")
    with Grader(assignment, sandbox, verdicts_only=True) as grader:
        yield grader


@pytest.fixture
def grade(grader: Grader, tmp_path: Path) -> Grade:
    def grade(answers: Mapping[str, str]) -> Mapping[str, ExerciseResult]:
        notebook = notebook_of(grader.assignment, {**SOLUTIONS, **answers})
        report = grader.grade(write_notebook(tmp_path / "twins.ipynb", notebook), "student-001").report
        return {each.name: each for each in report.exercises}

    return grade


@pytest.mark.parametrize(
    ("name", "stub", "other", "wrong"),
    [
        ("surface", "def surface(w, h, unit='m'):\n    return area(w, h)", "area", MISSING),
        ("surface", "def surface(w, h, unit='m'):\n    return area(w, h)", "area", "def area(w, h):\n    return w"),
        ("surface", "def surface(*args):\n    return globals()['ar' + 'ea'](*args[:2])", "area", MISSING),
        ("pile", "class Pile(Stack):\n    pass", "stack", MISSING),
        ("pile", "Pile = lambda: Stack()", "stack", "class Stack:\n    pass"),
        ("pile", "class Pile:\n    def __init__(self):\n        self.own = Stack()\n"
         "    def put(self, item):\n        self.own.put(item)\n    def top(self):\n        return self.own.top()",
         "stack", MISSING),
        ("primes", "primes = few", "few", "few = [1]"),
        ("again", "pass", "pair", MISSING),
    ],
)  # fmt: skip
def test_a_stub_gets_nothing_for_what_it_calls(grade: Grade, name: str, stub: str, other: str, wrong: str) -> None:
    found = grade({name: stub, other: wrong})
    assert (found[name].points, found[other].points) == (0, 0)
    assert not found[name].follow_through


def test_it_is_told_that_right_code_was_no_help(grade: Grade) -> None:
    found = grade({"surface": "def surface(w, h, unit='m'):\n    return area(w, h)", "area": MISSING})["surface"]
    assert found.message.endswith("`surface` was judged with your own `area`, as right code there could do its work.")


def test_a_variable_beside_a_function_could_do_nobodys_work(tmp_path: Path, sandbox: ForkSandbox) -> None:
    """It is no function, and what was one before under the other's name does not answer in its place."""
    with mock.patch.dict(SOLUTIONS, area="unit = 'm'\n\n\ndef area(w, h):\n    return w * h"):
        assignment = load_assignment(make_course(tmp_path), "twins")
    with Grader(assignment, sandbox, verdicts_only=True) as grader:
        delegating = grader.judges[0].beside_references.delegating
        assert delegating.won(assignment.exercise("rim"), "area") == frozenset()
        assert delegating.won(assignment.exercise("surface"), "area") == {"all::test_surface", "all::test_unit"}


def test_own_work_keeps_its_points_where_what_it_builds_on_is_wrong(grade: Grade) -> None:
    found = grade({"area": "def area(w, h):\n    return w", "rim": MISSING})
    assert found["surface"].points == 4  # its own formula
    assert found["box"].points == 4
    assert found["box"].follow_through


def test_what_is_own_work_in_an_exercise_keeps_its_share(grade: Grade) -> None:
    """`side` only calls `area` here, so it gets nothing; `rim` is right."""
    found = grade({"area": MISSING, "rim": "side = lambda w, h: w + h\n\n\ndef rim(w, h):\n    return 2 * side(w, h)"})
    assert found["rim"].points == 4


def test_what_an_exercise_does_not_declare_is_left_as_it_is(tmp_path: Path, sandbox: ForkSandbox) -> None:
    assignment = load_assignment(make_course(tmp_path, box=["rim"], surface=["area"]), "twins")
    notebook = notebook_of(assignment, {**SOLUTIONS, "area": "def area(w, h):\n    return w"})
    with Grader(assignment, sandbox, verdicts_only=True) as grader:
        report = grader.grade(write_notebook(tmp_path / "twins.ipynb", notebook), "student-001").report
        row = stub_row(assignment, sandbox)
    assert report.exercise("box").points == 0
    assert may_build_on(assignment, assignment.exercise("rim")) == {"area", "surface"}
    problems = {each.where: each.what for each in row.problems}
    assert "could do all its work" in problems["surface, as area"]
    assert not any("points" in each for each in problems.values())
    assert int(row.figure.partition("/")[2]) > 20


def test_what_a_declared_exercise_is_made_with_comes_with_it(tmp_path: Path) -> None:
    assignment = load_assignment(make_course(tmp_path, stack=["box"], pile=[]), "twins")
    assert may_build_on(assignment, assignment.exercise("stack")) == {"box", "area", "rim"}
    assert may_build_on(assignment, assignment.exercise("pile")) == frozenset()


@pytest.mark.parametrize(
    ("listed", "words"),
    [(["pile"], "which is no solution cell before it"), ("area", "no list"), ([1], "no list")],
)
def test_a_declaration_that_makes_no_sense_is_refused(tmp_path: Path, listed: list[str], words: str) -> None:
    with pytest.raises(CourseError, match=words):
        load_assignment(make_course(tmp_path, stack=listed), "twins")


def test_what_stubs_win_is_kept_with_the_answers_for_when_nothing_may_be_run(grader: Grader) -> None:
    judge = grader.judges[0]
    surface = grader.assignment.exercise("surface")
    kept: Runs = {}
    won = judge.beside_references.delegating.won(surface, "area", Answers({}, kept))
    assert won == {"all::test_surface", "all::test_unit"}
    known = unpack_answers(pack_answers({"twins": kept}))["twins"]
    later = Delegating(grader.assignment, grader.session, NoSandbox(grader.sandbox.limits), Memory())
    assert later.won(surface, "area", Answers(known)) == won
    with pytest.raises(NotRecorded):
        later.won(surface, "rim", Answers(known))


def test_what_stubs_win_is_found_once_and_known_to_other_processes_and_runs(grader: Grader, tmp_path: Path) -> None:
    surface, file = grader.assignment.exercise("surface"), MemoryFile(tmp_path / "known.jsonl", "1")
    first = Delegating(grader.assignment, grader.session, grader.sandbox, Memory(file))
    won = first.won(surface, "area")
    first.close()
    assert won == {"all::test_surface", "all::test_unit"}
    with mock.patch.object(CheckSession, "run", side_effect=AssertionError("it is known")):
        assert Delegating(grader.assignment, grader.session, grader.sandbox, Memory(file)).won(surface, "area") == won
        with pytest.raises(AssertionError, match="it is known"):
            Delegating(grader.assignment, grader.session, grader.sandbox, Memory(replace(file, version="2"))).won(
                surface, "area"
            )


def test_what_was_found_while_something_had_to_be_stopped_is_not_kept(grader: Grader, tmp_path: Path) -> None:
    surface, file = grader.assignment.exercise("surface"), MemoryFile(tmp_path / "known.jsonl", "1")
    sandbox = ForkSandbox(grader.sandbox.server, Limits(cell_wall_seconds=0.001, patience_wall_seconds=0.001))
    slow = Delegating(grader.assignment, grader.session, sandbox, Memory(file))
    slow.won(surface, "area")
    slow.close()
    assert not file.path.exists()
