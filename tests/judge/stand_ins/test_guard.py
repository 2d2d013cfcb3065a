"""An object's own answer counts in the lines where the instructor's solution needed one."""

from __future__ import annotations

from autograder.judge.stand_ins.guard import Guard

LABEL = "<tests one>"


def at_work(guard: Guard, source: str) -> list[bool]:
    found: list[bool] = []
    exec(compile(source, LABEL, "exec"), {"do": lambda word: found.append(guard.permits(word))})
    return found


def test_what_the_solution_needed_is_permitted_in_that_line_alone() -> None:
    first = Guard(None, frozenset({LABEL}))
    assert at_work(first, "do('eq')") == [True]
    second = Guard(frozenset(first.noted), frozenset({LABEL}))
    assert at_work(second, "do('eq'); do('sub')\ndo('eq')") == [True, False, False]


def test_one_callback_too_many_is_said() -> None:
    guard, said = Guard(None, frozenset()), []
    for _ in range(3):
        guard.count_callback(2, lambda: said.append("too many"))
    assert said == ["too many"]
    guard.begin()
    guard.count_callback(2, lambda: said.append("too many"))
    assert len(said) == 1
