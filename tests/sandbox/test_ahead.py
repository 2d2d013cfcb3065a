"""Packages that take long are imported before guests are forked, and change nothing that student code can see."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from autograder.sandbox.ahead import import_ahead, worth_importing
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.server import ForkServer

LOADED = "import sys; print('pandas' in sys.modules, 'tabulate' in sys.modules, 'pandas' in globals())"


@pytest.fixture(scope="module")
def warm() -> Iterator[ForkSandbox]:
    with ForkServer() as server:
        sandbox = ForkSandbox(server)
        sandbox.import_ahead(["pandas", "pandas.DataFrame", "pandas.no_such_part", "tabulate"])
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


def test_only_known_packages_are_worth_it() -> None:
    assert worth_importing(["os", "scipy.stats", "helpers", "pandas", "pandas"]) == ["pandas", "scipy.stats"]


def test_what_is_not_there_is_left_to_whoever_asks_for_it() -> None:
    import_ahead(["pandas.no_such_part"])
    assert "pandas.no_such_part" not in sys.modules
