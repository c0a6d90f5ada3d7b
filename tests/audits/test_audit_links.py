"""Backlinks, keywords and competitors: the rules that the samples of the formats do not show."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from audit_samples import NOW, given, read, samples

from mcc_cli.audits import backlink_table, base, detect
from mcc_cli.audits.formats import competitors, keyword_planner, moz_backlinks, semrush_keywords
from mcc_cli.audits.source_file import File
from mcc_cli.audits.text import cell_numbers, markets, tables
from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.errors import MccError

pytestmark = pytest.mark.unit

GIVEN = base.Given(now=NOW)
AHREFS = "Referring page URL,Target URL,Anchor,Domain rating,Referring page HTTP code,"
AHREFS += "Nofollow,UGC,Sponsored,Lost status,Lost"
SEMRUSH = "Page ascore,Source url,Target url,Anchor,Nofollow,Lost link"
MINE = {
    each.parent.name
    for each in samples()
    if each.parent.name.endswith(("-backlinks", "-keywords", "-planner", "competitors"))
}


def file(text, name="export.csv"):
    data = text if isinstance(text, bytes) else text.encode()
    return File(name, name, NOW, lambda: io.BytesIO(data))


def only(text, said=GIVEN, name="export.csv"):
    """The one run of a file, and its rows."""
    groups, unknown = detect.groups([file(text, name)])
    assert not unknown
    (run,) = [run for group in groups for run in group.runs(said)]
    return run, list(run.items)


def link(**cells):
    """The row of a link in Ahrefs' table with these cells."""
    heads = AHREFS.split(",")
    plain = {"Referring page URL": "https://example.org/", "Target URL": "https://acme.example/"}
    line = ",".join({**plain, **cells}.get(head, "") for head in heads)
    return only(f"{AHREFS}\n{line}\n")[1][0]


@pytest.mark.parametrize(
    ("nofollow", "ugc", "sponsored", "kind"),
    [
        ("false", "false", "false", "dofollow"),
        ("true", "false", "false", "nofollow"),
        ("true", "true", "false", "ugc"),
        ("false", "true", "true", "sponsored"),
        ("", "", "", None),
    ],
)
def test_the_strongest_mark_of_a_link_counts(nofollow, ugc, sponsored, kind):
    assert link(Nofollow=nofollow, UGC=ugc, Sponsored=sponsored).values["link_type"] == kind


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("", "live"),
        ("200", "live"),
        ("301", "live"),
        ("399", "live"),
        ("400", "broken"),
        ("404", "broken"),
        ("429", "live"),
        ("503", "broken"),
        ("0", "live"),
    ],
)
def test_a_page_that_fails_breaks_its_link_but_a_throttled_crawler_does_not(code, status):
    row = link(**{"Referring page HTTP code": code})
    assert (row.values["status"], row.note) == (status, None)


@pytest.mark.parametrize(
    ("cells", "lost"),
    [
        ({"Lost": "2026-01-02"}, True),
        ({"Lost status": "removedfromhtml"}, True),
        ({"Lost status": "notfound", "Referring page HTTP code": "404"}, True),
        ({"Lost": "false"}, False),
        ({"Lost": "-"}, False),
        ({}, False),
    ],
)
def test_a_link_is_lost_only_where_the_table_says_so(cells, lost):
    row = link(**cells)
    assert row.note == ("lost" if lost else None)
    assert (row.values["status"] == "lost") is lost


def test_a_link_without_columns_for_it_has_no_type():
    row = only("Page ascore,Source url,Target url\n1,https://example.org,https://acme.example\n")[1]
    assert row[0].values["link_type"] is None


@pytest.mark.parametrize(("rows", "told"), [(9_999, False), (10_000, True), (10_001, False)])
def test_an_export_that_is_as_long_as_its_cap_is_called_so(rows, told):
    line = "1,https://example.org/,https://acme.example/,a,false,false\n"
    run, found = only(f"{SEMRUSH}\n{line * rows}")
    assert len(found) == rows
    assert any("exactly 10,000 rows" in note for note in run.notes) is told


