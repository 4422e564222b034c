"""What the database and the rooms say when Prometheus asks: read then, so that all processes tell the same."""

from collections.abc import Iterator
from datetime import datetime
from importlib import resources

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from coderev.errors import CoderevError
from coderev.recall import open_upkeep
from coderev.server.site import Site

Labelled = list[tuple[list[str], float]]


class _Told:
    """Metrics that were read, as a registry wants them."""

    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        yield from self._metrics


async def told(site: Site, since: datetime) -> CollectorRegistry:
    """Reviews, findings, the queue, models since a time, recall, and bytes that went outside."""
    metrics = [*await _of_the_store(site, since), *await _of_recall(site)]
    metrics.append(_gauge("coderev_outside_bytes", "Bytes of requests that went outside.", site.egress.outside_bytes))
    metrics.append(_gauge("coderev_egress_denied", "Addresses that egress refused.", site.egress.denied))
    metrics.append(_denied(site))
    metrics.append(_gauge("coderev_event_streams", "Streams of events that are open.", site.watch.count))
    registry = CollectorRegistry()
    registry.register(_Told(metrics))
    return registry


def _denied(site: Site) -> Metric:
    """Accesses that were denied in this process, by the recorder's own count."""
    family = CounterMetricFamily("coderev_access_denied", "Accesses that were denied.", labels=["action"])
    for (action, outcome), count in sorted(site.recorder.counts.items()):
        if outcome == "denied":
            family.add_metric([action], count)
    return family


async def _of_the_store(site: Site, since: datetime) -> list[Metric]:
    async with site.store.work() as work:
        queue = await site.store.queue.stats(work)
        uses = await work.uses.since(since)
        reviews = await (await work.connection.execute(_sql("reviews"), {"since": since})).fetchall()
        findings = await (await work.connection.execute(_sql("findings"), {"since": since})).fetchall()
    waiting = [
        ("ready", queue.counts.ready),
        ("later", queue.counts.later),
        ("running", queue.counts.running),
        ("dead", queue.counts.dead),
    ]
    return [
        _labelled("coderev_reviews", "Reviews of the last day.", ["state", "verdict"], _rows(reviews)),
        _labelled("coderev_findings", "New findings of the last day.", ["severity", "source"], _rows(findings)),
        _labelled("coderev_queue_jobs", "Jobs by their state.", ["state"], [([n], float(v)) for n, v in waiting]),
        _gauge("coderev_queue_age_seconds", "Age of the oldest job that is ready.", queue.age),
        _gauge("coderev_workers", "Workers that are alive.", queue.workers),
        *(
            _labelled(
                f"coderev_model_{name}", said, ["model"], [([use.model], float(getattr(use, name))) for use in uses]
            )
            for name, said in (
                ("questions", "Questions of the last day."),
                ("answered", "Answers of the last day."),
                ("tokens_in", "Tokens of questions, of the last day."),
                ("tokens_out", "Tokens of answers, of the last day."),
                ("seconds", "Seconds in answers, of the last day."),
            )
        ),
    ]


async def _of_recall(site: Site) -> list[Metric]:
    try:
        async with open_upkeep(site.settings) as upkeep:
            counts = await upkeep.stats()
    except CoderevError:  # recall that is away costs no metric of anything else
        return []
    family = CounterMetricFamily("coderev_recall", "Totals of recall.", labels=["count"])
    for name, value in counts.items():
        family.add_metric([name], value)
    return [family]


def _sql(name: str) -> bytes:
    return resources.files("coderev.server.operations").joinpath(f"{name}.sql").read_bytes()


def _rows(rows: list[tuple[object, ...]]) -> Labelled:
    return [([str(label or "") for label in labels], float(str(count))) for *labels, count in rows]


def _gauge(name: str, said: str, value: float) -> Metric:
    return GaugeMetricFamily(name, said, value=value)


def _labelled(name: str, said: str, labels: list[str], values: Labelled) -> Metric:
    family = GaugeMetricFamily(name, said, labels=labels)
    for label, value in values:
        family.add_metric(label, value)
    return family
