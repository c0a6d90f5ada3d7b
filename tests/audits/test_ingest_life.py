"""The life of findings against a model in plain Python: random runs, and moves made by hand."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from ingested import run, settle, snapshot

from mcc_cli.audits.base import Checked, Finding, UrlError
from mcc_cli.services.audits import triage
from mcc_cli.services.audits.finding_lifecycle import GONE

pytestmark = pytest.mark.db

EXAMPLES, STEPS = 15, 15
URLS = ("https://a.example/1", "https://a.example/2", "https://b.example/1")
RULES = ("title", "h1")
KINDS = ("not_found", "redirect", "server_error")
TOOLS = ("crawler", "lab")
SEVERITIES = ("critical", "high", "medium", "low")
OPEN = ("open", "in_progress")
AUDITS = """SELECT 'audits', url, error_type, source_tool, status, severity, resolved_at,
  last_seen_at, detected_at, times_reopened, resolution_notes FROM on_page_seo_audits"""
ERRORS = """SELECT 'url-errors', url, error_type, source_tool, status, severity, resolved_at,
  last_seen_at, detected_at, 0, NULL FROM url_errors"""

severities = st.sampled_from(SEVERITIES)
found = st.builds(Finding, st.sampled_from(URLS), st.sampled_from(RULES), severities)
errors = st.builds(
    UrlError, st.sampled_from(URLS), st.sampled_from(KINDS), st.just(404), severities
)
checked = st.builds(Checked, st.sampled_from(URLS), st.booleans())


@dataclass(frozen=True)
class State:
    """What the model knows of a finding."""

    status: str
    severity: str
    tool: str
    resolved: datetime | None
    last: datetime
    detected: datetime
    reopened: int = 0
    note: str | None = None


@dataclass(frozen=True)
class Past:
    """What the model knows of an ingested run."""

    tool: str
    at: datetime
    rules: frozenset[str] | None
    kinds: frozenset[str]
    urls: frozenset[str]
    site: str
    whole_site: bool
    fresh: bool

    def judged(self, key, made, now):
        """Whether it is later than a run, and checked what a finding of that run is about."""
        if self.at <= now:
            return False
        if key[0] == "audits":
            ruled = self.tool == made.tool and (self.rules is None or key[2] in self.rules)
        else:
            ruled = self.fresh and key[2] in self.kinds
        return ruled and (
            key[1] in self.urls or (self.whole_site and key[1].split("/")[2] == self.site)
        )


def past_of(made, now, told):
    """The run as later ones know it; None for a run that checked nothing, or not all."""
    scope = made.scope
    if scope.partial or not (scope.rules is None or scope.rules or scope.kinds or told):
        return None
    hosts = Counter(item.url.split("/")[2] for item in made.items)
    return Past(
        made.tool,
        now,
        None if scope.rules is None else frozenset(scope.rules),
        scope.kinds,
        frozenset(item.url for item in made.items),
        hosts.most_common(1)[0][0],
        scope.hosts,
        made.fresh,
    )


def judged(known, made, now, resolve, past):
    """§10 in plain Python: the findings after a run, and what became of those it speaks of."""
    after, told = dict(known), {}
    for item in made.items:
        if isinstance(item, Checked):
            continue
        page = isinstance(item, Finding)
        key = ("audits", item.url, item.rule, made.tool) if page else ("url-errors", *item[:2])
        if key in told:  # a twin: the first counts
            continue
        old = known.get(key)
        later = max((run.at for run in past if run.judged(key, made, now)), default=None)
        if old is None and later:
            told[key] = "before", item.severity
            note = "not found by the later run" if page else None
            after[key] = State("resolved", item.severity, made.tool, later, now, now, note=note)
            continue
        if old is None:
            told[key] = "new", item.severity
            after[key] = State("open", item.severity, made.tool, None, now, now)
            continue
        if old.status == "ignored":
            told[key] = "ignored", item.severity
            after[key] = replace(old, last=max(old.last, now))
            continue
        if old.status == "resolved" and (now <= old.resolved or later):
            told[key] = "before", item.severity
            continue
        back = old.status == "resolved"
        told[key] = "reopened" if back else "open", item.severity
        new = replace(old, last=max(old.last, now))
        if back:
            new = replace(new, status="open", resolved=None, reopened=old.reopened + page)
        if now >= old.last:
            new = replace(new, severity=item.severity, tool=made.tool)
        after[key] = new

    def fix(key, note=None):
        old = after[key]
        if old.status in OPEN and old.last < now and key not in told:
            told[key] = "resolved", old.severity
            after[key] = replace(old, status="resolved", resolved=now, note=note)

    by = f"{made.tool} run CODE"
    for item in made.items:
        if made.fresh and isinstance(item, UrlError) and item.kind in GONE:
            for key in [k for k in after if k[0] == "audits" and k[1] == item.url]:
                if key[3] == made.tool:
                    fix(key, "the page is gone")
    if made.fresh and not made.scope.partial:
        for item in made.items:
            for key in [k for k in after if k[0] == "url-errors" and k[1] == item.url]:
                other = isinstance(item, UrlError) and item.kind != key[2]
                seen = isinstance(item, Checked) and key[2] in made.scope.kinds
                if other or seen:
                    fix(key)
    if resolve and not made.scope.partial:
        pages = {item.url for item in made.items}
        if made.scope.hosts:
            hosts = {url.split("/")[2] for url in pages}
            pages = {url for url in URLS if url.split("/")[2] in hosts}
        rules = made.scope.rules
        for key in [k for k in after if k[1] in pages]:
            if key[0] == "audits" and key[3] == made.tool and (rules is None or key[2] in rules):
                applies = rules is None or rules[key[2]]
                fix(key, f"{'not found' if applies else 'does not apply any more,'} by {by}")
            if key[0] == "url-errors" and made.fresh and key[2] in made.scope.kinds:
                fix(key)
    return after, told


class Life(RuleBasedStateMachine):
    """Ingests and moves in any order; the table is to be as the model says, always."""

    connection = None  # of the test

    def __init__(self):
        super().__init__()
        self.transaction = self.connection.transaction(force_rollback=True)
        self.transaction.__enter__()
        (self.now,) = self.connection.execute("SELECT now()").fetchone()
        self.known, self.clock = {}, -5  # minutes from now, when people make their moves
        self.past = []

    def teardown(self):
        self.transaction.__exit__(None, None, None)

    @rule(
        items=st.lists(st.one_of(found, errors, checked), min_size=2, max_size=8),
        tool=st.sampled_from((TOOLS[0], *TOOLS)),
        later=st.sampled_from((1, 1, 1, 0, -1, -3)),
        rules=st.none() | st.dictionaries(st.sampled_from(RULES), st.booleans(), min_size=1),
        kinds=st.sampled_from((frozenset(KINDS), frozenset(KINDS[:1]), frozenset())),
        scope=st.fixed_dictionaries(
            {
                "hosts": st.booleans(),
                "resolves": st.sampled_from((True, True, False)),
                "partial": st.sampled_from((*[None] * 7, "it was stopped")),
            }
        ),
        fresh=st.sampled_from((True, True, False)),
        resolve_missing=st.booleans(),
        twice=st.booleans(),
    )
    def ingest(self, items, tool, later, rules, kinds, scope, fresh, resolve_missing, twice):
        self.clock += 1
        when = self.now + timedelta(minutes=self.clock + later)
        made = run(*items, tool=tool, when=when, rules=rules, kinds=kinds, fresh=fresh, **scope)
        resolve = scope["resolves"] or resolve_missing
        before, (self.known, told) = self.known, judged(self.known, made, when, resolve, self.past)
        options = {"resolve_missing": resolve_missing, "all_changes": True}
        outcome = settle(self.connection, made, **options)
        self.agree()
        assert not set(before) - set(self.known)
        self.order(before, when)
        if here := past_of(made, when, told):
            self.past.append(here)
        counts = Counter(told.values())
        assert {
            (name, severity): number
            for one in outcome.runs
            for name, by in one.counts.items()
            for severity, number in by.items()
        } == counts
        shown = Counter(each.outcome for each in outcome.changes)
        assert shown == {n: outcome.total(n) for n in shown}
        assert sum(shown.values()) == sum(1 for name, _ in told.values() if name != "before")
        if twice:
            tables = snapshot(self.connection)
            again = settle(self.connection, made, **options)
            assert snapshot(self.connection) == tables
            assert [each.repeated is None for each in again.runs] == [False]
            assert {n: again.total(n) for n in ("new", "reopened", "resolved")} == {
                "new": 0,
                "reopened": 0,
                "resolved": 0,
            }

    def order(self, before, when):
        """A run that is older than what is known of a finding neither opens nor resolves it."""
        for key, old in before.items():
            new = self.known[key]
            if old.status == "resolved" and when <= old.resolved:
                assert new == old
            if old.status in OPEN and when <= old.last:
                assert new.status == old.status
            if old.status == "ignored":
                assert new == replace(old, last=new.last)

    @precondition(lambda self: any(key[0] == "audits" for key in self.known))
    @rule(data=st.data(), verb=st.sampled_from(("resolve", "ignore", "reopen")))
    def move(self, data, verb):
        key = data.draw(st.sampled_from(sorted(k for k in self.known if k[0] == "audits")))
        (number,) = self.connection.execute(
            "SELECT id FROM on_page_seo_audits WHERE (url, error_type, source_tool) = (%s, %s, %s)",
            key[1:],
        ).fetchone()
        getattr(triage, verb)(self.connection, [number])
        old = self.known[key]
        if verb == "reopen":
            if old.status not in OPEN:
                count = old.reopened + (old.status == "resolved")
                self.known[key] = replace(old, status="open", resolved=None, reopened=count)
        else:
            status = "resolved" if verb == "resolve" else "ignored"
            if old.status != status:
                when = self.now if verb == "resolve" else None
                self.known[key] = replace(old, status=status, resolved=when)
        self.agree()

    @precondition(lambda self: any(each.status == "open" for each in self.known.values()))
    @rule(data=st.data())
    def begin(self, data):
        """Someone works on a finding."""
        key = data.draw(
            st.sampled_from(sorted(k for k, each in self.known.items() if each.status == "open"))
        )
        table, more = ("url_errors", "") if len(key) == 3 else ("on_page_seo_audits", key[3])
        tool = " AND source_tool = %s" if more else ""
        self.connection.execute(
            f"UPDATE {table} SET status = 'in_progress' WHERE url = %s AND error_type = %s{tool}",
            [*key[1:]],
        )
        self.known[key] = replace(self.known[key], status="in_progress")

    def agree(self):
        """The tables hold what the model says."""
        stored = {}
        for entity, url, name, tool, *rest in self.connection.execute(
            f"{AUDITS} UNION ALL {ERRORS}"
        ):
            key = (entity, url, name, tool) if entity == "audits" else (entity, url, name)
            status, severity, resolved, last, detected, reopened, note = rest
            stored[key] = State(status, severity, tool, resolved, last, detected, reopened, note)
        assert set(stored) == set(self.known)
        for key, each in stored.items():
            model = self.known[key]
            assert replace(each, note=None) == replace(model, note=None), key
            if model.note is None:
                assert each.note is None
            else:
                assert each.note.startswith(model.note.removesuffix("CODE"))


def test_findings_live_as_the_model_says(connection):
    Life.connection = connection
    health = list(HealthCheck)
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=health,
            phases=[Phase.generate],  # shrinking takes minutes
        ),
    )
