"""What students are told of variables, methods, attributes and printed text that a check asked for."""

from __future__ import annotations

from autograder.checks.messages import CheckFailed, the_cell


def no_method(owner: str, name: str) -> CheckFailed:
    return CheckFailed(
        f"`{owner}` has no method `{name}`. Write it in its class, as a `def` with `self`, and keep the name that the "
        "notebook gives."
    )


def no_attribute(owner: str, name: str) -> CheckFailed:
    return CheckFailed(
        f"`{owner}` has no attribute `{name}`. Set it with `self.{name} = ...`, and keep the name that the notebook "
        "gives."
    )


def no_cell(label: str) -> CheckFailed:
    return CheckFailed(f"There is no cell `{label}` in your notebook. Put it back as it was given to you.")


def cell_not_run(label: str, why: str) -> CheckFailed:
    """`why`: what became of it, after "its cell"."""
    end = "" if why[-1] in ".?" else "."
    return CheckFailed(f"What {the_cell(label)} prints could not be read: it {why}{end}")


NOT_RUN = "was not run, because other code of this notebook had to be stopped"
