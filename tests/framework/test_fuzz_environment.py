"""Anything in the environment, database URLs, KEYs and paths: a documented error, never a fault.

Each example is a command line in this process. E-FAULT is a failure, and so is a password shown.
"""

import io
import os

import hypothesis.strategies as st
import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings

from mcc_cli.cli.app import run
from mcc_cli.cli.framework.state import State
from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.errors import CODES, Exit

pytestmark = pytest.mark.cli

SECRET = "S3cretWord"
calm = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
# What a shell can pass: any bytes but NUL; those that are not UTF-8 arrive as surrogates.
words = st.one_of(
    st.binary(min_size=1, max_size=30).map(lambda data: os.fsdecode(data.replace(b"\0", b"0"))),
    st.text(
        st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]),
        min_size=1,
        max_size=30,
    ),
)


def told(*arguments, **state):
    """Run a command; its status and what it wrote."""
    out, err = io.StringIO(), io.StringIO()
    code = run([*arguments], State(out=out, err=err, **state))
    text = err.getvalue()
    assert "E-FAULT" not in text, text
    assert "Traceback" not in text, text
    assert code in set(CODES.values()) | {Exit.DONE}, text
    assert code != Exit.FAULT, text
    return code, out.getvalue(), text


pieces = st.sampled_from(
    ["postgresql://", "postgres:/", "://", "u", ":", SECRET, "@", "127.0.0.1", ":1", "/", "db", "?",
     "sslmode=verify-full", "&", "=", "%", "%zz", "%41", "[", "]", ",", "host=127.0.0.1", " ",
     "port=1", f"password={SECRET}", "'", "\\", "\udcff", "\n", "é", "hostaddr=x", "service=none",
     "options=-c%20x", "connect_timeout=1", "target_session_attrs=any"]
)  # fmt: skip
urls = st.lists(pieces, min_size=1, max_size=9).map("".join)


@calm
@given(url=urls)
@example(url=f"u:{SECRET}@h/db")
@example(url=f"postgres:/u:{SECRET}@h")
@example(url="postgresql://x@127.0.0.1:1/d\udcff")
@example(url=f"postgresql://x@127.0.0.1:1/d?oauth_client_secret={SECRET}")
def test_a_url_is_used_or_refused_and_its_password_never_shown(url, tmp_path):
    config = tmp_path / "config.toml"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGCONNECT_TIMEOUT", "1")
        patch.setenv("MCC_DATABASE_URL", url)
        results = [told("brands", "list", "--explain-config")]
        if not url.isspace() and "127.0.0.1" in url:  # nothing that waits for a name server
            code, out, err = told("brands", "list")
            assert code in (Exit.UNREACHABLE, Exit.CONFIG, Exit.DENIED), err
            results.append((code, out, err))
        results.append(told("brands", "list", "--database-url", url, "--explain-config"))
        if not any("\ud800" <= letter <= "\udfff" for letter in url):
            patch.setenv("MCC_CONFIG", str(config))
            config.touch(0o600)
            config.write_text(f"[profiles.p]\ndatabase_url = {_toml(url)}\n")
            results += [told("config", "list"), told("config", "get", "profiles.p.database_url")]
    for _, out, err in results:
        shown = out + err
        at = url.find(SECRET)
        if at > 0 and (url[at - 1] in ":=" or "@" in url[at:]):
            assert SECRET not in shown, (url, shown)


def _toml(text):
    import json

    return json.dumps(text, ensure_ascii=True).replace("\\u007f", "\\u007F")


VARIABLES = [
    "PGUSER", "PGDATABASE", "PGOPTIONS", "PGDATESTYLE", "PGTZ", "PGCLIENTENCODING", "PGAPPNAME",
    "PGSSLMODE", "PGSERVICE", "PGSERVICEFILE", "PGPASSFILE", "PGCONNECT_TIMEOUT", "PGGEQO",
    "PGTARGETSESSIONATTRS", "PGCHANNELBINDING", "PGREQUIREAUTH", "PGLOADBALANCEHOSTS",
    "PGKRBSRVNAME", "PGMAXPROTOCOLVERSION", "PGSSLMINPROTOCOLVERSION", "PGREQUIREPEER",
    "MCC_ACTOR", "MCC_TIMEOUT", "MCC_LIMIT", "MCC_FIELDS", "MCC_FORMAT", "MCC_SORT", "MCC_OUTPUT",
    "MCC_LOG_FORMAT", "MCC_MAX_LAG", "MCC_PROFILE", "MCC_CONFIG", "MCC_REPLICA_URL", "MCC_JSON",
    "MCC_VERBOSE", "MCC_AFTER", "COLUMNS", "TERM", "NO_COLOR", "HOME", "XDG_CONFIG_HOME", "TMPDIR",
]  # fmt: skip


