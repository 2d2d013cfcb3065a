"""Whether what was handed in is a notebook of this assignment, and not of another one."""

from __future__ import annotations

from autograder.course.assignment import Assignment
from autograder.course.marked_cells import grade_id
from autograder.submission.matching import Matched, defines, makes, solution_homes

# Another notebook: so many cells of code that are not the assignment's, and no more of its cells and solutions.
_MIN_FOREIGN_CELLS = 5
_MAX_SHARE_THERE = 0.25
_MAX_SHARE_DONE = 0.34
_MAX_SHARE_DONE_ALONE = 0.6
_MIN_TELLING_CHARACTERS = 20


def is_recognised(assignment: Assignment, matched: Matched) -> bool:
    """Whether any solution is there: its solution cell, its test cell, or a name that it defines."""
    names = {each.name for each in assignment.solutions} | {each.graded_cell for each in assignment.exercises}
    return any(grade_id(assignment.release.cells[home]) in names for home in matched.homes.values()) or any(
        defines(each.source, assignment.functions) for each in matched.found
    )


def another(assignment: Assignment, matched: Matched) -> tuple[int, int] | None:
    """How many cells of the release are there, and of how many, if it is probably another notebook.

    Work of one's own is no doubt: not in many cells, not without the frame, nor in one.
    """
    frame = {index: text for index, cell in enumerate(assignment.release.cells) if (text := cell.source.strip())}
    there = set(matched.homes.values()) & set(frame)
    foreign = sum(
        each.kind == "code" and bool(each.source.strip()) and index not in matched.homes
        for index, each in enumerate(matched.found)
    )
    if foreign < _MIN_FOREIGN_CELLS or foreign < len(there):
        return None
    whole = "\n".join(each.source for each in matched.found)
    there |= {index for index, text in frame.items() if len(text) >= _MIN_TELLING_CHARACTERS and text in whole}
    done = sum(
        any(makes(each.source, solution.functions) for each in matched.found) for solution in assignment.solutions
    )
    # Where nothing of the frame is there but names that are in common, more of these are needed to trust it.
    share = _MAX_SHARE_DONE if there - set(solution_homes(assignment)) else _MAX_SHARE_DONE_ALONE
    if len(there) > _MAX_SHARE_THERE * len(frame) or done > max(1, share * len(assignment.solutions)):
        return None
    return len(there), len(frame)
