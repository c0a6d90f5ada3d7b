"""The file of `--state`: the position of a watcher, so that the next one continues there.

The file is replaced as a whole after each delivery: of one live event, one run of a command, one
POST or, while catching up, one block of lines.

This gives **at least once**. A watcher that is killed between a delivery and the file repeats that
delivery and nothing else. Every record has its `event` and `index`, which no other change has, so a
consumer that drops those it has seen gets each change **exactly once**. With `--output` the file
also keeps the length of the output. What was written after it is cut off before the watcher
continues, so each event is in the output exactly once.

After a power failure the file can be an older one: deliveries are then repeated, none is lost.
"""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING, Any

from mcc_cli import private_files
from mcc_cli.errors import MccError
from mcc_cli.services.watch import position
from mcc_cli.services.watch.output_file import OutputMark

if TYPE_CHECKING:
    from pathlib import Path

    from mcc_cli.services.watch.position import Position

FLAG = "--state"


class StateFile:
    """A position kept in a file, with the mark of the output if that is a file, too."""

    def __init__(self, path: Path) -> None:
        """Keep the position in this file. Raises MccError E-OUTPUT if the path cannot be used."""
        try:
            self.path = private_files.target(path)
        except OSError as error:  # a loop of symbolic links
            self.path = path
            raise self._unusable(error) from error
        self._next = self.path.with_name(f".{self.path.name}.next")
        self._lock: IO[bytes] | None = None
        self._saved: tuple[Position, OutputMark | None] | None = None

    def lock(self) -> None:
        """Keep other watchers from using the file. Raises MccError E-BUSY or E-OUTPUT."""
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
                "another watcher uses this file",
                FLAG,
                str(self.path),
                fix="stop the other watcher, or name another file",
            ) from None
        except OSError as error:
            raise self._unusable(error) from error

    def load(self) -> tuple[Position, OutputMark | None] | None:
        """The position and the mark of the output; None if there is no file yet.

        Raises MccError E-FILE if the file holds something else.
        """
        try:
            result = json.loads(self.path.read_text("utf-8"))
            self._saved = position.parse(result["position"], FLAG), _mark(result["output"])
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable(error) from error
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, MccError):
            raise MccError(
                "E-FILE",
                "not a position file of mcc watch",
                FLAG,
                str(self.path),
                fix="name another file, or delete this one",
            ) from None
        return self._saved

    def save(self, place: Position, mark: OutputMark | None = None) -> None:
        """Replace the file. Raises MccError E-OUTPUT."""
        if (place, mark) == self._saved:
            return
        output = mark and [mark.length, mark.device, mark.inode]
        text = json.dumps({"position": str(place), "output": output})
        try:
            with open(self._next, "w", encoding="utf-8", opener=private_files.opener) as file:
                file.write(text + "\n")
            private_files.take_place(self._next, self.path)
        except OSError as error:
            raise self._unusable(error) from error
        self._saved = place, mark

    def _unusable(self, error: Exception) -> MccError:
        reason = getattr(error, "strerror", None) or "too many levels of symbolic links"
        return MccError(
            "E-OUTPUT",
            f"cannot keep the position in this file: {reason}",
            FLAG,
            str(self.path),
            fix="name a file in a folder that exists and that you may write to",
        )


def _mark(found: Any) -> OutputMark | None:
    """The mark that `save` wrote, or the bare length of an older mcc. Raises ValueError."""
    if found is None:
        return None
    numbers = found if isinstance(found, list) and len(found) == 3 else [found]
    if not all(type(item) is int and item >= 0 for item in numbers):
        raise ValueError(found)
    return OutputMark(*numbers)
