"""`mcc watch` as its own process: which events, from where, until when, where to, and over what."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import json
import os
import re
import signal
import subprocess
import threading
from pathlib import Path

import psycopg
import pytest
from locks import ADVISORY
from program import MCC

from mcc_cli.entities.schema.change_event import GATE

pytestmark = pytest.mark.acceptance


@pytest.fixture
def db(database):
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def brands(db):
    """Three brands, the second changed once, the third gone."""
    db.execute("SET application_name = 'psql'")
    db.execute("INSERT INTO brands (name) VALUES ('Acme'), ('Birch'), ('Coda')")
    db.execute("UPDATE brands SET industry = 'wood', code = 'BI' WHERE name = 'Birch'")
    db.execute("DELETE FROM brands WHERE name = 'Coda'")
    return db


@pytest.fixture
def watched(program, database):
    """Run `mcc watch` to its end: status, stdout, stderr."""

    def call(*words, env=None):
        done = program("watch", *words, env={"MCC_DATABASE_URL": database, **(env or {})})
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout, done.stderr

    return call


@pytest.fixture
def events(watched):
    """What there is in the log, as records, without the first one."""

    def call(*words):
        code, out, err = watched("--from-start", "--catch-up", "--format", "jsonl", *words)
        assert code == 0, err
        first, *found = map(json.loads, out.splitlines())
        assert first["type"] == "ready"
        return found

    return call


@pytest.fixture
def live(database, until):
    """Start `mcc watch --format jsonl` and wait until it is ready; lines come by `next`."""
    started = []

    class Live:
        def __init__(self, *words, url=database, ready=None, **env):
            self.process = subprocess.Popen(
                [MCC, "watch", "--format", "jsonl", *words],
                env={"PATH": "/usr/bin:/bin", "MCC_DATABASE_URL": url, **env},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            started.append(self.process)
            if ready is None:
                self.ready = self.next()
            else:  # it writes into this file
                size = ready.stat().st_size if ready.exists() else 0
                until(lambda: ready.exists() and ready.stat().st_size > size, "it is not ready")

        def next(self):
            line = self.process.stdout.readline()
            assert line, self.process.stderr.read()
            return json.loads(line)

        def end(self):
            out, err = self.process.communicate(timeout=60)
            return self.process.returncode, out, err

    yield Live
    for process in started:
        process.kill()
        process.communicate()


def names(found):
    return [(each["name"], each["key"]) for each in found]


def test_each_row_that_changed_is_an_event(brands, events):
    found = events()
    assert names(found) == [
        ("brand_created", "Acme"),
        ("brand_created", "Birch"),
        ("brand_created", "Coda"),
        ("brand_updated", "Birch"),
        ("brand_deleted", "Coda"),
    ]
    assert (found[3]["entity"], found[3]["operation"]) == ("brands", "updated")
    assert sorted(found[3]["changed"]) == ["code", "industry"]
    assert (found[3]["actor"], found[3]["program"], found[3]["id"]) == ("mcc", "psql", 2)
    assert len({(each["event"], each["index"]) for each in found}) == 5
    batches = events("--batched")
    assert [each["keys"] for each in batches] == [["Acme", "Birch", "Coda"], ["Birch"], ["Coda"]]


def test_truncation_links_cascades_and_runs_are_events(db, events, program, database, tmp_path):
    db.execute("INSERT INTO services (service_name) VALUES ('SEO')")
    db.execute("""INSERT INTO content_repository (title, slug) VALUES ('A guide', 'guide')""")
    db.execute("INSERT INTO content_service_links (content_id, service_id) VALUES (1, 1)")
    db.execute("DELETE FROM content_repository")
    db.execute("TRUNCATE keywords, content_service_links")
    path = tmp_path / "brands.csv"
    path.write_text("name\nAcme\n")
    program("brands", "import", str(path), env={"MCC_DATABASE_URL": database})
    found = events()
    assert [each["name"] for each in found][:3] == [
        "service_created",
        "content_created",
        "content_linked",
    ]
    assert {each["name"] for each in found[3:5]} == {"content_unlinked", "content_deleted"}
    assert {each["name"] for each in found[5:7]} == {
        "keywords_truncated",
        "content_service_links_truncated",
    }
    assert [each["name"] for each in found[7:]] == [
        "brand_created",
        "import_finished",
    ]
    assert found[2]["other"] == "services:seo"
    assert found[-1]["details"]["counts"]["created"] == 1
    assert found[-2]["program"] == f"mcc import run {found[-1]['key']}"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["services"], []),
        (["services", "brands", "--on", "deleted"], ["Coda"]),
        (["--on", "created,deleted", "--where", "Coda"], ["Coda", "Coda"]),
        (["--where", "id=2"], ["Birch", "Birch"]),
        (["--where", "Acme", "--where", "2"], ["Acme", "Birch", "Birch"]),
        (["--changed", "industry"], ["Birch"]),
        (["--changed", "website"], []),
        (["--actor", "MCC", "--on", "deleted"], ["Coda"]),
        (["--actor", "nobody"], []),
        (["brands", "--where", "industry=wood"], ["Birch", "Birch"]),
        (["brands", "--where", "industry=wood", "--where", "code=XX"], []),
        (["brands", "--where", "name~%"], []),
        (["--count", "2"], ["Acme", "Birch"]),
        (["--until", "brand_updated"], ["Acme", "Birch", "Coda", "Birch"]),
        (["brands", "--until", "industry=wood"], ["Acme", "Birch"]),
    ],
)
def test_events_are_chosen(words, expected, brands, events):
    assert [each["key"] for each in events(*words)] == expected


def test_with_row_the_event_has_the_row_as_it_is_now(brands, events):
    rows = {each["key"]: each["row"] for each in events("--row")}
    assert rows["Coda"] is None
    assert (rows["Birch"]["industry"], rows["Birch"]["id"]) == ("wood", 2)
    (batch,) = events("--row", "--batched", "--count", "1")
    assert [row and row["name"] for row in batch["rows"]] == ["Acme", "Birch", None]


def test_lines_for_people_are_aligned_and_say_what_changed(brands, watched):
    code, out, err = watched("--from-start", "--catch-up", "brands")
    assert (code, err) == (0, "ready: watching brands\n")
    lines = out.splitlines()
    assert re.fullmatch(r"20\S+Z  created    brands            Acme +mcc", lines[0])
    assert re.search(
        r"updated    brands            Birch +(code, industry|industry, code) +mcc$", lines[3]
    )
    assert len({line.index("  mcc") for line in lines}) == 1
    code, out, err = watched("--from-start", "--catch-up", "--batched", "-q")
    assert "Acme, Birch, Coda" in out.splitlines()[0]
    assert err == ""


def test_data_cannot_steer_a_terminal(db, watched):
    db.execute("ALTER TABLE brands DROP CONSTRAINT ck_brands_name")  # as in older databases
    db.execute("INSERT INTO brands (name) VALUES (E'a\\x1b[31mb')")
    assert "a\\x1b[31mb" in watched("--from-start", "--catch-up")[1]


def test_it_begins_at_a_time_an_id_or_a_position(brands, events, watched):
    found = events()
    rest = ["--catch-up", "--format", "jsonl"]
    for begin in (["--after", found[2]["position"]], ["--after", str(found[2]["event"])]):
        code, out, _ = watched(*begin, *rest)
        assert code == 0
        assert names(map(json.loads, out.splitlines()[1:])) == names(found[3:])
    inside = watched("--after", found[0]["position"], *rest)[1].splitlines()[1:]
    assert names(map(json.loads, inside)) == names(found[1:])
    assert len(watched("--since", "1h", *rest)[1].splitlines()) == 6
    assert len(watched(*rest)[1].splitlines()) == 1


def test_a_state_file_makes_each_event_come_once(brands, watched, tmp_path):
    words = ["--state", str(tmp_path / "at"), "--from-start", "--catch-up", "--format", "jsonl"]
    got = []
    for _ in range(4):
        code, out, _ = watched(*words, "--count", "2")
        assert code == 0
        got += names(map(json.loads, out.splitlines()[1:]))
    assert [key for _, key in got] == ["Acme", "Birch", "Coda", "Birch", "Coda"]


def test_an_output_is_cut_to_what_its_state_knows(brands, watched, tmp_path):
    out = tmp_path / "out"
    words = ["--state", str(tmp_path / "at"), "--from-start", "--catch-up", "--output", str(out)]
    assert watched(*words, "--count", "2")[0] == 0
    before = out.read_text()
    out.write_text(before + "half a li")
    assert watched(*words)[0] == 0
    assert out.read_text().startswith(before)
    assert len(out.read_text().splitlines()) == 5


def test_an_output_can_be_stdout_but_nothing_that_cannot_be_cut(brands, watched, tmp_path):
    words = ["--from-start", "--catch-up", "-q", "--output"]
    assert len(watched(*words, "-")[1].splitlines()) == 5
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    code, _, err = watched(*words, str(pipe))
    assert (code, "not a regular file" in err) == (73, True)


def test_each_flag_has_a_variable_and_none_is_another_commands(brands, watched, tmp_path):
    words = ["--from-start", "--catch-up", "--count", "1"]
    others = {"MCC_FORMAT": "csv", "MCC_UNTIL": "2h", "MCC_STATE": "failed", "MCC_AFTER": "x"}
    assert watched(*words, env=others)[0] == 0
    at = tmp_path / "at"
    mine = {"FORMAT": "jsonl", "UNTIL": "brand_deleted", "STATE": str(at), "ACTOR": "nobody"}
    code, out, _ = watched(*words, env={f"MCC_WATCH_{name}": value for name, value in mine.items()})
    assert (code, len(out.splitlines())) == (8, 1)  # there is no such event
    position = json.loads(at.read_text())["position"]
    assert json.loads(out)["type"] == "ready"
    code, out, _ = watched("--catch-up", env={"MCC_WATCH_AFTER": position})
    assert (code, out) == (0, "")


def test_a_state_file_is_for_one_watcher_and_holds_a_position(brands, live, watched, tmp_path):
    path = str(tmp_path / "at")
    live("--state", path)
    code, _, err = watched("--state", path)
    assert (code, "another watcher" in err) == (75, True)
    other = tmp_path / "other"
    other.write_text("{}")
    for text in ("{}", "", "[1]", json.dumps({"position": "1/1.2.3/4:4:/1//", "output": "x"})):
        other.write_text(text)
        assert watched("--state", str(other))[0] == 4
    other.write_text(json.dumps({"position": "1/1.2.3/4:4:/1//", "output": None}))
    code, out, err = watched("--state", str(other), "--catch-up")
    assert (code, out) == (6, "")
    assert err.startswith(f'error[E-GAP] --state value "{other}"')  # and is never ready
    assert watched("--state", str(tmp_path / "no" / "folder"))[0] == 73


def test_a_position_before_the_pruned_edge_is_a_gap(brands, watched, db, program, database):
    found = watched("--from-start", "--catch-up", "--format", "jsonl")[1].splitlines()
    position = json.loads(found[1])["position"]
    program("events", "prune", "--older-than", "1ms", "--yes", env={"MCC_DATABASE_URL": database})
    code, out, err = watched("--after", position, "--catch-up")
    assert (code, out) == (6, "")
    assert "error[E-GAP]" in err
    assert "--from-start" in err
    assert watched("--after", "1", "--catch-up")[0] == 6
    assert "older events are pruned" in watched("--since", "1h", "--catch-up")[2]
    other = re.sub(r"1/\d+\.", "1/42.", position)
    assert watched("--after", other, "--catch-up")[0] == 6


def test_a_change_comes_at_once_and_the_gate_opens_and_shuts(live, db):
    locks = f"{ADVISORY} AND classid = %s"
    assert db.execute(locks, [0x6D636C]).fetchone() == (0,)
    watch = live("brands")
    assert watch.ready["mode"] == "listen"
    assert db.execute(locks, [0x6D636C]).fetchone() == (1,)
    for name in ("Acme", "Birch"):
        db.execute("INSERT INTO brands (name) VALUES (%s)", [name])
        assert watch.next()["key"] == name
    watch.process.send_signal(signal.SIGTERM)
    code, _, err = watch.end()
    assert code == 143
    assert re.search("terminated after [12] events", err)  # the last line came before its count
    assert "--after 1/" in err


def test_what_was_written_before_the_gate_was_taken_comes_though_it_rang_no_bell(
    live, database, db
):
    with psycopg.connect(database) as early:
        early.execute("INSERT INTO brands (name) VALUES ('early')")
        watch = live()
        for name in ("one", "two", "three"):  # then it has read, and waits
            db.execute("INSERT INTO brands (name) VALUES (%s)", [name])
            assert watch.next()["key"] == name
        early.commit()
        assert watch.next()["key"] == "early"


def test_who_holds_the_gate_stops_no_watch(live, watched, brands, database):
    with psycopg.connect(database, autocommit=True, application_name="stranger") as other:
        other.execute("SELECT pg_advisory_lock(%s, %s)", GATE)
        watch = live("brands")
        assert watch.ready["mode"] == "poll"
        brands.execute("INSERT INTO brands (name) VALUES ('Dale')")
        assert watch.next()["key"] == "Dale"
        watch.process.send_signal(signal.SIGTERM)
        assert "(stranger) holds the notification lock" in watch.end()[2]
        code, _, err = watched("brands", "--timeout", "100ms")
        assert (code, "timed out after 0.1 s" in err) == (8, True)


def test_an_end_that_does_not_come_is_a_timeout(watched, brands):
    code, out, err = watched("services", "--until", "status=published", "--timeout", "300ms")
    assert (code, out) == (8, "")
    assert "timed out after 0.3 s" in err


@pytest.mark.parametrize("until", ["brand_updated", "industry=wood", "service_updated"])
def test_an_end_that_is_not_in_what_there_is_did_not_come(until, watched, brands):
    code, out, err = watched("brands", "--from-start", "--catch-up", "--until", until)
    if until != "service_updated":
        assert (code, err) == (0, "ready: watching brands\n")
        return
    assert (code, len(out.splitlines())) == (8, 5)
    assert "error[E-TIMEOUT] --until" in err
    assert "condition not met by the events in the log; events delivered: 5" in err


def test_a_row_that_is_so_already_needs_no_waiting(watched, brands):
    words = ["brands", "--where", "Birch", "--timeout", "20s", "--until"]
    code, _, err = watched(*words, "industry=wood")
    assert (code, "condition already met" in err) == (0, True)


def test_waiting_ends_when_a_row_becomes_so(live, brands):
    watch = live("brands", "--until", "industry=steel", "--timeout", "60s")
    brands.execute("UPDATE brands SET code = 'AC' WHERE name = 'Acme'")
    brands.execute("UPDATE brands SET industry = 'steel' WHERE name = 'Acme'")
    code, out, _ = watch.end()
    assert code == 0
    assert json.loads(out.splitlines()[-1])["key"] == "Acme"


def test_a_heartbeat_tells_that_all_is_well(live):
    watch = live("--heartbeat", "50ms")
    assert watch.next()["type"] == "heartbeat"


@pytest.mark.parametrize("how", ["backend", "poll"])
def test_a_lost_connection_is_made_again_and_nothing_is_lost(how, live, db):
    watch = live(*(["--poll", "50ms"] if how == "poll" else []))
    assert watch.ready["mode"] == ("poll" if how == "poll" else "listen")
    db.execute("INSERT INTO brands (name) VALUES ('before')")
    assert watch.next()["key"] == "before"
    killed = db.execute(
        """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
           WHERE application_name = 'mcc watch' AND datname = current_database()"""
    ).fetchone()
    assert killed == (1,)
    db.execute("INSERT INTO brands (name) VALUES ('after')")
    assert watch.next()["key"] == "after"
    watch.process.send_signal(signal.SIGINT)
    code, _, err = watch.end()
    assert code == 130
    assert "reconnecting" in err
    assert "reconnected after" in err


def test_a_command_gets_each_event_in_order_and_stops_the_tail_when_it_fails(
    brands, watched, tmp_path
):
    log, state = tmp_path / "log", str(tmp_path / "at")
    words = ["--from-start", "--catch-up", "--state", state, "--exec"]
    command = f'test "$MCC_EVENT_KEY" != Coda && echo "$MCC_EVENT_NAME $MCC_EVENT_KEY" >> {log}'
    code, out, err = watched(*words, command)
    assert (code, out) == (5, "")
    assert "error[E-SINK] --exec" in err
    assert log.read_text() == "brand_created Acme\nbrand_created Birch\n"
    command = f"cat >> {log}.json"
    assert watched(*words, command)[0] == 0
    found = [json.loads(line) for line in Path(f"{log}.json").read_text().splitlines()]
    assert [each["key"] for each in found] == ["Coda", "Birch", "Coda"]


def test_a_command_that_fails_is_tried_again_or_passed_over(brands, watched, tmp_path):
    mark = tmp_path / "mark"
    once = f"test -e {mark} || {{ touch {mark}; exit 3; }}"
    words = ["--from-start", "--catch-up", "--exec"]
    assert watched(*words, once, "--exec-retry", "1")[0] == 0
    code, _, err = watched(*words, "exit 3", "--keep-going")
    assert code == 5
    assert "5 of 5 events could not be delivered" in err
    assert "not delivered: the command exited with status 3\n" in err


@pytest.fixture
def receiver():
    """A server that notes what is posted, and answers what it is told to."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = server.answers.pop(0) if server.answers else 200
            server.posts.append((answer, dict(self.headers), body))
            self.send_response(answer)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.posts, server.answers = [], []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(30)


