"""The manifest of an exported folder: its files with their rows and digests, and of what schema."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from mcc_cli import __version__
from mcc_cli.db.schema import HEAD
from mcc_cli.errors import MccError
from mcc_cli.services.records.row_input import raise_all
from mcc_cli.services.transfer.folders.files import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

ANYWAY = "or import the files as they are: --no-verify"


@dataclass(frozen=True)
class File:
    """One file: its name in the folder, how many rows it has, and its SHA-256."""

    file: str
    rows: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What an export wrote: the files by entity, and what was needed to write them."""

    exported_at: str
    format: str
    entities: dict[str, File]
    mcc: str = __version__
    schema: str = HEAD

    def document(self) -> dict[str, Any]:
        """The manifest as JSON has it."""
        return {
            "mcc": self.mcc,
            "schema": self.schema,
            "exported_at": self.exported_at,
            "format": self.format,
            "entities": {name: asdict(item) for name, item in self.entities.items()},
        }

    def text(self) -> str:
        """The manifest as it is in the folder."""
        return json.dumps(self.document(), ensure_ascii=False, indent=2) + "\n"


def read(folder: Path) -> Manifest | None:
    """The manifest of a folder, or None where it has none. Raises MccError E-FILE."""
    path = folder / MANIFEST
    try:
        result = json.loads(path.read_text("utf-8"))
        files = {str(name): File(**item) for name, item in result.pop("entities").items()}
        return Manifest(entities=files, **result)
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = f"cannot read the file: {error.strerror}"
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        reason = "this is not a manifest of mcc"
    raise MccError(
        "E-FILE", reason, str(path), fix=f"export the folder again, {ANYWAY}", file=str(path)
    )


def check(
    found: Manifest,
    folder: Path,
    files: Mapping[str, Path],
    digests: Mapping[str, str],
    only: Sequence[str] = (),
) -> None:
    """Raise one MccError E-FILE with every file that is not as the manifest has it."""
    errors = []
    for name, item in found.entities.items():
        path = files.get(name)
        if only and name not in only:
            continue
        if path is None or path.name != item.file:
            errors.append(_fault(folder / item.file, "the manifest names this file; it is missing"))
        elif digests[name] != item.sha256:
            errors.append(_fault(path, "the file has changed since it was exported (sha256)"))
    errors += [
        _fault(files[name], "the manifest does not name this file")
        for name in files
        if name not in found.entities
    ]
    raise_all(errors)


def _fault(path: Path, message: str) -> MccError:
    fix = f"use the files of one export, {ANYWAY}"
    return MccError("E-FILE", message, str(path), fix=fix, file=str(path))
