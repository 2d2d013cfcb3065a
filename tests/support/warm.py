"""The commands `autograder`, `nbgrader` and `pytest` in forks of a process that has imported what they import.

Each runs whole, with arguments, folder, environment and output of its own, and is spared the two seconds that it takes
to import PyTorch and nbgrader; so is its fork server (`warm_servers`). `helpers.run` runs them so, unless it is told to
begin afresh.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any

from warm_servers import WarmServers

COMMANDS = ("autograder", "nbgrader", "pytest")
_MESSAGE_BYTES = 1 << 18


def run_warm(
    arguments: Sequence[str], cwd: Path, environment: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    """As `subprocess.run` would with captured output; raises TimeoutExpired like it."""
    control = _warm_process(environment["PATH"], environment["PYTHONPATH"])
    asked = json.dumps({"arguments": [*arguments], "cwd": str(cwd), "environment": {**environment}})
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        socket.send_fds(control, [asked.encode()], [out.fileno(), err.fileno()])
        control.settimeout(120)  # the first one waits for what is imported
        pid = json.loads(control.recv(_MESSAGE_BYTES))["pid"]
        control.settimeout(timeout)
        try:
            code = json.loads(control.recv(_MESSAGE_BYTES))["code"]
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            control.settimeout(60)
            control.recv(_MESSAGE_BYTES)
            raise subprocess.TimeoutExpired([*arguments], timeout, _text(out), _text(err)) from None
        return subprocess.CompletedProcess([*arguments], code, _text(out), _text(err))


def _text(file: IO[bytes], errors: str = "strict") -> str:
    file.seek(0)
    return file.read().decode(errors=errors).replace("\r\n", "\n").replace("\r", "\n")


@cache
def _warm_process(path: str, python_path: str) -> socket.socket:
    """The socket on which the process is asked; it ends when this one does."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    # One thread: a fork has no other.
    environment = {**os.environ, "PATH": path, "PYTHONPATH": python_path, "OMP_NUM_THREADS": "1"}
    environment["OPENBLAS_NUM_THREADS"] = "1"
    process = subprocess.Popen(
        [sys.executable, __file__, str(its.fileno())],
        env=environment,
        pass_fds=[its.fileno()],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    its.close()
    atexit.register(process.wait)
    atexit.register(ours.close)  # the last that is registered comes first
    return ours


def _serve(control: socket.socket) -> None:
    servers = WarmServers()  # imports while this one does

    import autograder.batch.batch
    import autograder.cli.main
    import autograder.collect.collect_from
    import autograder.gradebook.student_pages
    import autograder.judge.grader  # noqa: F401

    _make_what_every_command_makes()
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, _MESSAGE_BYTES, 2)
        if not message:
            return
        pid = os.fork()
        if pid == 0:
            control.close()
            servers.stand_in()
            _become(json.loads(message), *descriptors)
        for each in descriptors:
            os.close(each)
        control.send(json.dumps({"pid": pid}).encode())
        _, status = os.waitpid(pid, 0)
        control.send(json.dumps({"code": os.waitstatus_to_exitcode(status)}).encode())


def _make_what_every_command_makes() -> None:
    """What libraries make when they are first used, and keep: checkers of notebooks, maps of tables."""
    import nbformat
    import sqlalchemy.dialects.sqlite
    import sqlalchemy.orm

    sqlalchemy.orm.configure_mappers()
    for relaxed in (False, True):
        nbformat.validate(nbformat.v4.new_notebook(), relax_add_props=relaxed)


def _hand_over_to_a_warm_one() -> None:
    """`nbgrader autograde` runs `python -m autograder`, which is then a fork of this process as it is now."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if (pid := os.fork()) == 0:
        ours.close()
        message, descriptors, _, _ = socket.recv_fds(its, _MESSAGE_BYTES, 2)
        if not message:
            os._exit(0)
        _become(json.loads(message), *descriptors)
    its.close()
    run = subprocess.run

    def run_warm(command: Any, **how: Any) -> Any:
        if command[:3] != [sys.executable, "-m", "autograder"]:
            return run(command, **how)
        with tempfile.TemporaryFile() as out:
            here = os.getcwd()
            asked = {
                "arguments": ["autograder", *command[3:]],
                "cwd": here,
                "environment": {**how["env"]},
                "path": here,
            }
            socket.send_fds(ours, [json.dumps(asked).encode()], [out.fileno(), out.fileno()])
            _, status = os.waitpid(pid, 0)
            return subprocess.CompletedProcess(command, os.waitstatus_to_exitcode(status), _text(out, how["errors"]))

    subprocess.run = run_warm


def _become(asked: Mapping[str, Any], out: int, err: int) -> None:
    """The command itself; never returns."""
    for ours, its in ((out, 1), (err, 2)):
        os.dup2(ours, its)
        os.close(ours)
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    if asked["arguments"][:2] == ["nbgrader", "autograde"]:
        _hand_over_to_a_warm_one()
    name, *_ = sys.argv = [str(Path(sys.executable).parent / asked["arguments"][0]), *asked["arguments"][1:]]
    sys.path[0] = asked.get("path", str(Path(name).parent))  # as for a program, or for `python -m`
    code: object = 0
    try:
        if Path(name).name == "autograder":
            from autograder.cli import start

            start()
        elif Path(name).name == "pytest":
            import pytest

            code = pytest.console_main()
        else:
            from nbgrader.apps.nbgraderapp import main

            main()
    except SystemExit as leaving:
        code = leaving.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    if isinstance(code, str):
        print(code, file=sys.stderr)
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1 if code else 0)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
