"""`mcc links`: the two link tables as files, each known by its heads."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.cli


@pytest.fixture
def linked(mcc, connection):
    """Two content items, a service with a sub-service, one link of each kind; counts them."""
    for title in ("A", "B"):
        mcc("content", "create", "--title", title)
    mcc("services", "create", "--service-name", "One")
    mcc("sub-services", "create", "--service", "one", "--sub-service-name", "Sub")
    mcc("content", "link", "a", "--service", "one", "--sub-service", "one/sub")

    def count():
        return connection.execute(
            "SELECT (SELECT count(*) FROM content_service_links), "
            "(SELECT count(*) FROM content_sub_service_links)"
        ).fetchone()

    return count


def test_links_go_out_and_come_back(mcc, linked, connection, tmp_path):
    files = {kind: tmp_path / f"{kind}.csv" for kind in ("services", "sub-services")}
    for kind, file in files.items():
        assert mcc("links", "export", kind, "-o", str(file)).code == 0
    assert files["services"].read_text() == "content,service,created_by\na,one,\\N\n"
    assert files["sub-services"].read_text() == "content,sub_service,created_by\na,one/sub,\\N\n"
    connection.execute("DELETE FROM content_service_links")
    connection.execute("DELETE FROM content_sub_service_links")
    for file in files.values():
        code, out, err = mcc("links", "import", str(file))
        assert (code, out, "read=1 created=1" in err) == (0, "", True)
        assert "read=1 created=0 updated=0 unchanged=1" in mcc("links", "import", str(file)).err
    assert linked() == (1, 1)


def test_filters_and_formats_are_those_of_every_export(mcc, linked):
    out = mcc("links", "export", "services", "--where", "service=one", "--format", "jsonl").out
    assert json.loads(out) == {"content": "a", "service": "one", "created_by": None}
    assert mcc("links", "export", "services", "--where", "content=b").out.count("\n") == 1


def test_bad_rows_are_named_and_nothing_is_written(mcc, linked, tmp_path):
    file = tmp_path / "links.csv"
    file.write_text("Content,Sub service\nb,one/sub\nc,one/sub\nb,one/sbu\n")
    code, _, err = mcc("links", "import", str(file))
    assert code == 4
    assert f'error[E-REF] {file}:3 column "Content" value "c"' in err
    assert 'did you mean "one/sub"?' in err
    assert linked() == (1, 1)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("content,title", "neither a column service nor a column sub_service"),
        ("content,service,sub_service", "one file for each"),
    ],
)
def test_a_file_of_neither_or_of_both_is_refused(mcc, linked, tmp_path, head, words):
    file = tmp_path / "links.csv"
    file.write_text(head + "\n")
    code, _, err = mcc("links", "import", str(file))
    assert (code, words in err) == (4, True), err


def test_a_head_can_be_mapped_and_json_lines_are_read(mcc, linked, tmp_path):
    file = tmp_path / "links.jsonl"
    file.write_text('{"content": "b", "page": "one"}\n')
    assert mcc("links", "import", str(file), "--map", "page=service").code == 0
    assert linked() == (2, 1)
