"""What can go wrong: one exception, one table of codes, one table of exit statuses."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Exit(IntEnum):
    """The exit statuses of `mcc`; 64 and above speak of the environment, below of the request."""

    DONE = 0
    FAULT = 1
    USAGE = 2
    NOT_FOUND = 3
    REJECTED = 4
    PARTLY = 5
    CONFLICT = 6
    DIFFERENT = 7
    TIMED_OUT = 8
    LIMIT = 9
    UNREACHABLE = 69
    OUTPUT = 73
    UNCERTAIN = 74
    BUSY = 75
    DENIED = 77
    CONFIG = 78
    INTERRUPTED = 130
    PIPE = 141
    TERMINATED = 143


MEANINGS: dict[Exit, str] = {
    Exit.DONE: "done, also when there was nothing to change",
    Exit.FAULT: "a fault of mcc's own",
    Exit.USAGE: "wrong usage",
    Exit.NOT_FOUND: "not found",
    Exit.REJECTED: "input rejected, nothing written",
    Exit.PARTLY: "partly done: good rows kept, the rest in the reject file",
    Exit.CONFLICT: "conflict: duplicate, stale edit, ambiguous key, still referenced",
    Exit.DIFFERENT: "differences found, only with --exit-code or --check",
    Exit.TIMED_OUT: "timed out, or what was waited for did not come",
    Exit.LIMIT: "error limit passed, everything rolled back",
    Exit.UNREACHABLE: "database not reachable",
    Exit.OUTPUT: "the output file cannot be written",
    Exit.UNCERTAIN: "ended during COMMIT: the changes are committed, or it is not known",
    Exit.BUSY: "another import holds the lock; try later",
    Exit.DENIED: "permission denied, wrong password",
    Exit.CONFIG: "configuration, or the schema is at another revision",
    Exit.INTERRUPTED: "interrupted (Ctrl-C); rolled back",
    Exit.PIPE: "the reader of the pipe left",
    Exit.TERMINATED: "terminated; rolled back",
}

CODES: dict[str, Exit] = {
    "E-FAULT": Exit.FAULT,
    "E-USAGE": Exit.USAGE,
    "E-NOTFOUND": Exit.NOT_FOUND,
    "E-TYPE": Exit.REJECTED,
    "E-CHOICE": Exit.REJECTED,
    "E-RANGE": Exit.REJECTED,
    "E-RULE": Exit.REJECTED,
    "E-NULL": Exit.REJECTED,
    "E-LONG": Exit.REJECTED,
    "E-BYTES": Exit.REJECTED,
    "E-JSON": Exit.REJECTED,
    "E-COLUMN": Exit.REJECTED,
    "E-REF": Exit.REJECTED,
    "E-FILE": Exit.REJECTED,
    "E-FORMAT": Exit.REJECTED,
    "E-GUARD": Exit.REJECTED,
    "E-RECORD": Exit.REJECTED,
    "E-DUP": Exit.CONFLICT,
    "E-STALE": Exit.CONFLICT,
    "E-AMBIGUOUS": Exit.CONFLICT,
    "E-INUSE": Exit.CONFLICT,
    "E-RETRY": Exit.CONFLICT,
    "E-GAP": Exit.CONFLICT,
    "E-SINK": Exit.PARTLY,
    "E-TIMEOUT": Exit.TIMED_OUT,
    "E-CONNECT": Exit.UNREACHABLE,
    "E-UNCERTAIN": Exit.UNCERTAIN,
    "E-BUSY": Exit.BUSY,
    "E-DENIED": Exit.DENIED,
    "E-CONFIG": Exit.CONFIG,
    "E-OUTPUT": Exit.OUTPUT,
    "E-SCHEMA": Exit.CONFIG,
    "E-INTERRUPTED": Exit.INTERRUPTED,
    "E-TERMINATED": Exit.TERMINATED,
}
RETRYABLE = {"E-CONNECT", "E-BUSY", "E-TIMEOUT", "E-RETRY"}


@dataclass(eq=False)
class MccError(Exception):
    """A failure that is told to the user: what is wrong, where, and what to do about it.

    `code` is a key of `CODES` and decides the exit status. `place` says where (a flag, a column,
    FILE:LINE), `value` what stood there, `hint` the nearest right value or the reason, `fix` a
    line to paste or to do.
    """

    code: str
    message: str
    place: str | None = None
    value: str | None = None
    hint: str | None = None
    fix: str | None = None
    entity: str | None = None
    column: str | None = None
    file: str | None = None
    line: int | None = None
    rows: str | None = None
    count: int | None = None
    others: tuple[MccError, ...] = ()

    def __str__(self) -> str:
        return self.message

    @property
    def exit(self) -> Exit:
        """The exit status of this error's code."""
        return CODES[self.code]

    def as_dict(self) -> dict[str, object]:
        """The error as `--json` prints it; absent facts are null, so every error has every key."""
        return {
            "code": self.code,
            "message": self.message,
            "place": self.place,
            "hint": self.hint,
            "fix": self.fix,
            "entity": self.entity,
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "value": self.value,
            "rows": self.rows,
            "count": self.count,
            "retryable": self.code in RETRYABLE,
            "exit": int(self.exit),
            "others": [other.as_dict() for other in self.others],
        }
