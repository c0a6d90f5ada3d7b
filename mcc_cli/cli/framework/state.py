"""What every command shares: the flags, the streams, and a connection opened when first asked."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TextIO

import typer

from mcc_cli import settings
from mcc_cli.errors import MccError
from mcc_cli.output.text import visible, visible_lines

if TYPE_CHECKING:
    from mcc_cli.cli.framework.flag_sources import Given
    from mcc_cli.cli.framework.interruptions import Deadline
    from mcc_cli.db.connection.connect import Connection

MAX_LAG = 10.0  # seconds


def _nowhere() -> TextIO:
    """For a stream that the caller closed (`>&-`)."""
    import os

    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123  (open till the end)


@dataclass
class State:
    """The shared flags of one run of `mcc`, its streams and its connection."""

    database_url: str | None = None
    profile: str | None = None
    schema: str | None = None
    replica_url: str | None = None
    max_lag: float = MAX_LAG
    quiet: bool = False
    verbose: bool = False
    json: bool = False
    no_color: bool = False
    actor_key: str | None = None
    timeout: float | None = None
    deadline: Deadline | None = None
    log_format: str = "text"
    explain_config: bool = False
    given: dict[str, Given] = field(default_factory=dict)
    program: str = "mcc"
    run_code: str | None = None
    out: TextIO = field(default_factory=lambda: sys.stdout or _nowhere())
    err: TextIO = field(default_factory=lambda: sys.stderr or _nowhere())
    opened: Connection | None = None
    read: Connection | None = None
    checked: bool = False
    spent: bool = False  # something was printed or read that can be so only once
    context: Any = None  # Click's, of the command that runs
    flag_sources: dict[str, str] = field(default_factory=dict)  # where each flag's value is from
    _actor: int | None = None
    _warned: set[str] = field(default_factory=set)

    def typed(self, name: str) -> bool:
        """Whether the value of a flag or argument was typed on the command line."""
        return self.flag_sources.get(name) == "COMMANDLINE"

    @property
    def target(self) -> settings.Target:
        """The database that is meant. Raises MccError E-CONFIG."""
        return settings.target(self.database_url, self.profile, schema=self.schema)

    @property
    def connection(self) -> Connection:
        """The connection, its schema known to be the one this program is for.

        What is changed by it is done by the user that `--as` names. Raises MccError E-REF for
        nobody, E-DENIED for one who is not active.
        """
        connection = self.bare_connection
        if not self.checked:
            from mcc_cli.db import schema

            if self.target.url is None and schema.revision(connection) is None:
                schema.migrate(connection, self.say)
            schema.check(connection)
            self.checked = True
        if self.actor_key is not None and self._actor is None:
            from mcc_cli.services.records.actors import actor

            self._actor = actor(connection, self.actor_key)
        return connection

    @property
    def actor(self) -> int | None:
        """The id of the user that `--as` names; None without it. Raises as `connection` does."""
        if self.actor_key is not None:
            self.connection  # noqa: B018  (opening it finds the user)
        return self._actor

    @property
    def bare_connection(self) -> Connection:
        """The connection, whatever schema it has."""
        if self.opened is None:
            from mcc_cli.db.connection.connect import connect

            self.opened = connect(self.target, self.say_once, program=self.program)
        return self.opened

    def reconnect(self) -> Connection:
        """A new connection in place of a lost one; mcc's own server that was stopped stays so."""
        import contextlib

        from mcc_cli.db.connection.connect import connect

        with contextlib.suppress(Exception):
            self.close()
        self.read = None
        self.opened = connect(self.target, self.say_once, start=False, program=self.program)
        self.checked = False
        return self.connection

    @property
    def reading(self) -> Connection:
        """The connection for a command that only reads: the replica's, where one is fit.

        Else it is `connection`, and stderr says why. Who acts is of no account on a replica, since
        nothing is changed there. Raises as `connection` does.
        """
        if self.read is None:
            named = None
            if self.opened is None:
                named = settings.replica(
                    self.replica_url, self.database_url, self.profile, schema=self.schema
                )
            self.read = self._replica(named) if named else self.connection
        return self.read

    def _replica(self, named: settings.Target) -> Connection:
        from mcc_cli.db.connection import replica
        from mcc_cli.db.connection.connect import PROBE_SECONDS, connect

        def primary() -> Connection:
            self.opened = connect(
                self.target, self.say_once, patience=PROBE_SECONDS, program=self.program
            )
            return self.opened

        try:
            result = replica.find(named, primary, self.max_lag, self.say, self.program)
        except replica.UnfitError as error:
            self.say(f"the replica is not read: {error}; reading the primary")
            return self.connection
        if self.opened is not None:  # it was only asked
            self.opened.close()
            self.opened = None
        return result

    @property
    def committed(self) -> bool:
        """Whether this run has committed a change."""
        return any(getattr(item, "commits", 0) for item in (self.opened, self.read))

    def how_to_find_out(self) -> str:
        """The command that shows what this one has changed, if anything."""
        ways = ["mcc events list --since 10m"]
        if self.run_code:
            ways.insert(0, f"mcc runs show {self.run_code}")
        given = self.context.params if self.context is not None else {}
        words = self.program.split()
        if len(words) == 3 and (keys := given.get("keys") or given.get("key")):
            key = shlex.quote(keys if isinstance(keys, str) else keys[0])
            ways.insert(0, f"{' '.join(words[:2])} show {key}")
        return ", ".join(ways)

    def close(self) -> None:
        """Close the connections; what was not committed is rolled back by the server."""
        for item in (self.opened, self.read):
            if item is not None:
                item.close()

    @property
    def as_events(self) -> bool:
        """Whether stderr is for machines: one JSON object a line."""
        return self.log_format == "json"

    def say(self, text: str, **facts: Any) -> None:
        """A sentence for people, on stderr, its values made visible; `--quiet` keeps it back.

        `facts` are what it says, for those who read it as an event of `--log-format json`.
        """
        if not self.quiet:
            self.remark(text, **facts)

    def say_once(self, text: str) -> None:
        """`say`, unless this run has said it before: each connection of a run warns again."""
        if text not in self._warned:
            self._warned.add(text)
            self.say(text)

    def remark(self, text: str, **facts: Any) -> None:
        """A sentence that belongs to an error: `--quiet` does not keep it back."""
        if self.as_events:
            from mcc_cli.output.machine import log

            self.err.write(log.event(text, self.program, self.run_code, **facts))
        else:
            print(visible_lines(text), file=self.err)

    def problem(self, error: MccError, *, trace: str | None = None, as_json: bool = False) -> None:
        """An error, on stderr: for people, as an event, or (`as_json`) as one JSON object."""
        if self.as_events:
            from mcc_cli.output.machine import log

            self.err.write(log.problem(error, self.program, self.run_code, trace))
            return
        from mcc_cli.output import problems

        self.err.write(visible_lines(trace or ""))
        color = bool(self.style(self.err)["color"])
        problems.write(error, self.err, as_json=as_json, color=color)

    def style(self, stream: TextIO | None = None) -> dict[str, Any]:
        """How to draw on a stream (stdout unless given): colour and width on a terminal only."""
        import os
        import shutil

        stream = stream or self.out
        if not stream.isatty() or (stream is self.err and self.as_events):
            return {"color": False, "width": None}
        plain = (
            self.no_color or bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        )
        return {"color": not plain, "width": shutil.get_terminal_size().columns}

    def table_style(self, stream: TextIO, **table: Any) -> dict[str, Any]:
        """How to write a table on a stream: its style, what it is, and who receives its notes."""

        def note(text: str) -> None:
            from mcc_cli.output import layout

            stream.flush()
            width = self.style(self.err)["width"]
            self.remark("\n  ".join(layout.wrap(text, width - 2)) if width else text)

        return {**self.style(stream), "note": note, **table}

    def confirm(self, question: str, *, yes: bool) -> None:
        """Ask on a terminal; elsewhere only `--yes` answers. Raises MccError E-USAGE."""
        if yes:
            return
        if self.as_events or not (sys.stdin.isatty() and self.err.isatty()):
            raise MccError(
                "E-USAGE",
                f"{question} There is no terminal to answer on.",
                fix="add --yes to go on",
            )
        print(f"{visible(question)} [y/N] ", end="", file=self.err, flush=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise MccError("E-USAGE", "not confirmed, nothing done")


def state(ctx: typer.Context) -> State:
    """The State of a run, made where the first flag is read."""
    root = ctx.find_root()
    if root.obj is None:
        root.obj = State()
    result: State = root.obj
    result.program = max(result.program, ctx.command_path, key=len)
    return result