def test_every_link_of_a_pair_of_pages_is_told():
    line = "1,https://example.org/,https://acme.example/,{},{},false\n"
    _, found = only(f"{SEMRUSH}\n{line.format('a', 'true')}{line.format('b', 'false')}")
    assert [row.values["link_type"] for row in found] == ["nofollow", "dofollow"]


def test_a_comma_at_the_end_of_every_line_is_no_cell():
    _, found = only(f"{SEMRUSH}\n1,https://example.org/,https://acme.example/,a,false,false,\n")
    assert len(found) == 1


def test_a_row_with_more_cells_than_heads_is_left_out():
    run, found = only(f"{SEMRUSH}\n1,https://example.org/,https://acme.example/,a,b,false,false\n")
    assert not found
    assert "1 row left out: more cells than the table has columns" in run.notes


def test_links_are_read_one_by_one():
    line = "1,https://example.org/,https://acme.example/,a,false,false\n"
    data = f"{SEMRUSH}\n{line * 50_000}".encode()
    opened = []

    def open_():
        opened.append(io.BytesIO(data))
        return opened[-1]

    table = tables.find(File("a", "a", NOW, open_), "Source url")
    run = backlink_table.run(
        "semrush", table, backlink_table.columns(table, {"source": ("Source url",)})
    )
    items = iter(run.items)
    next(items)
    assert opened[-1].tell() < len(data) / 10
    items.close()


@pytest.mark.parametrize(
    ("site", "text", "url"),
    [
        (None, "acme.example/a", "https://acme.example/a"),
        ("https://acme.example", "acme.example/a", "https://acme.example/a"),
        ("http://acme.example/", "Acme.example/a", "http://Acme.example/a"),
        ("http://acme.example", "blog.acme.example/a", "https://blog.acme.example/a"),
        (None, "http://acme.example/a", "http://acme.example/a"),
        (None, " old.example/known ", "http://old.example/known"),
        (None, "both.example/", "https://both.example/"),
        (None, "", ""),
    ],
)
def test_a_bare_address_of_ours_has_the_scheme_that_we_have_it_with(site, text, url):
    pages = {"http://old.example/known", "http://both.example/", "https://both.example/"}
    said = base.Given(now=NOW, site=site, known=pages.__contains__)
    assert moz_backlinks.ours(said)(text) == url


def test_pages_of_ours_in_a_table_of_moz_are_no_backlinks():
    heads = "URL,Title,PA,Linking Domains,Inbound Links,HTTP Status"
    _, unknown = detect.groups([file(f"{heads}\nacme.example/,Acme,30,4,5,200\n")])
    assert unknown


