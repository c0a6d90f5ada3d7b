"""The settings of config.toml by their dotted keys: found, listed, and changed in their place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mcc_cli import settings
from mcc_cli.errors import MccError
from mcc_cli.services.records.did_you_mean import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tomlkit import TOMLDocument
    from tomlkit.items import Table

_PART = r'[A-Za-z0-9_-]+|"[^"\n]+"'
_KEY = re.compile(rf"(?:{_PART})(?:\.(?:{_PART}))*")


def parts(key: str) -> list[str]:
    """The parts of a dotted key; one with a dot in it stands in quotes. Raises MccError E-USAGE."""
    if not _KEY.fullmatch(key):
        raise MccError(
            "E-USAGE",
            "this is no key",
            "KEY",
            key,
            fix='write profiles.staging.database_url; quote a part that has other signs: "a b"',
        )
    return [item.strip('"') for item in re.findall(_PART, key)]


def dotted(named: Sequence[str]) -> str:
    """The key that has these parts."""
    return ".".join(
        item if re.fullmatch(r"[A-Za-z0-9_-]+", item) else f'"{item}"' for item in named
    )


def flat(held: Any, above: Sequence[str] = ()) -> dict[str, Any]:
    """Every value at or below a key, by its dotted key, in the order of the file."""
    if not isinstance(held, dict):
        return {dotted(above): held}
    result: dict[str, Any] = {}
    for name, value in held.items():
        result |= flat(value, [*above, name])
    return result


def find(held: Mapping[str, Any], named: Sequence[str]) -> Any:
    """The value or the table that a key names. Raises MccError E-NOTFOUND."""
    result: Any = held
    for item in named:
        if not isinstance(result, dict) or item not in result:
            key, every = dotted(named), flat(held)
            raise MccError(
                "E-NOTFOUND",
                "this is not set",
                "KEY",
                key,
                hint=did_you_mean(key, every),
                fix="see what is: mcc config list",
            )
        result = result[item]
    return result


def put(path: Path, named: Sequence[str], value: str | bool | float) -> str:
    """The text of the file with a value set. Raises MccError E-CONFIG where it cannot be read."""
    import tomlkit

    document = _parsed(path)
    table: Any = document
    for depth, item in enumerate(named[:-1], 1):
        if item not in table:
            if depth == 1 and not document.as_string().endswith(("\n\n", "\r\n\r\n")):
                document.add(tomlkit.nl())
            table[item] = tomlkit.table(is_super_table=depth < len(named) - 1)
        table = table[item]
        if not isinstance(table, dict):
            place = f"{path} {dotted(named[:depth])}"
            raise MccError("E-CONFIG", "this must be a table", place, fix="correct the file")
    table[named[-1]] = value
    return document.as_string()


def take(path: Path, named: Sequence[str]) -> str:
    """The text of the file without a value or a table, and the tables that nothing is left in.

    Raises MccError E-NOTFOUND where it is not set, E-CONFIG as `put` does.
    """
    document = _parsed(path)
    find(settings.read(path), named)
    tables: list[Any] = [document]
    for item in named[:-1]:
        tables.append(tables[-1][item])
    for name, table in zip(reversed(named), reversed(tables), strict=True):
        del table[name]
        if table is document or not _bare(table):
            break
    return document.as_string()


def _bare(table: Table) -> bool:
    """Whether a table has neither values nor comments."""
    return not table and not table.as_string().strip()


def _parsed(path: Path) -> TOMLDocument:
    """The file with all that is in it. Raises MccError E-CONFIG."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    settings.read(path)  # what is no TOML is told in the same way as by every command
    try:
        return tomlkit.parse(path.read_bytes()) if path.exists() else tomlkit.document()
    except TOMLKitError as error:
        message = f"cannot read the configuration file: {error}"
        raise MccError("E-CONFIG", message, place=str(path)) from error
