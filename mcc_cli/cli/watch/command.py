"""`mcc watch`: every change, by anyone, as it happens."""

from __future__ import annotations

import contextlib
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcc_cli.cli.framework import shared_flags
from mcc_cli.cli.framework.interruptions import Terminated, TimedOut
from mcc_cli.cli.framework.output_options import by_ending
from mcc_cli.cli.framework.time_flags import past_moment
from mcc_cli.cli.framework.verb import verb
from mcc_cli.cli.watch.options import WatchOptions
from mcc_cli.errors import MccError
from mcc_cli.output.files import PACKED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcc_cli.cli.framework.state import State
    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.output.screens.event_table import EventTable
    from mcc_cli.services.watch.delivery import EndConditions, Watch
    from mcc_cli.services.watch.filters import EntityRows, EventFilter
    from mcc_cli.services.watch.output_file import OutputFile
    from mcc_cli.services.watch.position import Position
    from mcc_cli.services.watch.sinks import Renderer, Sink
    from mcc_cli.services.watch.state_file import StateFile

WRITTEN = ("table", "jsonl")  # formats of an output file: lines of text, or JSON lines
GRACE_SECONDS = 3.0  # after which the deadline of --timeout ends what hangs
HELP = """Watch every change, by anyone, as it happens; nothing is lost.

It starts now unless a flag says otherwise, and runs until an end condition is met. Lost \
connections are re-established, and reading continues at the position. With --state the next run \
continues there, too: each event is delivered at least once, in order. After a kill -9 the last \
delivery can be repeated with the same `event` and `index`; in a file of --output nothing is \
repeated. If NOTIFY does not work, as on replicas and behind some poolers, mcc polls once a \
second. --timeout limits the whole watch."""


def command() -> Any:
    """The command `watch`."""
    return verb(
        "watch",
        WatchOptions,
        watch,
        help=HELP,
        epilog="Example: mcc watch services --until status=published --timeout 60s",
        rich_help_panel="Tools",
    )


def watch(state: State, options: WatchOptions) -> None:
    """Deliver events to the sink that the options name, until an end condition is met.

    Raises MccError E-USAGE, E-GAP, E-SINK, E-TIMEOUT and others.
    """
    if state.deadline is not None:
        state.deadline.start(GRACE_SECONDS)  # the watch ends in time, and says what it did
    from mcc_cli.services.watch.current_rows import CurrentRows
    from mcc_cli.services.watch.delivery import Timer, Watch
    from mcc_cli.services.watch.notifier import GATE_SECONDS
    from mcc_cli.services.watch.tail import Tail

    if str(options.output) == "-":
        options.output = None
    if by_ending(options.output, WRITTEN) == "jsonl" and not state.typed("format"):
        options.format = "jsonl"
    if options.output and options.output.suffix == PACKED:
        message = "watch appends to its file, which cannot be packed"
        raise MccError("E-USAGE", message, "--output", str(options.output))
    _check(state, options)
    events, conditions = _event_filter(options)
    rows = _entity_rows(events, conditions, "--where") if conditions else None
    end = _end_conditions(options, events)
    poll = shared_flags.seconds(options.poll, "--poll") if options.poll else None
    heartbeat = options.heartbeat and shared_flags.seconds(options.heartbeat, "--heartbeat")
    timer = Timer(state.timeout, heartbeat or None)
    with contextlib.ExitStack() as stack:
        table = stack.enter_context(_table(state)) if options.follow_table else None
        say = table.say if table and not state.quiet else state.say
        state_file = _state_file(options.state)
        tail = Tail(state.connection, state.reconnect, say, poll)
        _try_conditions(tail.connection, rows, end.rows)
        saved = state_file.load() if state_file else None
        tail.start(min(GATE_SECONDS, timer.remaining()))
        if saved and state_file:
            position = _resumed(tail.connection, saved[0], state_file.path)
        else:
            position = _start(tail.connection, options, say)
        output = _output_file(options.output, saved and saved[1], stack)
        sink = _sink(state, options, table, output, stack)
        result = Watch(
            tail=tail,
            position=position,
            events=events,
            rows=rows,
            end=end,
            timer=timer,
            sink=sink,
            say=say,
            batched=options.batched,
            current_rows=CurrentRows(tail) if options.row else None,
            state=state_file,
            output=output,
        )
        result.save_position()
        _report_ready(state, result, options.entities or [])
        if end.rows and events.keys and result.is_met(end.rows, events.keys):
            say("condition already met")
            return
        if table:
            table.begin()
        with _gap_of_state(state_file.path if state_file else None):
            _run(result, catch_up=options.catch_up)
    if sink.failed:
        raise MccError(
            "E-SINK",
            f"{sink.failed} of {result.records} events could not be delivered",
            "--keep-going",
            fix="see the skipped events in the log: mcc events list",
        )


