"""`mcc metrics`: figures for Prometheus, by the textfile collector of its node_exporter."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from mcc_cli.cli.framework.env_vars import option
from mcc_cli.cli.framework.interruptions import TimedOut
from mcc_cli.cli.framework.output_options import require_ending
from mcc_cli.cli.framework.verb import verb
from mcc_cli.errors import MccError
from mcc_cli.output.files import opened

if TYPE_CHECKING:
    from mcc_cli.cli.framework.state import State
    from mcc_cli.services.operations.status import Snapshot

HELP = """Write figures for Prometheus: rows, open findings, last runs, the change log, replicas.

With -o the file is for the textfile collector of node_exporter: it is replaced as a whole, and \
others may read it. Where the database cannot be read, it says `mcc_up 0` and why, in place of \
figures that are no longer true, and the command fails as any other."""
READABLE = 0o644  # node_exporter has an account of its own, and figures are no secret
# What is wrong with the command line, or with the file, is no news of the database.
OURS = {"E-USAGE", "E-OUTPUT", "E-FAULT"}


@dataclass
class MetricsOptions:
    """The options of `metrics`."""

    output: Annotated[
        Path | None,
        option(
            "-o",
            "--output",
            of="metrics",
            metavar="FILE",
            allow_dash=True,
            help="Write here instead of stdout, such as …/textfile/mcc.prom.",
        ),
    ] = None


def command() -> Any:
    """The command `metrics`."""
    return verb(
        "metrics",
        MetricsOptions,
        metrics,
        help=HELP,
        epilog="Example: mcc metrics -o /var/lib/node_exporter/textfile/mcc.prom",
        rich_help_panel="Tools",
    )


def metrics(state: State, options: MetricsOptions) -> None:
    """Write the figures."""
    from mcc_cli import __version__
    from mcc_cli.output.machine import metrics as prometheus

    require_ending(options.output, "Prometheus text", "prom", "txt")
    if state.json:
        raise MccError(
            "E-USAGE",
            "Prometheus text is no JSON",
            "--json",
            fix="for figures as JSON: mcc top --json",
        )
    began = time.monotonic()
    try:
        result = _read(state)
    except (MccError, TimedOut) as error:
        code = error.code if isinstance(error, MccError) else "E-TIMEOUT"
        if code not in OURS:
            seconds = time.monotonic() - began
            _write(state, options.output, prometheus.failure(code, __version__, seconds))
        raise
    _write(state, options.output, prometheus.text(result, __version__, time.monotonic() - began))


def _read(state: State) -> Snapshot:
    from mcc_cli.services.operations import status

    return status.take(state.bare_connection)


def _write(state: State, output: Path | None, text: str) -> None:
    with opened(output, state.out, mode=READABLE) as out:
        out.write(text)
    state.out.flush()
