"""A live screen on a terminal, and a key that ends it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REFRESH = 4  # a second, for a terminal whose size changes


class Screen:
    """A live view; use it as a context. `draw` returns what to show in (columns, lines).

    `whole` uses the alternate screen; otherwise the last picture stays on the terminal.
    """

    def __init__(
        self, out: TextIO, draw: Callable[[int, int], list[Any]], *, color: bool, whole: bool
    ) -> None:
        from rich.console import Console
        from rich.live import Live

        self.console = Console(file=out, no_color=not color, highlight=False, emoji=False)
        self.draw = draw
        self.live = Live(
            self, console=self.console, screen=whole, refresh_per_second=REFRESH, transient=False
        )

    def __enter__(self) -> Screen:
        self.live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.live.stop()

    def show(self) -> None:
        """Draw now."""
        self.live.refresh()

    def __rich__(self) -> Any:
        from rich.console import Group

        size = self.console.size
        return Group(*self.draw(size.width, size.height))


class Left(Exception):
    """q was pressed."""


@contextlib.contextmanager
def left_by_q() -> Iterator[None]:
    """Raise Left if q is pressed on a terminal during the work inside.

    The key is turned into a SIGINT, which ends whatever the program waits for.
    """
    handle = _keyboard()
    if handle is None:
        yield
        return
    import termios
    import tty

    before = termios.tcgetattr(handle)
    pressed = threading.Event()
    ended, end = os.pipe()
    reader = threading.Thread(target=_read, args=(handle, ended, pressed), daemon=True)
    tty.setcbreak(handle)
    reader.start()
    try:
        yield
    except KeyboardInterrupt:
        if pressed.is_set():
            raise Left from None
        raise
    finally:
        os.close(end)
        reader.join()
        os.close(ended)
        termios.tcsetattr(handle, termios.TCSADRAIN, before)


def _keyboard() -> int | None:
    """The descriptor of stdin if it is a terminal whose keys can be read one by one."""
    try:
        import termios  # noqa: F401  (Windows has none)

        handle = sys.stdin.fileno()
        return handle if os.isatty(handle) else None
    except (ImportError, OSError, ValueError, AttributeError):
        return None


def _read(handle: int, ended: int, pressed: threading.Event) -> None:
    import select

    while True:
        ready, _, _ = select.select([handle, ended], [], [])
        if ended in ready:
            return
        key = os.read(handle, 1)
        if key in (b"q", b"Q"):
            pressed.set()
            os.kill(os.getpid(), signal.SIGINT)
        if not key or pressed.is_set():
            return
