"""What was found of one student's code serves code of the same form, in this batch and in the runs to come."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import numpy
import pytest
import torch
from helpers import hand_in, make_course, notebook_of, run

from autograder.checks.mended import Mend, Place
from autograder.course.loading import load_assignment
from autograder.judge import memory as module
from autograder.judge.form import Form, form_of
from autograder.judge.memory import Finding, Memory, MemoryFile, Shown
from autograder.judge.recorded_answers import request_digest
from autograder.sandbox import wire
from autograder.sandbox.prompt import Script

CODE = "def f(x):\n    return -x + 1"
SAME = "def f(value):\n\n    # the same\n    return -value+1"
FORMS, OTHER_FORMS = (form_of(CODE),), (form_of(SAME),)
MINUS = Mend("minus-extra", 10, (Place(0, 2, 11, 2, 13),), Place(0, 1, 6, 1, 7))
FOUND = Finding("turned-round", ((MINUS,),))
NOTHING = Finding()


def test_a_finding_is_told_with_places_of_the_code_that_asks() -> None:
    memory = Memory()
    memory.keep("key", FOUND, FORMS)
    assert memory.find("key", FORMS) == FOUND
    found = memory.find("key", OTHER_FORMS)
    assert found is not None
    assert found.ways[0][0].places[0].text([SAME]) == "-value"
    assert found.ways[0][0].other is not None
    assert found.ways[0][0].other.text([SAME]) == "value"


def test_that_nothing_mends_is_known_too_and_is_not_the_same_as_not_known() -> None:
    memory = Memory()
    memory.keep("key", NOTHING, FORMS)
    assert memory.find("key", FORMS) == NOTHING
    assert memory.find("another", FORMS) is None


def test_a_place_within_a_word_is_not_kept() -> None:
    memory = Memory()
    memory.keep("key", Finding(ways=((Mend("number", 10, (Place(0, 2, 5, 2, 7),)),),)), FORMS)
    assert memory.find("key", FORMS) is None


def test_the_next_run_knows_it_unless_the_assignment_is_another(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "tiny.jsonl"
    Memory(MemoryFile(path, "1")).keep("key", FOUND, FORMS)
    assert Memory(MemoryFile(path, "1")).find("key", FORMS) == FOUND
    assert Memory(MemoryFile(path, "2")).find("key", FORMS) is None


def test_another_worker_knows_it_at_once(tmp_path: Path) -> None:
    file = MemoryFile(tmp_path / "tiny.jsonl", "1")
    one, other = Memory(file), Memory(file)
    assert other.find("key", FORMS) is None
    one.keep("key", FOUND, FORMS)
    assert other.find("key", FORMS) == FOUND
    other.keep("another", NOTHING, FORMS)
    assert one.find("another", FORMS) == NOTHING


def test_checks_are_kept_under_a_name(tmp_path: Path) -> None:
    file = MemoryFile(tmp_path / "tiny.jsonl", "1")
    one, other = Memory(file), Memory(file)
    assert one.find_checks("name") is None
    one.keep_checks("name", {"b", "a"})
    one.keep_checks("none", ())
    assert other.find_checks("name") == {"a", "b"}
    assert other.find_checks("none") == frozenset()
    one.keep("key", FOUND, FORMS)
    assert other.find_checks("key") is None
    assert other.find("name", FORMS) is None


def test_a_script_is_told_as_it_was_kept(tmp_path: Path) -> None:
    message = {"op": "call", "name": "f", "args": [{"t": "tensor", "k": "0", "grad": False}, 1.5], "first": True}
    tensors = {"0": torch.tensor([[1.0, float("inf")]], dtype=torch.float64)}
    frames = (wire.pack({**message, "sequence": 0}, tensors), wire.pack({"op": "call", "name": "g", "sequence": 1}))
    digests = (request_digest(message, tensors), request_digest({"op": "call", "name": "g"}, {}))
    script = Script(((message, tensors), ({"op": "call", "name": "g"}, {})), frames, digests, 1, 0.25)
    file = MemoryFile(tmp_path / "tiny.jsonl", "1")
    one, other = Memory(file), Memory(file)
    one.keep_script("f::test", script)
    one.keep_script("f::nothing", Script((), (), (), 0, 0.0))
    found = other.find_script("f::test")
    assert found is not None
    assert replace(found, requests=()) == replace(script, requests=())
    assert [each for each, _ in found.requests] == [each for each, _ in script.requests]
    assert torch.equal(found.requests[0][1]["0"], tensors["0"])
    assert other.find_script("f::nothing") == Script((), (), (), 0, 0.0)
    assert other.find_script("f::another") is None


def test_what_was_shown_is_told_as_it_was_kept(tmp_path: Path) -> None:
    file = MemoryFile(tmp_path / "tiny.jsonl", "1")
    one, other = Memory(file), Memory(file)
    arguments = {"x": torch.tensor([[0.5], [1.0]]), "n": 3, "names": ["a", "b"], "y": numpy.array([1, 2])}
    one.keep_shown("key", Shown(arguments))
    one.keep_shown("nothing", Shown(None))
    found = other.find_shown("key")
    assert found is not None
    assert found.arguments is not None
    assert list(found.arguments) == ["x", "n", "names", "y"]
    assert torch.equal(found.arguments["x"], arguments["x"])
    assert (found.arguments["n"], found.arguments["names"]) == (3, ["a", "b"])
    assert type(found.arguments["y"]) is numpy.ndarray
    assert other.find_shown("nothing") == Shown(None)
    assert other.find_shown("another") is None


@pytest.mark.parametrize("value", [object(), Path("here"), {1, 2}.__iter__(), Form((), ())])
def test_what_can_not_be_written_as_it_is_is_not_kept(value: object) -> None:
    memory = Memory()
    memory.keep_shown("key", Shown({"x": value}))
    assert memory.find_shown("key") is None


NO_DICT = base64.b64encode(wire.pack({"value": 7})).decode()


@pytest.mark.parametrize("shown", ["AAAA", "no base64", 7, ["x"], NO_DICT])
def test_a_line_that_somebody_changed_shows_nothing(tmp_path: Path, shown: object) -> None:
    file = MemoryFile(tmp_path / "tiny.jsonl", "1")
    file.path.write_text(json.dumps({"version": "1", "key": "key", "shown": shown}) + "\n")
    assert Memory(file).find_shown("key") is None


def test_a_file_that_has_become_too_large_is_begun_anew_and_who_reads_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = MemoryFile(tmp_path / "tiny.jsonl", "1")
    one, other = Memory(file), Memory(file)
    for name in "abc":
        one.keep(name, FOUND, FORMS)
    assert other.find("c", FORMS) == FOUND
    monkeypatch.setattr(module, "_MOST_BYTES", file.path.stat().st_size - 1)
    one.keep("d", NOTHING, FORMS)
    assert len(file.path.read_text().splitlines()) == 1
    assert other.find("d", FORMS) == NOTHING
    assert other.find("a", FORMS) == FOUND, "it is known already"


def test_a_line_that_is_being_written_is_read_when_it_is_whole(tmp_path: Path) -> None:
    file = MemoryFile(tmp_path / "tiny.jsonl", "1")
    Memory(file).keep("key", FOUND, FORMS)
    line = file.path.read_bytes()
    file.path.write_bytes(line[:-9])
    memory = Memory(file)
    assert memory.find("key", FORMS) is None
    file.path.write_bytes(line)
    assert memory.find("key", FORMS) == FOUND


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '{"version": "1", "key": "key", "entry": "", "ways": 3}',
        '{"version": "1", "key": "key", "ways": []}',
        '{"version": "1", "key": "key", "entry": "", "ways": [[["no kind", 1, [[0, 0, 0]], []]]]}',
        '{"version": "1", "key": "key", "entry": "", "ways": [[["number", 1, [[0, 9999, 9999]], []]]]}',
        '{"version": "1", "key": "key", "entry": "", "ways": [[["number", 1, [], []]]]}',
        '{"version": "1", "key": "key", "checks": "all"}',
        '{"version": "1", "key": "script of key", "frames": "none", "open": 0, "seconds": 0}',
        '{"version": "1", "key": "script of key", "frames": ["AAAAAA=="], "open": 0, "seconds": 0}',
        '{"version": "1", "key": "script of key", "frames": ["AgAAAAAAAAB7fQ=="], "open": 0, "seconds": 0}',
        '{"version": "1", "key": "script of key", "frames": ["?"], "open": 0, "seconds": 0}',
        '{"version": "1", "key": "script of key", "frames": [], "open": 1e999, "seconds": 0}',
    ],
)
def test_a_damaged_line_is_as_good_as_none(tmp_path: Path, line: str) -> None:
    path = tmp_path / "tiny.jsonl"
    path.write_text(f"{line}\n")
    Memory(MemoryFile(path, "1")).keep("good", FOUND, FORMS)
    memory = Memory(MemoryFile(path, "1"))
    assert memory.find("key", FORMS) is None
    assert memory.find_checks("key") is None
    assert memory.find_script("key") is None
    assert memory.find("good", FORMS) == FOUND


def test_a_file_that_cannot_be_written_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    memory = Memory(MemoryFile(tmp_path / "file" / "tiny.jsonl", "1"))
    memory.keep("key", FOUND, FORMS)
    assert memory.find("key", FORMS) == FOUND


def test_a_class_is_mended_as_the_course_says_and_the_course_keeps_what_was_found(tmp_path: Path) -> None:
    folder = make_course(tmp_path)
    settings = folder / "nbgrader_config.py"
    settings.write_text(settings.read_text().replace("mend = False", "mend = True"))
    assignment = load_assignment(folder, "tiny")
    hand_in(folder, "student-001", notebook_of(assignment, {"double": "def double(x):\n    y = x\n    return -2 * y"}))
    kept = folder / "autograded" / ".mended" / "tiny.jsonl"
    assert run("autograder", "grade", "tiny", "--dry-run", "--quiet", cwd=folder).returncode == 0
    assert not kept.exists()
    done = run("autograder", "grade", "tiny", "--json", cwd=folder)
    told = json.loads(done.stdout)["exercises"][0]
    assert told["misconceptions"] == ["mended:minus-extra"]
    assert told["message"] == "In line 3 of your cell, the minus in `-2` is too much."
    assert any("minus-extra" in line for line in kept.read_text().splitlines())
