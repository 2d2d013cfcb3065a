"""From the reports of students and a few facts to the report on their class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from autograder.report.class_report.alike import Alike, alike
from autograder.report.class_report.attention import late, looks, much_below
from autograder.report.class_report.beside import beside
from autograder.report.class_report.facts import Facts
from autograder.report.class_report.item_analysis import items, reliability, summary
from autograder.report.class_report.left_out import notes
from autograder.report.class_report.matrix import checks_of, matrix_of
from autograder.report.class_report.mistakes import Mistake, mistakes
from autograder.report.class_report.read_reports import ReadClass, ReadReport, ReadWords
from autograder.report.class_report.records import ClassReport, Counts, SideBySide, Student, ToldMistake
from autograder.report.class_report.scale import histogram
from autograder.report.class_report.times import times
from autograder.report.class_report.together import CheckFigures, check_figures

MOST_NAMED, MOST_GROUPS = 40, 25
"""How many mistakes have a sentence and an example: with a name, and without."""

MOST_SIDE_BY_SIDE = 12
"""How many clusters of near-identical code are shown with it."""

_MOST_CODE_LINES, _MOST_LINE_CHARACTERS = 40, 160
_TITLES_FROM = 40  # reports that are looked at for the words of checks


def class_report(found: ReadClass, facts: Facts) -> ClassReport:
    """The report on a class.

    Args:
        found: the reports, with today's marks.
    """
    reports = found.reports
    alone = _one_of_each_group(reports, facts.partners)
    likeness_of = beside(lambda: alike(alone), len(alone))  # a third of all work
    graded = {student: each for student, each in reports.items() if each.status == "graded"}
    matrix = matrix_of(reports)
    figures = summary(matrix.scores)
    max_score = max((each.max_score for each in reports.values()), default=0.0)
    checks = check_figures(checks_of(list(graded.values())))
    late_ones = late(reports)
    nothing = facts.nothing or ()
    absent = [*nothing, *found.missing, *found.older, *found.damaged]
    statuses = [each.status for each in reports.values()]
    scores = dict(zip(matrix.students, matrix.scores.tolist(), strict=True))
    told, students = _told(mistakes(graded), graded, facts), _students(reports, matrix.exercises, facts)
    likeness = likeness_of()
    return ClassReport(
        assignment=facts.assignment,
        made_at=f"{facts.made_at.replace(microsecond=0).isoformat()}+00:00",
        max_score=max_score,
        due=f"{facts.due.isoformat()}+00:00" if facts.due else "",
        counts=Counts(
            graded=len(graded),
            nothing=None if facts.nothing is None else len(facts.nothing),
            ungraded=len(found.missing),
            unreadable=statuses.count("unreadable"),
            grader_error=statuses.count("grader_error"),
            waiting=sum(any(one.is_waiting for one in each.exercises) for each in graded.values()),
            late=len(late_ones),
            older=len(found.older),
            damaged=len(found.damaged),
        ),
        scores=figures,
        histogram=histogram(matrix.scores.tolist(), max_score),
        zeros=sum(each <= 0 for each in scores.values()),
        full=sum(each >= max_score > 0 for each in scores.values()),
        items=tuple(items(matrix)),
        reliability=reliability(matrix),
        checks=tuple(checks),
        titles=_titles(checks, graded, facts),
        mistakes=tuple(told),
        looks=tuple(looks(reports)),
        late=tuple(late_ones),
        below=much_below(matrix, max_score),
        alike=likeness,
        side_by_side=tuple(_side_by_side(likeness, facts)),
        times=times(reports, facts.due),
        nothing=nothing,
        ungraded=tuple(found.missing),
        older=tuple(found.older),
        damaged=tuple(found.damaged),
        names={each: facts.names[each] for each in absent if each in facts.names},
        notes=(*facts.notes, *notes(found, facts.assignment)),
        students=tuple(students),
    )


def _one_of_each_group(
    reports: Mapping[str, ReadReport], partners: Sequence[Sequence[str]]
) -> Mapping[str, ReadReport]:
    """Without partners of others: they handed in the same."""
    others = {each for group in partners for each in [one for one in group if one in reports][1:]}
    return {student: each for student, each in reports.items() if student not in others} if others else reports


def _titles(checks: Sequence[CheckFigures], graded: Mapping[str, ReadReport], facts: Facts) -> dict[str, str]:
    """The words of each check, from as few reports as hold them."""
    wanted = {each.id for each in checks}
    titles: dict[str, str] = {}
    for student in list(graded)[:_TITLES_FROM]:
        if wanted <= titles.keys():
            break
        for exercise in facts.words_of(student).exercises:
            for check in exercise.checks:
                titles.setdefault(check.id, check.title)
    return titles


def _told(found: Sequence[Mistake], graded: Mapping[str, ReadReport], facts: Facts) -> list[ToldMistake]:
    """The most frequent ones with sentence and example; of the others only that there are."""
    words: dict[str, ReadWords] = {}
    told = []
    left = {True: MOST_NAMED, False: MOST_GROUPS}
    for each in found:
        made = ToldMistake(each)
        if left[each.is_named]:
            left[each.is_named] -= 1
            student = _example(each, graded)
            if student not in words:
                words[student] = facts.words_of(student)
            answer = words[student].answer(each.exercise)
            made = replace(
                made,
                sentence=answer.message if answer else "",
                example_of=student,
                code=bounded(facts.code_of(student, each.exercise)),
            )
        told.append(made)
    return told


def _example(mistake: Mistake, graded: Mapping[str, ReadReport]) -> str:
    """Somebody who made only that mistake, so that what they read is about it."""
    for student in mistake.students[:_TITLES_FROM]:
        for each in graded[student].exercises:
            if each.name == mistake.exercise and each.misconceptions in ((), (mistake.id,)):
                return student
    return mistake.students[0]


def _side_by_side(found: Alike, facts: Facts) -> list[SideBySide]:
    pairs = [each.pairs[0] for each in found.clusters[:MOST_SIDE_BY_SIDE]]
    made = []
    for pair in pairs:
        first, second = (bounded(facts.code_of(student, pair.alike[0])) for student in pair.students)
        made.append(SideBySide(pair.alike[0], pair.students, (first, second)))
    return made


def bounded(code: str) -> str:
    """A student's code, cut where it is too long to be shown."""
    lines = code[: 4 * _MOST_CODE_LINES * _MOST_LINE_CHARACTERS].strip("\n").split("\n")
    shown = [each if len(each) <= _MOST_LINE_CHARACTERS else f"{each[:_MOST_LINE_CHARACTERS]} …" for each in lines]
    more = len(lines) - _MOST_CODE_LINES
    return "\n".join(shown if more <= 0 else [*shown[:_MOST_CODE_LINES], f"… and {more} more lines"])


def _students(reports: Mapping[str, ReadReport], exercises: Sequence[str], facts: Facts) -> list[Student]:
    rows = []
    for student, report in reports.items():
        points = {each.name: None if each.is_waiting else each.points for each in report.exercises}
        waiting = tuple([each.name for each in report.exercises if each.is_waiting])
        rows.append(
            Student(
                student,
                facts.names.get(student, ""),
                report.status,
                report.score,
                report.max_score,
                report.handed_in,
                report.late_seconds,
                report.late_penalty,
                tuple(map(points.get, exercises)),
                waiting,
            )
        )
    return rows
