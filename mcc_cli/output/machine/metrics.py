"""Figures as Prometheus text, for the textfile collector of its node_exporter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from prometheus_client.core import Metric

ROWS = ("read", "created", "updated", "unchanged", "rejected", "cleared")
WRITTEN = ("created", "updated", "cleared")
DONE = 0


def text(snapshot: Any, version: str, seconds: float) -> str:
    """A `services.snapshot.Snapshot` as text; `seconds` is how long it took."""
    return _text([*_up(version, seconds, None, snapshot), *_stock(snapshot), *_flow(snapshot)])


def failure(code: str, version: str, seconds: float) -> str:
    """What is told where nothing could be read: that it is so, why, and when."""
    return _text(list(_up(version, seconds, code, None)))


def _text(families: list[Metric]) -> str:
    from prometheus_client import CollectorRegistry, generate_latest

    class Found:
        def collect(self) -> list[Metric]:
            return [item for item in families if item.samples]

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Found())
    return generate_latest(registry).decode()


def _gauge(
    name: str, help: str, samples: Iterable[tuple[dict[str, str], float | None]] | float | None
) -> Metric:
    """A metric with its values by labels, or with one value; what is not known is left out."""
    from prometheus_client.core import GaugeMetricFamily

    result = GaugeMetricFamily(f"mcc_{name}", help)
    if samples is None or isinstance(samples, (int, float)):
        samples = [({}, samples)]
    for labels, value in samples:
        if value is not None:
            result.add_sample(f"mcc_{name}", labels, float(value))
    return result


def _up(version: str, seconds: float, code: str | None, snapshot: Any) -> Iterator[Metric]:
    import time

    yield _gauge("up", "Whether the database could be read (1) or not (0).", float(code is None))
    if code is not None:
        yield _gauge("error", "Why it could not: mcc's code of the error.", [({"code": code}, 1)])
    about = {"version": version}
    if snapshot is not None:
        about |= {"revision": snapshot.revision, "server_version": snapshot.server}
    yield _gauge("info", "Version of mcc and of PostgreSQL, revision of the schema.", [(about, 1)])
    at = time.time() if snapshot is None else snapshot.at.timestamp()
    yield _gauge("scrape_timestamp_seconds", "When this was read.", at)
    yield _gauge("scrape_duration_seconds", "How long it took to read.", seconds)


def _stock(snapshot: Any) -> Iterator[Metric]:
    """What there is: rows, findings, the log, watchers, replicas."""
    everything = {**snapshot.rows, **snapshot.links}
    yield _gauge(
        "rows",
        "Rows of an entity or of a link table.",
        [({"entity": name}, item.rows) for name, item in everything.items()],
    )
    yield _gauge(
        "rows_exact",
        "Whether the rows were counted (1) or, the table being large, estimated (0).",
        [({"entity": name}, item.exact) for name, item in everything.items()],
    )
    yield _gauge(
        "open_findings",
        "Audit findings and URL errors that are open or in progress.",
        [
            ({"entity": entity, "severity": severity}, number)
            for entity, result in snapshot.findings.items()
            for severity, number in result.items()
        ],
    )
    log = snapshot.log
    yield _gauge(
        "log_position", "Greatest number that an event of the change log has.", log["last"]
    )
    yield _gauge("log_pruned_position", "Greatest number that was pruned.", log["pruned_to"])
    yield _gauge("log_events", "Events in the change log.", snapshot.logs["events"].rows)
    yield _gauge("log_size_bytes", "Size of the change log with its indexes.", log["bytes"])
    for name in ("oldest", "newest"):
        at = log[name]
        yield _gauge(
            f"log_{name}_event_timestamp_seconds",
            f"When the {name} event of the change log was written.",
            at and at.timestamp(),
        )
        yield _gauge(
            f"log_{name}_event_age_seconds",
            f"How long before the scrape the {name} event was written.",
            at and max(0.0, (snapshot.at - at).total_seconds()),
        )
    watchers = snapshot.watchers
    yield _gauge("watchers", "Sessions of mcc watch in this database.", watchers.number)
    yield _gauge(
        "watchers_longest_silence_seconds",
        "How long ago a watcher polled last, of the one that is silent longest; "
        "above 15 it is still delivering, and behind by as much.",
        watchers.silence,
    )
    yield _gauge(
        "notification_queue_usage_ratio",
        "How full the server's queue of notifications is.",
        watchers.queue,
    )
    yield _gauge("server_is_standby", "Whether this server is a standby.", snapshot.standby)
    yield _gauge("standby_replay_lag_seconds", "How far this standby is behind.", snapshot.behind)
    yield _gauge("standbys", "Standbys of this server.", len(snapshot.standbys))
    yield from _standbys(snapshot.standbys)


def _standbys(standbys: list[Any]) -> Iterator[Metric]:
    """The standbys of a primary, each by its name; of those that share one, the last by much."""
    for name, help, field in (
        ("lag_bytes", "What a standby has not replayed yet.", "size"),
        ("lag_seconds", "How far a standby is behind.", "seconds"),
    ):
        worst: dict[tuple[str, str], float] = {}
        for item in standbys:
            value = getattr(item, field)
            if value is not None:
                key = item.name, item.address or "unknown"
                worst[key] = max(value, worst.get(key, value))
        yield _gauge(
            f"standbys_{name}",
            help,
            [({"name": key[0], "address": key[1]}, value) for key, value in worst.items()],
        )


def _flow(snapshot: Any) -> Iterator[Metric]:
    """The last run of each kind and entity; an empty entity means many or none."""
    yield _gauge("runs", "Runs in the log of runs.", snapshot.logs["runs"].rows)
    kinds = ("import", "seed", "ingest", "quickstart")
    yield _gauge(
        "runs_running",
        "Runs that are under way.",
        [({"kind": kind}, snapshot.running.get(kind, 0)) for kind in kinds],
    )
    runs = [
        ({"kind": item["kind"], "entity": item["entity"] or ""}, item) for item in snapshot.runs
    ]

    def last(name: str, help: str, values: list[float | None]) -> Metric:
        labels = (labels for labels, _ in runs)
        return _gauge(f"last_run_{name}", help, list(zip(labels, values, strict=True)))

    result = [item for _, item in runs]
    yield last(
        "timestamp_seconds",
        "When the last run began that has ended and was no dry run.",
        [item["started"].timestamp() for item in result],
    )
    yield last(
        "age_seconds",
        "How long before the scrape the last run began.",
        [max(0.0, (snapshot.at - item["started"]).total_seconds()) for item in result],
    )
    yield last("duration_seconds", "How long the last run took.", [r["duration"] for r in result])
    yield last(
        "exit_code",
        "Exit status of the last run; none where its session was lost.",
        [item["exit"] for item in result],
    )
    yield last(
        "success",
        "Whether the last run ended with status 0.",
        [float(item["exit"] == DONE) for item in result],
    )
    yield last(
        "success_timestamp_seconds",
        "When a run last ended with status 0.",
        [item["succeeded"] and item["succeeded"].timestamp() for item in result],
    )
    yield _gauge(
        "last_run_rows",
        "Rows of the last run by outcome; a run that was rolled back has written none.",
        [
            ({**labels, "outcome": name}, 0 if name in WRITTEN and not item["written"] else number)
            for labels, item in runs
            for name in ROWS
            if (number := item[name]) is not None
        ],
    )
