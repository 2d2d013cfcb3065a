"""Where a report's exercises stand in the file that was handed in, which is not the notebook that was graded."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from autograder.course.assignment import Assignment
from autograder.course.marked_cells import grade_id
from autograder.report.exercise_result import ExerciseResult
from autograder.report.report import Report
from autograder.submission.cell_lines import CellLines, cell_lines
from autograder.submission.submission import read_submission


def find_lines(path: Path, assignment: Assignment, report: Report) -> dict[str, int]:
    """The line of the file, from 1, of each exercise: where its mistake is, or else its cell begins.

    The graded notebook was mended and put together anew. A cell of it is one of the file's if that has the same code
    and no other cell does; of others, nothing is told.
    """
    by_source: dict[str, list[CellLines]] = defaultdict(list)
    for each in cell_lines(path):
        by_source[each.source].append(each)
    if not by_source:
        return {}
    cells = read_submission(path, assignment, report.student).notebook.cells
    positions = {name: position for position, cell in enumerate(cells) if (name := grade_id(cell))}
    lines = {}
    for exercise in report.exercises:
        position, line = _place(exercise, positions)
        is_here = exercise.notebook in ("", assignment.notebook_name) and 0 <= position < len(cells)
        found = by_source.get(cells[position].source, []) if is_here else []
        if len(found) == 1 and 1 <= line <= len(found[0].lines):
            lines[exercise.name] = found[0].lines[line - 1]
    return lines


def _place(exercise: ExerciseResult, positions: dict[str, int]) -> tuple[int, int]:
    """A cell of the graded notebook and a line of it; the cell -1 if there is none."""
    if exercise.places:
        return exercise.places[0].cell, exercise.places[0].line
    return positions.get(exercise.solution_cell or exercise.graded_cell, -1), 1
