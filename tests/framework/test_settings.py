"""The configuration file: what it may hold, which database it means, and that no password shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from platformdirs import user_config_path

from mcc_cli import settings
from mcc_cli.errors import MccError

pytestmark = pytest.mark.unit

SHOWN = {
    "postgresql://ana:secret@db:5432/mcc": "postgresql://ana:***@db:5432/mcc",
    "postgresql://:secret@db/mcc": "postgresql://:***@db/mcc",
    "postgresql://ana:se@cret@db/mcc?a=b@c": "postgresql://ana:***@db/mcc?a=b@c",
    "postgresql://ana:se/secret@db/mcc": "postgresql://ana:***@db/mcc",
    "postgresql://ana@db/mcc?password=secret&sslmode=off": (
        "postgresql://ana@db/mcc?password=***&sslmode=off"
    ),
    "host=db password=secret dbname=mcc": "host=db password=*** dbname=mcc",
    r"host=db password = 'a secret \' of mine' user=ana": "host=db password = *** user=ana",
    "PassWord=secret sslpassword='not closed secret": "PassWord=*** sslpassword=***",
    "postgresql://db:5432,other:5433/mcc?a=b@c": "postgresql://db:5432,other:5433/mcc?a=b@c",
    "https://hooks.example:8080/in?to=a@b": "https://hooks.example:8080/in?to=a@b",
    "postgresql://ana@db/mcc": "postgresql://ana@db/mcc",
}


@pytest.mark.parametrize("text", SHOWN)
def test_a_password_is_replaced_and_nothing_else(text):
    assert settings.without_passwords(text) == SHOWN[text]


@given(st.text(st.characters(codec="ascii", exclude_characters="/ ?#", categories=["L", "N", "P"])))
def test_no_sign_of_a_password_in_a_url_is_left(password):
    url = f"postgresql://ana:{password}@db/mcc"
    assert settings.without_passwords(url) == "postgresql://ana:***@db/mcc"


@pytest.fixture
def file(tmp_path):
    """Write the file; the environment that names it."""

    def call(text, **env):
        path = tmp_path / "config.toml"
        path.write_text(text)
        path.chmod(0o600)
        return {"MCC_CONFIG": str(path), **env}

    return call


TWO = """default_profile = "home"
[profiles.home]
database_url = "postgresql://home/mcc"
[profiles.away]
database_url = "postgresql://away/mcc"
"""


def test_the_default_profile_comes_after_all_that_is_said_and_before_the_own_server(file):
    env = file(TWO)
    named = {**env, "MCC_DATABASE_URL": "host=a", "DATABASE_URL": "host=b"}
    assert settings.target("host=c", "away", named).url == "host=c"
    assert settings.target(None, "away", named).url == "postgresql://away/mcc"
    assert settings.target(None, None, named).url == "host=a"
    assert settings.target(None, None, {**env, "DATABASE_URL": "host=b"}).url == "host=b"
    default = settings.target(None, None, env)
    assert (default.url, default.source) == ("postgresql://home/mcc", "default_profile home")
    assert default.by_default
    without = file(TWO.partition("\n")[2])
    assert settings.target(None, None, without) == settings.Target(None, "embedded")


def test_a_profile_has_its_own_replica_also_by_default(file):
    text = TWO.replace('home/mcc"', 'home/mcc"\nreplica_url = "host=near"')
    env = file(text, MCC_REPLICA_URL="host=other")
    for profile in ("home", None):
        found = settings.replica(None, None, profile, env)
        assert found is not None
        assert (found.url, found.profile) == ("host=near", "home")
    assert settings.replica(None, None, "away", env) is None
    named = settings.replica(None, None, None, {**env, "DATABASE_URL": "host=b"})
    assert named == settings.Target("host=other", "MCC_REPLICA_URL")


def test_a_default_profile_that_is_not_there_is_refused_with_those_that_are(file):
    env = file(TWO.replace('"home"', '"hom"', 1))
    with pytest.raises(MccError) as caught:
        settings.target(None, None, env)
    error = caught.value
    assert (error.code, error.exit, error.value) == ("E-CONFIG", 78, "hom")
    assert error.place == f"{env['MCC_CONFIG']} default_profile"
    assert error.hint == "profiles: away, home"


WRONG = {
    "default_profil = 'x'": ("default_profil", "mcc has no such setting; there are: "),
    "default_profile = 3": ("default_profile", 'this must be text: default_profile = "staging"'),
    "defaults = 3": ("defaults", "this must be a table: [defaults]"),
    "profiles = 3": ("profiles", "this must be a table: [profiles]"),
    "profiles.live = 'postgresql://db'": ("profiles", "this must be tables: [profiles.staging]"),
    "x = \n": ("", "cannot read the configuration file: Invalid value (at line 1, column 5)"),
}


@pytest.mark.parametrize("text", WRONG)
def test_what_has_no_meaning_in_the_file_is_refused_by_its_place(text, file):
    env = file(text)
    place, message = WRONG[text]
    with pytest.raises(MccError) as caught:
        settings.target(None, None, env)
    assert (caught.value.code, caught.value.exit) == ("E-CONFIG", 78)
    assert caught.value.place == f"{env['MCC_CONFIG']} {place}".strip()
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize("folder", ["", "/tmp/elsewhere"])
def test_the_file_is_where_platformdirs_says(folder, monkeypatch):
    monkeypatch.delenv("MCC_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", folder)
    assert settings.config_path() == user_config_path("mcc") / "config.toml"
