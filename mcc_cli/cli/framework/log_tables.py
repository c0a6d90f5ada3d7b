"""What the lists of mcc's own logs share: runs and events, which are no entities."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mcc_cli.cli.framework.output_options import by_ending
from mcc_cli.cli.framework.state import state
from mcc_cli.errors import MccError
from mcc_cli.output.files import opened
from mcc_cli.output.records.formats import Format

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from mcc_cli.cli.framework.state import State


def known(name: str, flag: str, noun: str, names: Collection[str]) -> str:
    """The name, if it is one of `names`. Raises MccError E-USAGE with the nearest."""
    if name not in names:
        from mcc_cli.services.records.did_you_mean import did_you_mean

        hint = did_you_mean(name, names) or f"there are: {', '.join(names)}"
        raise MccError("E-USAGE", f"there is no such {noun}", flag, name, hint=hint)
    return name


def chosen(
    fields: list[str] | None, one: str | None, form: Format, names: Sequence[str], **usual: Any
) -> list[str]:
    """The columns to write: those asked for, else those `shown` in a table, else all.

    `usual` gives `shown`, and `ids`: the column of --format ids. Raises MccError E-USAGE.
    """
    if form is Format.ids and one is None:
        return [usual["ids"]]
    if one is not None:
        return [known(one, "--field", "field", names)]
    given = ",".join(fields).split(",") if fields else []
    for name in given:
        known(name, "--fields", "field", names)
    return given or list(usual["shown"] if form is Format.table else names)


def write(
    run: State,
    names: list[str],
    rows: Iterable[tuple[Any, ...]],
    form: Format,
    output: Path | None,
    noun: str,
    *,
    one: bool,
    limit: int | None,
) -> None:
    """Write rows of `names`; where `limit` cut them, stderr says so."""
    from mcc_cli.output.records import render

    more: list[bool] = []
    with opened(output, run.out) as out:
        if limit is not None:
            rows = cut(rows, limit, more)
        if one:
            out.writelines(f"{render.cell(row[0])}\n" for row in rows)
        else:
            render.write(names, rows, form, out, **style_of(run, form, out))
    if more:
        run.out.flush()
        run.say(f"… there are more {noun}: --limit N or --all")


# The functions below serve verbs that are not yet a dataclass and `run`; delete each with its
# last caller (`output_options` has what replaces it).


def no_conflict(
    ctx: typer.Context, one: str | None, fields: list[str] | None, *, every: bool = False
) -> None:
    if one is not None and fields and typed(ctx, "fields"):
        raise MccError("E-USAGE", "--field and --fields exclude each other", fix="give one of them")
    if every and typed(ctx, "limit"):
        raise MccError("E-USAGE", "--all and --limit exclude each other", fix="give one of them")


def format_of(ctx: typer.Context, form: Format | None, one: str | None) -> Format:
    """The format that is meant: --json and --field say it too, and win over the environment."""
    as_json = state(ctx).json
    other = "--field" if one is not None else "--json" if as_json else None
    if other and form not in (None, Format.json) and typed(ctx, "form"):
        raise MccError(
            "E-USAGE", f"{other} and --format exclude each other", fix="give one of them"
        )
    ending = None
    if not (as_json or one is not None or typed(ctx, "form")):
        output = ctx.params.get("output")
        ending = by_ending(Path(output) if output else None, list(Format))
    return Format.json if as_json else Format(ending) if ending else form or Format.table


def typed(ctx: typer.Context, parameter: str) -> bool:
    """Whether the value of a parameter stands on the line."""
    source = ctx.get_parameter_source(parameter)
    return source is not None and source.name == "COMMANDLINE"


def style_of(run: Any, form: Format, out: Any) -> dict[str, Any]:
    return run.table_style(out) if form is Format.table else {}


def cut(rows: Iterable[tuple[Any, ...]], limit: int, more: list[bool]) -> Iterator[tuple[Any, ...]]:
    """The first `limit` rows; `more` gets an entry where there was another."""
    for number, row in enumerate(rows):
        if number == limit:
            more.append(True)
            return
        yield row
