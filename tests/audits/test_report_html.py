"""The report's page: whole without a network, safe whatever findings say, the same each time."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from mcc_cli.output.report import page as report
from mcc_cli.output.report.html_text import link, text
from mcc_cli.services.audits.report_facts import Changed, Report, Service
from mcc_cli.services.audits.summaries import COUNTS, Line, Summary

pytestmark = pytest.mark.unit

STYLE = (report.FOLDER / "report.css").read_text("utf-8")
DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)
EVIL = """"><script>alert('x')</script>&amp;<img src=x onerror=y>\x1b[2J\u202e"""
VOID = {"meta", "rect", "br", "wbr", "img", "link", "input"}


def counts(**given):
    return {name: given.get(name, 0) for name in COUNTS}


def made(value="title", url="https://acme.example/", number=1):
    """A report in which every text is `value`."""
    total = counts(open=number, audits=number, high=number)
    runs = [
        {"code": value, "at": DAY, "pages": 1, "found": n, "new": 1, "resolved": 1, "ids": [1]}
        for n in (3, 2)
    ]
    line = Line(value, value, runs)
    row = {
        **{"name": value, "entity": "audits", "severity": "high", "rule": value, "rules": 3},
        **{"category": value, "pages": number, "message": value, "current": value, "total": 9},
        **{"urls": [url], "tools": [value], "since": DAY, "outcome": "new"},
    }
    summary = Summary([{"name": value, **total}], total, [line], DAY, known=True)
    services = [Service(value, value, total, [row], 3), Service(None, None, total, [row], 1)]
    return Report(
        value, summary, [{"name": value, **total}], services, [Changed(line, [row], 1, 1)]
    )


class Reader(HTMLParser):
    """The tags of a page, each with its attributes; whether they are nested well."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.tags, self.open, self.words = [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    def named(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def page(*given, **more):
    return report.html(made(*given, **more), DAY)


def test_the_page_is_well_formed_and_needs_nothing_else():
    read = Reader(page())
    assert read.open == []
    names = {name for name, _ in read.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "form", "base"}
    (policy,) = [a["content"] for a in read.named("meta") if "http-equiv" in a]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert not re.search(r"url\(|@import|https?:", STYLE)
    assert not any("src" in attrs or "style" in attrs for _, attrs in read.tags)


def test_the_page_can_be_read_aloud():
    read = Reader(page())
    assert read.named("html") == [{"lang": "en"}]
    assert "".join(read.words).count("SEO audit report: title") == 2  # title and heading
    assert all(a["role"] == "img" and a["aria-label"] for a in read.named("svg"))
    assert all(a["scope"] in ("col", "row") for a in read.named("th"))
    assert len(read.named("table")) == len(read.named("caption")) == 3
    assert next(name for name, _ in read.tags if re.fullmatch("h[1-6]", name)) == "h1"


@pytest.mark.parametrize("value", [EVIL, "'", '"', "<", "&lt;", "a\n<b>", "\0"])
def test_no_field_can_add_a_tag_or_an_attribute(value):
    plain, evil = Reader(page()), Reader(page(value, value))
    tags = [(name, set(attrs) - {"href", "rel"}) for name, attrs in evil.tags]
    # The address is no link, and so its tag is missing.
    assert tags == [
        (name, set(attrs) - {"href", "rel"})
        for name, attrs in plain.tags
        if attrs.get("href") != "https://acme.example/" and name != "wbr"
    ]
    assert not any(name.startswith("on") for _, attrs in evil.tags for name in attrs)
    assert evil.open == []


def test_control_characters_are_spelled_out():
    found = page(EVIL)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202e]", found)
    assert r"\u202e" in found


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JavaScript://acme.example/%0aalert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "//acme.example/",
        "https:",
        "http://[",
        "https://acme.example/\x00",
        "https://acme.example/\u202ex",
        "ftp://acme.example/",
        "",
    ],
)
def test_only_web_addresses_are_links(url):
    assert "<a" not in link(url)
    assert not [a for a in Reader(page(url=url)).named("a") if not a["href"].startswith("#s")]


def test_a_web_address_is_a_link_with_its_quotes_escaped():
    assert link("https://acme.example/?a=1&b=\"'<x>") == (
        '<a href="https://acme.example/?a=1&amp;b=&quot;&#x27;&lt;x&gt;" '
        'rel="noopener noreferrer">acme.example/<wbr>?a=1&amp;b=&quot;&#x27;&lt;x&gt;</a>'
    )
    assert link(f"https://acme.example/{'a' * 500}").endswith("a…</a>")


def test_long_texts_are_cut_and_white_space_is_one_blank():
    assert text("a \n\t b") == "a b"
    assert len(text("x" * 2000)) == 300
    assert text("&" * 2000).count("&amp;") == 299


def test_the_same_facts_make_the_same_page():
    assert page() == page()
    later = report.html(made(), datetime(2026, 3, 2, tzinfo=UTC))
    assert page().replace("Created 2026-03-01 12:00", "Created 2026-03-02 00:00") == later


def test_what_is_not_shown_is_counted():
    found = page(number=4)
    assert "and 3 more</li>" in found
    assert "and 2 more rules with 5 findings" in found  # of the run
    assert "No service" in found
    assert "<strong" in found
    assert "3 → 2" in found


def test_colours_can_be_told_apart_from_the_ground():
    """WCAG AA: 4.5 to 1, in the light, the dark and the printed page."""
    printed = STYLE[STYLE.index("@media print") :]
    light, dark = STYLE[: STYLE.index("}")], STYLE[STYLE.index("prefers-color-scheme") :]
    for part in (light, dark[: dark.index("}")], printed[printed.index(":root") :]):
        colours = dict(re.findall(r"--(\w+):(#[0-9a-f]+)", part.replace("\n", "")))
        names = "text soft link critical high medium low new reopened fixed".split()  # noqa: SIM905
        for name in names:
            for ground in ("page", "card"):
                assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)


def contrast(one, other):
    bright = sorted((luminance(one), luminance(other)))
    return (bright[1] + 0.05) / (bright[0] + 0.05)


def luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(2 * each for each in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
