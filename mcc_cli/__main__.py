"""The console script `mcc`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run `mcc` and exit with its status."""
    from mcc_cli.cli.app import run

    sys.exit(run())


if __name__ == "__main__":
    main()
