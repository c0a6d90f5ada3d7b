"""Which format the files are: every format is tried, by content and never by file name."""

from __future__ import annotations

import importlib
import os
import pkgutil
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from mcc_cli.errors import MccError
from mcc_cli.files import kinds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from importlib.metadata import EntryPoint

    from mcc_cli.audits.base import Format, Given, Item, Run
    from mcc_cli.audits.source_file import File


BESIDE = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".ico", ".woff", ".woff2", ".ttf")
GROUP = "mcc.audit_formats"  # of entry points
MEMBERS = ("NAME", "TITLE", "SOURCE", "claims", "runs")


@dataclass(frozen=True)
class Group:
    """Files that belong together, and the format that reads them."""

    format: Format
    files: list[File]

    @property
    def name(self) -> str:
        """The name of the only file, or of the folder or zip that all lie in."""
        names = [file.name for file in self.files]
        common = os.path.commonpath(names) if len({name[:1] == "/" for name in names}) == 1 else ""
        return common or names[0]

    def runs(self, given: Given) -> Iterator[Run]:
        """The runs in these files. An error about a flag also names the file that needs it."""
        try:
            for run in self.format.runs(self.files, given):
                if not isinstance(run.items, list):  # a list was read whole already
                    run.items = self._watched(run, run.items)
                yield run
        except MccError as error:
            if error.file and error.place and error.place.startswith("--"):
                error.place = f"{error.file} {error.place}"
            raise

    def _watched(self, run: Run, items: Iterable[Item]) -> Iterator[Item]:
        """The items of a run; rows that its files lost make it incomplete, whatever the format."""
        yield from items
        for file in self.files:
            if file.damage:
                run.scope.partial = run.scope.partial or f"{file.base} is not whole"
                run.bad |= file.damage


@cache
def formats() -> dict[str, Format]:
    """The formats by name: mcc's own, and those of installed packages.

    Raises MccError E-CONFIG for a format of a package that cannot be used.
    """
    from importlib.metadata import entry_points

    from mcc_cli.audits import formats as package

    result: dict[str, Format] = {}
    for item in pkgutil.iter_modules(package.__path__):
        if not item.name.startswith("_"):
            module: Format = importlib.import_module(f"{package.__name__}.{item.name}")
            result[module.NAME] = module
    for point in entry_points(group=GROUP):
        loaded = _loaded(point, result)
        result[loaded.NAME] = loaded
    return dict(sorted(result.items()))


def _loaded(point: EntryPoint, known: Iterable[str]) -> Format:
    """The format of an installed package. Raises MccError E-CONFIG."""
    try:
        format_: Format = point.load()
    except Exception as error:
        raise _unusable(point, f"{type(error).__name__}: {error}") from error
    missing = [name for name in MEMBERS if not hasattr(format_, name)]
    if missing:
        raise _unusable(point, f"it has no {', '.join(missing)}")
    if format_.NAME in known:
        raise _unusable(point, f"the name {format_.NAME!r} is taken")
    return format_


def _unusable(point: EntryPoint, why: str) -> MccError:
    package = point.dist.name if point.dist else point.value
    return MccError(
        "E-CONFIG",
        f"the audit format {point.name} of the package {package} cannot be used: {why}",
        place=point.value,
        fix=f"update or uninstall {package}",
    )


def groups(files: Sequence[File], only: str | None = None) -> tuple[list[Group], list[File]]:
    """The groups in the files of one folder, zip or single file, and the files of no format.

    `only` restricts it to the format of this name. Raises MccError E-FORMAT for a file that two
    formats claim, E-USAGE for an unknown format.
    """
    known = formats()
    if only is not None and only not in known:
        raise MccError(
            "E-USAGE",
            "there is no such format",
            "--format",
            only,
            hint=f"there are: {', '.join(known)}",
            fix="see what they are: mcc audits formats",
        )
    result: list[Group] = []
    for name, item in known.items():
        if only in (None, name):
            result += [Group(item, group) for group in item.claims(files) if group]
    owners: dict[File, list[Format]] = {}
    for group in result:
        for file in group.files:
            owners.setdefault(file, []).append(group.format)
    kept = []
    for group in result:
        mine = [f for f in group.files if not _taken_over(group.format, owners[f])]
        if mine:
            kept.append(Group(group.format, mine))
    for file, all_ in owners.items():
        names = sorted({item.NAME for item in all_ if not _taken_over(item, all_)})
        if len(names) > 1:
            raise MccError(
                "E-FORMAT",
                f"this can be {' or '.join(names)}",
                file.name,
                fix=f"name the one it is: --format {names[0]}",
                file=file.name,
            )
    return kept, [file for file in files if file not in owners]


def _taken_over(format: Format, others: Sequence[Format]) -> bool:
    return any(format.NAME in getattr(item, "OVER", ()) for item in others)


def is_picture(file: File) -> bool:
    """Whether a file is a picture or a font: what tools leave beside their reports."""
    return file.kind == "binary" and file.base.lower().endswith(BESIDE)


def unknown(file: File, only: str | None = None) -> MccError:
    """The error for a file that no format knows, or not the one that was named: what was seen."""
    fix = "leave it out with --skip-unknown; see what can be read: mcc audits formats"
    if file.base.lower().endswith((".seospider", ".dbseospider")):
        return MccError(
            "E-FORMAT",
            "this is a crawl saved by Screaming Frog, which only Screaming Frog can read",
            file.name,
            fix="export from it: Bulk Export > Issues > All, and the tab Internal > Export",
            file=file.name,
        )
    if only is not None:
        fix = "leave --format out: the format is found by content"
    elif file.kind not in ("empty", "binary"):
        fix += "; or name one: --format"
    return MccError(
        "E-FORMAT",
        f"{'no format knows this file' if only is None else f'this is not of the format {only}'}: "
        f"it is {seen(file)}",
        file.name,
        fix=fix,
        file=file.name,
    )


def seen(file: File) -> str:
    """What a file looks like, in words."""
    kind = file.kind
    if kind == "empty":
        return "empty"
    if kind == "binary":
        return kinds.binary(file.head) or "not text"
    if kind == "json":
        try:
            result = file.json
        except MccError as error:
            return f"JSON that cannot be read ({error.message})"
        if isinstance(result, dict):
            return f"a JSON object with {_few(list(result))}"
        return "a JSON list" if isinstance(result, list) else "a JSON value"
    if kind == "lines":
        return "lines of JSON objects"
    if kind == "table":
        first = file.start.partition("\n")[0].strip()
        return f"text that begins with {first[:80]!r}"
    return "HTML" if kind == "html" else "XML"


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(str(name)[:30] for name in names[:6])
    return f"{shown} and {len(names) - 6} more" if len(names) > 6 else shown or "nothing in it"
