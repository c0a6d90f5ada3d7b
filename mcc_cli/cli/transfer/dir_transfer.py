"""`mcc export DIR` and `mcc import DIR`: everything at once, a file for each entity."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from mcc_cli.cli.framework import config_defaults, shared_flags
from mcc_cli.cli.framework import row_flags as opt
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.cli.framework.state import state
from mcc_cli.cli.transfer import folder_loading
from mcc_cli.cli.transfer.exporting import Form
from mcc_cli.cli.transfer.import_flags import Mode, Unknown
from mcc_cli.errors import MccError
from mcc_cli.output.text import json_text

PANEL = "Tools"


def export() -> Any:
    """The command `export DIR`."""

    def run(
        ctx: typer.Context,
        folder: Annotated[
            Path,
            typer.Argument(
                metavar="DIR", help="A new folder, or an export made before, which is replaced."
            ),
        ],
        form: Annotated[
            Form, option("--format", of="export", help="How to write the rows.")
        ] = Form.csv,
        only: folder_loading.Only = None,
        packed: Annotated[bool, option("--gzip", help="Pack each file.")] = False,
        force: Annotated[
            bool,
            typer.Option("--force", help="Write into a folder that holds something else, too."),
        ] = False,
    ) -> None:
        from mcc_cli.output import folders
        from mcc_cli.services.transfer.folders import export, files

        run = state(ctx)
        started = time.monotonic()
        entities = files.named(folder_loading.names(only))
        stale = _replaceable(folder, {entity.name for entity in entities}, force=force)
        connection = run.reading
        with folders.replaced(folder, files.MANIFEST, stale) as made:
            written = export.export(
                connection,
                entities,
                form.value,
                lambda name: folders.create(made / name),
                packed=packed,
                done=lambda file: (
                    run.say(f"{file.file}: {file.rows} rows") if run.verbose else None
                ),
            )
            with folders.create(made / files.MANIFEST) as file:
                file.write(written.text().encode())
        rows = sum(each.rows for each in written.entities.values())
        seconds = time.monotonic() - started
        if run.json:
            document = {"export": str(folder), "files": len(entities), "rows": rows}
            document |= {"seconds": round(seconds, 3), **written.document()}
            run.out.write(json_text(document) + "\n")
        note = config_defaults.narrowed(ctx, "only")
        run.say(f"export {folder}: {len(entities)} files, {rows} rows {seconds:.1f}s{note}")

    return shared_flags.command(
        run,
        "export",
        help="Export everything into a folder, a file for each entity, as an import takes it back.",
        epilog="Example: mcc export backup --gzip",
        rich_help_panel=PANEL,
    )


def _replaceable(folder: Path, entities: set[str], *, force: bool) -> set[str]:
    """The files of the export that `folder` holds. Raises MccError E-USAGE to keep what is there.

    That is anything but hidden files, where it is no export, and an export of more than is asked.
    """
    from mcc_cli.output.folders import written
    from mcc_cli.services.transfer.folders import manifest

    if str(folder) == "-":
        raise MccError("E-USAGE", "this export is a folder", "DIR", "-", fix="name a folder")
    with written(folder):
        there = (
            [each for each in folder.iterdir() if each.name[0] != "."] if folder.exists() else []
        )
    try:
        before = manifest.read(folder) if there else None
    except MccError:
        before = None
    reason = None
    if there and before is None:
        reason = "the folder holds something else than an export"
    elif before and not before.entities.keys() <= entities:
        reason = f"the folder holds an export of {len(before.entities)} entities, not these alone"
    if reason and not force:
        fix = "name a new folder, or write into this one: --force"
        raise MccError("E-USAGE", reason, str(folder), fix=fix, file=str(folder))
    return {each.file for each in before.entities.values()} if before else set()


def import_() -> Any:
    """The command `import DIR`."""

    def run(
        ctx: typer.Context,
        folder: Annotated[
            Path,
            typer.Argument(
                metavar="DIR", help="Files named by entity: brands.csv, .tsv, .jsonl; gzip too."
            ),
        ],
        only: folder_loading.Only = None,
        mode: Annotated[
            Mode,
            option("--mode", help="Create and change, only create, or only change rows."),
        ] = Mode.upsert,
        no_verify: folder_loading.NoVerify = False,
        unknown: folder_loading.UnknownFiles = Unknown.error,
        columns: Annotated[
            Unknown, option("--unknown-columns", help="A head that is no column.")
        ] = Unknown.error,
        wait: Annotated[
            str,
            option(
                "--lock-wait",
                metavar="5m",
                help="Wait this long for another import into one of the tables (exit 75).",
            ),
        ] = "0",
        exit_code: Annotated[
            bool,
            option("--exit-code", help="Exit 7 where rows are, or would be, created or changed."),
        ] = False,
        dry_run: opt.DryRun = False,
    ) -> None:
        from mcc_cli.services.transfer.folders.load import Options

        job = folder_loading.Job(
            "import", str(folder), folder, folder_loading.names(only), not no_verify
        )
        job.ignore, job.every, job.differs = unknown is Unknown.ignore, True, exit_code
        job.asked = {"mode": mode.value, "only": job.only, "verify": job.verify}
        seconds = 0.0 if wait == "0" else shared_flags.seconds(wait, "--lock-wait")
        options = Options(mode.value, columns.value, dry_run, seconds)
        raise typer.Exit(int(folder_loading.load(state(ctx), job, options)))

    return shared_flags.command(
        run,
        "import",
        help="Import a folder, a file for each entity: all of it or nothing, every bad row named.",
        epilog="Example: mcc import backup --dry-run",
        rich_help_panel=PANEL,
    )
