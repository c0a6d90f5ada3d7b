"""`mcc watch`: every change, by anyone, as it happens."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import typer

from mcc_cli import private_files
from mcc_cli.cli.framework import failures, shared_flags
from mcc_cli.cli.framework.state import State, state
from mcc_cli.cli.framework.time_flags import moment
from mcc_cli.cli.watch import flags as flags
from mcc_cli.cli.watch import request as asked
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcc_cli.services.watch.delivery import Watch
    from mcc_cli.services.watch.sinks import Sink

HELP = """Watch every change, by anyone, as it happens; nothing is lost.

It begins now, unless told otherwise, and ends when it is told to, or never. Where the connection \
is lost it goes on from where it stood. With --state it does so also the next time: each event is \
delivered at least once, in order; what a kill -9 can repeat has the same `event` and `index`, and \
in the file of --output nothing is repeated. Where NOTIFY does not work, as on replicas and behind \
some poolers, it looks once a second. --timeout is for the whole watch here."""


def command() -> Any:
    """The command `watch`."""
    return shared_flags.command(
        watch,
        "watch",
        help=HELP,
        epilog="Example: mcc watch services --until status=published --timeout 60s",
        rich_help_panel="Tools",
    )


def watch(
    ctx: typer.Context,
    entities: flags.Entities = None,
    on: flags.On = None,
    where: flags.Where = None,
    who: flags.Actor = None,  # `actor` is the name of --as
    changed: flags.Changed = None,
    since: flags.Since = None,
    after: flags.After = None,
    from_start: flags.FromStart = False,
    state_at: flags.StateAt = None,
    count: flags.Count = None,
    until: flags.Until = None,
    catch_up: flags.CatchUp = False,
    form: flags.Form = None,
    row: flags.Row = False,
    batched: flags.Batched = False,
    output: flags.Output = None,
    command: flags.Exec = None,
    exec_retry: flags.ExecRetry = 0,
    keep_going: flags.KeepGoing = False,
    forward_to: flags.ForwardTo = None,
    follow_table: flags.FollowTable = False,
    heartbeat: flags.Heartbeat = None,
    poll: flags.Poll = None,
) -> None:
    """Watch changes."""
    from mcc_cli.services.watch.delivery import Watch
    from mcc_cli.services.watch.tail import Tail

    run = state(ctx)
    output = None if str(output) == "-" else output
    jsonl = form == "jsonl" or run.json or bool(command or forward_to)
    asked.said({"--on": on, "--where": where, "--actor": who, "--changed": changed})
    asked.said({"--until": until, "--exec": command, "--forward-to": forward_to})
    asked.exclusive({"--since": since, "--after": after, "--from-start": from_start})
    sinks = {"--output": output, "--exec": command, "--forward-to": forward_to}
    asked.exclusive({**sinks, "--follow-table": follow_table})
    asked.exclusive({"--follow-table": follow_table, "--format jsonl": jsonl and follow_table})
    _needed(ctx, bool(command), "exec_retry", "--exec-retry", "--exec CMD")
    _needed(ctx, bool(command or forward_to), "keep_going", "--keep-going", "--exec CMD")
    if row and not jsonl:
        raise MccError(
            "E-USAGE", "lines for people have no room for it", "--row", fix="add --format jsonl"
        )
    wanted, conditions = asked.wanted(entities, on, where, who, changed)
    ends = asked.ends(run, count, until, heartbeat, wanted)
    seconds = shared_flags.seconds(poll, "--poll") if poll else None
    beginning = None if since is None else moment(since, "--since")
    rows = asked.rows(wanted, conditions, "--where") if conditions else None
    run.timeout = None  # of the whole, and not of each statement
    with contextlib.ExitStack() as stack:
        kept = asked.kept(state_at)
        tail = Tail(run.connection, run.reconnect, run.say, seconds)
        asked.check(tail.connection, rows, ends.rows)
        saved = kept.load() if kept else None
        tail.begin()
        if saved and kept:
            place = asked.resumed(tail.connection, saved[0], kept.path)
        else:
            place = asked.start(tail.connection, beginning, after, from_start)
            asked.tell_pruned(tail.connection, beginning, run.say)
        out = stack.enter_context(_appended(output, saved and saved[1])) if output else None
        found = Watch(tail, wanted, rows, ends, None, run.say, place, row, batched, kept, out)  # type: ignore[arg-type]
        if command or forward_to:
            found.sink = _failing(run, found, command, forward_to, exec_retry, keep_going)
        elif follow_table:
            found.sink = stack.enter_context(_table(run, found))
        else:
            from mcc_cli.services.watch.sinks import Lines

            style = {"color": False, "width": None} if out else run.style()
            found.sink = Lines(out or run.out, jsonl=jsonl, **style)
        found.keep()
        _ready(run, found, entities or [])
        if ends.rows and wanted.keys and found.already(ends.rows, wanted.keys):
            run.say("it is so already")
            return
        with asked.about_state(kept.path if kept else None):
            _followed(found, once=catch_up)
    _tell_failures(found)


def _needed(ctx: typer.Context, there: bool, name: str, flag: str, other: str) -> None:
    source = ctx.get_parameter_source(name)
    if not there and source is not None and source.name == "COMMANDLINE":
        raise MccError("E-USAGE", f"this is for {other} only", flag, fix=f"add {other}")


def _followed(found: Watch, *, once: bool) -> None:
    """Run to the end; a signal says where to go on, since nothing here is rolled back."""
    try:
        found.run(once=once)
    except KeyboardInterrupt as error:
        ended = isinstance(error, failures.Terminated)
        raise MccError(
            "E-TERMINATED" if ended else "E-INTERRUPTED",
            f"{'terminated' if ended else 'interrupted'} after {found.delivered} events",
            fix=f"go on from here: {found.again}",
        ) from None


def _tell_failures(found: Watch) -> None:
    failed = getattr(found.sink, "failed", 0)
    if failed:
        raise MccError(
            "E-SINK",
            f"{failed} of {found.delivered} events could not be delivered",
            "--keep-going",
            fix="what was passed over is in the log: mcc events list",
        )


@contextlib.contextmanager
def _appended(path: Path, length: int | None) -> Iterator[TextIO]:
    """The file to append to, cut to the length that its state knows. Raises MccError E-OUTPUT."""
    try:
        handle = private_files.opener(str(path), os.O_RDWR | os.O_CREAT)
        with os.fdopen(handle, "r+", encoding="utf-8", newline="") as file:
            end = file.seek(0, os.SEEK_END)
            if length is not None and length < end:
                file.truncate(length)
            file.seek(0, os.SEEK_END)
            yield file
    except OSError as error:
        why = error.strerror or "it is no file that can be cut"
        raise MccError(
            "E-OUTPUT",
            f"cannot write the file: {why}",
            "--output",
            str(path),
            fix="name a file in a folder that exists, or leave --output out and write > FILE",
        ) from error


def _failing(
    run: State, found: Watch, command: str | None, url: str | None, retries: int, keep_going: bool
) -> Sink:
    from mcc_cli.services.watch.sinks import Command, Posts
    from mcc_cli.services.watch.webhook import SECRET, Webhook

    if command:
        return Command(command, run.say, found, retries=retries, keep_going=keep_going)
    hook = Webhook(url or "", os.environ.get(SECRET), run.say, found.pause, found.rest)
    return Posts(hook, run.say, found, keep_going=keep_going)


@contextlib.contextmanager
def _table(run: State, found: Watch) -> Iterator[Sink]:
    from mcc_cli.output.screens.event_table import EventTable, Shown

    if not run.out.isatty():
        raise MccError(
            "E-USAGE", "a live table needs a terminal", "--follow-table", fix="leave it out"
        )
    with EventTable(run.out, color=bool(run.style()["color"])) as table:
        if not run.quiet:  # what is written beside the table is drawn over
            found.say = found.tail.say = table.tell
        yield Shown(table)


def _ready(run: State, found: Watch, entities: list[str]) -> None:
    """Say that from now on every change is seen."""
    polling = found.tail.bell.polling if found.tail.bell else None
    facts = {"mode": "poll" if polling else "listen", "position": str(found.position)}
    seconds = found.tail.bell.seconds if found.tail.bell else 0
    if polling:
        found.say(f"looking every {seconds:g} s: {polling}")
    if not found.sink.note("ready", **facts):
        run.say(f"ready: watching {', '.join(entities) or 'everything'}")
