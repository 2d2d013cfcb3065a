"""Where files are, for two sides that each work in a folder of their own with the same files in it."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from pathlib import PosixPath, PurePath, PurePosixPath, PureWindowsPath
from typing import Any

from autograder.sandbox import parts
from autograder.sandbox.wire import WireError

TAGS = ("here", "path")
_MAX_CHARACTERS = 200_000
_KINDS: Mapping[type, str] = {
    PosixPath: "Path",
    PurePosixPath: "PurePosixPath",
    PureWindowsPath: "PureWindowsPath",
}


def text_data(value: str, here: str) -> Any:
    """JSON-ready data of a text: what is below this side's folder `here` is below the other's there."""
    rest = value[len(here) :]
    return {"t": "here", "v": rest} if here and value.startswith(here) and rest[:1] in ("", "/") else value


def path_data(value: Any, here: str) -> dict[str, Any] | None:
    """JSON-ready data of a path, likewise; None for all else."""
    kind = _KINDS.get(type(value))
    return None if kind is None else {"t": "path", "kind": kind, "v": text_data(str(value), here)}


def received(data: Mapping[str, Any], here: str) -> Any:
    """The text or path, below this side's folder if it was below the other's. Raises WireError."""
    if data.get("t") == "path" and data.get("kind") in _KINDS.values():
        return getattr(pathlib, data["kind"])(_text(data.get("v"), here))
    return _text(data, here)


def _text(data: Any, here: str) -> str:
    if not isinstance(data, dict):
        return parts.text(data, _MAX_CHARACTERS)
    rest = parts.text(data.get("v"), _MAX_CHARACTERS)
    if data.get("t") != "here" or not here or rest[:1] not in ("", "/") or ".." in rest.split("/"):
        raise WireError("a place is none")
    return here + rest


def is_inside(value: PurePath, here: str) -> bool:
    """Whether a path leads to nothing but what is in the folder, or opens nothing."""
    if type(value) is not PosixPath:
        return True
    return bool(here) and ".." not in value.parts and (not value.is_absolute() or value.is_relative_to(here))


def received_inside(data: Mapping[str, Any], here: str) -> Any:
    """As `received`, of an untrusted guest: WireError for a path that leads elsewhere."""
    value = received(data, here)
    if isinstance(value, PurePath) and not is_inside(value, here):
        raise WireError("a path leads elsewhere")
    return value