@pytest.mark.parametrize(
    ("function", "text", "found"),
    [
        (cell_numbers.score, "0", Decimal(0)),
        (cell_numbers.score, "100", Decimal(100)),
        (cell_numbers.score, "100.1", None),
        (cell_numbers.score, "-1", None),
        (cell_numbers.score, "41,5", Decimal("41.5")),
        (cell_numbers.score, "7%", Decimal(7)),
        (cell_numbers.score, "33.333333333333333333333333333333333", Decimal("33.33")),
        (cell_numbers.score, "n/a", None),
        (cell_numbers.count, "1,300", 1300),
        (cell_numbers.count, "2.1K", 2100),
        (cell_numbers.count, "320.0", 320),
        (cell_numbers.count, "0", 0),
        (cell_numbers.count, "", None),
        (cell_numbers.count, "-5", None),
        (cell_numbers.count, "9223372036854775807", 2**63 - 1),
        (cell_numbers.count, "9223372036854775808", None),
        (cell_numbers.count, "9" * 5000, None),
        (cell_numbers.price, "$1.50", Decimal("1.50")),
        (cell_numbers.price, "0,35", Decimal("0.35")),
        (cell_numbers.price, "1,234.56", Decimal("1234.56")),
        (cell_numbers.price, "0", Decimal(0)),
        (cell_numbers.price, "100000000", None),
        (cell_numbers.price, "-1", None),
        (cell_numbers.place, "1", 1),
        (cell_numbers.place, "1.46", Decimal("1.46")),
        (cell_numbers.place, "0", None),
        (cell_numbers.place, "-", None),
        (cell_numbers.place, "1000000", None),
        (cell_numbers.density, "0.33", "low"),
        (cell_numbers.density, "0.34", "medium"),
        (cell_numbers.density, "0.67", "high"),
        (cell_numbers.density, "0", "low"),
        (cell_numbers.density, "1.01", None),
        (cell_numbers.density, "", None),
        (cell_numbers.moment, "2026-01-02", datetime(2026, 1, 2, tzinfo=UTC)),
        (cell_numbers.moment, "2026-01-02 03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        (
            cell_numbers.moment,
            "2026-01-02T03:04:05+02:00",
            datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC),
        ),
        (cell_numbers.moment, "1769423831", datetime(2026, 1, 26, 10, 37, 11, tzinfo=UTC)),
        (cell_numbers.moment, "October 31, 2025", datetime(2025, 10, 31, tzinfo=UTC)),
        (cell_numbers.moment, "01/02/2026", None),
        (cell_numbers.day, "2026-01-02 23:59:59", date(2026, 1, 2)),
        (cell_numbers.day, "soon", None),
    ],
)
def test_a_cell_is_a_figure_in_the_range_of_its_column_or_nothing(function, text, found):
    assert function(text) == found


@pytest.mark.parametrize(
    ("index", "level"), [(0, "low"), (33, "low"), (34, "medium"), (66, "medium"), (67, "high")]
)
def test_an_index_of_competition_has_a_word(index, level):
    assert keyword_planner.competition(str(index), "High") == level


@pytest.mark.parametrize(
    ("index", "word", "level"),
    [
        ("", "Low", "low"),
        ("", "Élevé", "high"),
        ("", "Medio", "medium"),
        ("101", "Alto", "high"),
        ("", "Unknown", None),
        ("", "", None),
    ],
)
def test_the_word_of_competition_counts_where_there_is_no_index(index, word, level):
    assert keyword_planner.competition(index, word) == level


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("US", "US"),
        ("us", "US"),
        ("uk", "GB"),
        ("United Kingdom", "GB"),
        ("The Netherlands", "NL"),
        ("Bosnia & Herzegovina", "BA"),
        ("TÜRKIYE", "TR"),
        ("Turkey", "TR"),
        ("mobile-de", "DE"),
        ("", None),
        ("All locations", None),
    ],
)
def test_a_country_is_known_by_code_and_by_english_name(text, code):
    assert markets.country(text) == code


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("English", "en"),
        ("en", "en"),
        ("en-us", "en-US"),
        ("zh_hans", "zh-Hans"),
        ("Chinese (Simplified)", "zh-Hans"),
        ("English (UK)", "en"),
        ("Farsi", "fa"),
        ("", None),
    ],
)
def test_a_language_is_known_by_tag_and_by_english_name(text, tag):
    assert markets.language(text) == tag


@pytest.mark.parametrize("text", ["Scotland", "qq", "EMEA", "U\0S"])
def test_what_is_no_country_is_not_taken_for_the_world(text):
    with pytest.raises(LookupError):
        markets.country(text)


@pytest.mark.parametrize("text", ["Klingon", "qq", "qq-QQ"])
def test_what_is_no_language_is_not_taken_for_one(text):
    with pytest.raises(LookupError):
        markets.language(text)


def test_every_country_and_language_has_one_code_that_its_column_takes():
    for of in ("countries", "languages"):
        names = markets._names(of)
        codes = set(names.values())
        assert all(names[code.casefold()] == code for code in codes)
    assert len(set(markets._names("countries").values())) == 250


POSITIONS = "Keyword,Position,Search Volume,Keyword Difficulty,CPC,Position Type"


