"""The lab's checks, as the notebook calls them. You need not read this file, and you may.

A check calls your function with small inputs whose answers can be worked out by hand, and stops at the first answer
that is not right yet. It looks at what comes back, and at nothing else: how you write your code is up to you.
"""

import builtins
import os
import re
from collections import namedtuple
from inspect import currentframe

import matplotlib.pyplot as plt
import torch

import lab_checks
from lab_pictures import picture_costs, picture_lines, picture_losses, picture_probabilities, picture_sigmoid
from lab_tools import SIGNS, Box, NotRight, NotWritten, title_of, usual_cause

__all__ = [
    "check",
    "picture_costs",
    "picture_lines",
    "picture_losses",
    "picture_probabilities",
    "picture_sigmoid",
    "progress",
    "when_ready",
]

QUIET = False  # `check.py` sets it: cells that only show something then do nothing

Exercise = namedtuple("Exercise", "number name title points functions check")
EXERCISES = [
    Exercise(number, name, title, points, tuple(functions.split()), getattr(lab_checks, f"check_{name}"))
    for number, (name, title, points, functions) in enumerate(
        [
            ("hypothesis_exp", "The hypothesis with exp", 10, "hypothesis_exp"),
            ("hypothesis", "The hypothesis with sigmoid", 10, "hypothesis"),
            ("element_loss", "The loss of one student", 10, "element_loss"),
            ("batch_losses", "All losses and their mean", 15, "batch_losses cost"),
            ("bce", "The cost, ready made", 5, "bce_cost"),
            ("train", "Train the model", 20, "train"),
            ("accuracy", "Predictions and accuracy", 10, "predict accuracy"),
            ("binary_classifier", "A model as a class", 10, "BinaryClassifier"),
            ("train_classifier", "Train the class", 10, "train_classifier"),
        ],
        start=1,
    )
]

unread = {}  # functions as they were when a cell that defines them anew could not be read, by their names
results = {}  # the box that the check of each exercise showed last, by the exercise's name


def check(*functions):
    """Check the functions of one exercise, as in `check(hypothesis_exp)`, and show what came of it."""
    exercise = _exercise_of(functions, currentframe().f_back)
    if exercise is None:
        return Box("wrong", "`check` takes all functions of one exercise, as in `check(batch_losses, cost)`.")
    with torch.random.fork_rng(devices=[]):  # your own random numbers stay as they are
        box = _stale(functions) or _judged(exercise, functions)
    results[exercise.name] = box
    box.footer = progress_text()
    if box.state != "right" and "NBGRADER_EXECUTION" in os.environ:
        raise AssertionError(box.text)  # nbgrader, as behind its Validate button, counts errors
    return box


def _stale(functions):
    """What to say of a function that is an older one, as its cell could not be read when it was run last."""
    old = [name for name, function in unread.items() if any(function is each for each in functions)]
    if not old:
        return None
    return Box(
        "wrong", f"The cell of `{old[0]}` could not be read when you ran it last.", "Mend it, run it, and check again."
    )


def _exercise_of(functions, frame):
    """The exercise that these are the functions of: by their names in the cell, or by those they were defined with."""
    written = {name for name in frame.f_code.co_names if any(frame.f_globals.get(name) is each for each in functions)}
    defined = {getattr(each, "__name__", "") for each in functions}
    return next((each for names in (written, defined) for each in EXERCISES if set(each.functions) == names), None)


def _judged(exercise, functions):
    """What the check of an exercise comes to."""
    this, shown = f"Exercise {exercise.number}", []
    try:
        for step in exercise.check(*functions):
            shown.append(step)
        return Box("right", f"{this} is right. Well done!", f"Shown: {', '.join(shown)}.")
    except NotWritten as error:
        box = Box(
            "not written",
            f"{this} is not written yet.",
            "Replace `raise NotImplementedError()` in the cell above with your code, run that cell, and then this one.",
        )
        if shown:
            left = f"Not written yet: what {error} needs. If your code is there, delete `raise NotImplementedError()`."
            box = Box("wrong", f"{this} is not complete yet.", f"Shown: {', '.join(shown)}.", left)
    except NotRight as error:
        called, came_back, hint = error.args
        lines = [f"Called: {called}", f"Came back: {came_back}"]
        if hint.startswith("Expected"):
            expected, _, hint = hint.partition(". ")
            lines.append(f"Expected: {expected.split(' ', 2)[2].rstrip('.')}")
        box = Box("wrong", f"{this} is not right yet.", *lines, *([f"Try: {hint}"] if hint else []))
    except Exception as error:  # in the check itself, with something that it did not expect
        back = f"Came back: something that can't be used as the text above asks ({type(error).__name__}: {error})"
        box = Box("wrong", f"{this} is not right yet.", back, "Try: look at each thing that your function returns.")
    other, state = _not_ready(exercise, functions)
    if other is None:
        return box
    return Box(
        "waits",
        f"{this} waits for Exercise {other.number}.",
        f"It uses what you write in Exercise {other.number} ({title_of(other)}), and that is {state} yet. Go there "
        "first, then check this one again.",
    )


