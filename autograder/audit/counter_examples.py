"""The audit's question to counter-examples: whether what they call right is what the reference gives."""

from __future__ import annotations

from autograder.audit.row import Problem, Row
from autograder.checks.counter_examples import CounterExample, load_counter_examples
from autograder.course.assignment import Assignment
from autograder.judge.runs import reference_run
from autograder.judge.search import find_counter_example
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.outcome import SandboxError
from autograder.sandbox.sandbox import Sandbox

_MAX_INPUTS = 60  # more than a search tries


def counter_example_rows(assignment: Assignment, sandbox: Sandbox) -> list[Row]:
    """The row about them, if the assignment has any: inputs such as a search tries, on the reference."""
    entries = load_counter_examples(assignment)
    with reference_run(assignment, sandbox) as run:
        found = [(entry, _fault(entry, run)) for entry in entries]
    mend = "Mend the entry: `arguments` that the exercise allows, and `right` for what comes back."
    problems = tuple(
        Problem(f"counter-example {each.exercise}/{each.called}", what, mend) for each, what in found if what
    )
    title = "counter-examples that call right what the reference gives"
    return [Row(title, f"{len(entries) - len(problems)}/{len(entries)}", problems)] if entries else []


def _fault(entry: CounterExample, run: NotebookRun) -> str:
    try:
        found = find_counter_example(entry, run, _MAX_INPUTS)
    except SandboxError:
        raise
    except Exception as error:
        return f"raises {type(error).__name__}: {error}"
    if found.words:
        return f"would blame the reference: {found.words}"
    return "compares no answer of the reference" if found.others or not found.inputs else ""
