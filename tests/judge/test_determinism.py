"""The same submission gets the same report, times aside: alone, again, and in any order among others."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from helpers import ROOT, notebook_of, write_notebook

from autograder.checks.catalogue import load_misconceptions
from autograder.course.loading import load_assignment
from autograder.judge.grader import Grader
from autograder.judge.unjudged import Graded
from autograder.sandbox.forked import ForkSandbox


def timeless(graded: Graded) -> dict[str, Any]:
    return {name: value for name, value in graded.report.to_dict().items() if name != "seconds"}


@pytest.mark.slow
def test_tiny_submissions_get_the_same_report_in_any_order(
    grader: Grader, make_notebook: Callable[..., Any], tmp_path: Path
) -> None:
    answers = {
        "right": {},
        "random": {"double": "import random, torch\ndef double(x):\n    return x * random.random() + torch.rand(1)"},
        "sum": {"mean_of": "def mean_of(x):\n    return x.sum().item()"},
        "state": {"mean_of": "calls = []\ndef mean_of(x):\n    calls.append(x)\n    return float(len(calls))"},
        "poison": {"double": "import torch\ntorch.manual_seed = None\ntorch.rand = None\ndouble = None"},
        "dies": {"double_mean": "import os\ndef double_mean(x):\n    os._exit(0)"},
    }
    paths = {
        name: write_notebook(tmp_path / name / "tiny.ipynb", make_notebook(each)) for name, each in answers.items()
    }
    alone = {name: timeless(grader.grade(path, name)) for name, path in paths.items()}
    for seed in range(3):
        order = list(paths)
        random.Random(seed).shuffle(order)
        for name in order:
            assert timeless(grader.grade(paths[name], name)) == alone[name]


@pytest.mark.slow
def test_lab_submissions_get_the_same_report_from_another_grader_in_another_order(
    sandbox: ForkSandbox, tmp_path: Path
) -> None:
    lab = load_assignment(ROOT, "logistic_regression")
    right = {each.name: each.reference for each in lab.exercises}
    chosen = random.Random(1).sample(load_misconceptions(lab), 5)
    paths = {
        each.id: write_notebook(
            tmp_path / each.id / "logistic_regression.ipynb", notebook_of(lab, {**right, each.exercise: each.code})
        )
        for each in chosen
    }
    with Grader(lab, sandbox) as grader:
        first = {name: timeless(grader.grade(path, name)) for name, path in paths.items()}
    with Grader(lab, sandbox) as grader:
        again = {name: timeless(grader.grade(paths[name], name)) for name in sorted(paths, reverse=True)}
    assert again == first
