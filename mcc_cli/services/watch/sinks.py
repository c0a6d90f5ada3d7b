"""Sinks of `mcc watch`: lines on stdout or in a file, a command per event, or a webhook.

A sink gets the text of an event from a `Renderer`, because services do not format output.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from mcc_cli.errors import MccError
from mcc_cli.services.watch import exec_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mcc_cli.services.watch.cursor import Event
    from mcc_cli.services.watch.webhook import Webhook

LIVE_ROWS = 100  # pages of at most this many rows are written line by line
BLOCK_LINES = 1000
RETRY_SECONDS = (0.5, 30.0)  # first and longest pause between attempts of a command


class Item(NamedTuple):
    """The rows of one event to deliver.

    `indexes` are their places in the event. `position` is the beginning of their positions, to
    which event and row are added. `rows` returns the current rows as JSON text by id. A `batched`
    item is delivered as one record.
    """

    event: Event
    indexes: Sequence[int]
    position: str
    rows: Callable[[], Mapping[int, str]] | None
    batched: bool


@dataclass(frozen=True)
class Renderer:
    """Formats items as lines without line ends: one per row, or one per batched item.

    `note` formats a record that is not an event; None if the format has no such records.
    """

    lines: Callable[[Item], list[str]]
    note: Callable[..., str] | None = None


class Progress(Protocol):
    """What a sink reports to, and the time that it has. Each method can raise to end the watch."""

    def delivered(self, item: Item, rows: int, records: int) -> None:
        """Record that the first `rows` rows of an item, and all items before it, are delivered.

        `records` is the number of records written since the previous call.
        """

    def tick(self) -> float:
        """Do what is due, such as a heartbeat; the seconds until something is due again."""

    def remaining(self) -> float:
        """The seconds until --timeout; infinite without one."""

    def sleep(self, seconds: float) -> None:
        """Sleep, and do what is due meanwhile."""


class Sink(Protocol):
    """Delivers items in order."""

    def deliver(self, items: Sequence[Item], progress: Progress) -> None:
        """Deliver the items of a page and report each delivery to `progress`."""

    def note(self, kind: str, **facts: Any) -> bool:
        """Write a record that is not an event; False if the sink has no such records."""

    @property
    def failed(self) -> int:
        """The number of records that could not be delivered and were skipped."""


class LineSink:
    """Lines on a stream: one write per line while few events arrive, otherwise in blocks."""

    failed = 0

    def __init__(self, write: Callable[[bytes], object], renderer: Renderer) -> None:
        self.write = write
        self.renderer = renderer

    def deliver(self, items: Sequence[Item], progress: Progress) -> None:
        """Write the items; they are delivered when the stream has them."""
        line_by_line = sum(len(item.indexes) for item in items) <= LIVE_ROWS
        block: list[str] = []
        for item in items:
            lines = self.renderer.lines(item)
            if line_by_line:
                for number, line in enumerate(lines, 1):
                    self._put([line])
                    progress.delivered(item, len(item.indexes) if item.batched else number, 1)
                continue
            block += lines
            if len(block) >= BLOCK_LINES or item is items[-1]:
                self._put(block)
                progress.delivered(item, len(item.indexes), len(block))
                block.clear()

    def note(self, kind: str, **facts: Any) -> bool:
        """Write the record among the events, if the format has such records."""
        if self.renderer.note is None:
            return False
        self._put([self.renderer.note(kind, **facts)])
        return True

    def _put(self, lines: Sequence[str]) -> None:
        self.write(("\n".join(lines) + "\n").encode())


class _RecordSink:
    """Delivers records one at a time, in order; with `keep_going` it skips those that fail."""

    def __init__(self, renderer: Renderer, say: Callable[[str], None], *, keep_going: bool) -> None:
        self.renderer = renderer
        self.say = say
        self.keep_going = keep_going
        self.failed = 0

    def deliver(self, items: Sequence[Item], progress: Progress) -> None:
        """Deliver the rows of the items one by one. Raises MccError E-SINK."""
        for item in items:
            for number, line in enumerate(self.renderer.lines(item), 1):
                progress.tick()
                try:
                    self._deliver_one(item, item.indexes[number - 1], line, progress)
                except MccError as error:
                    if error.code != "E-SINK" or not self.keep_going:
                        raise
                    self.failed += 1
                    reason = error.message.partition(";")[0]  # the position moves on
                    self.say(f"event {item.event.id} not delivered: {reason}")
                progress.delivered(item, len(item.indexes) if item.batched else number, 1)

    def _deliver_one(self, item: Item, index: int, line: str, progress: Progress) -> None:
        raise NotImplementedError

    def note(self, kind: str, **facts: Any) -> bool:
        """Return False: a command and a webhook receive events only."""
        return False


class CommandSink(_RecordSink):
    """`--exec`: a shell command per event, with its JSON on stdin."""

    def __init__(
        self,
        command: str,
        renderer: Renderer,
        say: Callable[[str], None],
        *,
        retries: int,
        keep_going: bool,
    ) -> None:
        super().__init__(renderer, say, keep_going=keep_going)
        self.command = command
        self.retries = retries

    def _deliver_one(self, item: Item, index: int, line: str, progress: Progress) -> None:
        """Run the command, and retry as often as `--exec-retry` says. Raises MccError E-SINK."""
        env = {**exec_environment.inherited(), **exec_environment.event_variables(item, index)}
        pause = RETRY_SECONDS[0]
        for attempt in range(self.retries + 1):
            if attempt:
                self.say(f"the command failed, retrying in {pause:g} s")
                progress.sleep(pause)
                pause = min(pause * 2, RETRY_SECONDS[1])
            failure = self._run(line, env, progress)
            if failure is None:
                return
        raise MccError(
            "E-SINK",
            f"the command {failure}; the position stays before this event",
            "--exec",
            self.command,
            hint=f"event {item.event.id}: {item.event.name}",
            fix="correct the command and run mcc watch with the same --state, or add "
            "--exec-retry 3 or --keep-going",
        )

    def _run(self, line: str, env: dict[str, str], progress: Progress) -> str | None:
        """How the command failed; None if it succeeded. What ends the watch ends its processes."""
        remaining = progress.remaining()
        shell = ["/bin/sh", "-c", self.command]
        try:
            process = subprocess.Popen(shell, stdin=subprocess.PIPE, env=env, process_group=0)
        except OSError as error:  # the caller's own environment can be too large
            return f"cannot be run: {error.strerror}"
        with process:
            try:  # communicate accepts a command that does not read its stdin
                timeout = None if remaining == math.inf else remaining
                process.communicate(f"{line}\n".encode(), timeout)
            except subprocess.TimeoutExpired:
                _terminate(process)
                process.wait()
                progress.sleep(remaining)
            except BaseException:
                _terminate(process)
                raise
            status = process.returncode
        if status == 0:
            return None
        return f"exited with status {status}" if status > 0 else f"was ended by signal {-status}"


class WebhookSink(_RecordSink):
    """`--forward-to`: a signed POST per event."""

    def __init__(
        self, hook: Webhook, renderer: Renderer, say: Callable[[str], None], *, keep_going: bool
    ) -> None:
        super().__init__(renderer, say, keep_going=keep_going)
        self.hook = hook

    def _deliver_one(self, item: Item, index: int, line: str, progress: Progress) -> None:
        """Post the record until it is accepted. Raises MccError E-SINK."""
        name = f"{item.event.id}.{'all' if item.batched else index}"
        headers = {"X-MCC-Event": item.event.name, "X-MCC-Delivery": name}
        self.hook.post(line.encode(), headers, progress)


def _terminate(process: subprocess.Popen[bytes]) -> None:
    """Send SIGTERM to the process group of a command that still runs."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
