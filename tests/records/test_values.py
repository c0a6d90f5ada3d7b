"""Text and JSON values as the values of a column: what is taken, and what is refused and why."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcc_cli.entities.schema.facts import Column
from mcc_cli.errors import MccError
from mcc_cli.output.records.render import cell, plain
from mcc_cli.services.records import values

pytestmark = pytest.mark.unit


def column(kind, **facts):
    return Column("col", kind, "help", "group", **facts)


def moment(*parts):
    return datetime(*parts, tzinfo=UTC)


WHOLE, BIG, EXACT = column("integer"), column("bigint"), column("numeric(5,2)", digits=5, places=2)
SCORE = column("numeric(5,2)", digits=5, places=2, minimum=0, maximum=100)
TEXT, BOOL, DAY = column("text"), column("boolean"), column("date")
TIME, JSON, LIST = column("timestamptz"), column("jsonb"), column("text[]")
CHOICE = column("text", choices=("draft", "published"))

TAKEN = [
    (TEXT, "", ""),
    (TEXT, " 12 ", " 12 "),
    (TEXT, "NULL", "NULL"),
    (TEXT, "a\nb\té😀", "a\nb\té😀"),
    (CHOICE, "draft", "draft"),
    (WHOLE, "0012", 12),
    (WHOLE, "+7", 7),
    (WHOLE, "-0", 0),
    (WHOLE, str(2**31 - 1), 2**31 - 1),
    (WHOLE, str(-(2**31)), -(2**31)),
    (BIG, str(2**63 - 1), 2**63 - 1),
    (BIG, str(-(2**63)), -(2**63)),
    (EXACT, "12.50", Decimal("12.5")),
    (EXACT, "1.5000", Decimal("1.5")),
    (EXACT, ".5", Decimal("0.5")),
    (EXACT, "5.", Decimal(5)),
    (EXACT, "-999.99", Decimal("-999.99")),
    (SCORE, "100.00", Decimal(100)),
    (BOOL, "Yes", True),
    (BOOL, " off ", False),
    (BOOL, "1", True),
    (DAY, "2024-02-29", date(2024, 2, 29)),
    (TIME, "2026-03-31", moment(2026, 3, 31)),
    (TIME, "2026-03-31 09:00", moment(2026, 3, 31, 9)),
    (TIME, "2026-03-31T09:00:00Z", moment(2026, 3, 31, 9)),
    (TIME, "2026-03-31t09:00:00z", moment(2026, 3, 31, 9)),
    (TIME, "2026-03-31T09:00:00+02:00", moment(2026, 3, 31, 7)),
    (TIME, "2026-03-31T09:00+0530", moment(2026, 3, 31, 3, 30)),
    (TIME, "2026-03-31T09:00:00.5-08", moment(2026, 3, 31, 17, 0, 0, 500_000)),
    (TIME, "2026-03-31T09:00:00.123456Z", moment(2026, 3, 31, 9, 0, 0, 123_456)),
    (JSON, '{"a": [1, null, "é"]}', {"a": [1, None, "é"]}),
    (JSON, "null", None),
    (LIST, '["a, b", ""]', ["a, b", ""]),
    (LIST, "[]", []),
]
REFUSED = [
    (WHOLE, "", "E-TYPE"),
    (WHOLE, "1_000", "E-TYPE"),
    (WHOLE, "1,000", "E-TYPE"),
    (WHOLE, "0x1F", "E-TYPE"),
    (WHOLE, "1e3", "E-TYPE"),
    (WHOLE, "12.0", "E-TYPE"),
    (WHOLE, " 12 ", "E-TYPE"),
    (WHOLE, "١٢", "E-TYPE"),
    (WHOLE, "12\n", "E-TYPE"),
    (WHOLE, str(2**31), "E-RANGE"),
    (BIG, str(2**63), "E-RANGE"),
    (BIG, str(-(2**63) - 1), "E-RANGE"),
    (column("integer", minimum=0), "-1", "E-RANGE"),
    (column("integer", minimum=100, maximum=599), "600", "E-RANGE"),
    (EXACT, "NaN", "E-TYPE"),
    (EXACT, "Infinity", "E-TYPE"),
    (EXACT, "1e3", "E-TYPE"),
    (EXACT, "1_0.5", "E-TYPE"),
    (EXACT, "12,5", "E-TYPE"),
    (EXACT, ".", "E-TYPE"),
    (EXACT, " 1.5", "E-TYPE"),
    (EXACT, "1.555", "E-RANGE"),
    (EXACT, "1000", "E-RANGE"),
    (EXACT, "9" * 29, "E-RANGE"),
    (SCORE, "100.01", "E-RANGE"),
    (SCORE, "-0.01", "E-RANGE"),
    (BOOL, "t", "E-TYPE"),
    (BOOL, "", "E-TYPE"),
    (BOOL, "2", "E-TYPE"),
    (DAY, "today", "E-TYPE"),
    (DAY, "2026-02-30", "E-TYPE"),
    (DAY, "31.03.2026", "E-TYPE"),
    (DAY, "20260331", "E-TYPE"),
    (DAY, "2026-W14-2", "E-TYPE"),
    (DAY, "infinity", "E-TYPE"),
    (DAY, "2026-03-31T00:00:00Z", "E-TYPE"),
    (TIME, "now", "E-TYPE"),
    (TIME, "2026-03-31T25:00:00Z", "E-TYPE"),
    (TIME, "2026-03-31T09:00:00 CET", "E-TYPE"),
    (TIME, "2026-03-31T09:00:00+99:00", "E-TYPE"),
    (TIME, "0001-01-01T00:00:00+01:00", "E-TYPE"),
    (TIME, "1774947600", "E-TYPE"),
    (CHOICE, "Draft", "E-CHOICE"),
    (CHOICE, "", "E-CHOICE"),
    (JSON, "{'a': 1}", "E-JSON"),
    (JSON, "", "E-JSON"),
    (JSON, "[NaN]", "E-JSON"),
    (JSON, '{"a": "\\u0000"}', "E-BYTES"),
    (JSON, '["\\ud800"]', "E-BYTES"),
    (LIST, '["a", 1]', "E-TYPE"),
    (LIST, '{"a": "b"}', "E-TYPE"),
    (LIST, '["\\u0000"]', "E-BYTES"),
    (TEXT, "a\0b", "E-BYTES"),
    (TEXT, "a\udce9", "E-BYTES"),
    (WHOLE, "1\0", "E-BYTES"),
]
ACCEPTED = [
    (TEXT, "x", "x"),
    (TEXT, None, None),
    (WHOLE, 12, 12),
    (WHOLE, "12", 12),
    (WHOLE, Decimal("1E+3"), 1000),
    (EXACT, Decimal("1.5"), Decimal("1.5")),
    (EXACT, 7, Decimal(7)),
    (BOOL, True, True),
    (BOOL, "no", False),
    (DAY, "2026-03-31", date(2026, 3, 31)),
    (LIST, ["a", ""], ["a", ""]),
    (LIST, "a", ["a"]),
    (LIST, '"a, b"|c', ["a, b", "c"]),
    (JSON, {"a": [True]}, {"a": [True]}),
    (JSON, "text", "text"),
]
NOT_ACCEPTED = [
    (TEXT, 12, "E-TYPE"),
    (TEXT, True, "E-TYPE"),
    (TEXT, ["a"], "E-TYPE"),
    (WHOLE, True, "E-TYPE"),
    (WHOLE, Decimal("1.5"), "E-TYPE"),
    (WHOLE, {"a": 1}, "E-TYPE"),
    (BOOL, 1, "E-TYPE"),
    (EXACT, Decimal("1.555"), "E-RANGE"),
    (DAY, 20260331, "E-TYPE"),
    (TIME, 0, "E-TYPE"),
    (LIST, [1], "E-TYPE"),
    (JSON, {"a": "\0"}, "E-BYTES"),
    (JSON, {"\ud800": 1}, "E-BYTES"),
]


@pytest.mark.parametrize(("kind", "text", "value"), TAKEN)
def test_text_that_fits_a_column_becomes_its_value(kind, text, value):
    found = values.parse(kind, text, "--col")
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(("kind", "text", "code"), REFUSED)
def test_text_that_does_not_fit_is_refused_with_its_place(kind, text, code):
    with pytest.raises(MccError) as refusal:
        values.parse(kind, text, "--col")
    assert refusal.value.code == code
    assert refusal.value.place == "--col"
    assert refusal.value.column == "col"
    refusal.value.value.encode()


@pytest.mark.parametrize(("kind", "value", "wanted"), ACCEPTED)
def test_a_json_value_that_fits_is_accepted(kind, value, wanted):
    found = values.accept(kind, value, "item 1")
    assert (found, type(found)) == (wanted, type(wanted))


@pytest.mark.parametrize(("kind", "value", "code"), NOT_ACCEPTED)
def test_a_json_value_of_another_kind_is_refused(kind, value, code):
    with pytest.raises(MccError) as refusal:
        values.accept(kind, value, "item 1")
    assert refusal.value.code == code


def test_a_wrong_choice_names_the_nearest():
    with pytest.raises(MccError) as refusal:
        values.parse(CHOICE, "publishd", "--col")
    assert refusal.value.hint == 'did you mean "published"?'


STORABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
SCALARS = st.none() | st.booleans() | st.integers(-(10**12), 10**12) | STORABLE
ROUND_TRIPS = (
    st.tuples(st.just(TEXT), STORABLE)
    | st.tuples(st.just(BIG), st.integers(-(2**63), 2**63 - 1))
    | st.tuples(st.just(EXACT), st.decimals(-999, 999, places=2))
    | st.tuples(st.just(BOOL), st.booleans())
    | st.tuples(st.just(DAY), st.dates())
    | st.tuples(
        st.just(TIME),
        st.datetimes(
            datetime(1900, 1, 1),
            timezones=st.integers(-1439, 1439).map(lambda m: timezone(timedelta(minutes=m))),
        ),
    )
    | st.tuples(st.just(LIST), st.lists(STORABLE, max_size=4))
    | st.tuples(st.just(JSON), st.dictionaries(STORABLE, SCALARS | st.lists(SCALARS, max_size=3)))
)


@given(ROUND_TRIPS)
def test_what_a_cell_and_a_json_document_show_is_read_back_the_same(pair):
    kind, value = pair
    assert values.parse(kind, cell(value), "cell") == value
    shown = plain(value)
    shown = Decimal(repr(shown)) if isinstance(shown, float) else shown  # as JSON is read
    assert values.accept(kind, shown, "item") == value


@given(st.sampled_from([WHOLE, EXACT, DAY, TIME, JSON, LIST, CHOICE, BOOL]), st.text())
def test_any_text_is_taken_or_refused_and_never_fails_otherwise(kind, text):
    try:
        values.parse(kind, text, "--col")
    except MccError as error:
        assert error.exit == 4  # noqa: PT017