@pytest.mark.parametrize(
    ("name", "country", "code"),
    [
        ("acme.example-organic.Positions-uk-20260201-2026-02-02T09_10_11Z.csv", None, "GB"),
        ("acme.example-organic.Positions-uk-20260201-2026-02-02T09_10_11Z.csv", "US", "GB"),
        ("acme.example-organic.Positions-xx-20260201-2026-02-02T09_10_11Z.csv", "US", "US"),
        ("positions.csv", "US", "US"),
        ("positions.csv", None, None),
        ("audit_us_notes.csv", None, None),
    ],
)
def test_the_market_is_what_the_file_names_else_what_the_user_names(name, country, code):
    said = base.Given(now=NOW, country=country)
    _, found = only(f"{POSITIONS}\nseo,3,10,20,1,Organic\n", said, name)
    assert found[0].values["country"] == code


@pytest.mark.parametrize(
    ("kind", "position"),
    [("Organic", 3), ("", 3), ("Featured snippet", 3), ("AI Overview", None), ("Local pack", None)],
)
def test_a_place_in_a_box_is_no_position(kind, position):
    run, found = only(f"{POSITIONS}\nseo,3,10,20,1,{kind}\n")
    assert found[0].values["position"] == position
    assert bool(run.notes) is (position is None)


@pytest.mark.parametrize(
    ("cell", "intent"),
    [
        ("Commercial, Informational", "commercial"),
        ("informational|transactional", "transactional"),
        ("0", "commercial"),
        ("1", "informational"),
        ("2", "navigational"),
        ("3", "transactional"),
        ("1,0", "commercial"),
        ("I", "informational"),
        ("", None),
        ("7", None),
    ],
)
def test_of_several_intents_the_one_nearest_to_buying_counts(cell, intent):
    assert semrush_keywords.intent(cell) == intent


def test_positions_of_advertisements_are_not_ours():
    heads = "Keyword;Position;Search Volume;CPC;Visible Url;Number of Results"
    _, unknown = detect.groups([file(f"{heads}\nseo;1;10;1;https://acme.example;5\n")])
    assert unknown


def test_many_markets_that_are_none_are_told_in_few_notes():
    lines = "".join(f"seo,market {number},1,1\n" for number in range(100))
    run, found = only(f"Keyword,Country,Difficulty,Volume\n{lines}")
    assert not found
    assert len(run.notes) == 21
    assert run.notes[-1] == "80 rows left out: the market is no country: others"


def test_the_volume_worldwide_is_nobodys_volume():
    heads = "#,Keyword,Country,Difficulty,Volume,CPC,Global volume"
    _, found = only(f"{heads}\n1,seo,gb,10,,,99000\n")
    assert found[0].values["search_volume"] is None


def planned(*rows, said=GIVEN, months=False):
    heads = ["Keyword", "Segmentation", "Avg. monthly searches"]
    heads += ["Competition", "Competition (indexed value)", *(["Searches: Oct 2025"] * months)]
    lines = ["\t".join(row) for row in (heads, *rows)]
    return only("Keyword Stats 2025-12-07 at 02_21_45\n\n" + "\n".join(lines) + "\n", said)


@pytest.mark.parametrize(
    ("volume", "found"),
    [
        ("", None),
        ("0", 0),
        ("320.0", 320),
        ("1K – 10K", 5000),
        ("10 - 100", 50),
        ("100K – 1M", 500_000),
        ("1M–10M", 5_000_000),
        ("many", None),
    ],
)
def test_a_range_is_the_step_that_google_writes_for_it(volume, found):
    assert planned(["seo", "", volume])[1][0].values["search_volume"] == found


@pytest.mark.parametrize(
    ("volumes", "months", "told"),
    [
        (["50", "5000"], False, True),
        (["50", ""], False, True),
        (["50", "40"], False, False),
        (["50", "5000"], True, False),
        (["", ""], False, False),
    ],
)
def test_volumes_in_steps_are_called_so(volumes, months, told):
    rows = [["seo", "", each, "", "", *(["7"] * months)] for each in volumes]
    run, _ = planned(*rows, months=months)
    assert any("rough steps" in note for note in run.notes) is told