def _not_ready(exercise, functions):
    """The first exercise before this one that these functions use and that is not right, and how it stands."""
    used = set().union(*(_names_in(getattr(each, "__code__", None)) for each in functions))
    scope = getattr(functions[0], "__globals__", {})
    for other in EXERCISES[: exercise.number - 1]:
        if not used & set(other.functions):
            continue
        state = _state_of(other, scope).state
        if state != "right":
            return other, "not written" if state == "not written" else "not right"
    return None, ""


def _state_of(exercise, scope):
    """What the check of an exercise would show, with the functions of that name in `scope`."""
    if any(name not in scope for name in exercise.functions):
        return Box("not written", f"Exercise {exercise.number} is not written yet.")
    return _judged(exercise, [scope[name] for name in exercise.functions])


def _names_in(code):
    """The global names that a function's code uses, functions inside it included."""
    inside = [each for each in code.co_consts if hasattr(each, "co_names")] if code else []
    return set(code.co_names if code else ()).union(*map(_names_in, inside))


def progress_text():
    """How far you are, by the notebook's checks, in one line."""
    right = [each for each in EXERCISES if each.name in results and results[each.name].state == "right"]
    points, whole = (sum(each.points for each in some) for some in (right, EXERCISES))
    left = [each for each in EXERCISES if each not in right]
    then = f"; next: Exercise {left[0].number}" if left else ": you did it!"
    return f"{len(right)} of {len(EXERCISES)} exercises, {points} of {whole} points{then}"


def progress():
    """Show how far you are, exercise by exercise."""
    words = {"right": "right", "wrong": "not right yet", "not written": "not written yet", "waits": "waits for another"}
    states = [results[each.name].state if each.name in results else "" for each in EXERCISES]
    lines = [
        f"{SIGNS.get(state, '○')} Exercise {each.number}, {each.title} ({each.points} points): "
        f"{words.get(state, 'not checked yet')}"
        for each, state in zip(EXERCISES, states, strict=True)
    ]
    if set(states) == {"right"}:
        return Box("right", "You did it! All nine exercises are right.", *lines)
    return Box("not written", progress_text(), *lines, "You can hand in at any time: each exercise counts for itself.")


def _without_a_traceback(shell, kind, error, trace, tb_offset=None):
    """What Jupyter shows of a cell that can't be read, or that asks for a function which does not exist yet."""
    if isinstance(error, SyntaxError):
        place = f"Line {error.lineno}: `{(error.text or '').strip()}`"
        hint = f"Try: {usual_cause(kind.__name__, error.msg)}"
        builtins.display(Box("wrong", "Python can't read this cell yet.", place, f"It says: {error.msg}", hint))
        cell = shell.user_ns.get("In", [""])[-1]
        names = re.findall(r"^(?:def|class) +(\w+)", cell, re.MULTILINE)
        unread.update({name: shell.user_ns[name] for name in names if name in shell.user_ns})
    elif any(getattr(error, "name", "") in each.functions for each in EXERCISES):
        hint = "Run the cell above that defines it. If that cell shows an error, mend that first."
        builtins.display(Box("wrong", f"`{error.name}` does not exist yet.", hint))
    else:
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset)


_shell = getattr(builtins, "get_ipython", lambda: None)()
if hasattr(_shell, "kernel") and "NBGRADER_EXECUTION" not in os.environ:
    _shell.set_custom_exc((NameError, SyntaxError), _without_a_traceback)


def when_ready(*needs):
    """Run the function below it, which shows something of yours. Until what it needs is written, say so and go on."""

    def run(show):
        if QUIET:
            return
        try:
            show()
        except Exception as error:
            plt.close("all")
            states = (_state_of(each, show.__globals__) for each in EXERCISES if set(each.functions) & set(needs))
            first = next((box.headline for box in states if box.state != "right"), "")
            why = first or f"it could not show its result ({type(error).__name__}: {error})."
            getattr(builtins, "display", print)(Box("waits", f"This cell waits: {why}"))

    return run
