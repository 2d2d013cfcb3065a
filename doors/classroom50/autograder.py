"""Classroom 50 runs this in a student's repository: the notebook, and those of its check cells that students see.

    autograders/<assignment>/autograder.py      this file
    autograders/<assignment>/requirements.txt   what the notebook needs
    autograders/<assignment>/release/           the released notebook: what students have anyway

Students can read all that is here, and what runs here runs beside their own code. So nothing here is hidden, each check
counts one point, and none is a mark: marks are made where the course grades, and come back as overrides.
How to set it up, and the contract of `result.json`: docs/classroom50.md.
"""

import datetime
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
CELL_SECONDS = 120
NO_MARK = (
    "These are the checks that you see in the notebook. They are no mark: the course grades with more checks. "
    "Run the notebook yourself to read what a check says that fails."
)
MISSING = (
    "No notebook called {} is in the repository: it has to be at the top, or in a folder called like the assignment."
)


def main():
    """Writes `result.json` and `release-body.md` into the student's checkout, which is where it runs."""
    released = sorted((HERE / "release").glob("*.ipynb"))
    if not released:
        fail("there is no release/*.ipynb beside autograder.py")
    install()
    tests = [test for notebook in released for test in checked(notebook, Path.cwd())]
    result = {
        "schema": "classroom50/result/v1",
        "classroom": os.environ["CLASSROOM"],
        "assignment": os.environ["ASSIGNMENT"],
        "assignment_type": os.environ.get("ASSIGNMENT_TYPE") or "individual",
        "owner": os.environ.get("OWNER") or os.environ["USERNAME"],
        "submission": os.environ["SUBMISSION_TAG"],
        "commit": os.environ["COMMIT_URL"],
        "release": os.environ["RELEASE_URL"],
        "review": os.environ.get("REVIEW_URL") or os.environ["COMMIT_URL"],
        "datetime": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "score": sum(test["score"] for test in tests),
        "max-score": len(tests),
        "tests": tests,
    }
    write("result.json", json.dumps(result, indent=2) + "\n")
    write("release-body.md", body(result))


def install():
    requirements = HERE / "requirements.txt"
    if not requirements.is_file():
        return
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-r",
        str(requirements),
    ]
    if subprocess.run(command, cwd=HERE, check=False).returncode:
        fail("what the notebook needs could not be installed: see above")


def checked(released, checkout):
    """A test for each check cell of a released notebook."""
    import nbformat

    frame = nbformat.read(released, as_version=4)
    checks = {name: cell for cell in frame.cells if (name := check_name(cell))}
    mine = found(released.name, checkout)
    if mine is None:
        return [row(name, MISSING.format(released.name)) for name in checks]
    try:
        notebook = nbformat.reads(mine.read_text(encoding="utf-8"), as_version=4)
        cells = with_checks(notebook.cells, checks)
    except Exception:  # whatever a damaged file makes nbformat raise
        return [row(name, "The notebook is damaged: open it in Jupyter and save it again.") for name in checks]
    notebook.cells = cells
    run(notebook, mine.parent)
    ran = {check_name(cell): cell for cell in notebook.cells if check_name(cell) in checks}
    return [row(name, what_failed(ran[name])) for name in checks]


def check_name(cell):
    """The name of a check cell that nbgrader made; empty for any other cell."""
    marks = cell.metadata.get("nbgrader", {})
    is_check = cell.cell_type == "code" and isinstance(marks, dict) and marks.get("grade") and not marks.get("solution")
    return str(marks.get("grade_id", "")) if is_check else ""


def found(name, checkout):
    """The student's notebook: in a folder called like the assignment, or at the top."""
    assignment = os.environ["ASSIGNMENT"]
    for folder in (name.removesuffix(".ipynb"), assignment, assignment.replace("-", "_"), "."):
        path = checkout / folder / name
        if path.is_file() and not path.is_symlink():
            return path
    return None


def with_checks(cells, checks):
    """The student's cells with the released check cells in their places, once each; missing ones come last."""
    kept, seen = [], set()
    for cell in cells:
        name = check_name(cell)
        if name in checks:
            if name not in seen:
                kept.append(checks[name])
            seen.add(name)
        else:
            kept.append(cell)
    kept += [cell for name, cell in checks.items() if name not in seen]
    for cell in kept:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return kept


def run(notebook, folder):
    """Runs all cells from top to bottom, in a kernel of their own; a cell that fails stops no other one."""
    from nbclient import NotebookClient

    os.environ["NBGRADER_EXECUTION"] = "validate"
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        interrupt_on_timeout=True,
        allow_errors=True,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        client.execute(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except Exception as error:  # a kernel that died, and whatever else ends a run: the cells after it have not run
        print(f"The notebook could not be run to its end: {type(error).__name__}", file=sys.stderr)


def what_failed(cell):
    """Why a check cell failed; empty if it passed."""
    if cell.execution_count is None:
        return "Not run, because Python ended before: does a cell end it, or need more memory than there is?"
    error = next((each for each in cell.outputs if each.output_type == "error"), None)
    if error is None:
        return ""
    name = str(error.get("ename", ""))
    return f"It stops with {name if re.fullmatch('[A-Za-z_][A-Za-z0-9_]{0,60}', name) else 'an error'}."


def row(name, why):
    return {"test-name": name, "passed": not why, "score": int(not why), "max-score": 1, "message": why}


def body(result):
    """What the student reads in the release. Names are the release's own; nothing that student code said is in it."""
    lines = [f"### Checks: {result['score']} of {result['max-score']} pass", "", NO_MARK, ""]
    if result["tests"]:
        lines += ["| check | | |", "|---|---|---|"]
    for each in result["tests"]:
        lines.append(f"| `{each['test-name']}` | {'passes' if each['passed'] else 'fails'} | {each['message']} |")
    return "\n".join(lines) + "\n"


def write(name, text):
    """Writes a file of ours, whatever the student's code has put there."""
    path = Path.cwd() / name
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        path.rename(path.with_name(f"{name}.{hashlib.sha256(os.urandom(8)).hexdigest()[:8]}"))
    path.write_text(text, encoding="utf-8")


def fail(why):
    print(f"::error::{why}", file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()
