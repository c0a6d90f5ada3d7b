"""This machine: the configuration file and the room on the disk of mcc's own server."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from mcc_cli import settings
from mcc_cli.db import embedded
from mcc_cli.services.doctor.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

LEAST_SHARE, LEAST_BYTES = 0.05, 1_000_000_000


def checks(*, own_server: bool) -> Iterator[Check]:
    """All of these; the disk only where mcc runs the server."""
    yield _config()
    if own_server:
        yield _disk()


def _config() -> Check:
    path = settings.config_path()
    try:
        settings.check_private(path)
    except FileNotFoundError:
        return Check("config", "ok", f"none ({path})")
    except OSError as error:
        said = f"{path} cannot be read: {error.strerror}"
        return Check("config", "problem", said, "make it readable for yourself")
    except settings.OpenToOthersError:

        def close(_: object) -> None:
            path.chmod(0o600)

        said = f"{path} holds a password, and others can read it"
        return Check("config", "problem", said, f"chmod 600 {path}", close)
    return Check("config", "ok", str(path))


def _disk() -> Check:
    folder = embedded.data_dir()
    while not folder.exists():
        folder = folder.parent
    usage = shutil.disk_usage(folder)
    said = f"{usage.free / 1e9:.1f} of {usage.total / 1e9:.1f} GB free at {folder}"
    if usage.free < LEAST_BYTES or usage.free < usage.total * LEAST_SHARE:
        return Check("disk", "problem", said, "make room, or move the data: MCC_DATA_DIR")
    inodes = os.statvfs(folder) if hasattr(os, "statvfs") else None
    if inodes and inodes.f_files and inodes.f_favail < inodes.f_files * 0.01:
        return Check("disk", "problem", f"no file can be made any more at {folder}", "make room")
    return Check("disk", "ok", said)
