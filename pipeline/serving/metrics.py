"""Counts for Prometheus; labels are names of ours, never of a client."""

from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from pipeline.router.record import Episode
from pipeline.router.spool import Spool

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
TOKENS = {"input": "input_tokens", "output": "output_tokens"}


class Metrics:
    """All counts of one server."""

    def __init__(self, spool: Spool) -> None:
        self._registry = CollectorRegistry()
        counter = partial(Counter, registry=self._registry)
        gauge = partial(Gauge, registry=self._registry)
        self._requests = counter(
            "xrouter_requests", "Chat requests by HTTP status; 499: the client left", ["status"],
        )  # fmt: skip
        self._seconds = Histogram(
            "xrouter_request_seconds", "From the first byte of a request to the last of its answer",
            buckets=SECONDS, registry=self._registry,
        )  # fmt: skip
        self._episodes = counter(
            "xrouter_episodes",
            "Routing decisions",
            ["mode", "policy", "simulated"],
        )
        self._calls = counter(
            "xrouter_calls",
            "Calls of models",
            ["model", "status", "error"],
        )
        self._tokens = counter("xrouter_tokens", "Tokens billed", ["model", "direction"])
        self._cost = counter("xrouter_cost_usd", "Cost of calls in USD", ["model"])
        self._router_cost = counter("xrouter_router_cost_usd", "Cost of the policy in USD")
        self.in_flight = gauge("xrouter_in_flight", "Requests under way")
        waiting = gauge("xrouter_ledger_waiting", "Episodes not yet in a file")
        waiting.set_function(lambda: spool.waiting)
        failing = gauge("xrouter_ledger_failing", "1: the last write of the ledger failed")
        failing.set_function(lambda: float(spool.fault is not None))

    def request(self, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(str(status)).inc()
        self._seconds.observe(seconds)

    def episode(self, episode: Episode) -> None:
        """Count a decision and its calls."""
        row = episode.row
        self._episodes.labels(row["mode"], row["policy"], str(row["simulated"]).lower()).inc()
        self._router_cost.inc(row["router_cost_usd"])
        for call in episode.calls:
            model = call["model_id"] or "none"
            self._calls.labels(model, call["status"], call["error_type"] or "none").inc()
            if call["cost_usd"]:
                self._cost.labels(model).inc(call["cost_usd"])
            for direction, name in TOKENS.items():
                if call.get(name):
                    self._tokens.labels(model, direction).inc(call[name])

    def text(self) -> bytes:
        """In Prometheus' format."""
        return generate_latest(self._registry)
