"""What an instructor uploads: files at the top, scripts for a shell, nothing that students shouldn't get."""

from __future__ import annotations

import html.parser
import io
import json
import re
import shutil
import stat
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from helpers import notebook_of, write_notebook

from autograder.course.assignment import Assignment
from autograder.course.course import load_course
from autograder.doors import uploads

HERE = Path(__file__).parent


@pytest.fixture
def released(course: Path, tiny: Assignment) -> Path:
    """The tiny course, with a release."""
    write_notebook(course / "release" / "tiny" / "tiny.ipynb", notebook_of(tiny))
    shutil.copyfile(course / "source" / "tiny" / "numbers.csv", course / "release" / "tiny" / "numbers.csv")
    return course


def test_gradescopes_archive_has_its_two_scripts_at_the_top(
    course: Path, command: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    made = tmp_path / "autograder.zip"
    code, out, err = command("export", "gradescope", "tiny", "-o", made, "--course-dir", course)
    assert (code, err) == (0, "")
    assert "autograder points 20." in out
    assert "solutions and checks" in out
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    with zipfile.ZipFile(io.BytesIO(made.read_bytes())) as archive:
        modes = {each.filename: stat.S_IMODE(each.external_attr >> 16) for each in archive.infolist()}
        settings = json.loads(archive.read("door.json"))
    assert modes["setup.sh"] == modes["run_autograder"] == 0o755
    assert {"not_graded.json", "constraints.txt", "requirements.txt", "course/course_config.py"} <= set(modes)
    assert settings == {"assignment": "tiny", "container_bytes": 768 << 20, "late": False}


def test_options_reach_the_archive(course: Path, command: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    made = tmp_path / "autograder.zip"
    more = ("--memory", 1536, "--timeout", 20, "--late")
    assert command("export", "gradescope", "tiny", "-o", made, "--course-dir", course, *more)[0] == 0
    with zipfile.ZipFile(made) as archive:
        assert json.loads(archive.read("door.json"))["container_bytes"] == 1536 << 20
        assert json.loads(archive.read("door.json"))["late"] is True
        assert b" --kill-after=10 1140 " in archive.read("run_autograder")


def test_a_broken_late_plugin_is_told_before_the_upload(
    course: Path, command: Callable[..., tuple[int, str, str]]
) -> None:
    with (course / "course_config.py").open("a") as file:
        file.write('\nc.AssignLatePenalties.plugin_class = "no_such_module.Late"\n')
    code, _, err = command("export", "gradescope", "tiny", "--late", "-o", course / "a.zip", "--course-dir", course)
    assert code == 1
    assert "late plugin 'no_such_module.Late' can't be loaded" in err
    assert not (course / "a.zip").exists()


@pytest.mark.parametrize("more", [("--memory", 512), ("--timeout", 90)])
def test_options_that_can_t_be_are_refused(
    course: Path, command: Callable[..., tuple[int, str, str]], more: tuple[str, int]
) -> None:
    assert command("export", "gradescope", "tiny", "--course-dir", course, *more)[0] == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("gradescope", "no_such_lab"), "There is no assignment 'no_such_lab'"),
        (("gradescope", "tiny", "-o", "no/such/folder.zip"), "can't be written: No such file or directory"),
        (("prairielearn", "tiny", "--image", "x", "-o", "."), "is no question's folder"),
        (("prairielearn", "tiny", "--image", "x", "-o", "question"), "holds nothing for students"),
    ],
)
def test_what_can_t_be_exported_is_one_sentence(
    course: Path,
    command: Callable[..., tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(course)
    code, out, err = command("export", *arguments)
    assert (code, out) == (1, "")
    assert said in err
    assert len(err.splitlines()) == 1


def test_points_by_hand_and_dropped_questions_are_told_apart(
    course: Path, command: Callable[..., tuple[int, str, str]]
) -> None:
    with (course / "course_config.py").open("a") as file:
        file.write('\nc.Grading.questions = {"tiny": {"mean_of": "dropped"}}\n')
    _, out, _ = command("export", "gradescope", "tiny", "-o", course / "a.zip", "--course-dir", course)
    assert "autograder points 14." in out


def scripts(course: Path) -> dict[str, bytes]:
    found = uploads.gradescope_archive(load_course(course), "tiny", 1 << 30, 60, False)
    found |= uploads.prairielearn_question(load_course(course), "tiny", "grader", 60)
    return {path: data for path, data in found.items() if data.startswith(b"#!")}


def test_every_script_can_be_read_by_a_shell_and_lacks_no_value(released: Path) -> None:
    found = scripts(released)
    assert set(found) == {"setup.sh", "run_autograder", "tests/run.sh"}
    for path, data in found.items():
        done = subprocess.run(["bash", "-n"], input=data, capture_output=True, check=False)
        assert done.returncode == 0, (path, done.stderr)
        assert not re.search(rb"@[A-Z]+@", data), path


def test_a_question_has_its_settings_its_page_and_the_release(
    released: Path, command: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    folder = tmp_path / "questions" / "tiny"
    arguments = ("export", "prairielearn", "tiny", "--image", "a/grader:1", "-o", folder, "--course-dir", released)
    assert command(*arguments)[0] == 0
    info = json.loads((folder / "info.json").read_text())
    jsonschema.validate(info, json.loads((HERE / "prairielearn_question.schema.json").read_text()))
    assert info["externalGradingOptions"]["image"] == "a/grader:1"
    assert (folder / "tests" / "run.sh").stat().st_mode & 0o111
    assert (folder / "tests" / "course" / "tests" / "hidden" / "tiny" / "test_double.py").is_file()
    # What a browser may get is the release alone.
    given = {
        str(each.relative_to(folder / "clientFilesQuestion")) for each in (folder / "clientFilesQuestion").rglob("*")
    }
    assert given == {"tiny.ipynb", "numbers.csv"}
    assert "BEGIN SOLUTION" not in (folder / "clientFilesQuestion" / "tiny.ipynb").read_text()


def test_another_export_keeps_what_staff_changed_of_the_page_and_nothing_else(
    released: Path, command: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    def export(image: str) -> tuple[int, str, str]:
        return command(
            "export", "prairielearn", "tiny", "--image", image, "-o", tmp_path / "q", "--course-dir", released
        )

    assert export("a/grader:1")[0] == 0
    info = json.loads((tmp_path / "q" / "info.json").read_text())
    more = {"title": "Ours", "tags": ["x"], "externalGradingOptions": {"entrypoint": "/bin/true", "comment": "y"}}
    (tmp_path / "q" / "info.json").write_text(json.dumps(info | more))
    (tmp_path / "q" / "question.html").write_text("our page")
    (tmp_path / "q" / "tests" / "old.py").write_text("")
    assert export("a/grader:2")[0] == 0
    again = json.loads((tmp_path / "q" / "info.json").read_text())
    assert (again["uuid"], again["title"], again["tags"]) == (info["uuid"], "Ours", ["x"])
    assert again["externalGradingOptions"] == info["externalGradingOptions"] | {"image": "a/grader:2", "comment": "y"}
    assert (tmp_path / "q" / "question.html").read_text() == "our page"
    assert not (tmp_path / "q" / "tests" / "old.py").exists()
    (tmp_path / "q" / "info.json").write_text("[1]")
    code, _, err = export("a/grader:3")
    assert code == 1
    assert "is no question's" in err


class Elements(html.parser.HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_a_question_s_page_names_every_file_whatever_it_is_called(released: Path) -> None:
    (released / "release" / "tiny" / "a <b>&c, d.csv").write_text("1")
    page = uploads.prairielearn_question(load_course(released), "tiny", "grader", 60)["question.html"].decode()
    found = Elements(page).found
    assert [attributes["file-names"] for tag, attributes in found if tag == "pl-file-upload"] == ["tiny.ipynb"]
    names = [attributes["file-name"] for tag, attributes in found if tag == "pl-file-download"]
    assert sorted(filter(None, names)) == ["a <b>&c, d.csv", "numbers.csv", "tiny.ipynb"]
    assert "pl-external-grader-results" in [tag for tag, _ in found]
