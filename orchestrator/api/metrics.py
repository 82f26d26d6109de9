"""Count what the API does, for Prometheus; one registry per application."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class _Ended(Collector):
    """Show counts that are kept elsewhere."""

    def __init__(self) -> None:
        self.results: Mapping[tuple[str, str], int] = {}
        self.leases_expired = 0

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Give the counts as Prometheus' counters."""
        results = CounterMetricFamily(
            "flatrender_results",
            "Results of attempts that this process took",
            labels=("outcome", "failure_class"),
        )
        for labels, count in self.results.items():
            results.add_metric(labels, count)
        yield results
        yield CounterMetricFamily(
            "flatrender_leases_expired",
            "Leases that this process took back from silent nodes",
            value=self.leases_expired,
        )


class Metrics:
    """Hold the counters of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "code")
        self.requests = Counter(
            "flatrender_http_requests", "Answered requests", labels, registry=self.registry
        )
        self.seconds = Histogram(
            "flatrender_http_request_seconds",
            "Time to answer, long polls and streams included",
            ("method", "route"),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._answered: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._gauges = {
            name: Gauge(full, text, ("state",), registry=self.registry)
            for name, full, text in (
                ("queue", "flatrender_queue_tasks", "Tasks in the queue"),
                ("jobs", "flatrender_jobs_active", "Jobs not finished"),
                ("nodes", "flatrender_nodes", "Nodes"),
            )
        }
        self._overdue = Gauge(
            "flatrender_leases_overdue",
            "Leases past their deadline that were not taken back yet",
            registry=self.registry,
        )
        self._oldest = Gauge(
            "flatrender_queue_oldest_ready_seconds",
            "Time since the oldest task that is ready was queued",
            registry=self.registry,
        )
        self._ended = _Ended()
        self.registry.register(self._ended)

    def answered(self, method: str, route: str, code: int, seconds: float) -> None:
        """Count one answered request."""
        series = self._answered.get((method, route, code))
        if series is None:
            series = (
                self.requests.labels(method, route, str(code)),
                self.seconds.labels(method, route),
            )
            self._answered[method, route, code] = series
        series[0].inc()
        series[1].observe(seconds)

    def measured(self, depths: dict[str, dict[str, int]]) -> None:
        """Show new depths, `{gauge: {state: count}}`; a state that is not named is gone."""
        for name, gauge in self._gauges.items():
            gauge.clear()
            for state, count in depths.get(name, {}).items():
                gauge.labels(state).set(count)
        self._overdue.set(depths.get("leases", {}).get("overdue", 0))
        self._oldest.set(depths.get("ages", {}).get("oldest_ready", 0))

    def counted(self, results: Mapping[tuple[str, str], int], leases_expired: int) -> None:
        """Show how many results came, by (outcome, class of failure), and leases expired."""
        self._ended.results, self._ended.leases_expired = results, leases_expired

    def render(self) -> bytes:
        """Write every value in Prometheus' text format."""
        return generate_latest(self.registry)
