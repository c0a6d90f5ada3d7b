"""The linker: what each change does and reports, alone and with others at the same time."""

from __future__ import annotations

import multiprocessing
import random
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import psycopg
import pytest

from mcc_cli.errors import MccError
from mcc_cli.services.links import link_lists, link_search, linker
from mcc_cli.services.links.linker import Link

pytestmark = pytest.mark.db

S, SUB = "services", "sub-services"
FILL = (
    "users (name, email) VALUES ('Ana', 'ana@x.example')",
    "services (service_name) SELECT 'Service ' || n FROM generate_series(1, 3) AS n",
    "sub_services (service_id, sub_service_name)"
    " SELECT id, 'Part ' || n FROM services, generate_series(1, 2) AS n",
    "content_repository (title) SELECT 'Guide ' || n FROM generate_series(1, 3) AS n",
)
PROCESSES, COMMANDS = 8, 200
WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid = %s"


def fill(connection):
    for statement in FILL:
        connection.execute(f"INSERT INTO {statement}")
    return connection


def ids(connection, table):
    return [row[0] for row in connection.execute(f"SELECT id FROM {table} ORDER BY id")]


def stored(connection):
    """All links there are."""
    rows = connection.execute(
        "SELECT 'services', content_id, service_id FROM content_service_links UNION ALL"
        " SELECT 'sub-services', content_id, sub_service_id FROM content_sub_service_links"
    )
    return {Link(*row) for row in rows}


@pytest.fixture
def db(connection):
    """Three content items, three services with two parts each, and a user."""
    return fill(connection)


@pytest.fixture
def pages(db):
    """The ids of content, services and sub-services."""
    tables = ("content_repository", "services", "sub_services")
    return [ids(db, table) for table in tables]


def test_linking_twice_changes_nothing_the_second_time(db, pages):
    (one, two, _), (seo, *_), (part, *_) = pages
    pairs = {S: [(two, seo), (one, seo), (one, seo)], SUB: [(one, part)]}
    made = [Link(S, one, seo), Link(S, two, seo), Link(SUB, one, part)]
    assert linker.link(db, pairs) == linker.Change(linked=made)
    assert linker.link(db, pairs) == linker.Change(already=made)
    assert stored(db) == set(made)


def test_unlinking_tells_what_was_not_linked(db, pages):
    (one, two, _), (seo, *_), _ = pages
    linker.link(db, {S: [(one, seo)]})
    change = linker.unlink(db, {S: [(one, seo), (two, seo)]})
    assert change == linker.Change(unlinked=[Link(S, one, seo)], absent=[Link(S, two, seo)])
    assert stored(db) == set()


def test_toggling_turns_each_pair_round(db, pages):
    (one, two, _), (seo, *_), _ = pages
    linker.link(db, {S: [(one, seo)]})
    change = linker.toggle(db, {S: [(one, seo), (two, seo)]})
    assert change == linker.Change(linked=[Link(S, two, seo)], unlinked=[Link(S, one, seo)])
    assert stored(db) == {Link(S, two, seo)}


def test_setting_the_content_of_a_service_leaves_other_services_alone(db, pages):
    (one, two, three), (seo, ads, _), _ = pages
    linker.link(db, {S: [(one, seo), (two, seo), (one, ads)]})
    change = linker.replace(db, S, [seo], {S: [(two, seo), (three, seo)]})
    assert change == linker.Change(
        linked=[Link(S, three, seo)], already=[Link(S, two, seo)], unlinked=[Link(S, one, seo)]
    )
    assert stored(db) == {Link(S, two, seo), Link(S, three, seo), Link(S, one, ads)}


def test_setting_the_services_of_content_leaves_its_sub_services_alone(db, pages):
    (one, two, _), (seo, ads, _), (part, *_) = pages
    linker.link(db, {S: [(one, seo), (two, seo)], SUB: [(one, part)]})
    change = linker.replace(db, "content", [one], {S: [(one, ads)]})
    assert change == linker.Change(linked=[Link(S, one, ads)], unlinked=[Link(S, one, seo)])
    assert stored(db) == {Link(S, one, ads), Link(S, two, seo), Link(SUB, one, part)}
    change = linker.replace(db, "content", [one, two], {S: [], SUB: []})
    assert not change.linked
    assert stored(db) == set()


