"""`mcc config`, the defaults of flags that it keeps, and `--explain-config`."""

import json
import stat
from io import StringIO

import pytest

pytestmark = pytest.mark.cli

URL = "postgresql://ana:sesame-7@db.example/mcc"
HIDDEN = "postgresql://ana:***@db.example/mcc"
NOTED = "*** replaces a password: mcc never prints one\n"


@pytest.fixture
def path(tmp_path, monkeypatch):
    """Where the file will be; its folder is not there yet."""
    path = tmp_path / "mcc" / "config.toml"
    monkeypatch.setenv("MCC_CONFIG", str(path))
    return path


@pytest.fixture
def file(path):
    """Write the file."""

    def call(text):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o600)
        return path

    return call


def test_a_first_setting_makes_a_file_and_a_folder_of_its_owner_alone(mcc, path):
    assert tuple(mcc("config", "path")) == (0, f"{path}\n", "")
    assert mcc("config", "list").err == f"nothing is set: {path} does not exist\n"
    done = mcc("config", "set", "default_profile", "live")
    assert (done.code, "there is no profile yet" in done.err, path.exists()) == (2, True, False)
    assert mcc("config", "set", "defaults.limit", "100").code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert tuple(mcc("config", "get", "defaults.limit")) == (0, "100\n", "")
    assert json.loads(mcc("config", "path", "--json").out) == {"path": str(path), "exists": True}


def test_setting_and_taking_out_leave_comments_order_and_line_ends_alone(mcc, path, file):
    text = (
        '# mine\r\ndefault_profile = "b"  # for now\r\n\r\n[profiles.b]\r\ndatabase_url = "host=b"'
    )
    text += '\r\n\r\n[profiles.a]  # the old one\r\ndatabase_url = "host=a"\r\n'
    file("").write_bytes(text.encode())
    path.chmod(0o644)
    assert mcc("config", "set", "default_profile", "a").code == 0
    assert path.read_bytes().decode() == text.replace('"b"  #', '"a"  #')
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert mcc("config", "unset", "profiles.b.database_url").code == 0
    assert path.read_bytes().decode() == text.replace('"b"  #', '"a"  #').replace(
        '[profiles.b]\r\ndatabase_url = "host=b"\r\n\r\n', ""
    )


def test_a_password_goes_in_with_a_warning_and_never_comes_out(mcc, path):
    done = mcc("config", "set", "profiles.live.database_url", URL)
    assert (done.code, done.out) == (0, "")
    assert done.err.splitlines() == [
        f'profiles.live.database_url = "{HIDDEN}" in {path}',
        "warning: PGPASSWORD or a pgpass file is a better place for a password than a URL",
        "warning: others could see it in the list of processes; - reads it from stdin",
    ]
    assert f'database_url = "{URL}"' in path.read_text()
    line = f'profiles.live.database_url = "{HIDDEN}"\n'
    assert tuple(mcc("config", "list")) == (0, line, NOTED)
    assert tuple(mcc("config", "get", "profiles.live")) == (0, line, NOTED)
    key = "profiles.live.database_url"
    assert tuple(mcc("config", "get", key)) == (0, f"{HIDDEN}\n", NOTED)
    assert json.loads(mcc("config", "get", key, "--json").out) == {"key": key, "value": HIDDEN}
    assert json.loads(mcc("config", "list", "--json").out) == {
        "path": str(path),
        "exists": True,
        "settings": {key: HIDDEN},
    }
    explained = mcc("brands", "list", "--profile", "live", "--explain-config", "--json")
    assert json.loads(explained.out)["database"] == {"url": HIDDEN, "source": "profile live"}


def test_a_url_is_read_from_stdin_out_of_sight(mcc, path, monkeypatch):
    monkeypatch.setattr("sys.stdin", StringIO(f"{URL}\n"))
    done = mcc("config", "set", "profiles.live.database_url", "-")
    assert (done.code, len(done.err.splitlines())) == (0, 2)
    assert URL in path.read_text()


