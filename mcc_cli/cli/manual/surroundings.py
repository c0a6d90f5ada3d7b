"""What is true of all commands and no command tells: variables without a flag, and files."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcc_cli.cli.framework.parameters import Flag

VARIABLES = {
    "MCC_DATABASE_URL": "The database, where neither --database-url nor a profile names one.",
    "DATABASE_URL": "The database, where MCC_DATABASE_URL is not set either.",
    "MCC_REPLICA_URL": "The replica that reading commands use, without --replica-url or a profile.",
    "MCC_SCHEMA": "The schema of mcc's tables, without --schema.",
    "MCC_CONFIG": "The configuration file, in place of config.toml in the user's folder.",
    "MCC_DATA_DIR": "The folder of mcc's own PostgreSQL.",
    "MCC_WEBHOOK_SECRET": "What `watch --forward-to` signs with.",
    "MCC_EVENT_*": "The event, for the command of `watch --exec`: MCC_EVENT_NAME and others.",
    "MCC_SEO_LANGUAGES": "A folder with the words of more languages for `audits ingest`.",
    "PGPASSWORD": "The password; PGPASSFILE, PGSERVICE and libpq's other variables count too.",
    "NO_COLOR": "No colours.",
}
FILES = {
    "~/.config/mcc/config.toml": "Profiles: [profiles.NAME] with database_url, and defaults of "
    "flags. A file with a password that others can read is refused. On macOS it is in "
    "~/Library/Application Support.",
    "~/.local/share/mcc": "mcc's own PostgreSQL; root's is in /var/lib/mcc. mcc db path prints it.",
}


def by_variable(flags: Iterable[Flag]) -> dict[str, str]:
    """The flag that each environment variable stands for, by variable, in order."""
    result = {flag.variable: flag.names[0] for flag in flags if flag.variable and flag.names}
    return dict(sorted(result.items()))
