"""A student's model can be made and given parameters, whatever these are called; other parameters are described."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch
from fakes import FakeSandbox

from autograder.checks import (
    CheckFailed,
    Notebook,
    described_parameters,
    expect_linear,
    load_linear,
    make_module,
    public_inputs,
    state_by_size,
)
from autograder.sandbox.notebook_run import NotebookRun, RunCell

Make = Callable[[str], Notebook]
W, B = torch.tensor([[2.0], [-1.0], [0.5]]), torch.tensor([3.0])


@pytest.fixture
def student() -> Iterator[Make]:
    """A notebook with a class `Model`, which has these lines in its `__init__`."""
    token = public_inputs.set(True)

    def make(layers: str, base: str = "torch.nn.Module") -> Notebook:
        source = (
            f"import torch\nclass Model({base}):\n    def __init__(self, d=3):\n        super().__init__()\n"
            f"        {layers}\n    def forward(self, x): return self.one(x)"
        )
        return Notebook(NotebookRun(FakeSandbox(), (RunCell("f", source, "f", 0),), {"Model": "f"}), "f", [])

    yield make
    public_inputs.reset(token)


def test_a_model_is_made_with_a_seed_and_called_with_another(student: Make) -> None:
    notebook = student("self.one = torch.nn.Linear(d, 1)")
    one, same, other = (make_module(notebook, "Model", 3, seed=seed).parameters() for seed in (1, 1, 2))
    assert torch.equal(one["one.weight"], same["one.weight"])
    assert not torch.equal(one["one.weight"], other["one.weight"])
    made_anew = student("self.one = lambda x: torch.nn.Linear(d, 1).weight")
    made_once = make_module(notebook, "Model", 3, seed=1).parameters()["one.weight"]
    assert not torch.equal(make_module(made_anew, "Model", seed=1)(W.T), made_once)


def test_what_is_no_module_is_told_by_the_name_of_the_class(student: Make) -> None:
    with pytest.raises(CheckFailed, match=r"`Model\(3\)` gives.*`class Model\(nn.Module\):`"):
        make_module(student("self.one = None", base="object"), "Model", 3)


@pytest.mark.parametrize(
    "layers",
    [
        "self.one = torch.nn.Linear(d, 1)",
        "self.one = torch.nn.Sequential(torch.nn.Linear(d, 1))",
        "self.one = torch.nn.Conv1d(1, 1, 3)",
    ],
)
def test_a_linear_model_gets_weights_whatever_they_are_called(student: Make, layers: str) -> None:
    model = make_module(student(layers), "Model")
    load_linear(model, W, B, "Model()")
    assert model(torch.tensor([[1.0, 1.0, 2.0]])).item() == pytest.approx(5.0)
    expect_linear(model.parameters(), 3, "Model()")


def test_of_one_weight_and_one_bias_each_gets_its_own(student: Make) -> None:
    for layers in ("self.one = torch.nn.Linear(1, 1)", "self.one = torch.nn.Sequential(torch.nn.Linear(1, 1))"):
        model = make_module(student(layers), "Model")
        load_linear(model, torch.tensor([[2.0]]), torch.tensor([3.0]), "Model()")
        assert model(torch.tensor([[10.0]])).item() == pytest.approx(23.0)


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ("self.one = [torch.nn.Linear(d, 1)]", "no parameters at all.*3 weights, one for each feature, and one bias"),
        ("self.one = torch.nn.Linear(2, 1)", r"2 parameters: .*\(1, 2\).*with 3 inputs and 1 output"),
        ("self.one = torch.nn.Sequential(torch.nn.Linear(3, 1), torch.nn.Linear(1, 1))", "4 parameters"),
    ],
)
def test_other_parameters_are_told_with_the_mend(student: Make, layers: str, said: str) -> None:
    model = make_module(student(layers), "Model")
    for demand in (
        lambda: load_linear(model, W, B, "Model()"),
        lambda: expect_linear(model.parameters(), 3, "Model()"),
    ):
        with pytest.raises(CheckFailed, match=rf"`Model\(\)` has {said}"):
            demand()


def test_a_missing_bias_is_a_matter_for_one_check_alone(student: Make) -> None:
    model = make_module(student("self.one = torch.nn.Linear(d, 1, bias=False)"), "Model")
    load_linear(model, W, B, "Model()")
    with pytest.raises(CheckFailed, match="The bias is missing"):
        expect_linear(model.parameters(), 3, "Model()")


def test_a_state_fits_by_size_or_is_empty() -> None:
    state = state_by_size({"w": torch.zeros(1, 3), "c": torch.zeros(1)}, W, B)
    assert torch.equal(state["w"], W.T)
    assert torch.equal(state["c"], B)
    assert state_by_size({"w": torch.zeros(3), "v": torch.zeros(3)}, W, B) == {}
    assert state_by_size({"w": torch.zeros(4)}, W, B) == {}


def test_many_parameters_are_not_all_shown() -> None:
    token = public_inputs.set(True)
    try:
        assert described_parameters({f"p{i}": W for i in range(40)}).count("tensor") == 4
    finally:
        public_inputs.reset(token)
    assert described_parameters({f"p{i}": W for i in range(40)}) == "other parameters"
    assert described_parameters({"w": W, "v": W}) == "2 parameters"
