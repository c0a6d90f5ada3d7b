"""`mcc doctor`: what is wrong with the database, the way to it and this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli import settings
from mcc_cli.cli.framework.verb import verb
from mcc_cli.errors import Exit, MccError
from mcc_cli.output.text import json_text, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcc_cli.cli.framework.state import State
    from mcc_cli.services.operations.doctor.check import Check

MARKS = {"ok": "✓", "note": "·", "warning": "!", "problem": "✗", "fixed": "✓"}
PLAIN = {"ok": "ok", "note": "note", "warning": "warning", "problem": "PROBLEM", "fixed": "fixed"}
COLOURS = {"ok": 32, "note": 36, "warning": 33, "problem": 31, "fixed": 32}
NAME = 12


@dataclass
class DoctorOptions:
    """The options of `doctor`."""

    fix: Annotated[bool, typer.Option("--fix", help="Repair what needs no decision.")] = False


def command() -> Any:
    """The command `doctor`."""
    return verb(
        "doctor",
        DoctorOptions,
        doctor,
        help="Check the database, the connection and this machine (exit 78 if there is a problem).",
        epilog="Example: mcc doctor --fix",
        rich_help_panel="Tools",
    )


def doctor(state: State, options: DoctorOptions) -> None:
    """Run the checks and show what each found."""
    result = []
    failed: list[MccError] = []
    for item in _checks(state, failed):
        if options.fix and item.remedy and item.state in ("warning", "problem"):
            item = _remedied(item)
        result.append(item)
        if not state.json:
            _tell(state, item)
    counts = {name: sum(item.state == name for item in result) for name in MARKS}
    if state.json:
        document = {"healthy": not counts["problem"], **counts}
        document["checks"] = [item.as_dict() for item in result]  # type: ignore[assignment]
        state.out.write(json_text(document) + "\n")
    state.out.flush()
    fixable = sum(bool(item.remedy) and item.state in ("warning", "problem") for item in result)
    words = [
        f"{number} {name}{'s' if number > 1 and name != 'ok' and name != 'fixed' else ''}"
        for name, number in counts.items()
        if number
    ]
    more = "; mcc doctor --fix repairs some of it" if fixable and not options.fix else ""
    state.say(", ".join(words) + more)
    status = failed[0].exit if failed else Exit.CONFIG if counts["problem"] else Exit.DONE
    raise typer.Exit(int(status))


def _checks(state: State, failed: list[MccError]) -> Iterator[Check]:
    """What is found; where the database cannot be reached, the error is put into `failed` too."""
    from mcc_cli.db.errors import translated
    from mcc_cli.services.operations.doctor import data, machine, rights, schema, server
    from mcc_cli.services.operations.doctor.check import Check

    yield machine.config()
    try:
        own = state.target.url is None
        if own:
            yield machine.disk(None)
        with translated():
            connection = state.bare_connection
            yield from server.checks(connection, state.target.source)
            if named := settings.replica(
                state.replica_url, state.database_url, state.profile, schema=state.schema
            ):
                yield server.reads(connection, named, state.max_lag, state.program)
            if not own:
                yield machine.disk(connection)
            yield from schema.checks(connection)
            if schema.usable(connection):
                yield from rights.checks(connection)
                yield from data.checks(connection)
    except MccError as error:
        if error.code not in ("E-CONNECT", "E-DENIED", "E-CONFIG"):
            raise
        failed.append(error)
        text = f"{error.place}: {error.message}" if error.place else error.message
        text += f" ({error.hint})" if error.hint else ""
        yield Check("connection", "problem", text, error.fix)


def _remedied(each: Check) -> Check:
    """The check after its remedy; a problem still where that fails, as for want of rights."""
    from mcc_cli.db.errors import translated
    from mcc_cli.services.operations.doctor.check import Check

    assert each.remedy is not None
    try:
        with translated():
            each.remedy()
    except MccError as error:
        text = f"{each.said}; it could not be repaired: {error.message}"
        return Check(each.name, each.state, text, error.fix or each.fix, items=each.items)
    return Check(each.name, "fixed", f"was: {each.said}")


def _tell(state: State, each: Check) -> None:
    style = state.style()
    if style["color"]:
        mark, size = f"\x1b[{COLOURS[each.state]}m{MARKS[each.state]}\x1b[0m", 1
    else:
        mark, size = f"{PLAIN[each.state]:<8}", 8
    head = f"{mark} {each.name:<{NAME}} "
    indent = " " * (size + NAME + 2)
    lines = [each.said]
    if each.fix and each.state in ("warning", "problem", "note"):
        lines.append(f"fix: {each.fix}")
    for line in lines:
        for part in _wrapped(visible(line), style["width"], len(indent)):
            state.out.write(f"{head}{part}\n")
            head = indent


def _wrapped(text: str, width: int | None, indent: int) -> list[str]:
    """The text in lines beside the indent, on a terminal; elsewhere in one."""
    import textwrap

    return textwrap.wrap(text, max(20, width - indent)) if width else [text]