def _check(state: State, options: WatchOptions) -> None:
    """Refuse flags that cannot be meant together. Raises MccError E-USAGE."""
    _require_values(
        {
            "--on": options.on,
            "--where": options.where,
            "--actor": options.who,
            "--changed": options.changed,
            "--until": options.until,
            "--exec": options.exec,
            "--forward-to": options.forward_to,
        }
    )
    starts = {"--since": options.since, "--after": options.after}
    _exclusive({**starts, "--from-start": options.from_start})
    sinks = {"--output": options.output, "--exec": options.exec, "--forward-to": options.forward_to}
    table = options.follow_table
    _exclusive({**sinks, "--follow-table": table})
    _exclusive({"--follow-table": table, "--format jsonl": table and _is_jsonl(state, options)})
    if state.typed("exec_retry") and not options.exec:
        raise _needs("--exec-retry", "--exec CMD")
    if state.typed("keep_going") and not (options.exec or options.forward_to):
        raise _needs("--keep-going", "--exec CMD or --forward-to URL")
    if options.row and not _is_jsonl(state, options):
        raise MccError("E-USAGE", "text lines do not have the row", "--row", fix="--format jsonl")


def _is_jsonl(state: State, options: WatchOptions) -> bool:
    return options.format == "jsonl" or state.json or bool(options.exec) or bool(options.forward_to)


def _exclusive(flags: dict[str, Any]) -> None:
    """Raise MccError E-USAGE for more than one of these flags."""
    used = [flag for flag, value in flags.items() if value]
    if len(used) > 1:
        raise MccError(
            "E-USAGE", f"{used[0]} and {used[1]} exclude each other", fix="give one of them"
        )


def _require_values(flags: dict[str, Any]) -> None:
    """Raise MccError E-USAGE for an empty value: an unset variable of a script would mean all."""
    for flag, value in flags.items():
        for item in value if isinstance(value, list) else [value]:
            if item is not None and not str(item).strip():
                raise MccError("E-USAGE", "empty value", flag, item, fix="give a value, or omit it")


def _needs(flag: str, other: str) -> MccError:
    return MccError("E-USAGE", f"only valid with {other}", flag, fix=f"add {other}")


def _event_filter(options: WatchOptions) -> tuple[EventFilter, list[str]]:
    """The filter on the log, and the conditions on rows. Raises MccError E-USAGE."""
    from mcc_cli.services.watch import filters

    known = filters.entity_names()
    entities = [filters.known(name, "ENTITY", "entity", known) for name in options.entities or []]
    where = options.where or []
    conditions = [text for text in where if filters.is_condition(text)]
    events = filters.EventFilter(
        entities,
        filters.known_operations(options.on) if options.on else (),
        options.who,
        filters.known_fields(options.changed, entities) if options.changed else (),
        [text for text in where if text not in conditions],
    )
    return events, conditions


def _entity_rows(events: EventFilter, conditions: list[str], flag: str) -> EntityRows:
    """Conditions on the rows of the one watched entity. Raises MccError E-USAGE."""
    from mcc_cli.entities.catalog import ENTITIES
    from mcc_cli.services.watch import filters

    if len(events.entities) == 1 and events.entities[0] in ENTITIES:
        return filters.EntityRows(ENTITIES[events.entities[0]], conditions, flag)
    runs = list(events.entities) == [filters.RUNS]
    raise MccError(
        "E-USAGE",
        "runs have no row conditions" if runs else "a row condition needs exactly one entity",
        flag,
        conditions[0],
        fix="use a KEY, or --format jsonl and jq"
        if runs
        else f"name the entity: mcc watch services {flag} '{conditions[0]}'",
    )


def _end_conditions(options: WatchOptions, events: EventFilter) -> EndConditions:
    from mcc_cli.services.watch import filters
    from mcc_cli.services.watch.delivery import EndConditions

    until = options.until
    if until is None:
        return EndConditions(options.count)
    if filters.is_condition(until):
        return EndConditions(options.count, rows=_entity_rows(events, [until], "--until"))
    name = filters.known(until, "--until", "event", filters.event_names())
    return EndConditions(options.count, event_name=name)


def _try_conditions(connection: Connection, *conditions: EntityRows | None) -> None:
    """Try the conditions on no row. Raises MccError E-USAGE or E-REF."""
    for rows in conditions:
        if rows is not None:
            rows.meeting(connection, [])


def _state_file(path: Path | None) -> StateFile | None:
    if path is None:
        return None
    from mcc_cli.services.watch.state_file import StateFile

    result = StateFile(path)
    result.lock()
    return result