def test_events_are_posted_signed_in_order_and_again_after_a_failure(brands, watched, receiver):
    receiver.answers = [200, 503, 429]
    url = f"http://127.0.0.1:{receiver.server_port}/hook?x=1"
    words = ["--from-start", "--catch-up", "--forward-to", url]
    code, _, err = watched(*words, env={"MCC_WEBHOOK_SECRET": "sesame"})
    assert code == 0, err
    assert "sesame" not in err
    assert [answer for answer, _, _ in receiver.posts] == [200, 503, 429, 200, 200, 200, 200]
    taken = [json.loads(body)["key"] for answer, _, body in receiver.posts if answer == 200]
    assert taken == ["Acme", "Birch", "Coda", "Birch", "Coda"]
    _, headers, body = receiver.posts[0]
    time, digest = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers["X-MCC-Signature"]).groups()
    signed = hmac.new(b"sesame", f"{time}.".encode() + body, hashlib.sha256)
    assert digest == signed.hexdigest()
    assert headers["X-MCC-Event"] == "brand_created"


def test_a_receiver_that_refuses_stops_the_tail_before_the_event(
    brands, watched, receiver, tmp_path
):
    receiver.answers = [200, 410]
    url = f"http://127.0.0.1:{receiver.server_port}/"
    words = ["--from-start", "--catch-up", "--state", str(tmp_path / "at"), "--forward-to", url]
    env = {"MCC_WEBHOOK_SECRET": "sesame"}
    code, _, err = watched(*words, env=env)
    assert code == 5
    assert "answered 410" in err
    assert watched(*words, env=env)[0] == 0
    keys = [json.loads(body)["key"] for _, _, body in receiver.posts]
    assert keys == ["Acme", "Birch", "Birch", "Coda", "Birch", "Coda"]
    assert watched(*words)[0] == 78  # without the secret


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["brand"], 'did you mean "brands"'),
        (["--on", "create"], 'did you mean "created"'),
        (["--changed", "statsu"], 'did you mean "status"'),
        (["services", "--changed", "zzzzzzzz"], "such as status, meta_title\n"),
        (["--until", "brand_create"], 'did you mean "brand_created"'),
        (["--until", "status=draft"], "needs exactly one entity"),
        (["services", "--where", "statsu=draft"], 'did you mean "status"'),
        (["--where", "name=x"], "needs exactly one entity"),
        (["--since", "soon"], "neither a duration nor a time"),
        (["--after", "here"], "not a position"),
        (["--since", "1h", "--from-start"], "exclude each other"),
        (["--exec", "true", "--forward-to", "http://x"], "exclude each other"),
        (["--row"], "--format jsonl"),
        (["--forward-to", "ftp://x"], "not a URL to post to"),
        (["--follow-table"], "needs a terminal"),
        (["--follow-table", "--json"], "exclude each other"),
        (["--on", ""], "empty value"),
        (["--changed", ""], "empty value"),
        (["--where", " "], "empty value"),
        (["--exec", ""], "empty value"),
        (["--exec-retry", "2"], "only valid with --exec CMD"),
        (["--keep-going"], "only valid with --exec CMD"),
        (["--until", "done"], "content_linked, import_finished\n"),
        (["runs", "--where", "kind=seed"], "runs have no row conditions"),
        (["--forward-to", "http://[::1/"], "not a URL to post to"),
        (["--forward-to", "http://u:secret@x/"], 'value "http://x/"'),
        (["--forward-to", "http://x/a b"], "write http://x/a%20b"),
        (["--forward-to", "http://x/é"], "write http://x/%C3%A9"),
    ],
)
def test_what_cannot_be_meant_is_told(words, told, watched):
    code, out, err = watched(*words, env={"MCC_WEBHOOK_SECRET": "s"})
    assert (code, out) == (2, "")
    assert told in err


