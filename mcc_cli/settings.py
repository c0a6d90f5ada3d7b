"""Where the database is: flag, environment, profile, or mcc's own server, in that order."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Mapping


# In a URL after the user, or as a keyword of libpq.
_PASSWORD = re.compile(rb"://[^\s/@:\"']*:[^\s/@\"']+@|\bpassword\s*=")


@dataclass(frozen=True)
class Target:
    """The database of a command; `url` None means mcc's own server, `source` names who said so."""

    url: str | None
    source: str


def config_path(env: Mapping[str, str] | None = None) -> Path:
    """The configuration file: `MCC_CONFIG`, else config.toml in the user's folder for such."""
    env = os.environ if env is None else env
    if given := env.get("MCC_CONFIG"):
        return Path(given)
    from platformdirs import user_config_path

    return user_config_path("mcc") / "config.toml"


class OpenToOthersError(Exception):
    """The configuration file holds a password, and others can read it."""


def check_private(path: Path) -> None:
    """Raise OpenToOthersError where others could read a password in the file, as ssh does.

    Raises OSError where it cannot be read.
    """
    held = path.read_bytes()
    mode = path.stat().st_mode
    if os.name == "posix" and mode & 0o077 and _PASSWORD.search(held):
        raise OpenToOthersError


def target(
    database_url: str | None, profile: str | None, env: Mapping[str, str] | None = None
) -> Target:
    """Decide which database is meant.

    Raises MccError E-CONFIG when a profile is named that the configuration file does not have.
    """
    env = os.environ if env is None else env
    if database_url:
        return Target(database_url, "--database-url")
    if profile:
        return Target(_profile_url(profile, config_path(env)), f"profile {profile}")
    for name in ("MCC_DATABASE_URL", "DATABASE_URL"):
        if env.get(name):
            return Target(env[name], name)
    return Target(None, "embedded")


def replica(
    replica_url: str | None,
    database_url: str | None,
    profile: str | None,
    env: Mapping[str, str] | None = None,
) -> Target | None:
    """The replica to read from, if any: the one that is named where the database is.

    So that it is never another database's: `--database-url` without `--replica-url` has none, and
    a profile has its own. Raises MccError E-CONFIG as `target` does, and for a replica of nothing.
    """
    env = os.environ if env is None else env
    found = None
    if replica_url:
        found = Target(replica_url, "--replica-url")
    elif profile and not database_url:
        url = _profile_url(profile, config_path(env), "replica_url")
        found = Target(url, f"profile {profile}") if url else None
    elif not database_url and env.get("MCC_REPLICA_URL"):
        found = Target(env["MCC_REPLICA_URL"], "MCC_REPLICA_URL")
    if found and target(database_url, profile, env).url is None:
        raise MccError(
            "E-CONFIG",
            "a replica is named, but no primary",
            place=found.source,
            fix="name the primary too: --database-url or MCC_DATABASE_URL",
        )
    return found


def _profile_url(profile: str, path: Path, name: str = "database_url") -> str:
    """A URL of a profile; one that it need not have is empty."""
    import tomllib

    try:
        check_private(path)
        profiles = tomllib.loads(path.read_text("utf-8")).get("profiles", {})
        found = profiles.get(profile)
        url = "" if found is None else found["database_url"]
        if found and name != "database_url":
            url = found.get(name, "")
    except FileNotFoundError:
        raise MccError(
            "E-CONFIG",
            f"there is no profile {profile!r}: {path} does not exist",
            place="--profile",
            value=profile,
            fix=f'write it: [profiles.{profile}] and database_url = "postgresql://…" in {path}',
        ) from None
    except OpenToOthersError:
        raise MccError(
            "E-CONFIG",
            "it holds a password, and others can read it",
            place=str(path),
            fix=f"chmod 600 {path}",
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MccError(
            "E-CONFIG", f"cannot read the configuration file: {error}", place=str(path)
        ) from error
    except (AttributeError, KeyError, TypeError):
        raise MccError(
            "E-CONFIG",
            f"profile {profile!r} has no database_url",
            place=str(path),
            fix=f'write: [profiles.{profile}] and below it database_url = "postgresql://…"',
        ) from None
    if found is None:
        raise MccError(
            "E-CONFIG",
            f"no profile {profile!r} in {path}",
            place="--profile",
            value=profile,
            hint=f"profiles: {', '.join(sorted(profiles)) or 'none'}",
        )
    return str(url)
