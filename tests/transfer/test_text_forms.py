"""Keys are compared in NFC and stored as given, in files and by create."""

from __future__ import annotations

from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from import_files import load as imported
from strategies import SLOW, undone

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.files import source
from mcc_cli.services.transfer.imports.load import Options, load

pytestmark = pytest.mark.db

__all__ = ["imported"]
FORMS = ("NFC", "NFD")
WORD = "Wärmepumpen-Ratgeber"


def keyword(form):
    return normalize(form, "café seo")


@pytest.mark.parametrize("stored", FORMS)
@pytest.mark.parametrize("given", FORMS)
def test_a_row_is_found_whatever_the_form_of_its_key(mcc, imported, connection, stored, given):
    mcc("keywords", "create", "--keyword", keyword(stored), "--search-volume", "10")
    code, counts, err, _ = imported("keywords", f"keyword,search_volume\n{keyword(given)},20\n")
    assert (code, counts["created"], counts["updated"]) == (0, 0, 1), err
    found = connection.execute("SELECT keyword, search_volume FROM keywords").fetchall()
    assert found == [(keyword(stored), 20)]


def test_two_forms_of_a_new_key_in_one_file_are_one_key(imported):
    content = f"keyword,search_volume\n{keyword('NFD')},1\n{keyword('NFC')},2\n"
    code, counts, err, _ = imported("keywords", content)
    assert (code, counts["rejected"]) == (4, 1)
    assert "the same key is on line 2" in err


@pytest.mark.parametrize("stored", FORMS)
@pytest.mark.parametrize("given", FORMS)
@pytest.mark.parametrize("more", [(), ("--create-missing", "linked_campaign")])
def test_a_reference_is_found_whatever_its_form(mcc, imported, connection, stored, given, more):
    mcc("campaigns", "create", "--campaign-name", normalize(stored, WORD))
    content = f"source_url,linked_campaign\nhttp://n.example/1,{normalize(given, WORD)}\n"
    code, _, err, _ = imported("backlinks", content, *more)
    assert code == 0, err
    count = connection.execute(
        "SELECT count(*), count(linked_campaign_id) FROM campaigns, backlinks"
    )
    assert count.fetchone() == (1, 1)


@pytest.mark.parametrize("stored", FORMS)
@pytest.mark.parametrize("given", FORMS)
def test_create_refuses_a_key_that_differs_only_by_its_form(mcc, stored, given):
    mcc("keywords", "create", "--keyword", keyword(stored))
    done = mcc("keywords", "create", "--keyword", keyword(given))
    assert done.code == 6
    assert ("other Unicode characters for the same letters" in done.err) == (stored != given)
    skipped = mcc("keywords", "create", "--keyword", keyword(given), "--if-exists", "skip")
    assert skipped.code == 0


@settings(max_examples=25, deadline=None, suppress_health_check=SLOW)
@given(
    texts=st.lists(st.text("aeéÅåöñ각\u0301\u0308 ", min_size=1).filter(str.strip), min_size=1),
    forms=st.lists(st.sampled_from(("NFC", "NFD", None)), min_size=2, max_size=2),
)
def test_a_file_in_another_form_changes_nothing(connection, tmp_path, texts, forms):
    brands = ENTITIES["brands"]
    names = list({normalize("NFC", text.strip()): text.strip() for text in texts}.values())
    with undone(connection):
        for number, form in enumerate((*forms, forms[0])):
            path = tmp_path / "file.csv"
            rows = [normalize(form, name) if form else name for name in names]
            path.write_text("name\n" + "".join(f'"{row}"\n' for row in rows), "utf-8")
            with source.opened(path) as opened:
                done = load(connection, brands, opened, Options())
            assert [str(error) for error in done.errors] == []
            assert done.created == (0 if number else len(names))
