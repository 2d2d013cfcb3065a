"""Hidden checks as a start are kept only where they tell the instructor's solution from an unwritten one."""

from __future__ import annotations

from pathlib import Path

from marked import answer, essay, judged_by, make_assignment

from autograder.audit.first_checks import write_checks
from autograder.course.loading import load_assignment
from autograder.judge.grader import Grader
from autograder.sandbox.forked import ForkSandbox
from autograder.submission.submission import reference_submission

CELLS = [
    answer("squares", "import numpy as np\ndef squares(n):\n    return np.arange(1, n + 1) ** 2"),
    judged_by("values", "import numpy as np\nnp.testing.assert_array_equal(squares(3), [1, 4, 9])", 2),
    judged_by(
        "length",
        "assert len(squares(2)) == 2\n### BEGIN HIDDEN TESTS\nassert squares(4)[3] == 16\n### END HIDDEN TESTS",
        2,
    ),
    judged_by("always", "assert 1 + 1 == 2", 1),
    judged_by("refused", "assert type(squares(1)).__module__ == 'numpy.other'", 1),
    judged_by("raises", "try:\n    squares('x')\nexcept TypeError:\n    pass\nelse:\n    assert False", 1),
    essay("why", 1),
]
CHOSEN = frozenset({"values", "length", "always", "refused", "raises"})


def test_checks_are_written_where_they_tell_right_from_unwritten(tmp_path: Path, sandbox: ForkSandbox) -> None:
    assignment = make_assignment(tmp_path, "ps1", {"one": CELLS})
    kept = assignment.checks_folder / "test_values.py"
    said = write_checks(assignment, CHOSEN, sandbox)
    assert [each.partition(":")[0].partition(" stays")[0] for each in said] == [
        *("values", "length", "always", "refused", "raises"),
    ]
    written = {path.name for path in assignment.checks_folder.glob("test_*.py")}
    assert written == {"test_values.py", "test_length.py"}
    assert "lets the untouched release pass" in said[2]
    assert "does not let the notebook's own solution pass" in said[3]
    assert "which holds `try:`" in said[4]
    load_assignment.cache_clear()
    again = load_assignment(tmp_path, "ps1")
    with Grader(again, sandbox) as grader:
        assert [name for name, checks in grader.session.checks.items() if checks] == ["values", "length"]
        report, _ = grader.judges[0].judge(reference_submission(again))
    assert [report.exercise(name).points for name in ("values", "length", "raises")] == [2, 2, 1]
    # A second time nothing is written over.
    kept.write_text("# mine\n")
    said = write_checks(assignment, frozenset({"values"}), sandbox)
    assert said == ["values: test_values.py is there already, and stays as it is."]
    assert kept.read_text() == "# mine\n"
