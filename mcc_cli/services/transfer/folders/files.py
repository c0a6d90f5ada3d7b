"""The files of a folder, one for each entity, referenced ones first."""

from __future__ import annotations

import hashlib
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from mcc_cli.entities.catalog import ENTITIES, LINKS
from mcc_cli.errors import MccError
from mcc_cli.services.records.did_you_mean import did_you_mean
from mcc_cli.services.records.row_input import raise_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from mcc_cli.entities.schema.facts import Entity

MANIFEST = "manifest.json"
ENDINGS = ("csv", "tsv", "jsonl", "ndjson")
PACKED = ".gz"
TABLES = {**ENTITIES, **LINKS}


def order() -> list[Entity]:
    """Every entity and link table, referenced ones first; the same on every machine."""
    graph = {name: list(_needed(entity)) for name, entity in TABLES.items()}
    return [TABLES[name] for name in TopologicalSorter(graph).static_order()]


def _needed(entity: Entity) -> Iterable[str]:
    """What has to be there before an entity: what it refers to, and what it is linked to."""
    referred = [column.references for column in entity.references if column.references]
    return dict.fromkeys([*referred, *(link.references for link in entity.links)])


def named(names: Sequence[str]) -> list[Entity]:
    """The entities of these names, or all, referenced ones first. Raises MccError E-USAGE."""
    for name in names:
        if name not in TABLES:
            raise MccError(
                "E-USAGE",
                "there is no such entity",
                "--only",
                name,
                hint=did_you_mean(name, TABLES) or f"there are: {', '.join(TABLES)}",
            )
    return [entity for entity in order() if not names or entity.name in names]


def ending(path: Path) -> str:
    """What a file is by its name: csv, tsv, jsonl, ndjson, or something else; `.gz` apart."""
    return path.name.lower().removesuffix(PACKED).rpartition(".")[2]


def find(folder: Path, only: Sequence[str] = (), *, ignore: bool = False) -> dict[str, Path]:
    """The file of each entity in `folder`, referenced entities first; `only` these, if any.

    The manifest, a README and hidden files are passed over, with `ignore` also files that are no
    entity's. Raises MccError E-FILE where there is no folder or no file, for two files of one
    entity and for a file of none.
    """
    wanted = named(only)
    result: dict[str, Path] = {}
    errors: list[MccError] = []
    for path in _listed(folder):
        if path.name.startswith(".") or path.name == MANIFEST or path.stem.upper() == "README":
            continue
        name = path.name.lower().removesuffix(PACKED).rpartition(".")[0].replace("_", "-")
        if name not in TABLES or ending(path) not in ENDINGS or not path.is_file():
            if not ignore:
                errors.append(_stranger(path, name))
        elif name in result:
            message = f"{name} has another file here: {result[name].name}"
            fix = "remove one of them"
            errors.append(MccError("E-FILE", message, str(path), fix=fix, file=str(path)))
        else:
            result[name] = path
    raise_all(errors)
    for name in only:
        if name not in result:
            raise MccError("E-FILE", f"there is no file for {name}", str(folder), file=str(folder))
    if not result:
        raise MccError(
            "E-FILE",
            "the folder has no file of an entity, such as brands.csv",
            str(folder),
            fix="create one: mcc export DIR",
            file=str(folder),
        )
    return {entity.name: result[entity.name] for entity in wanted if entity.name in result}


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except NotADirectoryError:
        entity = folder.name.partition(".")[0]
        fix = f"mcc {entity if entity in ENTITIES else 'ENTITY'} import {folder}"
        message = "this is a file; expected a folder"
        raise MccError("E-FILE", message, str(folder), fix=fix, file=str(folder)) from None
    except OSError as error:
        message = f"cannot read the folder: {error.strerror}"
        raise MccError("E-FILE", message, str(folder), file=str(folder)) from None


def _stranger(path: Path, name: str) -> MccError:
    if name in TABLES and path.is_file():
        message, hint = "its ending is not one of csv, tsv, jsonl", None
        fix = f"name it {name}.csv, {name}.tsv or {name}.jsonl, each also with {PACKED}"
    else:
        message, hint = "no entity has this name", did_you_mean(name or path.name, TABLES)
        fix = "rename it, remove it, or ignore it: --unknown-files ignore"
    return MccError("E-FILE", message, str(path), hint=hint, fix=fix, file=str(path))


def digest(path: Path) -> str:
    """The SHA-256 of a file. Raises MccError E-FILE."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        message = f"cannot read the file: {error.strerror}"
        raise MccError("E-FILE", message, str(path), file=str(path)) from None


def fingerprint(digests: Mapping[str, str]) -> str:
    """One digest of the digests of all files, by entity: the same rows in the same files."""
    lines = "".join(f"{name} {value}\n" for name, value in sorted(digests.items()))
    return hashlib.sha256(lines.encode()).hexdigest()
