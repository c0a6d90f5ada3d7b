"""The console script `mcc`."""

from __future__ import annotations

import sys
from io import TextIOWrapper


def main() -> None:
    """Run `mcc` and exit with its status; text is UTF-8, whatever the locale."""
    from mcc_cli.cli.app import run

    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
    sys.exit(run())


if __name__ == "__main__":
    main()
