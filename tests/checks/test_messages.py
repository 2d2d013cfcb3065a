"""All that students are told stands in one place, and none of it is left over."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import ROOT

from autograder.checks import answer_words, door_words, explained, handed_in, left_out, messages, page_words
from autograder.sandbox.outcome import Cause, Outcome, Stop

ENGINE = ROOT / "autograder"
# What speaks to instructors, to browsers or to the kernel.
FOR_OTHERS = {"sandbox/doctor.py", "sandbox/inside/syscalls.py", "judge/plugin.py", "report/page.py"}
FOR_OTHERS |= {"report/student_page/formulas.py"}
FOR_OTHERS |= {f"report/class_report/{path.name}" for path in (ENGINE / "report" / "class_report").glob("*.py")}
FOR_OTHERS |= {"report/differences.py", "judge/answers_file.py", "judge/replaying.py"}
FOR_OTHERS |= {"judge/faults.py", "judge/looks.py", "submission/strays.py", "sandbox/operations.py"}
FOLDERS = ("sandbox", "submission", "report", "judge", "gradebook/record.py", "doors/prairielearn.py")
MODULES = sorted(
    str(path.relative_to(ENGINE))
    for folder in FOLDERS
    for path in ([ENGINE / folder] if folder.endswith(".py") else (ENGINE / folder).rglob("*.py"))
    if "formats" not in path.parts
)
# Exceptions and records for staff: their words reach no student.
FOR_STAFF = re.compile(r"\w*Error|ServerGone|Unsendable|Wire\w+|Layer|\w*option|getgroup")
STAFF_SENTENCES = ("Hidden checks name exercises", "These exercises have no hidden check")
PYTHONS_OWN = "Traceback (most recent call last):"
OTHERS = "messages|door_words|handed_in|left_out|page_words|words|answer_words"
OF_3 = "(3 notebooks were handed in)"
SENTENCE = re.compile(r"[A-Za-z']+ [a-z']+ [a-z']+")


def sentences(tree: ast.AST) -> Iterator[str]:
    """Texts in code that read like a sentence, without docstrings and what is raised for staff."""
    if isinstance(tree, ast.Call):
        called = tree.func.attr if isinstance(tree.func, ast.Attribute) else getattr(tree.func, "id", "")
        if FOR_STAFF.fullmatch(called) or called in ("__init__", "addinivalue_line"):
            return
    if isinstance(tree, ast.Assert) or (isinstance(tree, ast.Expr) and isinstance(tree.value, ast.Constant)):
        return
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str) and SENTENCE.search(tree.value):
        yield tree.value
    for part in ast.iter_child_nodes(tree):
        yield from sentences(part)


@pytest.mark.parametrize("module", [each for each in MODULES if each not in FOR_OTHERS])
def test_no_other_module_holds_words_for_students(module: str) -> None:
    found = [
        each
        for each in sentences(ast.parse((ENGINE / module).read_text(encoding="utf-8")))
        if not each.startswith(STAFF_SENTENCES) and each not in (PYTHONS_OWN, "a value too large or too deeply nested")
    ]
    assert not found, f"{module}: move them to checks/messages.py or checks/handed_in.py"


def test_the_search_would_find_a_sentence() -> None:
    assert list(sentences(ast.parse("x = f'You have {n} points left to get.'"))) == [" points left to get."]
    assert not list(sentences(ast.parse("raise CourseError('There is no such thing here.')")))


def test_every_message_is_used() -> None:
    files = (*ENGINE.rglob("*.py"), *ENGINE.rglob("*.j2"))
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    defined = re.compile(r"^(?:def (\w+)\(|([A-Z][A-Z_0-9]+) = )", re.MULTILINE)
    modules = (explained, messages, handed_in, left_out, page_words, answer_words, door_words)
    source = "".join(Path(str(each.__file__)).read_text(encoding="utf-8") for each in modules)
    own = [function or constant for function, constant in defined.findall(source)]
    assert len(own) > 50
    imported = {name for line in re.findall(r"import ([^\n]*)", text) for name in re.findall(r"\w+", line)}
    used = imported | set(re.findall(rf"\b(?:explained|{OTHERS})\.(\w+)", text)) | set(re.findall(r"(\w+)\(", text))
    assert not [name for name in own if name not in used]


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_of_a_stop_has_words(cause: Cause) -> None:
    value = "SIGSEGV" if cause is Cause.SIGNAL else 7
    said = str(messages.stopped("f(x)", Stop(Outcome.DIED, cause, value)))
    assert re.fullmatch(r"`f\(x\)` did not come back: [a-zA-Z][^{}]+\.", said)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], []),
        (["double"], ["The cell double was missing; it was put back."]),
        (["double", "mean_of"], ["The cells double, mean_of were missing; they were put back."]),
    ],
)
def test_sentences_about_cells_are_put_for_as_many_as_there_are(names: list[str], said: list[str]) -> None:
    assert handed_in.of_cells(handed_in.PUT_BACK, names) == said


@pytest.mark.parametrize(
    ("chosen", "count", "was", "said"),
    [
        ("a.ipynb", 1, "missing", []),
        ("a.ipynb", 2, "missing", ["a.ipynb was graded (2 notebooks were handed in)."]),
        ("b.ipynb", 1, "missing", ["a.ipynb was missing; b.ipynb was graded instead."]),
        (
            "b.ipynb",
            3,
            "damaged",
            [f"a.ipynb could not be judged; b.ipynb was graded instead {OF_3}."],
        ),
        (
            "b.ipynb",
            2,
            "untouched",
            ["a.ipynb had no work in it; b.ipynb was graded instead (2 notebooks were handed in)."],
        ),
    ],
)
def test_which_file_was_graded_is_told_if_there_is_a_doubt(chosen: str, count: int, was: str, said: list[str]) -> None:
    assert handed_in.which_was_graded("a.ipynb", chosen, count, was) == said


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (
            ("SyntaxError", "double", 2, "f-string: unmatched '[' (<double>, line 2)"),
            "raised SyntaxError on line 2 of the cell double: f-string: unmatched '['",
        ),
        (
            ("SyntaxError", "tokenize", 3, "unterminated string literal (detected at line 3) (<tokenize>, line 3)"),
            "raised SyntaxError on line 3: unterminated string literal",
        ),
        (
            ("SyntaxError", "/tmp/guest-1/helper.py", 7, "invalid syntax (helper.py, line 7)"),
            "raised SyntaxError on line 7 of helper.py: invalid syntax",
        ),
        (
            (
                "IndentationError",
                "cell 4",
                2,
                "expected an indented block after 'if' on line 1 (<cell 4>, line 2)",
            ),
            "raised IndentationError on line 2 of cell 4: expected an indented block after 'if' on line 1",
        ),
        (
            ("FileNotFoundError", "double", 2, "[Errno 2] No such file or directory: '/tmp/guest-x1/data/my.csv'"),
            "raised FileNotFoundError on line 2 of the cell double: [Errno 2] No such file or directory: 'my.csv'",
        ),
        (
            ("OSError", "double", 2, "no /content/drive/my.csv, nor https://example.org/tmp/x"),
            "raised OSError on line 2 of the cell double: no /content/drive/my.csv, nor https://example.org/tmp/x",
        ),
        (
            ("TypeError", "double", 1, "<lambda>() missing 1 argument: <object object at 0x7f4461205bc0> (see line 3)"),
            "raised TypeError on line 1 of the cell double: lambda() missing 1 argument: <object object> (see line 3)",
        ),
        (("ValueError", None, None, "(line 3)"), "raised ValueError"),
    ],
)
def test_an_error_is_told_without_names_and_places_of_the_grader_s_own(told: tuple[object, ...], said: str) -> None:
    fields = dict(zip(("type", "cell", "line", "text"), told, strict=True))
    assert messages.raised_words({"builtin": True, **fields}, public=True) == said
