"""Where `mcc watch` takes events: lines on stdout or in a file, a command, or a URL."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import subprocess
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TextIO

from mcc_cli.errors import MccError
from mcc_cli.output.files import binary
from mcc_cli.output.records import event_lines as shapes
from mcc_cli.output.records.render import moment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mcc_cli.services.watch.cursor import Event
    from mcc_cli.services.watch.webhook import Webhook

    Reached = Callable[["Item", int, int], None]

LIVE = 100  # as many lines at once are written one by one
BLOCK = 1000
PAUSE_SECONDS = (0.5, 30.0)


class Item(NamedTuple):
    """Some rows of an event, to be delivered: `start` and what is added make their positions."""

    event: Event
    places: Sequence[int]
    start: str
    rows: Callable[[], Mapping[int, str]] | None
    whole: bool

    def lines(self) -> list[str]:
        """Their JSON."""
        rows = self.rows and self.rows()
        if self.whole:
            return [shapes.batch(self.event, self.start, rows)]
        return shapes.records(self.event, self.places, self.start, rows)


class Sink(Protocol):
    """Delivers items in order, and tells how far it has come.

    It calls `reached(item, n, lines)` when n rows of an item are delivered, and all before it;
    `lines` is how many records that were since the call before.
    """

    def deliver(self, items: Sequence[Item], reached: Reached) -> None:
        """Deliver the items of a page."""

    def note(self, kind: str, **facts: Any) -> bool:
        """Write a record that is no event; False where there is no place for it."""


class Lines:
    """Lines on a stream: one by one while little comes, else in blocks."""

    def __init__(self, out: TextIO, *, jsonl: bool, color: bool, width: int | None) -> None:
        self.out = out
        self.jsonl = jsonl
        self.color = color
        self.width = width
        self.write = binary(out)

    def deliver(self, items: Sequence[Item], reached: Reached) -> None:
        """Write the items; they count as delivered when the stream has them."""
        few = sum(len(item.places) for item in items) <= LIVE
        block: list[str] = []
        for item in items:
            lines = self._lines(item)
            if few:
                for number, line in enumerate(lines, 1):
                    self._put([line])
                    reached(item, len(item.places) if item.whole else number, 1)
                continue
            block += lines
            if len(block) >= BLOCK or item is items[-1]:
                self._put(block)
                reached(item, len(item.places), len(block))
                block.clear()

    def note(self, kind: str, **facts: Any) -> bool:
        """Write the record among the events; the lines for people have no such."""
        if self.jsonl:
            self._put([shapes.note(kind, **facts)])
        return self.jsonl

    def _lines(self, item: Item) -> list[str]:
        if self.jsonl:
            return item.lines()
        if item.whole:
            return [shapes.summary(item.event, color=self.color, width=self.width)]
        return shapes.lines(item.event, item.places, color=self.color, width=self.width)

    def _put(self, lines: Sequence[str]) -> None:
        self.write(("\n".join(lines) + "\n").encode())
        self.out.flush()


class Clock(Protocol):
    """The time that a delivery has; each of these can raise what ends the watch."""

    def left(self) -> float:
        """Do what is due: a heartbeat, the end by --timeout."""

    def rest(self) -> float:
        """The seconds until --timeout."""

    def pause(self, seconds: float) -> None:
        """Let so much time pass."""


class Failing:
    """What sinks share that can fail: one event at a time, in order, again when it failed."""

    def __init__(self, say: Callable[[str], None], clock: Clock, *, keep_going: bool) -> None:
        self.say = say
        self.clock = clock
        self.keep_going = keep_going
        self.failed = 0

    def deliver(self, items: Sequence[Item], reached: Reached) -> None:
        """Deliver the rows of the items one by one. Raises MccError E-SINK."""
        for item in items:
            for number, line in enumerate(item.lines(), 1):
                self.clock.left()
                try:
                    self.one(item, item.places[number - 1], line)
                except MccError as error:
                    if error.code != "E-SINK" or not self.keep_going:
                        raise
                    self.failed += 1
                    why = error.message.partition(";")[0]  # the position does not stay
                    self.say(f"event {item.event.id} not delivered: {why}")
                reached(item, len(item.places) if item.whole else number, 1)

    def one(self, item: Item, place: int, line: str) -> None:
        """Deliver one. Raises MccError E-SINK."""
        raise NotImplementedError

    def note(self, kind: str, **facts: Any) -> bool:
        """A command and a URL are for events only."""
        return False


class Command(Failing):
    """`--exec`: a command of the shell for each event, its JSON on stdin."""

    def __init__(
        self,
        command: str,
        say: Callable[[str], None],
        clock: Clock,
        *,
        retries: int,
        keep_going: bool,
    ) -> None:
        super().__init__(say, clock, keep_going=keep_going)
        self.command = command
        self.retries = retries

    def one(self, item: Item, place: int, line: str) -> None:
        """Run the command, and again as often as `--exec-retry` says."""
        env = {**os.environ, **variables(item, place)}
        pause = PAUSE_SECONDS[0]
        for attempt in range(self.retries + 1):
            if attempt:
                self.say(f"the command failed, again in {pause:g} s")
                self.clock.pause(pause)
                pause = min(pause * 2, PAUSE_SECONDS[1])
            status = self._run(line, env)
            if status == 0:
                return
        how = f"ended with {status}" if status > 0 else f"was ended by signal {-status}"
        raise MccError(
            "E-SINK",
            f"the command {how}; the position stays before this event",
            "--exec",
            self.command,
            hint=f"event {item.event.id}: {item.event.name}",
            fix="correct it and watch on with the same --state; or --exec-retry 3, or --keep-going",
        )

    def _run(self, line: str, env: dict[str, str]) -> int:
        """The status of the command; what ends the watch meanwhile ends it and what it began."""
        rest = self.clock.rest()
        shell = ["/bin/sh", "-c", self.command]
        pipe = subprocess.PIPE
        with subprocess.Popen(shell, stdin=pipe, env=env, process_group=0) as process:
            try:  # communicate bears a command that reads nothing
                process.communicate(f"{line}\n".encode(), None if rest == math.inf else rest)
            except subprocess.TimeoutExpired:
                _end(process)
                process.wait()
                self.clock.pause(rest)
            except BaseException:
                _end(process)
                raise
            return process.returncode


class Posts(Failing):
    """`--forward-to`: a signed POST for each event."""

    def __init__(
        self, hook: Webhook, say: Callable[[str], None], clock: Clock, *, keep_going: bool
    ) -> None:
        super().__init__(say, clock, keep_going=keep_going)
        self.hook = hook

    def one(self, item: Item, place: int, line: str) -> None:
        """Post it until it is taken."""
        name = f"{item.event.id}.{'all' if item.whole else place}"
        self.hook.post(line.encode(), {"X-MCC-Event": item.event.name, "X-MCC-Delivery": name})


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command and what it began; one that has ended meanwhile has no group to be ended."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)


def variables(item: Item, place: int) -> dict[str, str]:
    """The environment of a command: MCC_EVENT_NAME and so on; empty where there is nothing."""
    event = item.event
    key = event.keys[place] if event.keys else None
    reached = "all" if item.whole or place + 1 >= len(event.ids) else str(place + 1)
    facts = {
        "POSITION": f"{item.start}/{event.id}.{reached}",
        "EVENT": event.id,
        "INDEX": place,
        "AT": moment(event.at),
        "ENTITY": event.entity,
        "NAME": event.name,
        "OPERATION": event.operation,
        "ID": event.ids[place] if event.ids else "",
        "KEY": key or "",
        "OTHER": event.others[place] if event.others else "",
        "CHANGED": ",".join(event.changed or ()),
        "ACTOR": event.actor or "",
        "PROGRAM": event.program or "",
    }
    return {f"MCC_EVENT_{name}": str(value) for name, value in facts.items()}