def test_a_password_that_stands_by_itself_is_hidden_too(mcc, file):
    file('[profiles.live]\npassword = "sesame-7"\nurls = ["postgresql://a:sesame-7@b/c"]\n')
    assert "sesame" not in mcc("config", "list").out + mcc("config", "list", "--json").out


REFUSED = {
    ("default_profile", "liv"): ('default_profile value "liv"', 'did you mean "live"?'),
    ("profiles.live.databse_url", "x"): ('KEY value "databse_url"', 'did you mean "database_url"?'),
    ("profiles.live.replica_url", ""): ("profiles.live.replica_url", "cannot be read"),
    ("profiles.live.database_url", "sesame 7"): ("profiles.live.database_url", "cannot be read"),
    ("profiles.live.database_url", "postgresql://a:s@7@h/d"): (
        "database_url",
        "has an @, / or : inside",
    ),
    ("defaults.limt", "3"): ("defaults.limt", 'did you mean "limit"?'),
    ("defaults.limit", "many"): ('defaults.limit value "many"', "must be a number of rows"),
    ("defaults.format", "jsn"): ('defaults.format value "jsn"', "'jsn' is not one of 'table'"),
    ("defaults.timeout", "soon"): ('defaults.timeout value "soon"', "not a duration"),
    ("defaults.quiet", "maybe"): ('defaults.quiet value "maybe"', "not a valid boolean"),
    ("defaults.profile", "live"): ("defaults.profile", "databases are named by profiles"),
    ("profiles", "x"): ('KEY value "profiles"', "there are: default_profile, profiles.NAME"),
    ("defaults..limit", "x"): ('KEY value "defaults..limit"', "this is no key"),
}


@pytest.mark.parametrize("words", REFUSED, ids=" ".join)
def test_a_wrong_key_or_value_is_not_written(words, mcc, file):
    path = file('[profiles.live]\ndatabase_url = "host=live"\n')
    before = path.read_text()
    code, out, err = mcc("config", "set", *words)
    place, message = REFUSED[words]
    assert (code, out, path.read_text()) == (2, "", before)
    assert err.startswith("error[E-USAGE] ")
    assert place in err.splitlines()[0]
    assert message in err
    assert "sesame" not in err


def test_what_is_not_set_is_not_found_and_what_is_needed_stays(mcc, file):
    path = file('default_profile = "a"\n[profiles.a]\ndatabase_url = "host=a"\n')
    for verb in ("get", "unset"):
        assert mcc("config", verb, "default_profle").code == 3
        assert 'did you mean "default_profile"?' in mcc("config", verb, "default_profle").err
    for key in ("profiles", "profiles.a", "profiles.a.database_url"):
        done = mcc("config", "unset", key)
        assert (done.code, 'default_profile is "a"' in done.err) == (6, True)
    assert mcc("config", "unset", "default_profile").code == 0
    assert mcc("config", "unset", "profiles.a").code == 0
    assert path.read_text().strip() == ""


def test_a_default_is_below_the_environment_and_above_what_is_built_in(mcc, file, monkeypatch):
    for name in ("A", "B", "C"):
        assert mcc("brands", "create", "--name", name).code == 0
    listed = ("brands", "list", "--fields", "name")
    file('[defaults]\nlimit = 1\nformat = "csv"\n')
    assert mcc(*listed).out == "name\nA\n"
    monkeypatch.setenv("MCC_LIMIT", "2")
    assert mcc(*listed).out == "name\nA\nB\n"
    assert mcc(*listed, "--limit", "3", "--format", "ids").out.count("\n") == 3
    assert mcc(*listed, "--all").out == "name\nA\nB\nC\n"
    assert json.loads(mcc(*listed, "--json").out)[0] == {"name": "A"}


