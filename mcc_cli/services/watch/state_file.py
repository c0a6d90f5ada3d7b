"""The file of `--state`: where a watcher stands, so that it goes on there the next time.

It is replaced as a whole after each delivery: each event that comes live, each call of a command,
each post; while catching up, each block of lines that is written at once.

What that gives: **at least once**. A watcher that is killed between a delivery and the file repeats
that delivery, and nothing else; every record has its `event` and `index`, which are never another
change's, so who drops those he has seen has each **exactly once**. With `--output` the file also
keeps the length of the output, and what was written beyond it is cut off before the watcher goes
on: there each event is exactly once in the output without more.

After a power cut the file can be the one before: deliveries are then repeated, none is lost.
"""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING

from mcc_cli import private_files
from mcc_cli.errors import MccError
from mcc_cli.services.watch import position

if TYPE_CHECKING:
    from pathlib import Path

    from mcc_cli.services.watch.position import Position

FLAG = "--state"


class StateFile:
    """A position kept in a file; `output` is how long the output was then, if it is a file."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._beside = self.path.with_name(f".{self.path.name}.next")
        self._lock: IO[bytes] | None = None
        self._saved: tuple[Position, int | None] | None = None

    def lock(self) -> None:
        """Keep other watchers from the file. Raises MccError E-BUSY, E-OUTPUT."""
        try:
            lock = self.path.with_name(f".{self.path.name}.lock")
            self._lock = open(lock, "wb", opener=private_files.opener)  # noqa: SIM115
            import fcntl  # not on Windows

            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:
            return
        except BlockingIOError:
            raise MccError(
                "E-BUSY",
                "another watcher keeps its position in this file",
                FLAG,
                str(self.path),
                fix="end the other one, or name another file",
            ) from None
        except OSError as error:
            raise self._unusable(error) from error

    def load(self) -> tuple[Position, int | None] | None:
        """The position and the length of the output; None where there is no file yet.

        Raises MccError E-FILE where the file holds something else.
        """
        try:
            found = json.loads(self.path.read_text("utf-8"))
            length = found["output"]
            if length is not None and not (isinstance(length, int) and length >= 0):
                raise ValueError(length)
            self._saved = position.parse(found["position"], FLAG), length
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable(error) from error
        except (ValueError, KeyError, TypeError, AttributeError, MccError):
            raise MccError(
                "E-FILE",
                "this file holds no position of mcc watch",
                FLAG,
                str(self.path),
                fix="name another file, or delete this one",
            ) from None
        return self._saved

    def save(self, place: Position, output: int | None = None) -> None:
        """Replace the file. Raises MccError E-OUTPUT."""
        if (place, output) == self._saved:
            return
        text = json.dumps({"position": str(place), "output": output})
        try:
            with open(self._beside, "w", encoding="utf-8", opener=private_files.opener) as file:
                file.write(text + "\n")
            private_files.take_place(self._beside, self.path)
        except OSError as error:
            raise self._unusable(error) from error
        self._saved = place, output

    def _unusable(self, error: OSError) -> MccError:
        return MccError(
            "E-OUTPUT",
            f"cannot keep the position in this file: {error.strerror}",
            FLAG,
            str(self.path),
            fix="name a file in a folder that exists and that you may write to",
        )
