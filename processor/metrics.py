"""Every metric of the processor, with labels from fixed sets: no tenant, campaign or other text from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

_MILLISECONDS: Final = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.015, 0.03, 0.06, 0.12, 0.25, 0.5, 1.0, 2.5)


class Counts(Protocol):
    """A store that counts what it was asked."""

    calls: int
    conflicts: int
    observe: Callable[[str, float], None]
    """Is told of each call by name, and how many seconds it took."""


class Decisions(Protocol):
    """An engine that counts what it decided again."""

    decided_again: int
    dirty: bool

    @property
    def noticed(self) -> Mapping[tuple[str, str], int]:
        """By kind and what: how often."""


class _Counts(Collector):
    def __init__(self, store: Counts, engine: Decisions) -> None:
        self._store, self._engine = store, engine

    def collect(self) -> Iterator[Metric]:
        yield CounterMetricFamily("kpi_redecisions", "Marks of what became dirty that were decided again.", self._engine.decided_again)
        yield GaugeMetricFamily("kpi_dirty", "1 while something is to be decided again, as of the last reply.", int(self._engine.dirty))
        yield CounterMetricFamily("kpi_store_calls", "Calls that would write, of groups and of settling.", self._store.calls)
        yield CounterMetricFamily(
            "kpi_conflicts", "Calls refused because something that was read had changed; planned again.", self._store.conflicts
        )
        noticed = CounterMetricFamily(
            "kpi_noticed",
            "Events that said nothing new (duplicate), came after a newer version (older) or said something else of a version that is known (contradiction), and "
            "orders with a status of no known word (unknown_status). Of messages: duplicates. A replay counts again.",
            labels=["kind", "what"],
        )
        for (kind, what), n in sorted(self._engine.noticed.items()):
            noticed.add_metric([kind, what], n)
        yield noticed


class Metrics:
    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.events = Counter(
            "kpi_events_total", "Records that were counted, by kind of event. A replay counts again.", ["kind"], registry=registry
        )
        self.dead_letters = Counter(
            "kpi_dead_letters_total", "Records parked in a dead letter topic, by reason.", ["reason"], registry=registry
        )
        self.polls = Counter("kpi_polls_total", "Polls of Kafka that brought records.", registry=registry)
        self.commit_seconds = Histogram(
            "kpi_commit_seconds", "From the plan of a group to the reply of the store.", buckets=_MILLISECONDS, registry=registry
        )
        self.settle_seconds = Histogram(
            "kpi_settle_seconds", "One step of deciding again what became dirty.", buckets=_MILLISECONDS, registry=registry
        )
        self.remove_seconds = Histogram(
            "kpi_remove_seconds", "One step of removing what is no longer kept.", buckets=_MILLISECONDS, registry=registry
        )
        self.claims = Counter("kpi_claims_total", "Partitions claimed in the store.", registry=registry)
        self.lost = Counter("kpi_lost_total", "Partitions the store no longer gave us, by what it said.", ["reason"], registry=registry)
        for reason in ("FENCED", "NOSTATE", "REWOUND"):
            self.lost.labels(reason)  # else the first of a reason comes out of nothing, and is no increase
        self.rereads = Counter("kpi_rereads_total", "Polls that did not join what was counted and are read again.", registry=registry)
        self.held = Gauge("kpi_partitions_held", "Partitions that this process counts.", registry=registry)
        why_stuck = "1 while an assigned partition cannot be counted; /readyz says why."
        self.stuck = Gauge("kpi_partition_stuck", why_stuck, ["topic", "partition"], registry=registry)
        self.lag = Gauge(
            "kpi_lag_records", "Records in Kafka that are not counted yet, in the partitions held here.", ["topic"], registry=registry
        )
        self.ready = Gauge(
            "kpi_ready", "1 while Kafka and the store answer and every assigned partition can be counted.", registry=registry
        )

        self.store_seconds = Histogram(
            "kpi_store_seconds", "One call of a script of the store.", ["call"], buckets=_MILLISECONDS, registry=registry
        )
        ProcessCollector(registry=registry)

    def watch(self, store: Counts, engine: Decisions) -> None:
        store.observe = lambda call, seconds: self.store_seconds.labels(call).observe(seconds)
        self.registry.register(_Counts(store, engine))