def test_a_default_does_not_undo_what_stands_before_the_command(mcc, file, monkeypatch):
    file('[defaults]\ntimeout = "30s"\n')
    for env in (None, "40s"):
        if env:
            monkeypatch.setenv("MCC_TIMEOUT", env)
        found = mcc("--timeout", "5s", "brands", "list", "--explain-config", "--json")
        flags = {each["flag"]: each for each in json.loads(found.out)["flags"]}
        assert flags["--timeout"] == {
            "flag": "--timeout",
            "value": "5s",
            "source": "command line",
        }


WRONG = {
    "limit = -1": ('defaults.limit value "-1"', "must be a number of rows, 0 or more"),
    'format = "jsn"': ('defaults.format value "jsn"', "'jsn' is not one of 'table'"),
    'sort = "nmae"': ('defaults.sort value "nmae"', 'did you mean "name"?'),
    'timeout = "soon"': ('defaults.timeout value "soon"', "not a duration"),
    "limit = [1]": ("defaults.limit", "this must be text, a number, true or false"),
    "limti = 1": ("defaults.limti", 'did you mean "limit"?'),
    'profile = "x"': ("defaults.profile", "databases are named by profiles"),
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_default_is_refused_by_its_place_in_the_file(text, mcc, file):
    path = file(f"[defaults]\n{text}\n")
    place, message = WRONG[text]
    code, out, err = mcc("brands", "list")
    key = place.split()[0]
    assert (code, out) == (78, "")
    assert err.startswith(f"error[E-CONFIG] {path} {place}\n")
    assert message in err
    assert err.endswith(f"  fix: correct it, or take it out: mcc config unset {key}\n")
    assert mcc("config", "unset", key).code == 0
    assert mcc("brands", "list").code == 0


def test_a_wrong_flag_on_the_line_is_no_fault_of_the_file(mcc, file):
    file("[defaults]\nlimit = 3\n")
    assert mcc("brands", "list", "--limit", "x").err.startswith('error[E-USAGE] --limit value "x"')


def test_help_and_the_repair_of_the_file_work_whatever_is_in_it(mcc, file, capsys):
    path = file("limit = ")
    assert mcc("brands", "list").code == 78
    assert mcc("brands", "list", "--help").code == 0
    assert "50 in a table" in capsys.readouterr().out
    assert mcc("help", "config").code == 0
    assert mcc("config", "path").out == f"{path}\n"
    assert mcc("config", "set", "defaults.limit", "3").code == 78
    file('limit = 3\ndefault_profile = "x"\n')
    assert mcc("config", "list").out == 'limit = 3\ndefault_profile = "x"\n'
    assert mcc("config", "unset", "limit").code == 0
    assert mcc("config", "unset", "default_profile").code == 0


def test_the_source_of_every_flag_is_told_and_nothing_is_done(mcc, file, monkeypatch, tmp_path):
    file('[defaults]\nlog-format = "text"\nquiet = true\n')
    monkeypatch.setenv("MCC_TIMEOUT", "9s")
    rows = tmp_path / "brands.csv"
    rows.write_text("name\nAcme\n")
    words = ("brands", "import", str(rows), "--map", "a=b", "--database-url", URL)
    code, out, err = mcc(*words, "--explain-config", "--json")
    document = json.loads(out)
    assert (code, err, document["command"]) == (0, "", "mcc brands import")
    assert document["database"] == {"url": HIDDEN, "source": "--database-url"}
    flags = {each["flag"]: (each["value"], each["source"]) for each in document["flags"]}
    assert flags["FILE"] == (str(rows), "command line")
    assert flags["--map"] == (["a=b"], "command line")
    assert flags["--mode"] == ("upsert", "default")
    assert flags["--timeout"] == ("9s", "MCC_TIMEOUT")
    assert flags["--quiet"] == (True, "config.toml defaults.quiet")
    assert flags["--database-url"] == (HIDDEN, "command line")
    assert flags["--json"] == (True, "command line")
    lines = [line.split() for line in mcc(*words, "--explain-config").out.splitlines()]
    assert ["--quiet", "true", "config.toml", "defaults.quiet"] in lines
    assert lines[-1] == ["database", HIDDEN, "--database-url"]
    assert mcc("brands", "list", "--format", "count").out == "0\n"
