"""The fork server: holds torch and IPython warm, forks one guest a request, and buries it.

It is started by `autograder.sandbox.server` with a clean environment, in its own folder, in which guests have theirs,
and with one descriptor: the control socket. There each request for a guest is one datagram with two descriptors, the
guest's channel and a watch socket; others say what to do once for the guests to come. On the watch socket it
reports the guest's process id and, at the end, how it ended; when anything is written to the other end, or the other
end is closed, the guest is killed. So a grader that dies takes its guests along, and the folder is removed in the end,
whoever has died.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import selectors
import shutil
import signal
import socket
import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.sandbox.ahead import MANY_GUESTS, import_ahead
from autograder.sandbox.confinement import Layer
from autograder.sandbox.garbage import garbage_kept
from autograder.sandbox.inside import huge_pages, namespaces, view
from autograder.sandbox.inside.confine import guest_users

REQUEST_BYTES = 65_536


@dataclass(frozen=True)
class _Child:
    pid: int
    pidfd: int
    watch: socket.socket


def serve(control: socket.socket, layers: Sequence[Layer]) -> None:
    """Answers requests until the control socket's other end is closed."""
    try:
        control.send(b"ready")
    except OSError:
        return  # nobody waited for us
    users = guest_users()
    selector = selectors.DefaultSelector()
    selector.register(control, selectors.EVENT_READ, None)
    children: set[int] = set()
    forked, is_together = 0, False
    while True:
        for key, _ in selector.select():
            known: _Child | None = key.data
            if known is None:
                try:
                    request, descriptors, _, _ = socket.recv_fds(control, REQUEST_BYTES, 2)
                except ConnectionResetError:
                    return  # nobody has read that we are ready
                if not request:
                    return
                asked = json.loads(request)
                if "modules" in asked:
                    with _kept():
                        import_ahead(asked["modules"])
                    if asked["guests"] >= MANY_GUESTS and not is_together:
                        huge_pages.put_together()
                        is_together = True
                    continue
                child = _fork({**asked, "user": next(users)}, layers, *descriptors)
                if child is None:
                    continue
                children.add(child.pid)
                forked += 1
                if forked == MANY_GUESTS and not is_together:  # while that one gets ready
                    huge_pages.put_together()
                    is_together = True
                selector.register(child.pidfd, selectors.EVENT_READ, child)
                selector.register(child.watch, selectors.EVENT_READ, child)
            elif known.pid not in children:
                continue  # both of its descriptors were ready in this round
            elif key.fileobj is known.watch:
                signal.pidfd_send_signal(known.pidfd, signal.SIGKILL)
                selector.unregister(known.watch)
            else:
                children.remove(known.pid)
                _bury(known, selector)


@contextlib.contextmanager
def _kept() -> Iterator[None]:
    """What is made in here stays, and nobody looks at it for garbage: not in here, which takes a fifth of the time that
    imports do, nor in guests, which would copy all of it."""
    with garbage_kept():
        yield
    gc.freeze()


def _fork(
    request: dict[str, object], layers: Sequence[Layer], channel_descriptor: int, watch_descriptor: int
) -> _Child | None:
    """A guest; None if the kernel refuses one, which whoever asked is told."""
    watch = socket.socket(fileno=watch_descriptor)
    try:
        if layers[0].active:
            namespaces.next_child_alone()
        pid = os.fork()
    except OSError as error:
        os.close(channel_descriptor)
        with watch, contextlib.suppress(OSError):
            watch.send(json.dumps({"refused": str(error)}).encode())
        return None
    if pid == 0:
        from autograder.sandbox import wire
        from autograder.sandbox.inside import main

        try:
            main.run(channel_descriptor, request, layers)
        except BaseException:  # whatever happens, a guest never returns into the server's loop
            traceback.print_exc()
        finally:
            os._exit(wire.LOST_EXIT_CODE)
    os.close(channel_descriptor)
    pidfd = os.pidfd_open(pid)
    with contextlib.suppress(OSError):  # whoever asked may have died meanwhile; then its end of the line is closed
        watch.send(json.dumps({"pid": _pid_outside(pidfd)}).encode())
    return _Child(pid, pidfd, watch)


def _pid_outside(pidfd: int) -> int:
    """The process's number for the grader: /proc is still the one from before the namespaces."""
    lines = Path(f"/proc/self/fdinfo/{pidfd}").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pid:"))


def _bury(child: _Child, selector: selectors.BaseSelector) -> None:
    _, status, usage = os.wait4(child.pid, 0)
    report = {
        "exit_code": os.waitstatus_to_exitcode(status),
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
    }
    with contextlib.suppress(OSError):  # nobody may be waiting for it any more
        child.watch.send(json.dumps(report).encode())
    selector.unregister(child.pidfd)
    os.close(child.pidfd)
    if child.watch.fileno() in {key.fd for key in selector.get_map().values()}:
        selector.unregister(child.watch)
    child.watch.close()


def main(control: socket.socket) -> None:
    """Warms up, goes into namespaces, serves, and leaves no folder behind."""
    with _kept():
        from autograder.sandbox.inside import main as guest

        guest.warm_up()
    folder = Path.cwd()
    code: object = 0
    try:
        own = namespaces.enter()
        serve(control, (own, view.enter(folder) if own.active else Layer("view", False, own.detail)))
    except SystemExit as left:
        code = left.code
    except FileNotFoundError:
        if folder.exists():
            raise
        # The grader has left already, and has cleared up.
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(code if isinstance(code, int) else 1)  # IPython's farewell would look for the folder


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
