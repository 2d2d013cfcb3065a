"""The folder that tests work in, if they are about files: what student code saves is there, and what tests save is
where student code looks for it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from autograder.sandbox import wire
from autograder.sandbox.lending import files_in, save
from autograder.sandbox.operations import MAX_FILE_BYTES, MAX_FILES

_NEVER = (".py", ".pyc", ".so", ".pth")  # Python would take them for modules
_MAX_BYTES = 16 << 20


class Folder:
    """See above.

    Args:
        path: an empty folder.
        data: the assignment's own files, by their paths beside the notebook. No student's file takes their place.
    """

    def __init__(self, path: Path, data: Mapping[str, Path | bytes]) -> None:
        self.path = path
        for name, source in data.items():
            target = path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(source, bytes):
                target.write_bytes(source)
            elif source.is_dir():
                target.mkdir(exist_ok=True)
            else:
                shutil.copyfile(source, target)
        self._known = self._look()
        self._given = frozenset(self._known) | frozenset(data)
        self._left = _MAX_BYTES

    @property
    def data_names(self) -> list[str]:
        """Paths of the assignment's own files, and of the folders that they are in."""
        return sorted(self._given)

    def forget(self) -> None:
        """Takes away what a guest that is gone has saved, and what tests have."""
        for name in sorted(self._look(), reverse=True):  # a folder after what is in it
            if name not in self._given:
                save(self.path, name, None)
        self._known = self._look()

    def put(self, name: Any, content: Any) -> None:
        """A file that student code saved, or a folder; without content it was deleted. Raises WireError."""
        if not isinstance(name, str) or not name.isprintable() or len(name) > 200 or "\\" in name:
            raise wire.WireError("a file has no name")
        place = PurePosixPath(name)
        is_content = content is None or isinstance(content, bytes)
        if not place.parts or name.startswith("/") or ".." in place.parts or not is_content:
            raise wire.WireError("a file is none")
        self._left -= len(content or b"")
        has_room = self._left >= 0 and len(self._known.keys() - self._given) <= MAX_FILES
        if name in self._given or place.suffix in _NEVER or not has_room:
            return
        try:
            save(self.path, name, content)
        except OSError:  # a name that is too long, or a file where a folder should be
            return
        self._known = self._look()

    def written(self) -> Iterator[tuple[str, bytes | None]]:
        """What tests have saved or, without content, deleted since this was asked last."""
        now = self._look()
        for name in sorted(self._known.keys() - now.keys(), reverse=True):
            yield name, None
        for name, (_, size_bytes) in now.items():
            if self._known.get(name) != now[name] and size_bytes <= MAX_FILE_BYTES:
                yield name, b"" if name.endswith("/") else (self.path / name).read_bytes()
        self._known = now

    def _look(self) -> dict[str, tuple[int, int]]:
        return files_in(self.path)
