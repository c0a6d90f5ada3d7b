"""What the flags of `mcc watch` ask for: which events, from where, until when."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from mcc_cli.cli.framework import shared_flags
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mcc_cli.cli.framework.state import State
    from mcc_cli.services.watch.delivery import Ends
    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.services.watch.filters import Rows, Wanted
    from mcc_cli.services.watch.position import Position
    from mcc_cli.services.watch.state_file import StateFile


def exclusive(flags: dict[str, Any]) -> None:
    """Refuse more than one of these flags. Raises MccError E-USAGE."""
    given = [flag for flag, value in flags.items() if value]
    if len(given) > 1:
        raise MccError(
            "E-USAGE", f"{given[0]} and {given[1]} exclude each other", fix="give one of them"
        )


def said(flags: dict[str, Any]) -> None:
    """Refuse a flag with nothing after it: an unset variable of a script would mean everything."""
    for flag, value in flags.items():
        for each in value if isinstance(value, list) else [value]:
            if each is not None and not str(each).strip():
                raise MccError(
                    "E-USAGE", "nothing is given here", flag, each, fix="give it, or leave it out"
                )


def wanted(
    entities: list[str] | None,
    on: str | None,
    where: list[str] | None,
    actor: str | None,
    changed: list[str] | None,
) -> tuple[Wanted, list[str]]:
    """The filters on the log, and the conditions on rows. Raises MccError E-USAGE."""
    from mcc_cli.services.watch import filters

    listed = filters.entity_names()
    names = [filters.known(each, "ENTITY", "entity", listed) for each in entities or []]
    conditions = [each for each in where or [] if filters.is_condition(each)]
    wanted = filters.Wanted(
        names,
        filters.known_operations(on) if on else (),
        actor,
        filters.known_fields(changed, names) if changed else (),
        [each for each in where or [] if each not in conditions],
    )
    return wanted, conditions


def rows(wanted: Wanted, conditions: list[str], place: str) -> Rows:
    """Conditions on the rows of the one entity that is watched. Raises MccError E-USAGE."""
    from mcc_cli.entities.catalog import ENTITIES
    from mcc_cli.services.watch import filters
    from mcc_cli.services.watch.filters import Rows

    if len(wanted.entities) != 1 or wanted.entities[0] not in ENTITIES:
        runs = list(wanted.entities) == [filters.RUNS]
        raise MccError(
            "E-USAGE",
            "a condition on rows is about one entity" + (", and runs are none" if runs else ""),
            place,
            conditions[0],
            fix="take a KEY, or --format jsonl and jq"
            if runs
            else f"name it: mcc watch services {place} '{conditions[0]}'",
        )
    return Rows(ENTITIES[wanted.entities[0]], conditions, place)


def ends(
    run: State, count: int | None, until: str | None, heartbeat: str | None, wanted: Wanted
) -> Ends:
    from mcc_cli.services.watch.delivery import Ends
    from mcc_cli.services.watch import filters

    ends = Ends(count=count, seconds=run.timeout)
    if heartbeat is not None:
        ends.heartbeat = shared_flags.seconds(heartbeat, "--heartbeat")
    if until is None:
        return ends
    if filters.is_condition(until):
        ends.rows = rows(wanted, [until], "--until")
    else:
        ends.name = filters.known(until, "--until", "event", filters.event_names())
    return ends


def check(connection: Connection, *conditions: Rows | None) -> None:
    """Try the conditions on no row. Raises MccError E-USAGE or E-REF, with the flag's name."""
    for each in conditions:
        if each is not None:
            each.meeting(connection, [])


def kept(path: Path | None) -> StateFile | None:
    if path is None:
        return None
    from mcc_cli.services.watch.state_file import StateFile

    found = StateFile(path)
    found.lock()
    return found


def resumed(connection: Connection, place: Position, path: Path) -> Position:
    """The position of a state file. Raises MccError E-GAP where it is of another log."""
    from mcc_cli.db.errors import translated
    from mcc_cli.services.watch import cursor

    with translated(), about_state(path):
        cursor.check(connection, place)
    return place


@contextlib.contextmanager
def about_state(path: Path | None) -> Iterator[None]:
    """Have a gap name the file that the position came from."""
    try:
        yield
    except MccError as error:
        if error.code == "E-GAP" and path is not None:
            error.place, error.value = "--state", str(path)
        raise


def tell_pruned(connection: Connection, since: Any, say: Callable[[str], None]) -> None:
    """Say so where the log does not go back to the time of `--since`."""
    from mcc_cli.db.errors import translated
    from mcc_cli.output.records.render import moment
    from mcc_cli.services.watch import start_position

    if since is None:
        return
    with translated():
        begin = start_position.begins(connection, since)
    if begin is not None:
        say(f"--since: the log goes back to {moment(begin)} only, what was before is pruned")


def start(connection: Connection, since: Any, after: str | None, everything: bool) -> Position:
    """Where to begin. Raises MccError E-USAGE or E-GAP."""
    from mcc_cli.db.errors import translated
    from mcc_cli.services.watch import cursor, position, start_position

    with translated():
        if after is not None and not (after.isascii() and after.isdigit() and len(after) < 19):
            found = position.parse(after)
            cursor.check(connection, found)
            return found
        number = None if after is None else int(after)
        return start_position.start(connection, after_id=number, since=since, everything=everything)
