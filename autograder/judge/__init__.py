"""From a submission to a report: `grade` is the function in the middle, which every front door goes through."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.judge.grader import Grader, grade

__all__ = ["Grader", "grade"]


def __getattr__(name: str) -> Any:
    # Not before it is asked for: pytest loads `judge.plugin` in each of its runs, and torch takes a second.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from autograder.judge import grader

    return getattr(grader, name)
