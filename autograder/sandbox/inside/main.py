"""What a guest does: get ready (before the fork), get confined, then run cells and answer calls until killed."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import tempfile
import traceback
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from autograder.sandbox import wire
from autograder.sandbox.confinement import Layer
from autograder.sandbox.inside import state, substitutes, syscalls
from autograder.sandbox.inside.calls import Answerer, seed
from autograder.sandbox.inside.cells import NotebookShell, make_shell, run_cell
from autograder.sandbox.inside.confine import confine
from autograder.sandbox.inside.mending import Workbench
from autograder.sandbox.inside.objects import Objects
from autograder.sandbox.inside.recorder import recording
from autograder.sandbox.limits import Limits

_shell: NotebookShell | None = None
_rules: syscalls.Rules | None = None


def warm_up() -> None:
    """Imports what notebooks use, draws a picture and runs a cell, so that no guest has to; no tensor operation."""
    global _shell, _rules
    import matplotlib.pyplot as plt

    # What `import torch` leaves out.
    import torch._subclasses.schema_check_mode
    import torch.nn.functional
    import torch.utils.data
    from matplotlib_inline.backend_inline import configure_inline_support, set_matplotlib_formats

    torch.set_num_threads(1)
    substitutes.prepare()
    _shell = make_shell()
    configure_inline_support(_shell, "module://matplotlib_inline.backend_inline")
    set_matplotlib_formats("png")
    figure, axes = plt.subplots(figsize=(2, 2))
    axes.plot([0, 1], label="warm")
    axes.set_title("$x^2$")
    axes.legend()
    figure.savefig(os.devnull, format="png")
    plt.close(figure)
    with recording(_shell, 100):
        _shell.run("1;")
    with contextlib.suppress(OSError, RuntimeError):  # a machine without libseccomp: the layer is reported missing
        _rules = syscalls.prepare()
    state.prepare()
    plt.ion()  # a figure is shown at the end of its cell, as in Jupyter


def run(channel_descriptor: int, request: dict[str, Any], around: Sequence[Layer]) -> None:
    """The whole life of one guest, in the forked process; ends when the channel closes or a limit kills it.

    Args:
        channel_descriptor: the wire to the grader.
        request: `work_folder`, `data_folder` (or None) and `limits`, from the grader, and `user`, from the server.
        around: the layers that the server has put around all guests.
    """
    assert _shell is not None, "warm_up() comes first"
    channel = socket.socket(fileno=channel_descriptor)
    try:
        limits = Limits(**request["limits"])
        layers = confine(
            request["work_folder"], request["data_folder"], limits, channel_descriptor, _rules, request["user"]
        )
        _move_in(_shell, request["work_folder"])
    except BaseException as error:
        why = traceback.format_exception_only(error)[-1].strip()
        place = traceback.extract_tb(error.__traceback__)[-1]
        wire.send(channel, wire.pack({"failed": f"{why} ({place.name}, line {place.lineno} of {place.filename})"}))
        raise
    answerer = Answerer(_shell)
    workbench = Workbench(_shell, answerer)

    def converse(reply: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
        wire.send(channel, reply)
        return wire.receive(channel, limits.message_bytes)

    objects = Objects(_shell, answerer.refs, converse, limits.output_characters)
    seed(0)
    wire.send(channel, wire.pack({"layers": [asdict(layer) for layer in (*around, *layers)]}))
    while True:
        try:
            message, tensors = wire.receive(channel, limits.message_bytes)
        except wire.WireError:
            return
        if message["op"] == "cell":
            answerer.forget(message.get("forget", ()))
            ran = run_cell(_shell, message["source"], message["label"], limits.output_characters)
            answerer.remember(message["names"])
            reply = wire.pack({"sequence": message["sequence"], **ran})
        elif message["op"] == "state":
            reply = wire.pack({"sequence": message["sequence"], "state": state.state_digest(_shell)})
        elif message["op"] == "mend":
            reply = workbench.answer(message, tensors)
        elif message["op"] == "ask":
            reply = objects.answer(message, tensors)
        else:
            reply = answerer.answer(message, tensors)
        wire.send(channel, reply)


def _move_in(shell: NotebookShell, work_folder: str) -> None:
    """Makes the work folder the one that Python and IPython take for the user's own."""
    os.chdir(work_folder)
    os.environ["HOME"] = os.environ["TMPDIR"] = shell.home_dir = work_folder
    shell.user_ns["_dh"][:] = [work_folder]
    tempfile.tempdir = None  # it was looked for before the fork
    os.environ.pop("TORCHINDUCTOR_CACHE_DIR", None)  # likewise
    sys.path.insert(0, "")  # as in Jupyter, modules in the notebook's folder can be imported
    for name in os.listdir():
        if name.endswith(".py") and os.path.isfile(name):
            with open(name, encoding="utf-8", errors="replace") as module:
                substitutes.look_at(module.read())
