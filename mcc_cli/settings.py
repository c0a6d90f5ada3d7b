"""The configuration file, and where the database is: flag, environment, profile, own server."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLES = ("profiles", "defaults", "alias")
SETTINGS = ("default_profile", *TABLES)
PROFILE = ("database_url", "replica_url", "schema")  # what a profile may say

# In a URL after the user, or as a keyword of libpq.
_PASSWORD = re.compile(rb"://[^\s/@:\"']*:[^\s/@\"']+@|(?:password|oauth_client_secret)\s*=")
# The same where it is shown, as long as it can be: a password may itself hold @ or blanks.
_IN_URL = re.compile(r"(://[^\s/@:\"']*:)(?:[^\s/?#]*|(?!\d+[/?,])\S*)@")
_KEYWORD = re.compile(
    r"((?:password|oauth_client_secret)\s*=\s*)('(?:[^'\\]|\\.)*'?|[^\s&]+)", re.IGNORECASE
)
HIDDEN = "***"


@dataclass(frozen=True)
class Target:
    """The database of a command; `url` None means mcc's own server, `source` names who said so.

    `profile` is the profile that it is of, if any; `by_default` tells that nothing but
    `default_profile` names it. `schema` holds mcc's tables; None leaves that to `search_path`.
    """

    url: str | None
    source: str
    profile: str | None = None
    by_default: bool = False
    schema: str | None = None


def config_path(env: Mapping[str, str] | None = None) -> Path:
    """The configuration file: `MCC_CONFIG`, else config.toml in the user's folder for such.

    Every command looks there, so on Linux it is found without platformdirs, which says the same.
    """
    env = os.environ if env is None else env
    if given := env.get("MCC_CONFIG"):
        return Path(given)
    if sys.platform == "linux":
        folder = env.get("XDG_CONFIG_HOME", "").strip() or os.path.expanduser("~/.config")  # noqa: PTH111  (without a home it stays "~")
        return Path(folder, "mcc", "config.toml")
    from platformdirs import user_config_path

    return user_config_path("mcc") / "config.toml"


def read(path: Path) -> dict[str, Any]:
    """What the configuration file holds, whatever that is; nothing where there is no file.

    Raises MccError E-CONFIG where it is no TOML or cannot be read.
    """
    try:
        content = path.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    import tomllib

    try:
        return tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(path, error) from error


def load(path: Path) -> dict[str, Any]:
    """What the configuration file says. Raises MccError E-CONFIG for what has no meaning there."""
    held = read(path)
    for name, value in held.items():
        if name not in SETTINGS:
            raise MccError(
                "E-CONFIG",
                f"mcc has no such setting; there are: {', '.join(SETTINGS)}",
                place=f"{path} {name}",
                fix=f"correct it, or take it out: mcc config unset {name}",
            )
        tables = value.values() if name == "profiles" and isinstance(value, dict) else ()
        if not isinstance(value, dict if name in TABLES else str):
            form = f"a table: [{name}]" if name in TABLES else f'text: {name} = "staging"'
        elif not all(isinstance(table, dict) for table in tables):
            form = 'tables: [profiles.staging] and below it database_url = "postgresql://…"'
        elif name == "alias" and not _are_texts(value):
            form = 'command lines: [alias] and below it overdue = "tasks list --where …"'
        else:
            continue
        raise MccError("E-CONFIG", f"this must be {form}", place=f"{path} {name}")
    return held


def _are_texts(table: Any) -> bool:
    return all(isinstance(value, str) for value in table.values())


def _unreadable(path: Path, error: Exception) -> MccError:
    why = (error.strerror if isinstance(error, OSError) else None) or str(error)
    message = f"cannot read the configuration file: {why}"
    return MccError("E-CONFIG", message, place=str(path), fix="correct it, or move it away")


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


def without_passwords(text: str) -> str:
    """Text as it may be shown: `***` for each password in a URL or in a list of keywords."""
    return _KEYWORD.sub(rf"\1{HIDDEN}", _IN_URL.sub(rf"\1{HIDDEN}@", text))


def without_query(url: str) -> str:
    """The URL of a webhook as it may be shown: its query and fragment often hold a token."""
    shown = without_passwords(url)
    bare = re.split(r"[?#]", shown, maxsplit=1)[0]
    return shown if bare == shown else f"{bare}?{HIDDEN}"


_SCHEMA = re.compile(r"(?!pg_)[a-z_][a-z0-9_]{0,62}")


def schema_name(text: str, place: str = "--schema") -> str:
    """The name of a schema. Raises MccError E-USAGE for what would have to be quoted."""
    if not _SCHEMA.fullmatch(text):
        raise MccError(
            "E-USAGE",
            "not the name of a schema: small letters, digits and underscores, not pg_…",
            place,
            text,
            fix="write --schema mcc",
        )
    return text


def target(
    database_url: str | None,
    profile: str | None,
    env: Mapping[str, str] | None = None,
    schema: str | None = None,
) -> Target:
    """Decide which database is meant, and which schema of it.

    `schema` overrides that of a profile. Raises MccError E-CONFIG when a profile is named that the
    configuration file does not have.
    """
    result = _database(database_url, profile, os.environ if env is None else env)
    return replace(result, schema=schema) if schema else result


def _database(database_url: str | None, profile: str | None, env: Mapping[str, str]) -> Target:
    if database_url:
        return Target(database_url, "--database-url")
    path = config_path(env)
    if profile:
        held = _profile(profile, path, "--profile")
        schema = held.get("schema")
        return Target(held["database_url"], f"profile {profile}", profile, schema=schema)
    for name in ("MCC_DATABASE_URL", "DATABASE_URL"):
        if env.get(name):
            return Target(env[name], name)
    if default := load(path).get("default_profile"):
        held = _profile(default, path, f"{path} default_profile")
        schema, source = held.get("schema"), f"default_profile {default}"
        return Target(held["database_url"], source, default, by_default=True, schema=schema)
    return Target(None, "embedded")


def replica(
    replica_url: str | None,
    database_url: str | None,
    profile: str | None,
    env: Mapping[str, str] | None = None,
    schema: str | None = None,
) -> Target | None:
    """The replica to read from, if any: the one that is named where the database is.

    So that it is never another database's: `--database-url` without `--replica-url` has none, and
    a profile has its own. Raises MccError E-CONFIG as `target` does, and for a replica of nothing.
    """
    env = os.environ if env is None else env
    primary = target(database_url, profile, env, schema)
    result = None
    if replica_url:
        result = Target(replica_url, "--replica-url")
    elif primary.profile:
        url = _profile(primary.profile, config_path(env), primary.source).get("replica_url")
        result = Target(url, primary.source, primary.profile) if url else None
    elif not database_url and env.get("MCC_REPLICA_URL"):
        result = Target(env["MCC_REPLICA_URL"], "MCC_REPLICA_URL")
    if result and primary.url is None:
        raise MccError(
            "E-CONFIG",
            "a replica is named, but no primary",
            place=result.source,
            fix="name the primary too: --database-url or MCC_DATABASE_URL",
        )
    return replace(result, schema=primary.schema) if result else None


def _profile(profile: str, path: Path, place: str) -> dict[str, str]:
    """The URLs of a profile that `place` names; the database's is there."""
    profiles = load(path).get("profiles", {})
    if not path.exists():
        raise MccError(
            "E-CONFIG",
            f"there is no profile {profile!r}: {path} does not exist",
            place=place,
            value=profile,
            fix=f"write it: mcc config set profiles.{profile}.database_url postgresql://…",
        )
    try:
        check_private(path)
    except OpenToOthersError:
        raise MccError(
            "E-CONFIG",
            "it holds a password, and others can read it",
            place=str(path),
            fix=f"chmod 600 {path}",
        ) from None
    if profile not in profiles:
        raise MccError(
            "E-CONFIG",
            f"no profile {profile!r} in {path}",
            place=place,
            value=profile,
            hint=f"profiles: {', '.join(sorted(profiles)) or 'none'}",
        )
    held = profiles[profile]
    for name in PROFILE:
        url = held.get(name, "")
        if not isinstance(url, str) or (name == "database_url" and not url):
            raise MccError(
                "E-CONFIG",
                f"profile {profile!r} has no {name}",
                place=str(path),
                fix=f'write: [profiles.{profile}] and below it {name} = "postgresql://…"',
            )
    if "schema" in held:
        schema_name(held["schema"], f"{path} profiles.{profile}.schema")
    return {name: held[name] for name in PROFILE if name in held}
