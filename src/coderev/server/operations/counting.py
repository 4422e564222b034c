"""Counts of this process, in a registry of their own: nothing else that is loaded adds to it."""

from prometheus_client import CollectorRegistry, Counter, Histogram

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0)  # seconds


class Metrics:
    """What one process counts about itself; labels are names of ours, never what somebody sent."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.requests = Counter("coderev_http_requests", "Answers.", ["route", "status"], registry=registry)
        self.seconds = Histogram(
            "coderev_http_seconds", "Seconds until an answer was ready.", ["route"], buckets=BUCKETS, registry=registry
        )
