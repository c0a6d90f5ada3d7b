"""A folder that appears whole, or whose files are replaced when all of the new ones are there."""

from __future__ import annotations

import contextlib
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
    made: Path | None = None
    with written(folder):
        parent = folder if folder.exists() else folder.absolute().parent
        made = Path(tempfile.mkdtemp(prefix=f".{folder.absolute().name}.", dir=parent))
    try:
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
    finally:
        shutil.rmtree(made, ignore_errors=True)


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
