"""`mcc links`: the two tables of links as files, in and out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from mcc_cli.cli.framework import row_flags
from mcc_cli.cli.framework.verb import verb
from mcc_cli.cli.transfer import exporting, importing
from mcc_cli.entities.catalog import LINKS
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcc_cli.cli.framework.state import State
    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.files.source import Source
    from mcc_cli.services.transfer.imports.load import Options

TABLES = {
    "services": LINKS["content-service-links"],
    "sub-services": LINKS["content-sub-service-links"],
}


def commands() -> dict[str, Callable[[], Any]]:
    """The commands of the group."""
    return {"export": _export, "import": _import}


def _import() -> Any:
    return verb(
        "import",
        importing.ImportOptions,
        partial(importing.import_rows, name="links", pick=_table),
        help="Import links from a file with the columns content and service, or content and "
        "sub_service.",
        epilog="Example: mcc links import links.csv --dry-run",
    )


@dataclass(kw_only=True)
class ExportLinksOptions(exporting.ExportFlags):
    """The options of `links export`."""

    kind: Annotated[
        Literal["services", "sub-services"],
        typer.Argument(metavar="services|sub-services", help="What the content is linked to."),
    ]
    where: row_flags.Where = None
    fields: row_flags.Fields = None


def _export() -> Any:
    return verb(
        "export",
        ExportLinksOptions,
        export_links,
        help="Export the links of content to services, or to sub-services.",
        epilog="Example: mcc links export services --where service=technical-seo -o links.csv",
    )


def export_links(state: State, options: ExportLinksOptions) -> None:
    """Write the links that the options select."""
    from mcc_cli.services.records import reading

    query = reading.Query(options.where or [], fields=row_flags.split(options.fields))
    exporting.write(state, options, TABLES[options.kind], query)


def _table(source: Source, options: Options) -> Entity:
    """The table whose columns the heads name. Raises MccError E-COLUMN for none, or both."""
    from mcc_cli.services.transfer.imports.column_binding import column_of
    from mcc_cli.services.transfer.imports.load import header_of

    names = header_of(source, options).names
    heads = [options.mapping.heads.get(name, name) for name in names]
    heads += options.mapping.constants
    result = [
        table
        for table in TABLES.values()
        if any((column := column_of(table, name)) and column.name == table.key[1] for name in heads)
    ]
    if len(result) == 1:
        return result[0]
    raise MccError(
        "E-COLUMN",
        "the file names both services and sub-services: one file for each"
        if result
        else "the file has neither a column service nor a column sub_service",
        source.name,
        fix="heads: content,service or content,sub_service",
        file=source.name,
    )
