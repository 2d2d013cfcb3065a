"""Commands besides grading: the audit, pages, the machine, the gradebook. Each gives an exit code."""

from __future__ import annotations

from dataclasses import replace

from rich.console import Console

from autograder.cli.commands import errors
from autograder.cli.exit_codes import BAD_INPUT, OK
from autograder.course.course import Course
from autograder.sandbox.forked import open_sandbox

_AUDIT_MEND_CPU_SECONDS = 0.25


def audit_assignment(course: Course, name: str, points: bool = False, quick: bool = False) -> int:
    """Proves an assignment and prints what was proven; with `points`, prints only what each known mistake leaves.

    `quick` asks for less. Otherwise what is found of known mistakes is kept for grading.
    """
    # Hundreds of wrong answers are mended: what is named wrongly shows as well in a sixth of the time.
    most = 0.0 if quick else _AUDIT_MEND_CPU_SECONDS  # a short search is cut off anywhere: it proves nothing
    brief = replace(course.limits, mend_cpu_seconds=min(course.limits.mend_cpu_seconds, most))
    with open_sandbox(brief, course.isolation) as sandbox:
        from autograder.audit.audit import audit, points_left
        from autograder.audit.probes import AsGraded
        from autograder.batch.local import memory_file
        from autograder.cli.progress import bar
        from autograder.cli.tables import print_audit, print_points
        from autograder.report.formats.screen import counted

        assignment = course.assignment(name)
        whole = replace(sandbox, limits=course.limits)
        as_graded = None if quick else AsGraded(whole, memory_file(course, assignment))
        with bar(errors) as progress:
            task = progress.add_task("asking the grader", total=None, note="")

            def advance(done: int, total: int) -> None:
                progress.update(task, completed=done, total=total)

            left = points_left(assignment, sandbox, advance, as_graded) if points else []
            release = course.folders.release / name
            rows = [] if points else audit(assignment, release, course.addresses, sandbox, advance, quick, as_graded)
    if points:
        print_points(left, name, Console())
        return OK
    print_audit(rows, name, Console())
    problems = sum(len(row.problems) for row in rows)
    ready = "Nothing found. Before release, run it without --quick." if quick else "Ready to release."
    print(f"{counted(problems, 'problem')}." if problems else ready)
    return BAD_INPUT if problems else OK


def doctor(course: Course) -> int:
    """Says what this machine can do, and how to get what it lacks."""
    with open_sandbox(course.limits, "partial") as sandbox:
        from autograder.cli.tables import print_diagnosis
        from autograder.sandbox.doctor import diagnose

        allowed = {name: course.folders.source / name / "requirements.txt" for name in course.assignment_names()}
        found = diagnose(sandbox, allowed)
    print_diagnosis(found, Console())
    return OK if found.can_grade else BAD_INPUT


def make_feedback(course: Course, name: str, chosen: list[str], quiet: bool = False) -> int:
    """Makes students' pages, and says of whom there is none and why."""
    import time

    from autograder.cli.progress import bar
    from autograder.gradebook.student_pages import graded_students, make_pages
    from autograder.report.formats.screen import counted, printable

    started = time.monotonic()
    assignment = course.assignment(name)
    students = graded_students(course, assignment, chosen)
    problems, count = [], 0
    with bar(errors) as progress:
        task = progress.add_task("pages", total=len(students), note="", visible=not quiet)
        for student, made, problem in make_pages(course, assignment, students):
            count += made
            problems += [f"No new page for {student}: {problem}"] if problem else []
            progress.update(task, advance=1)
    for each in problems:
        errors.print(printable(each), markup=False)
    if not quiet:
        pages = [f"{each.notebook_name}.html" for each in assignment.notebooks]
        where = course.folders.feedback / "<student>" / name / pages[0]
        others = f" and {', '.join(pages[1:])}" if pages[1:] else ""
        print(f"Made {counted(count, 'page')} in {time.monotonic() - started:.1f} s: {where}{others}")
    return BAD_INPUT if problems else OK


def move_gradebook(course: Course, target: str) -> int:
    """Copies the gradebook and says what was copied."""
    from autograder.gradebook.copy_gradebook import copy_gradebook
    from autograder.report.formats.screen import counted

    rows = copy_gradebook(course, target)
    parts = {"student": "student", "assignment": "assignment", "submitted_assignment": "submission"}
    copied = ", ".join(counted(rows[table], thing) for table, thing in parts.items())
    print(
        f"Copied {copied}: {counted(sum(rows.values()), 'row')}. "
        "The old gradebook is as it was. Set GRADEBOOK_URL to the new one."
    )
    return OK
