"""An import as cron runs it, its log read by a program."""

import json

import pytest

pytestmark = pytest.mark.acceptance


@pytest.mark.parametrize("rows", ["keyword,country\nseo,\n", "keyword,country\nseo,\nsem,XX\n"])
def test_every_line_that_an_import_says_is_an_event(rows, database, program, tmp_path):
    (tmp_path / "config.toml").write_text(f'[profiles.live]\ndatabase_url = "{database}"\n')
    (tmp_path / "keywords.csv").write_text(rows)
    env = {"MCC_CONFIG": "config.toml", "MCC_PROFILE": "live"}
    words = ("keywords", "import", "keywords.csv", "--log-format", "json")
    done = program(*words, env=env, cwd=tmp_path)
    events = [json.loads(line) for line in done.stderr.splitlines()]
    summary = events[-1]
    bad = rows.count("XX")
    assert (done.returncode, done.stdout, len(events)) == (4 if bad else 0, "", 1 + bad)
    assert {event["command"] for event in events} == {"mcc keywords import"}
    assert {event["run"] for event in events} == {summary["run"]}
    assert (summary["read"], summary["rejected"]) == (1 + bad, bad)
    (run,) = json.loads(program("runs", "list", "--json", env=env, cwd=tmp_path).stdout)
    assert run["code"] == summary["run"]
    assert [event["level"] for event in events] == ["error"] * bad + ["info"]
