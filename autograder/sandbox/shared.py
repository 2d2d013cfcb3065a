"""The course's own files, as guests find them: copied once for all guests, whatever their size."""

from __future__ import annotations

import contextlib
import hashlib
import os
import py_compile
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path


def shared_folder(parent: Path, files: Mapping[str, Path | bytes]) -> Path | None:
    """The folder below `parent` that holds copies of `files`, made when it is first asked for; None for no files.

    Several processes may ask at once: a folder appears whole or not at all. Files that have changed are copied anew.

    Args:
        files: by their paths there, or what is in them; a folder stands for an empty one.
    """
    if not files:
        return None
    facts = []
    for name, path in sorted(files.items(), key=lambda each: each[0]):
        if isinstance(path, bytes):
            facts.append((name, hashlib.sha256(path).hexdigest(), len(path), 0))
            continue
        found = path.stat()
        facts.append((name, str(path), found.st_size, found.st_mtime_ns))
    folder = parent / f"data-{hashlib.sha256(repr(facts).encode()).hexdigest()[:32]}"
    if folder.exists():
        return folder
    made = Path(tempfile.mkdtemp(prefix="new-", dir=parent))
    for name, path in files.items():
        _copy(path, made / name)
    for each in (made, *(path for path in made.rglob("*") if path.is_dir())):
        each.chmod(0o777)
    try:
        made.rename(folder)
    except OSError:  # another process was quicker
        if not folder.exists():
            raise
        shutil.rmtree(made)
    return folder


def copy_files(files: Mapping[str, Path], folder: Path) -> None:
    """Copies `files` into `folder`, where everybody may write to them and to their folders. Links stay links."""
    for name, path in files.items():
        target = folder / name
        _make_folders(target.parent, folder)
        shutil.copyfile(path, target, follow_symlinks=False)
        target.chmod(0o666)


def _make_folders(wanted: Path, folder: Path) -> None:
    for each in reversed([wanted, *wanted.parents]):
        if each.is_relative_to(folder) and not each.exists():
            each.mkdir()
            each.chmod(0o777)


def _copy(source: Path | bytes, target: Path) -> None:
    if isinstance(source, Path) and source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(source, bytes):
        target.write_bytes(source)
    else:
        shutil.copyfile(source, target)
    os.chmod(target, 0o666)
    if target.suffix == ".py":  # compiled, not run: every guest imports it, and need not do this again
        with contextlib.suppress(py_compile.PyCompileError, ValueError):
            checked = py_compile.PycInvalidationMode.CHECKED_HASH
            compiled = py_compile.compile(str(target), doraise=True, invalidation_mode=checked)
            os.chmod(str(compiled), 0o666)
