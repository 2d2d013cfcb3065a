"""What takes long is done once before guests are forked, and changes nothing that student code can see."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from autograder.sandbox.ahead import MANY_GUESTS, import_ahead, worth_importing
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.server import ForkServer

LOADED = "import sys; print('pandas' in sys.modules, 'tabulate' in sys.modules, 'pandas' in globals())"


@pytest.fixture(scope="module")
def warm() -> Iterator[ForkSandbox]:
    with ForkServer() as server:
        sandbox = ForkSandbox(server)
        sandbox.prepare(["pandas", "pandas.DataFrame", "pandas.no_such_part", "tabulate"])
        yield sandbox


def printed(sandbox: ForkSandbox, source: str) -> str:
    guest = sandbox.start({})
    try:
        reply, _ = guest.request({"op": "cell", "source": source, "label": "<cell>", "names": []}, {}, 30.0)
    finally:
        guest.close()
    return "".join(each.get("text", "") for each in reply["outputs"])


def test_a_guest_has_what_was_imported_ahead_and_the_notebook_none_of_its_names(warm: ForkSandbox) -> None:
    assert printed(warm, LOADED).split() == ["True", "False", "False"]


def test_guests_are_confined_as_before(warm: ForkSandbox, sandbox: ForkSandbox) -> None:
    one, other = warm.start({}), sandbox.start({})
    with one, other:
        assert [each.name for each in one.layers if each.active] == [each.name for each in other.layers if each.active]
    assert printed(warm, "import threading; print(threading.active_count())").split() == ["1"]


@pytest.mark.parametrize(("guests", "is_together"), [(MANY_GUESTS, True), (MANY_GUESTS - 1, False)])
def test_for_many_guests_the_servers_memory_is_put_together_before_the_first(guests: int, is_together: bool) -> None:
    setting = Path("/sys/kernel/mm/transparent_hugepage/enabled")
    if not setting.exists() or "[never]" in setting.read_text():
        pytest.skip("this kernel has no huge pages")
    with ForkServer() as server:
        server.wait_until_ready()
        before = huge_kib(server)
        sandbox = ForkSandbox(server)
        sandbox.prepare([], guests)
        assert printed(sandbox, "print(1)") == "1\n"  # it is done by then
        assert (huge_kib(server) - before > 50_000) is is_together


def huge_kib(server: ForkServer) -> int:
    """The server's memory in huge pages: its own, and that of the process that it has in its namespaces."""
    processes = [psutil.Process(server._process.pid)]
    lines = [Path(f"/proc/{each.pid}/smaps_rollup").read_text() for each in (*processes, *processes[0].children())]
    return sum(int(line.split()[1]) for text in lines for line in text.splitlines() if line.startswith("AnonHuge"))


def test_only_known_packages_are_worth_it() -> None:
    assert worth_importing(["os", "scipy.stats", "helpers", "pandas", "pandas"]) == ["pandas", "scipy.stats"]


def test_what_is_not_there_is_left_to_whoever_asks_for_it() -> None:
    import_ahead(["pandas.no_such_part"])
    assert "pandas.no_such_part" not in sys.modules
