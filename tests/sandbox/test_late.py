"""A module that is not run until something is asked of it is for all who ask the one that it would be anyway."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.sandbox.late import late


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A package that notes in `sys` when it is run."""
    folder = tmp_path / "slow_package"
    folder.mkdir()
    (folder / "__init__.py").write_text(
        "import sys\nsys.slow_package_ran = True\nfrom . import part\nanswer = 42\nown = 'its own'\n"
    )
    (folder / "part.py").write_text("name = __name__\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "slow_package_ran", False, raising=False)
    yield folder.name
    for name in [each for each in sys.modules if each.partition(".")[0] == folder.name]:
        del sys.modules[name]


def ran() -> bool:
    return bool(sys.slow_package_ran)  # type: ignore[attr-defined]


def test_it_runs_when_more_is_asked_than_is_given(package: str) -> None:
    made = late(package, {"own": "given"})
    module = importlib.import_module(package)
    assert module is made
    assert (module.own, ran()) == ("given", False)
    assert (module.answer, ran()) == (42, True)
    assert module.own == "its own"
    assert importlib.import_module(package) is module
    assert type(module) is type(sys)


def test_who_only_looks_at_all_modules_does_not_run_it(package: str) -> None:
    late(package)
    assert inspect.getmodule(self := test_who_only_looks_at_all_modules_does_not_run_it) is sys.modules[self.__module__]
    assert not ran()


def test_parts_are_imported_without_the_package_or_with_it(package: str) -> None:
    late(package, parts=True)
    assert importlib.import_module(f"{package}.part").name == f"{package}.part"
    assert not ran()
    assert (importlib.import_module(package).answer, ran()) == (42, True)


def test_a_part_runs_the_package_first_where_that_is_not_allowed(package: str) -> None:
    late(package)
    assert importlib.import_module(f"{package}.part").name == f"{package}.part"
    assert ran()


def test_what_it_does_not_have_is_missed_as_in_any_module(package: str) -> None:
    module = late(package)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = module.nothing  # type: ignore[union-attr]


def test_what_was_imported_and_what_is_not_there_stay_as_they_are(package: str) -> None:
    assert late("json") is None
    assert late("no_such_package_at_all") is None
    assert "no_such_package_at_all" not in sys.modules
