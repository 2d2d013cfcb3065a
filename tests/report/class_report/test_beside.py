"""Work beside other work."""

from __future__ import annotations

import os

import pytest

from autograder.report.class_report.beside import LARGE, beside


@pytest.mark.parametrize(("students", "is_here"), [(LARGE - 1, True), (LARGE, False)])
def test_for_many_students_it_is_done_in_another_process(students: int, is_here: bool) -> None:
    assert (beside(os.getpid, students)() == os.getpid()) == is_here


def test_what_is_raised_there_is_raised_here() -> None:
    result = beside(lambda: 1 // 0, LARGE)
    with pytest.raises(ZeroDivisionError):
        result()


def test_if_the_process_is_killed_the_work_is_done_here() -> None:
    parent = os.getpid()

    def work() -> int:
        if os.getpid() != parent:
            os._exit(9)
        return 7

    assert beside(work, LARGE)() == 7