@pytest.mark.parametrize(
    ("totals", "segment", "country", "code"),
    [
        (["All", "Germany"], "", None, "DE"),
        (["All", "Germany"], "All", "GB", "DE"),
        (["Alle", "Germany"], "Alle", None, "DE"),
        (["Germany"], "Germany", None, "DE"),
        (["Germany"], "", None, "DE"),
        (["All", "Germany", "Austria"], "Austria", None, "AT"),
        (["All", "Germany", "Austria"], "All", None, None),
        (["All", "Germany", "Austria"], "All", "DE", "DE"),
        (["All"], "", "GB", "GB"),
        ([], "", None, None),
    ],
)
def test_the_totals_of_keyword_planner_name_the_market(totals, segment, country, code):
    said = base.Given(now=NOW, country=country)
    rows = [["", each, "900"] for each in totals]
    _, found = planned(*rows, ["seo", segment, "30"], said=said)
    assert [row.values["country"] for row in found] == [code]


def test_figures_of_a_device_are_not_of_a_market():
    run, found = planned(["", "All", "9"], ["", "Computers", "9"], ["seo", "Computers", "9"])
    assert not found
    assert run.notes == ["1 row left out: of a part of the searches: 'Computers'"]


def test_keyword_planner_is_of_the_last_day_of_its_range():
    text = 'Keyword Stats 2025-12-07 at 02_21_45\n"November 1, 2024 - October 31, 2025"\n'
    text += "Keyword\tAvg. monthly searches\nseo\t10\n"
    run, found = only(text)
    assert run.at == datetime(2025, 12, 7, 2, 21, 45, tzinfo=UTC)
    assert found[0].values["metrics_at"] == date(2025, 10, 31)


@pytest.mark.parametrize("before", ["", "\n\n", "\ufeff\r\n", ' "a quote\n- never closed\n\n'])
def test_the_heads_of_keyword_planner_are_found_below_what_was_pasted(before):
    _, found = only(f"{before}Keyword\tAvg. monthly searches\nseo\t10\n")
    assert [row.values["keyword"] for row in found] == ["seo"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("example.com", "example.com"),
        ("https://www.Example.com/path?x", "example.com"),
        ("*.example.com/*", "example.com"),
        ("example.com:8080", "example.com"),
        ("example", None),
        ("two words.example", None),
        ("", None),
    ],
)
def test_a_domain_is_bare_and_in_lower_case(text, found):
    assert competitors.domain(text) == found


@pytest.mark.parametrize("blank", ["\n", "\r\n\r\n", "\n \t\n"])
def test_blank_lines_before_the_heads_are_no_rows(blank):
    _, found = only(f"{blank}{POSITIONS}\nseo,3,10,20,1,Organic\n")
    assert [row.values["keyword"] for row in found] == ["seo"]


def test_a_first_head_without_a_name_has_a_column():
    _, found = only("\tKeyword\tDifficulty\tVolume\n0\tseo\t10\t20\n")
    assert [row.values["keyword"] for row in found] == ["seo"]


def test_a_packed_table_that_is_cut_off_says_so():
    sample = next(each for each in samples() if each.name == "download.csv.gz")
    with pytest.raises(MccError, match="damaged or cut off"):
        only(sample.read_bytes()[:-20], name="cut.csv.gz")


@pytest.mark.parametrize(
    "sample", [each for each in samples() if each.parent.name in MINE], ids=str
)
def test_what_samples_give_fits_its_columns(sample):
    found = read(sample, given(sample))
    rows = [
        item for group in found.get("groups", ()) for run in group["runs"] for item in run["items"]
    ]
    for row in rows:
        columns = {each.field: each for each in ENTITIES[row["entity"]].columns}
        for name, value in row["values"].items():
            column = columns[name]
            assert value is None or not column.choices or value in column.choices
            if value is not None and column.minimum is not None:
                assert Decimal(value) >= column.minimum
            if value is not None and column.maximum is not None:
                assert Decimal(value) <= column.maximum