def test_when_the_reader_of_the_pipe_leaves_it_is_silent(db, database):
    db.execute("INSERT INTO brands (name) SELECT 'brand ' || n FROM generate_series(1, 30000) n")
    done = subprocess.run(
        ["/bin/bash", "-c", "mcc watch -q --from-start | head -1; echo ${PIPESTATUS[0]}"],
        env={"PATH": f"{Path(MCC).parent}:/usr/bin:/bin", "MCC_DATABASE_URL": database},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.splitlines()[1] == "141"
    assert done.stderr == ""


def test_an_output_is_rotated_while_it_is_followed(live, db, until, tmp_path):
    out = tmp_path / "out"
    watch = live("brands", "--output", str(out), "--state", str(tmp_path / "at"), ready=out)

    def keys(path):
        lines = path.read_text().splitlines() if path.exists() else []
        return [event["key"] for line in lines if (event := json.loads(line))["type"] == "event"]

    def change(name):
        db.execute("INSERT INTO brands (name) VALUES (%s)", [name])
        until(lambda: keys(out)[-1:] == [name], f"{name} does not come")

    change("one")
    os.truncate(out, 0)
    change("two")
    assert keys(out) == ["two"]
    out.rename(tmp_path / "out.1")
    change("three")
    assert (keys(tmp_path / "out.1"), keys(out)) == (["two"], ["three"])
    watch.process.send_signal(signal.SIGHUP)
    change("four")
    watch.process.kill()
    watch.end()
    with out.open("a") as file:
        file.write('{"type": "event", "key": "never delivered"}\n')
    db.execute("INSERT INTO brands (name) VALUES ('five')")
    watch = live("brands", "--output", str(out), "--state", str(tmp_path / "at"), ready=out)
    until(lambda: keys(out)[-1:] == ["five"], "five does not come")
    assert keys(out) == ["three", "four", "five"]
