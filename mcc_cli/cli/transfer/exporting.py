"""The verb `export` of every entity."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

from mcc_cli.cli.framework import config_defaults, row_flags
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.cli.framework.output_options import by_ending
from mcc_cli.cli.framework.verb import entity_verb
from mcc_cli.errors import MccError
from mcc_cli.output.files import binary, opened

if TYPE_CHECKING:
    from mcc_cli.cli.framework.state import State
    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.services.records.reading import Query


class Form(StrEnum):
    """The formats of an export."""

    csv = "csv"
    tsv = "tsv"
    jsonl = "jsonl"


@dataclass(kw_only=True)
class ExportFlags:
    """The flags of a command that exports rows."""

    ids: Annotated[
        bool,
        option("--ids", help="Write references as ids, such as brand_id, instead of natural keys."),
    ] = False
    format: Annotated[
        Form | None,
        option(
            "--format",
            of="export",
            help="Format of the rows. \\[default: the ending of FILE, else csv]",
        ),
    ] = None
    spreadsheet: Annotated[
        bool,
        option(
            "--spreadsheet",
            help="For Excel and other spreadsheets: a byte order mark first, and an apostrophe "
            "before cells that could be a formula. An import removes both.",
        ),
    ] = False
    output: row_flags.Output = None


@dataclass(kw_only=True)
class ExportOptions(ExportFlags):
    """The options of `export`."""

    where: row_flags.Where = None
    search: row_flags.Search = None
    sort: row_flags.Sort = None
    fields: row_flags.Fields = None


def command(entity: Entity) -> Any:
    """The command `export` of an entity."""
    return entity_verb(
        entity,
        "export",
        ExportOptions,
        export_rows,
        help=f"Export {entity.name} as an import reads them: every column, every row.",
    )


def export_rows(state: State, options: ExportOptions, *, entity: Entity) -> None:
    """Write the rows of an entity that the options select."""
    from mcc_cli.services.records import reading

    query = reading.Query(
        options.where or [],
        options.search,
        options.sort,
        fields=row_flags.split(options.fields),
    )
    write(state, options, entity, query)


def write(state: State, flags: ExportFlags, entity: Entity, query: Query) -> None:
    """Write the rows of a query to --output or stdout, and report their number on stderr.

    Raises MccError E-USAGE for flags that exclude each other, and for a file whose ending promises
    a format that is not written.
    """
    from mcc_cli.services.transfer import exports

    if state.json and (flags.output is None or str(flags.output) == "-"):
        raise MccError(
            "E-USAGE",
            "an export is not one JSON document",
            "--json",
            fix="--format jsonl; or -o FILE, with the number of rows as JSON on stdout",
        )
    form = flags.format or Form.csv
    if not (flags.format and state.typed("format")):
        form = Form(by_ending(flags.output, list(Form)) or form)
    if flags.spreadsheet and form is Form.jsonl:
        message = "spreadsheets do not read jsonl"
        raise MccError("E-USAGE", message, "--spreadsheet", fix="--format csv")
    connection = state.reading
    with opened(flags.output, state.out) as out:
        number = exports.export(
            connection,
            entity,
            query,
            form.value,
            binary(out),
            ids=flags.ids,
            spreadsheet=flags.spreadsheet,
        )
    if state.json:
        state.out.write(json.dumps({"exported": {entity.name: number}}) + "\n")
    state.out.flush()
    note = config_defaults.narrowed(state.context, "where", "search", "fields")
    state.say(f"export {entity.name}: {number} rows{note}")
