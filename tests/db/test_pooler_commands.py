"""Every kind of command through a real PgBouncer: in both modes, what needs a session in one."""

from __future__ import annotations

import io

import psycopg
import pytest
from pgbouncer import PGBOUNCER

from mcc_cli.cli.app import run
from mcc_cli.cli.framework.state import State

pytestmark = [
    pytest.mark.db,
    pytest.mark.skipif(
        PGBOUNCER is None, reason="there is no pgbouncer here: apt-get install pgbouncer"
    ),
]

ANA = "ana@x.example"
# In this order; {dir} is a folder of the test.
COMMANDS = """users create --name Ana --email ana@x.example
brands create --name Acme --code AC --as ana@x.example
brands create --name Acme --code AB --if-exists update --as ana@x.example
brands update Acme --code AD --as ana@x.example
brands update --where code=AD --all-matching --code AE --yes --as ana@x.example
brands exists Acme
brands show Acme
brands describe
brands list --all --format jsonl
brands list --search acme --format count
brands list --timeout 60s
brands export -o {dir}/brands.csv
services create --service-name SEO --slug seo --brand Acme --as ana@x.example
content create --title Guide --slug guide --as ana@x.example
content suggest-links
content suggest-links --apply --yes --min-score 0 --as ana@x.example
content link guide --service seo --as ana@x.example
content unlink guide --service seo --as ana@x.example
services assets seo --set guide --as ana@x.example
services assets seo
services assets seo --search guide
content links guide
links export services -o {dir}/links.csv
services tree
audits list
audits create --url https://x.example/ --error-type title --as ana@x.example
audits resolve 1 --note done --as ana@x.example
audits reopen 1 --as ana@x.example
audits assign 1 --to ana@x.example --as ana@x.example
audits summary
audits runs
audits report -o {dir}/report.html
runs list
runs prune --older-than 90d
events list --all --format jsonl
events show 1
events stats
events prune --older-than 90d
export {dir}/all
watch brands --catch-up --from-start
brands delete Acme --cascade --yes --as ana@x.example
db migrate
db roles show"""
# In transaction mode there is no session for what these need one for.
SESSION = """brands import {dir}/brands.csv
import {dir}/all
links import {dir}/links.csv
seed minimal
audits ingest {dir}/brands.csv"""


@pytest.fixture(params=["session", "transaction"])
def mode(request):
    return request.param


def did(line, url):
    state = State(out=io.StringIO(), err=io.StringIO(), database_url=url)
    return run(line.split(), state), state.err.getvalue()


def test_every_command_works_through_a_pool_or_says_what_it_needs(mode, pooled, database, tmp_path):
    url = pooled(mode, server_round_robin=1)
    with psycopg.connect(url, autocommit=True) as other, psycopg.connect(url, autocommit=True) as c:
        for each in (other, c, other):  # so that there is more than one session to be given
            each.execute("SELECT 1")
        for line in COMMANDS.splitlines():
            code, err = did(line.format(dir=tmp_path), url)
            assert code == 0, (line, err)
        for line in SESSION.splitlines():
            code, err = did(line.format(dir=tmp_path), url)
            if mode == "session":
                assert code in (0, 4), (line, err)
            else:
                assert code == 78, (line, err)
                assert "a pooler in transaction mode" in err
                assert "to a pool in session mode" in err
    with psycopg.connect(database) as connection:
        actors = connection.execute(
            """SELECT DISTINCT actor FROM change_events WHERE name <> 'user_created'
               AND id <= (SELECT max(id) FROM change_events WHERE name = 'brand_deleted')"""
        ).fetchall()
        assert actors == [(ANA,)]


def test_who_acts_does_not_stay_in_a_session_that_others_are_given(pooled, database):
    url = pooled("transaction", default_pool_size=1)
    assert did(f"users create --name Ana --email {ANA}", url)[0] == 0
    assert did(f"brands create --name One --as {ANA}", url)[0] == 0
    assert did("brands create --name Two", url)[0] == 0
    code, err = did("brands create --name Three --as bob@x.example", url)
    assert (code, "bob@x.example" in err) == (4, True)
    with psycopg.connect(database) as connection:
        query = "SELECT actor FROM change_events WHERE entity = 'brands' ORDER BY id"
        assert connection.execute(query).fetchall() == [(ANA,), ("mcc",)]