def test_a_link_keeps_who_made_it_and_when(db, pages):
    (one, two, _), (seo, *_), _ = pages
    (ana,) = ids(db, "users")
    linker.link(db, {S: [(one, seo)]}, actor=ana)
    db.execute("UPDATE content_service_links SET created_at = '2026-01-01T00:00Z'")
    linker.link(db, {S: [(one, seo)]})
    linker.replace(db, S, [seo], {S: [(one, seo), (two, seo)]})
    rows = db.execute(
        "SELECT created_by_id, created_at < now() FROM content_service_links ORDER BY content_id"
    ).fetchall()
    assert rows == [(ana, True), (None, False)]


@pytest.mark.parametrize("gone", ["content", "services"])
def test_a_row_deleted_meanwhile_is_named_and_nothing_is_linked(db, pages, gone):
    (one, *_), (seo, *_), _ = pages
    missing = 2**40
    pair = (missing, seo) if gone == "content" else (one, missing)
    with pytest.raises(MccError) as caught, db.transaction():
        linker.link(db, {S: [(one, seo), pair]})
    assert (caught.value.code, caught.value.entity) == ("E-NOTFOUND", gone)
    assert caught.value.value == str(missing)
    assert stored(db) == set()


def test_what_is_deleted_before_it_is_told_is_called_by_its_id(db, pages):
    (one, *_), _, _ = pages
    named = link_lists.labels(db, [Link(S, one, 2**40)])
    assert named == {("content", one): "guide-1", (S, 2**40): f"id={2**40}"}


def random_command(rng, content, services, parts):
    """A change of some links, as (what, owner, owner ids, pairs)."""
    some = [(S, services), (SUB, parts)]
    what = rng.choice(["link", "unlink", "link", "unlink", "toggle", "replace", "replace"])
    if what != "replace":
        kinds = rng.sample(some, rng.randint(1, 2))
        picked = {
            kind: [(rng.choice(content), rng.choice(pages)) for _ in range(rng.randint(1, 4))]
            for kind, pages in kinds
        }
        return what, None, [], picked
    kind, pages = rng.choice(some)
    if rng.random() < 0.5:
        page = rng.choice(pages)
        picked = rng.sample(content, rng.randint(0, len(content)))
        return what, kind, [page], {kind: [(each, page) for each in picked]}
    one = rng.choice(content)
    return what, "content", [one], {kind: [(one, each) for each in rng.sample(pages, 2)]}


def at_work(url, seed, commands):
    """Change links in a process of its own; what each command did, with its place in the order.

    The number is drawn in the command's transaction, while it holds its locks.
    """
    rng = random.Random(seed)
    log = []
    with psycopg.connect(url, autocommit=True) as connection:
        known = [ids(connection, t) for t in ("content_repository", "services", "sub_services")]
        for _ in range(commands):
            what, owner, owners, pairs = random_command(rng, *known)
            with connection.transaction():
                if what == "replace":
                    change = linker.replace(connection, owner, owners, pairs)
                else:
                    change = getattr(linker, what)(connection, pairs)
                (place,) = connection.execute("SELECT nextval('place')").fetchone()
            log.append((place, what, owner, owners, pairs, change))
    return log


def expected(there, what, owner, owners, pairs):
    """What a command does where the links `there` are, one command at a time."""
    wanted = {Link(kind, *pair) for kind, each in pairs.items() for pair in each}
    before = set(there)
    if what == "link":
        there |= wanted
    elif what == "unlink":
        there -= wanted
    elif what == "toggle":
        there ^= wanted
    else:
        there -= {
            link
            for link in before
            if link.kind in pairs and (link.content if owner == "content" else link.page) in owners
        }
        there |= wanted
    absent = wanted - before if what == "unlink" else set()
    already = wanted & before if what in ("link", "replace") else set()
    return there - before, already, before - there, absent


