"""The verb `export` of every entity."""

from __future__ import annotations

import json
import shlex
from enum import StrEnum
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli.framework import config_defaults, shared_flags
from mcc_cli.cli.framework import row_flags as opt
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.cli.framework.examples import example
from mcc_cli.cli.framework.log_tables import typed
from mcc_cli.cli.framework.state import state
from mcc_cli.errors import MccError
from mcc_cli.output.files import PACKED, binary, opened

if TYPE_CHECKING:
    from pathlib import Path

    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.services.records.reading import Query


class Form(StrEnum):
    """The formats of an export."""

    csv = "csv"
    tsv = "tsv"
    jsonl = "jsonl"


# Endings that mean a format. Any other is part of a name, but for those that promise what mcc does
# not write, each with an ending that it does.
BY_ENDING = {**Form.__members__, "ndjson": Form.jsonl}
UNWRITTEN = {
    **dict.fromkeys(("xlsx", "xlsm", "xlsb", "xls", "ods", "numbers"), "csv"),
    **dict.fromkeys(("parquet", "feather", "html", "htm", "pdf", "sql", "sqlite", "db"), "csv"),
    **dict.fromkeys(("json", "yaml", "yml", "xml"), "jsonl"),
    **dict.fromkeys(("zip", "tgz", "bz2", "xz", "zst", "7z"), "csv.gz"),
}


ByIds = Annotated[
    bool,
    option(
        "--ids",
        help="References by their ids, as brand_id, instead of their natural keys.",
    ),
]
AsForm = Annotated[
    Form | None,
    option(
        "--format",
        of="export",
        help="How to write the rows. \\[default: the ending of FILE, else csv]",
    ),
]
Spreadsheet = Annotated[
    bool,
    option(
        "--spreadsheet",
        help="For Excel and its like: a byte order mark first, and an apostrophe before "
        "what they could take for a formula. An import takes them off again.",
    ),
]


def export(entity: Entity) -> Any:
    """The command `export`."""

    def run(
        ctx: typer.Context,
        where: opt.Where = None,
        search: opt.Search = None,
        sort: opt.Sort = None,
        fields: opt.Fields = None,
        ids: ByIds = False,
        form: AsForm = None,
        spreadsheet: Spreadsheet = False,
        output: opt.Output = None,
    ) -> None:
        from mcc_cli.services.records import reading

        chosen = ",".join(fields).split(",") if fields else []
        query = reading.Query(where or [], search, sort, fields=chosen)
        write(ctx, entity, query, form, output, ids=ids, spreadsheet=spreadsheet)

    return shared_flags.command(
        run,
        "export",
        help=f"Export {entity.name} as an import takes them back: every column, every row.",
        epilog=example(entity, "export"),
    )


def write(
    ctx: typer.Context,
    entity: Entity,
    query: Query,
    form: Form | None,
    output: Path | None,
    *,
    ids: bool,
    spreadsheet: bool,
) -> None:
    """Write the rows of a query to `output` or stdout, and say how many.

    Raises MccError E-USAGE for flags that do not go together.
    """
    from mcc_cli.services.transfer import exports

    run = state(ctx)

    to_file = output is not None and str(output) != "-"
    if run.json and not to_file:
        raise MccError(
            "E-USAGE",
            "an export is no single JSON document",
            "--json",
            fix="--format jsonl; or -o FILE, then --json tells of it on stdout",
        )
    if output and not typed(ctx, "form"):
        form = _meant(output) or form
    form = form or Form.csv
    if spreadsheet and form is Form.jsonl:
        raise MccError("E-USAGE", "no spreadsheet reads jsonl", "--spreadsheet", fix="--format csv")
    connection = run.reading
    with opened(output, run.out) as out:
        number = exports.export(
            connection, entity, query, form.value, binary(out), ids=ids, spreadsheet=spreadsheet
        )
    if run.json:
        run.out.write(json.dumps({"exported": {entity.name: number}}) + "\n")
    run.out.flush()
    note = config_defaults.narrowed(ctx, "where", "search", "fields")
    run.say(f"export {entity.name}: {number} rows{note}")


def _meant(output: Path) -> Form | None:
    """The format that the ending of a file means, if it does. Raises MccError E-USAGE for one that
    is not written."""
    name = PurePath(output.name.lower().removesuffix(PACKED))
    ending = name.suffix[1:]
    if ending not in UNWRITTEN:
        return BY_ENDING.get(ending)
    better = output.name[: len(name.stem)].removesuffix(".csv")
    file = shlex.quote(str(output.with_name(f"{better}.{UNWRITTEN[ending]}")))
    raise MccError(
        "E-USAGE",
        f"an export is {', '.join(Form)} (.gz packs it), and not {ending}",
        "--output",
        str(output),
        fix=f"-o {file}; or keep the name, and say what it holds: --format csv",
    )
