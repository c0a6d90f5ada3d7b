"""Columns with a rule of their own in an import: required, kept by the database, keys."""

from __future__ import annotations

import pytest
from import_files import counted

from mcc_cli.services.transfer.imports import staging

pytestmark = pytest.mark.cli


@pytest.mark.parametrize("few", [0, 5000])
@pytest.mark.parametrize("keep", [(), ("--keep-good",)])
def test_clear_never_empties_a_required_column(mcc, load, connection, monkeypatch, few, keep):
    monkeypatch.setattr(staging, "FEW", few)
    for name in ("One", "Two"):
        mcc("services", "create", "--service-name", name)
    content = "slug,service_name,h1\none,,x\ntwo,Second,y\n"
    code, counts, err, _ = load("services", content, "--blank", "clear", *keep)
    assert (code, counts) == (
        (5, counted(read=2, updated=1, rejected=1))
        if keep
        else (4, counted(read=2, updated=1, rejected=1))
    )
    assert 'error[E-NULL] file.csv:2 column "service_name"' in err
    names = connection.execute("SELECT service_name, h1 FROM services ORDER BY slug").fetchall()
    assert names == [("One", None), ("Second", "y") if keep else ("Two", None)]


def test_a_file_does_not_set_what_the_database_keeps_of_a_row(mcc, load, connection):
    mcc("content", "create", "--title", "T", "--slug", "t")
    query = "SELECT last_status_update_at FROM content_repository"
    before = connection.execute(query).fetchone()
    content = "slug,title,last_status_update_at\nt,T,2020-01-01T00:00:00Z\n"
    assert load("content", content)[1] == counted(read=1, unchanged=1)
    assert connection.execute(query).fetchone() == before
    content = content.replace("\nt,T,", "\nt,New,")
    assert load("content", content)[1] == counted(read=1, updated=1)
    assert connection.execute(query).fetchone() == before


CONTROL = ["a\nb", "a\tb", "a\rb", "\x1b[1m", "a\x7f", "a\x85b", "a\u2028", "\u200b", "\u00a0"]


@pytest.mark.parametrize("name", CONTROL)
def test_a_key_has_no_control_characters_and_is_not_blank(mcc, connection, name):
    mcc("brands", "create", "--name", "Acme")
    for arguments in (("create", "--name", name), ("update", "Acme", "--name", name)):
        done = mcc("brands", *arguments)
        assert (done.code, "error[E-RULE]" in done.err) == (4, True), done.err
        assert "name must not be blank" in done.err
    assert connection.execute("SELECT name FROM brands").fetchall() == [("Acme",)]
