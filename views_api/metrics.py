"""What this process tells about itself (Prometheus). Labels are routes and codes, never a campaign, a tenant or a person."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


class Metrics:
    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter("kpi_api_requests", "Requests answered.", ("route", "status"), registry=self._registry)
        self.seconds = Histogram("kpi_api_request_seconds", "Time to an answer.", ("route",), buckets=_SECONDS, registry=self._registry)
        self.streams = Gauge("kpi_api_streams", "Live streams being served.", registry=self._registry)
        self.dropped = Counter("kpi_api_streams_dropped", "Live streams ended because the reader did not read.", registry=self._registry)
        self.unavailable = Counter("kpi_api_store_unavailable", "Answers that failed because the store was away.", registry=self._registry)
        self.lag = Gauge("kpi_api_lag_seconds", "Age of the numbers: now less as_of.", registry=self._registry)

        self.store = Histogram("kpi_api_store_seconds", "One call to the store.", ("call",), buckets=_SECONDS, registry=self._registry)
        self.kept = Counter(
            "kpi_api_kept", "Reads of days, by what was kept of them: nothing, all (unchanged), or all but what changed.", ("outcome",), registry=self._registry
        )  # fmt: skip
        self.kept_bytes = Gauge("kpi_api_kept_bytes", "What is kept of the days that were read last, about.", registry=self._registry)
        self.views = Histogram(
            "kpi_api_view_seconds", "Working out a live view, for all who watch it.", ("view",), buckets=_SECONDS, registry=self._registry
        )
        self.files = Counter("kpi_api_files", "Files begun.", ("format",), registry=self._registry)
        ProcessCollector(registry=self._registry)

    def render(self) -> bytes:
        """The text that a scraper reads."""
        return generate_latest(self._registry)
