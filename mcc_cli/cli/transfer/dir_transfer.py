"""`mcc export DIR` and `mcc import DIR`: everything at once, a file for each entity."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli.framework import config_defaults, row_flags, shared_flags
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.cli.framework.output_options import BY_ENDING, UNWRITTEN
from mcc_cli.cli.framework.verb import verb
from mcc_cli.cli.transfer import folder_loading, import_flags
from mcc_cli.cli.transfer.exporting import Form
from mcc_cli.cli.transfer.import_flags import Mode, Unknown
from mcc_cli.errors import MccError
from mcc_cli.output.files import PACKED
from mcc_cli.output.text import json_text

if TYPE_CHECKING:
    from mcc_cli.cli.framework.state import State

PANEL = "Tools"


@dataclass(kw_only=True)
class ExportDirOptions:
    """The options of `export DIR`."""

    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="A new folder, or an earlier export, to be replaced."),
    ]
    format: Annotated[Form, option("--format", of="export", help="Format of the files.")] = Form.csv
    only: folder_loading.Only = None
    gzip: Annotated[bool, option("--gzip", help="Compress each file.")] = False
    force: Annotated[
        bool, typer.Option("--force", help="Write into a folder that holds other files.")
    ] = False


def export() -> Any:
    """The command `export DIR`."""
    return verb(
        "export",
        ExportDirOptions,
        export_dir,
        help="Export all entities into a folder, one file each, which import reads.",
        epilog="Example: mcc export backup --gzip",
        rich_help_panel=PANEL,
    )


def export_dir(state: State, options: ExportDirOptions) -> None:
    """Export the entities into the folder, and replace an earlier export."""
    from mcc_cli.output import folders
    from mcc_cli.services.transfer.folders import export, files

    folder = options.folder
    started = time.monotonic()
    entities = files.named(row_flags.split(options.only))
    stale = _replaceable(folder, {entity.name for entity in entities}, force=options.force)
    connection = state.reading
    with folders.replaced(folder, files.MANIFEST, stale) as made:
        written = export.export(
            connection,
            entities,
            options.format.value,
            lambda name: folders.create(made / name),
            packed=options.gzip,
            done=lambda file: (
                state.say(f"{file.file}: {file.rows} rows") if state.verbose else None
            ),
        )
        with folders.create(made / files.MANIFEST) as file:
            file.write(written.text().encode())
    rows = sum(item.rows for item in written.entities.values())
    seconds = time.monotonic() - started
    if state.json:
        document = {"export": str(folder), "files": len(entities), "rows": rows}
        document |= {"seconds": round(seconds, 3), **written.document()}
        state.out.write(json_text(document) + "\n")
    note = config_defaults.narrowed(state.context, "only")
    state.say(f"export {folder}: {len(entities)} files, {rows} rows {seconds:.1f}s{note}")


def _replaceable(folder: Path, entities: set[str], *, force: bool) -> set[str]:
    """The files of the export that `folder` holds.

    Raises MccError E-USAGE for the name of a file, for a folder that holds anything but an export
    and hidden files, and for an export of more entities than these.
    """
    from mcc_cli.output.folders import written
    from mcc_cli.services.transfer.folders import manifest

    if str(folder) == "-":
        raise MccError("E-USAGE", "this export is a folder", "DIR", "-", fix="name a folder")
    with written(folder):
        there = (
            [item for item in folder.iterdir() if item.name[0] != "."] if folder.exists() else []
        )
    _refuse_file_name(folder)
    try:
        before = manifest.read(folder) if there else None
    except MccError:
        before = None
    reason = None
    if there and before is None:
        reason = "the folder holds files that are not an export"
    elif before and not before.entities.keys() <= entities:
        reason = f"the folder holds an export of {len(before.entities)} entities, not these alone"
    if reason and not force:
        fix = "name a new folder, or write into this one: --force"
        raise MccError("E-USAGE", reason, str(folder), fix=fix, file=str(folder))
    return {item.file for item in before.entities.values()} if before else set()


def _refuse_file_name(folder: Path) -> None:
    """Raise MccError E-USAGE for a new folder with the name of a file: one file is meant."""
    name = PurePath(folder.name.lower().removesuffix(PACKED))
    ending = name.suffix[1:]
    packed = folder.name.lower().endswith(PACKED)
    if folder.exists() or not (packed or ending in BY_ENDING or ending in UNWRITTEN):
        return
    raise MccError(
        "E-USAGE",
        "this is the name of a file; expected a folder, with a file for each entity",
        "DIR",
        str(folder),
        fix=f"mcc export {folder.with_name(folder.name[: len(name.stem)] or 'export')}, or one "
        f"entity: mcc ENTITY export -o {folder}",
    )


@dataclass(kw_only=True)
class ImportDirOptions(folder_loading.FolderFlags):
    """The options of `import DIR`."""

    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="Files named by entity: brands.csv, .tsv, .jsonl; gzip too."
        ),
    ]
    mode: Annotated[
        Mode, option("--mode", help="Create and update rows, only create, or only update.")
    ] = Mode.upsert
    unknown_columns: import_flags.UnknownColumns = Unknown.error
    exit_code: import_flags.ExitCode = False


def import_() -> Any:
    """The command `import DIR`."""
    return verb(
        "import",
        ImportDirOptions,
        import_dir,
        help="Import a folder, a file for each entity: all rows or none; every bad row is named.",
        epilog="Example: mcc import backup --dry-run",
        rich_help_panel=PANEL,
    )


def import_dir(state: State, options: ImportDirOptions) -> None:
    """Import every file of the folder in one transaction."""
    from mcc_cli.services.transfer.folders.load import Options

    how = Options(
        options.mode.value,
        options.unknown_columns.value,
        options.dry_run,
        shared_flags.wait_seconds(options.lock_wait),
    )
    folder = options.folder
    code = folder_loading.load(
        state, "import", str(folder), folder, options, how, differs=options.exit_code
    )
    raise typer.Exit(int(code))