@calm
@given(name=st.sampled_from(VARIABLES), value=words)
@example(name="PGUSER", value="\udcff")
@example(name="MCC_CONFIG", value="\udcff")
@example(name="MCC_OUTPUT", value="\udcff")
@example(name="MCC_TIMEOUT", value="9" * 5000)
@example(name="MCC_LIMIT", value="9" * 5000)
@example(name="PGOPTIONS", value="-c search_path=none")
@example(name="PGDATESTYLE", value="German")
@example(name="MCC_REPLICA_URL", value="host=127.0.0.1 port=1")
def test_a_variable_is_taken_or_refused(name, value, database, tmp_path):
    before = os.getcwd()  # noqa: PTH109
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        patch.setenv(name, value)
        told("brands", "list", database_url=database)
    assert os.getcwd() == before  # noqa: PTH109


NUMBERS = st.one_of(
    st.integers(0, 10**25).map(str),
    st.sampled_from(["9" * 4299, "9" * 4301, "9" * 5000, "0" * 5000, str(2**63), str(2**63 - 1)]),
    st.sampled_from(["-1", "1e400", "٣", "²", "1_000", "+1", "0x10", "nan", "NaN", "Infinity"]),
)
keys = st.one_of(NUMBERS, words, NUMBERS.map("id={}".format), words.map("a/{}".format))
BY_KEY = [
    "{entity} show KEY",
    "{entity} exists KEY",
    "{entity} list --after KEY",
    "{entity} list --where id=KEY",
    "{entity} list --limit KEY",
    "{entity} update KEY --set-null none",
    "{entity} delete KEY --yes --dry-run",
    "events show KEY",
    "events list --since KEY",
    "events list --limit KEY",
    "runs show KEY",
    "runs rejects KEY",
    "audits show-run KEY",
    "audits diff KEY KEY",
    "audits resolve KEY",
    "content links KEY",
    "services assets KEY",
    "services tree KEY",
    "watch --after KEY --catch-up",
    "watch --count KEY --catch-up",
    "top --count KEY",
    "brands list --timeout KEY",
    "brands list --as KEY",
    "config get KEY",
]


@calm
@given(line=st.sampled_from(BY_KEY), entity=st.sampled_from(sorted(ENTITIES)), key=keys)
@example(line="{entity} show KEY", entity="services", key="9" * 5000)
@example(line="{entity} list --after KEY", entity="services", key="9" * 5000)
@example(line="{entity} update KEY --set-null none", entity="brands", key="9" * 5000)
@example(line="events show KEY", entity="brands", key="9" * 5000)
@example(line="watch --after KEY --catch-up", entity="brands", key="9" * 5000)
@example(line="top --count KEY", entity="brands", key="9" * 5000)
def test_a_key_of_any_length_and_content_is_found_or_not(line, entity, key, database):
    if key.startswith("-") or (line.startswith("top") and key.isdigit() and int(key[:3]) > 1):
        key = f"x{key}"
    arguments = [key if word == "KEY" else word for word in line.format(entity=entity).split()]
    told(*arguments, database_url=database)


PATHS = [
    "brands list -o PATH",
    "brands export -o PATH",
    "brands import PATH",
    "brands import PATH --dry-run --rejects PATH",
    "brands create --from-json PATH",
    "audits ingest PATH --dry-run",
    "audits report -o PATH",
    "metrics -o PATH",
    "export PATH",
    "import PATH --dry-run",
    "seed PATH --dry-run",
    "watch --catch-up --state PATH",
    "watch --catch-up --output PATH",
    "links export services -o PATH",
    "runs list -o PATH",
]
KINDS = ["file", "empty", "folder", "loop", "broken", "unreadable", "long", "bytes", "device", "in"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # watch's lock
@calm
@given(line=st.sampled_from(PATHS), kind=st.sampled_from(KINDS), name=words)
@example(line="audits report -o PATH", kind="loop", name="x")
@example(line="metrics -o PATH", kind="loop", name="x")
@example(line="watch --catch-up --state PATH", kind="loop", name="x")
@example(line="export PATH", kind="loop", name="x")
@example(line="brands import PATH", kind="bytes", name="x")
def test_a_path_of_any_kind_is_used_or_refused(line, kind, name, database, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz")
    made = {
        "file": lambda path: path.write_text("name\nAcme\n"),
        "empty": lambda path: path.touch(),
        "folder": lambda path: path.mkdir(),
        "loop": lambda path: path.symlink_to(path.name),
        "broken": lambda path: path.symlink_to("nowhere/at/all"),
        "unreadable": lambda path: path.touch(0),
        "bytes": lambda path: path.write_bytes(os.urandom(200)),
    }
    path = folder / "path"
    if kind in made:
        made[kind](path)
    given_path = {
        "long": str(folder / ("x" * 300)),
        "device": "/dev/null",
        "in": os.path.join(folder, name.replace("/", "_")),  # noqa: PTH118
    }.get(kind, str(path))
    arguments = [given_path if word == "PATH" else word for word in line.split()]
    told(*arguments, database_url=database)
    assert kind != "loop" or path.is_symlink()
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM runs").fetchone()[0] >= 0
