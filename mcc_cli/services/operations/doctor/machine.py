"""This machine: the configuration file and the room on the disk of mcc's own server."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from mcc_cli import settings
from mcc_cli.db.server import embedded
from mcc_cli.services.operations.doctor.check import Check

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection

SIZE = "SELECT pg_database_size(current_database())"
DATA = "SELECT setting FROM pg_settings WHERE name = 'data_directory'"
LEAST_SHARE, LEAST_BYTES = 0.05, 1_000_000_000


def config() -> Check:
    """Whether the configuration can be read, and a password in it by its owner alone."""
    path = settings.config_path()
    try:
        settings.check_private(path)
    except FileNotFoundError:
        return Check("config", "ok", f"none ({path})")
    except OSError as error:
        text = f"{path} cannot be read: {error.strerror}"
        return Check("config", "problem", text, "make it readable for yourself")
    except settings.OpenToOthersError:

        def close() -> None:
            path.chmod(0o600)

        text = f"{path} holds a password, and others can read it"
        return Check("config", "problem", text, f"chmod 600 {path}", close)
    return Check("config", "ok", str(path))


def disk(connection: Connection | None) -> Check:
    """The room for the data: of mcc's own server, else of one that is on this machine."""
    folder = embedded.data_dir() if connection is None else _data_of(connection)
    if folder is None:
        row = connection and connection.execute(SIZE).fetchone()
        size = f"; this database has {row[0] / 1e6:.0f} MB" if row else ""
        return Check("disk", "note", f"the server's disk cannot be seen from here{size}")
    while not folder.exists():
        folder = folder.parent
    usage = shutil.disk_usage(folder)
    text = f"{usage.free / 1e9:.1f} of {usage.total / 1e9:.1f} GB free at {folder}"
    if usage.free < LEAST_BYTES or usage.free < usage.total * LEAST_SHARE:
        return Check("disk", "problem", text, "make room, or move the data: MCC_DATA_DIR")
    inodes = os.statvfs(folder) if hasattr(os, "statvfs") else None
    if inodes and inodes.f_files and inodes.f_favail < inodes.f_files * 0.01:
        return Check("disk", "problem", f"no file can be made any more at {folder}", "make room")
    return Check("disk", "ok", text)


def _data_of(connection: Connection) -> Path | None:
    """The folder of a server that is reached by a socket, where this role may know it."""
    row = connection.execute(DATA).fetchone()
    if not row or not (connection.info.host or "/").startswith("/"):
        return None
    return Path(row[0]) if Path(row[0]).exists() else None
