"""Outputs are cut out of a notebook's text, whatever is in them, and nothing else is."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from autograder.submission import outputs as module
from autograder.submission.outputs import TOO_MUCH, TooMuch, slim, without_outputs

MB = 1 << 20
# Looks like outputs, but is a text of the student's.
SOURCE = ['x = {"outputs": [1, 2]}\n', '"outputs": [', "outputs", '\\"outputs\\": [{', "]}"]


def notebook(outputs: Any, **more: Any) -> dict[str, Any]:
    return {"cells": [{"source": SOURCE, "outputs": outputs}, {"source": SOURCE, **more}], "metadata": {}}


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"])
@pytest.mark.parametrize(
    "outputs",
    [
        [],
        [1, "]", '"]', "\\", "[{", 'a"outputs": [b'],
        [{"text": ["ü 🙂", "]\n"], "data": {"a": [[[[[[[[[1], 2]]]]]]]], "outputs": [{"outputs": []}]}}],
    ],
)
def test_nothing_but_outputs_is_gone(outputs: Any, encoding: str, indent: int | None) -> None:
    raw = json.dumps(notebook(outputs), indent=indent, ensure_ascii=False).encode(encoding)
    assert json.loads(without_outputs(raw)) == notebook([])


def test_states_of_widgets_are_gone_too_and_pictures_in_texts_only_if_they_are_too_large() -> None:
    pictures = {"a.png": {"image/png": "A" * 2_000}}
    raw = json.dumps(notebook([], attachments=pictures) | {"widgets": {"a": [1]}}).encode()
    assert json.loads(slim(raw, 10_000)) == notebook([], attachments=pictures) | {"widgets": {}}
    assert json.loads(slim(raw, 2_000)) == notebook([], attachments={}) | {"widgets": {}}


@pytest.mark.parametrize(
    "raw", [b"", b"x", b"\0" * 9, b'import json\nx = {"outputs": [1]}', b'["outputs": [1]]', b'{"a": "', b"{"]
)
def test_what_is_no_notebook_stays_as_it_is(raw: bytes) -> None:
    assert without_outputs(raw) == raw


def test_what_is_cut_off_in_an_output_ends_there() -> None:
    raw = json.dumps(notebook([{"data": ["A" * 100, [1, {"a": 2}]]}])).encode()
    start = raw.index(b'"outputs": [{') + len(b'"outputs": [')
    for end in range(start, raw.index(b"AAA") + 100):
        assert without_outputs(raw[:end]) == raw[:start]


def pictures() -> list[Any]:
    return [{"data": {"image/png": "iVBOR" * 12 * MB}}]


def plot() -> list[Any]:
    points = [[0.25, 1.5]] * 1_000_000
    return [{"data": {"application/vnd.plotly.v1+json": {"data": [{"z": points, "marker": {"color": points}}]}}}]


@pytest.mark.slow
@pytest.mark.parametrize("outputs", [pictures, plot])
def test_large_outputs_take_no_time(outputs: Callable[[], list[Any]]) -> None:
    raw = json.dumps(notebook(outputs())).encode()
    assert len(raw) > 20 * MB
    started = time.monotonic()
    assert json.loads(without_outputs(raw)) == notebook([])
    assert time.monotonic() - started < 5.0  # 0.1 to 0.5 s on an idle machine


@pytest.mark.parametrize(
    "inside", [b"[" * MB, b"[[[[[[[[1]]]]]]]]," * (MB // 4)], ids=["brackets that open", "brackets in brackets"]
)
def test_what_would_keep_the_grader_busy_is_refused(inside: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_STEPS", 10_000)
    with pytest.raises(TooMuch):
        without_outputs(b'{"cells": [{"outputs": [' + inside)


def test_what_stands_for_too_much_is_too_much_itself() -> None:
    with pytest.raises(TooMuch):
        without_outputs(TOO_MUCH)
    assert len(TOO_MUCH) < 2 * MB