def test_eight_processes_come_to_what_one_after_the_other_would(database):
    with psycopg.connect(database, autocommit=True) as connection:
        fill(connection)
        connection.execute("CREATE SEQUENCE place")
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(PROCESSES, mp_context=spawn) as pool:
            workers = [pool.submit(at_work, database, n, COMMANDS) for n in range(PROCESSES)]
            log = sorted((each for w in workers for each in w.result()), key=lambda each: each[0])
        assert len(log) == PROCESSES * COMMANDS
        there = set()
        for place, what, owner, owners, pairs, change in log:
            told = (change.linked, change.already, change.unlinked, change.absent)
            assert tuple(map(set, told)) == expected(there, what, owner, owners, pairs), place
        assert stored(connection) == there


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("content_repository", lambda c, one, seo: linker.link(c, {S: [(x, seo[0]) for x in one]})),
        ("services", lambda c, one, seo: linker.replace(c, S, seo, {S: [(one[0], seo[0])]})),
    ],
)
def test_rows_are_locked_in_the_order_of_their_ids(database, table, change):
    """In the order of the table two changes can wait for each other; a retry would hide it."""
    with (
        psycopg.connect(database, autocommit=True) as first,
        psycopg.connect(database, autocommit=True) as second,
        psycopg.connect(database, autocommit=True) as third,
        ThreadPoolExecutor(1) as pool,
    ):
        fill(first)
        content, services = ids(first, "content_repository"), ids(first, "services")
        low, *_, high = ids(first, table)
        first.execute(f"UPDATE {table} SET updated_at = now() WHERE id = %s", [low])  # now last
        pid = second.info.backend_pid
        with first.transaction():
            first.execute(f"SELECT FROM {table} WHERE id = %s FOR UPDATE", [high])
            changing = pool.submit(change, second, content, services)
            deadline = time.monotonic() + 60
            while first.execute(WAITS, [pid]).fetchone() == (0,):
                assert time.monotonic() < deadline
                assert not changing.done(), changing.result()
            with pytest.raises(psycopg.errors.LockNotAvailable):
                third.execute(f"SELECT FROM {table} WHERE id = %s FOR UPDATE NOWAIT", [low])
        assert changing.result(60).linked


@pytest.mark.parametrize("late", ["link", "toggle", "unlink"])
def test_a_change_waits_for_a_set_of_the_same_service(database, late):
    with (
        psycopg.connect(database, autocommit=True) as first,
        psycopg.connect(database, autocommit=True) as second,
    ):
        fill(first)
        (one, two, three), (seo, *_) = ids(first, "content_repository"), ids(first, "services")
        linker.link(first, {S: [(one, seo)]})
        second.execute("SET lock_timeout = '50ms'")
        with first.transaction():
            linker.replace(first, S, [seo], {S: [(two, seo)]})
            with pytest.raises(MccError) as caught:
                getattr(linker, late)(second, {S: [(three, seo)]})
            assert caught.value.code == "E-TIMEOUT"
        assert stored(first) == {Link(S, two, seo)}


def test_setting_the_content_of_a_service_waits_for_what_it_would_unlink(database):
    with (
        psycopg.connect(database, autocommit=True) as first,
        psycopg.connect(database, autocommit=True) as second,
    ):
        fill(first)
        (one, *_), (seo, *_) = ids(first, "content_repository"), ids(first, "services")
        linker.link(first, {S: [(one, seo)]})
        second.execute("SET lock_timeout = '50ms'")
        with first.transaction():
            linker.replace(first, "content", [one], {SUB: []})
            with pytest.raises(MccError) as caught:
                linker.replace(second, S, [seo], {S: []})
            assert caught.value.code == "E-TIMEOUT"
        assert linker.replace(second, S, [seo], {S: []}).unlinked == [Link(S, one, seo)]


def test_links_of_one_service_do_not_wait_for_each_other_nor_for_its_update(database):
    with (
        psycopg.connect(database, autocommit=True) as first,
        psycopg.connect(database, autocommit=True) as second,
    ):
        fill(first)
        (one, two, _), (seo, *_) = ids(first, "content_repository"), ids(first, "services")
        second.execute("SET lock_timeout = '50ms'")
        with first.transaction():
            first.execute("UPDATE services SET menu_heading = 'x' WHERE id = %s", [seo])
            linker.link(first, {S: [(one, seo)]})
            linker.link(second, {S: [(two, seo)]})
        assert stored(first) == {Link(S, one, seo), Link(S, two, seo)}


