"""What ends a command from outside: SIGTERM, and the deadline of `--timeout`.

Both raise a KeyboardInterrupt where the program stands, as Ctrl-C does: statements are cancelled,
transactions roll back, files that are not finished disappear.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


class Terminated(KeyboardInterrupt):
    """SIGTERM."""


class TimedOut(KeyboardInterrupt):
    """The deadline of `--timeout` has passed."""


class Deadline:
    """The time at which a command ends, in whatever it waits for: the server, a pipe, a lock."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def start(self, grace: float = 0.0) -> None:
        """Let it pass `seconds` from now; `grace` later for a command that ends itself in time."""
        self.stop()
        self._timer = threading.Timer(self.seconds + grace, self._pass)
        self._timer.daemon = True
        self._timer.start()

    def stop(self) -> None:
        """Let it pass no more."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = None

    def raise_if_running(self, _number: int, _frame: FrameType | None) -> None:
        """The handler of the signal, in the main thread. Raises TimedOut."""
        if self._timer is not None:
            self._timer = None
            raise TimedOut(f"timed out after {self.seconds:g} s")

    def _pass(self) -> None:
        with self._lock:
            if self._timer is not None:
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)


@contextlib.contextmanager
def deadline(seconds: float | None) -> Iterator[Deadline | None]:
    """Raise TimedOut in what is done inside when the seconds have passed.

    Only the main thread can be interrupted, and only on systems that have the signals for it.
    """
    main = threading.current_thread() is threading.main_thread()
    if seconds is None or not main or not hasattr(signal, "pthread_kill"):
        yield None
        return
    made = Deadline(seconds)
    before = signal.signal(signal.SIGALRM, made.raise_if_running)
    made.start()
    try:
        yield made
    finally:
        made.stop()
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def terminable() -> Iterator[None]:
    """Raise Terminated in what is done inside when SIGTERM comes."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Terminated("terminated")

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
