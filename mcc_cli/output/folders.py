"""A folder that appears whole, or whose files are replaced when all of the new ones are there."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from mcc_cli import private_files
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def replaced(folder: Path, last: str, stale: set[str]) -> Iterator[Path]:
    """A hidden folder to be filled, readable by its owner alone, which becomes `folder`.

    Where `folder` exists, the files take the place of those of the same name there, `last` last,
    the files `stale` go, and all others stay; files keep their mode. Raises MccError E-OUTPUT.
    """
    with contextlib.ExitStack() as stack:
        with written(folder):
            parent = folder if folder.exists() else folder.absolute().parent
            prefix = f".{folder.absolute().name}."
            _sweep(parent, prefix)
            made = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
            stack.callback(shutil.rmtree, made, ignore_errors=True)
            stack.enter_context(_locked(made))
        yield made
        with written(folder):
            if not folder.exists():
                made.rename(folder)
                return
            names = {path.name for path in made.iterdir()}
            gone = [path for path in folder.iterdir() if path.name in stale - names]
            for name in sorted(names, key=lambda each: (each == last, each)):
                private_files.take_place(made / name, folder / name)
            for path in gone:
                path.unlink(missing_ok=True)


def _sweep(parent: Path, prefix: str) -> None:
    """Remove the hidden folders of exports that were killed: nobody holds their locks."""
    for path in parent.iterdir():
        if path.name.startswith(prefix) and path.is_dir() and not path.is_symlink():
            with contextlib.suppress(OSError), _locked(path):
                shutil.rmtree(path)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder. Raises OSError if another process holds it."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def create(path: Path) -> Iterator[BinaryIO]:
    """A new file, readable by its owner alone. Raises MccError E-OUTPUT."""
    with written(path), open(path, "xb", opener=private_files.opener) as file:
        yield file


@contextlib.contextmanager
def written(path: Path) -> Iterator[None]:
    """Turn what the system says against writing `path` into MccError E-OUTPUT."""
    try:
        yield
    except OSError as error:
        raise MccError(
            "E-OUTPUT",
            f"cannot write it: {error.strerror}",
            str(path),
            fix="name a folder where you may write, in one that exists",
        ) from error