def _resumed(connection: Connection, position: Position, path: Path) -> Position:
    """The position of a state file. Raises MccError E-GAP if it is of another log."""
    from mcc_cli.db.errors import translated
    from mcc_cli.services.watch import cursor

    with translated(), _gap_of_state(path):
        cursor.check(connection, position)
    return position


@contextlib.contextmanager
def _gap_of_state(path: Path | None) -> Iterator[None]:
    """Have a gap name the file that the position came from."""
    try:
        yield
    except MccError as error:
        if error.code == "E-GAP" and path is not None:
            error.place, error.value = "--state", str(path)
        raise


def _start(connection: Connection, options: WatchOptions, say: Any) -> Position:
    """The position to start at. Raises MccError E-USAGE or E-GAP."""
    from mcc_cli.db.errors import translated
    from mcc_cli.output.records.render import moment
    from mcc_cli.services.watch import cursor, position, start_position

    with translated():
        after = options.after
        if after is not None and not (after.isascii() and after.isdigit() and len(after) < 19):
            result = position.parse(after)
            cursor.check(connection, result)
            return result
        since = None
        if options.since is not None:
            since = past_moment(connection, options.since, "--since")
            begin = start_position.begins(connection, since)
            if begin is not None:
                say(f"--since: the log goes back to {moment(begin)}, older events are pruned")
        number = None if after is None else int(after)
        return start_position.start(
            connection, after_id=number, since=since, everything=options.from_start
        )


def _output_file(path: Path | None, mark: Any, stack: contextlib.ExitStack) -> OutputFile | None:
    if path is None:
        return None
    from mcc_cli.services.watch.output_file import OutputFile

    output = stack.enter_context(OutputFile(path, mark))
    stack.enter_context(output.reopened_by_sighup())
    return output


def _sink(
    state: State,
    options: WatchOptions,
    table: EventTable | None,
    output: OutputFile | None,
    stack: contextlib.ExitStack,
) -> Sink:
    from mcc_cli.output.files import binary
    from mcc_cli.output.records import event_lines
    from mcc_cli.services.watch import sinks

    json_lines = sinks.Renderer(event_lines.json_lines, event_lines.note)
    keep_going = options.keep_going
    if options.exec:
        return sinks.CommandSink(
            options.exec, json_lines, state.say, retries=options.exec_retry, keep_going=keep_going
        )
    if options.forward_to:
        from mcc_cli.services.watch.exec_environment import WEBHOOK_SECRET
        from mcc_cli.services.watch.webhook import Webhook

        hook = Webhook(options.forward_to, os.environ.get(WEBHOOK_SECRET), state.say)
        stack.callback(hook.close)
        return sinks.WebhookSink(hook, json_lines, state.say, keep_going=keep_going)
    if table:
        return table
    renderer = json_lines if _is_jsonl(state, options) else _text_lines(state, output)
    if output:
        return sinks.LineSink(output.write, renderer)
    write = binary(state.out)

    def put(data: bytes) -> None:
        write(data)
        state.out.flush()

    return sinks.LineSink(put, renderer)


def _text_lines(state: State, output: OutputFile | None) -> Renderer:
    from mcc_cli.output.records.event_lines import text_lines
    from mcc_cli.services.watch.sinks import Renderer

    style = {"color": False, "width": None} if output else state.style()
    return Renderer(partial(text_lines, **style))


@contextlib.contextmanager
def _table(state: State) -> Iterator[EventTable]:
    from mcc_cli.output.screens.event_table import EventTable

    if not state.out.isatty():
        raise MccError(
            "E-USAGE", "a live table needs a terminal", "--follow-table", fix="omit --follow-table"
        )
    with EventTable(state.out, state.say, color=bool(state.style()["color"])) as table:
        yield table


def _report_ready(state: State, found: Watch, entities: Sequence[str]) -> None:
    """Report that from now on every change is seen."""
    notifier = found.tail.notifier
    polling = notifier.polling if notifier else None
    if notifier and polling:
        found.say(f"polling every {notifier.seconds:g} s: {polling}")
    facts = {"mode": "poll" if polling else "listen", "position": str(found.position)}
    if not found.sink.note("ready", **facts):
        state.say(f"ready: watching {', '.join(entities) or 'everything'}")


def _run(found: Watch, *, catch_up: bool) -> None:
    """Run to the end. An interruption reports where to continue: nothing is rolled back here."""
    try:
        found.run(catch_up=catch_up)
    except TimedOut:
        raise
    except KeyboardInterrupt as error:
        terminated = isinstance(error, Terminated)
        raise MccError(
            "E-TERMINATED" if terminated else "E-INTERRUPTED",
            f"{'terminated' if terminated else 'interrupted'} after {found.records} events",
            fix=f"continue from here: {found.resume_command}",
        ) from None