@pytest.fixture
def searched(db, pages):
    """Look for content that is not linked to the first service."""
    _, (seo, *_), _ = pages
    for title, url, keywords in (
        ("Technical SEO audit", None, []),
        ("Audit", "https://technical.example/x/hreflang-guide", []),
        ("Handbook of logs", "https://x.example/technical", ["crawl budget", "log files"]),
        ("Linked audit", None, []),
        ("100% of it", None, []),
    ):
        db.execute(
            "INSERT INTO content_repository (title, full_url, focus_keywords) VALUES (%s, %s, %s)",
            [title, url, keywords],
        )
    (linked,) = db.execute("SELECT id FROM content_repository WHERE slug = 'linked-audit'")
    linker.link(db, {S: [(linked[0], seo)]})

    def call(text, limit=20):
        found = link_search.search(db, S, seo, text, limit)
        assert all(0 < row[-1] <= 1 for row in found.rows)
        assert [row[-1] for row in found.rows] == sorted((r[-1] for r in found.rows), reverse=True)
        return [row[1] for row in found.rows], found.instead

    return call


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("audit", ["audit", "technical-seo-audit"]),
        ("AUDIT technical", ["technical-seo-audit"]),
        ("technical-seo-audit", ["technical-seo-audit"]),
        ("technical", ["technical-seo-audit", "handbook-of-logs"]),
        ("crawl", ["handbook-of-logs"]),
        ('"crawl files"', []),
        ('"log files"', ["handbook-of-logs"]),
        ("hreflang", ["audit"]),
        ("https://technical.example/x/hreflang-guide", ["audit"]),
        ("techn", ["technical-seo-audit", "handbook-of-logs"]),
        ("techn audit", []),
        ("audit -technical", ["audit"]),
        ('audit -"seo audit"', ["audit"]),
        ('audit -"seo aud', ["audit", "technical-seo-audit"]),
        ("audit -seo-audit", ["audit"]),
        ("audit -", ["audit", "technical-seo-audit"]),
        ("² ①", []),
        ("audit ²", []),
        ("crawl or hreflang", ["handbook-of-logs", "audit"]),
        ("100%", ["100-of-it"]),
        ("", []),
        ("???", []),
        ("-audit", []),
        ("or", []),
        ("' & | ! ( ) :* \\", []),
        ("qqqqqq", []),
    ],
)
def test_search_finds_words_in_title_slug_keywords_and_path(searched, text, found):
    slugs, instead = searched(text)
    assert sorted(slugs) == sorted(found) if " or " in text else slugs == found
    assert instead is None


def test_search_is_not_led_astray_by_many_words_that_only_hold_the_letters(searched, db):
    db.execute(
        "INSERT INTO content_repository (title) SELECT 'Blog ' || n FROM generate_series(1, %s) n",
        [link_search.MOST_WEIGHED + 1],
    )
    assert searched("log") == (["handbook-of-logs"], None)


def test_search_stops_at_the_limit(searched):
    assert searched("audit", 1) == (["audit"], None)


@pytest.mark.parametrize("typed", ["handbok", "technicl audit"])
def test_a_typo_is_looked_for_by_the_nearest_words(searched, typed):
    slugs, instead = searched(typed)
    assert slugs == [{"h": "handbook-of-logs", "t": "technical-seo-audit"}[typed[0]]]
    assert instead == {"h": '"handbook"', "t": '"technical audit"'}[typed[0]]


EITHER = '"handbook or audit"'


@pytest.mark.parametrize(
    ("text", "found", "instead"),
    [
        ("budgte", ["handbook-of-logs"], '"budget"'),
        ("audti -technical", ["audit"], '"audit"'),
        ("audti -technical -hreflang", [], None),
        ("hadnbook or audti -hreflang", ["handbook-of-logs", "technical-seo-audit"], EITHER),
        ("crawl -budget", [], None),
    ],
)
def test_a_mended_search_knows_keywords_and_keeps_what_is_not_wanted(
    searched, text, found, instead
):
    slugs, told = searched(text)
    assert (sorted(slugs), told) == (sorted(found), instead)


def test_a_typo_is_looked_for_by_trigrams_where_the_server_has_them(searched, db):
    known = db.execute("SELECT FROM pg_available_extensions WHERE name = 'pg_trgm'").fetchone()
    if known is None:
        pytest.skip("this server comes without pg_trgm; Debian's, by --pg 15, has it")
    db.execute("CREATE SCHEMA apart")
    db.execute("CREATE EXTENSION pg_trgm SCHEMA apart")
    slugs, instead = searched("handbok")
    assert (slugs, instead) == (["handbook-of-logs"], "something similar")
    assert searched("crawl bugdet") == (["handbook-of-logs"], "something similar")
    assert searched("handbok -crawl") == ([], None)
