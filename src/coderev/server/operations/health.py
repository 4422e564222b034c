"""`/healthz`: this process answers. `/readyz`: it can work, or which part cannot. `/metrics`: for Prometheus."""

from datetime import timedelta

from aiohttp import web
from prometheus_client import generate_latest

from coderev.errors import CoderevError
from coderev.server.access.actions import Action
from coderev.server.api.answers import as_json
from coderev.server.asking import Ask, Route
from coderev.server.operations.telling import told
from coderev.server.patience import within
from coderev.server.site import Site

PATIENCE = 2.0  # seconds for the database
METRICS_MEDIA = "text/plain; version=0.0.4; charset=utf-8"
RECENT = timedelta(days=1)


async def healthz(_: Ask) -> web.StreamResponse:
    """This process answers."""
    return as_json({"status": "alive"})


async def readyz(ask: Ask) -> web.StreamResponse:
    """Whether each part works, in a word each: whoever may not know more learns no more."""
    parts = {"database": await database_state(ask.site), "models": await ask.site.checkups.state()}
    ready = parts["database"] == "answers" and parts["models"] != "fails"
    return as_json({"status": "ready" if ready else "not ready", **parts}, status=200 if ready else 503)


async def database_state(site: Site) -> str:
    """In a word: `answers`, `fails`. Its migrations are checked when it is opened, and its tables are asked here."""
    try:
        await within(PATIENCE, _ask_database(site))
    except (CoderevError, OSError, TimeoutError):
        return "fails"
    except Exception as error:  # psycopg's: a table that is not there is a migration that is not either
        if not type(error).__module__.startswith("psycopg"):
            raise
        return "fails"
    return "answers"


async def _ask_database(site: Site) -> None:
    async with site.store.work() as work:
        await site.store.queue.waiting(work)
        await work.connection.execute(b"SELECT 1 FROM access_record LIMIT 1")


async def metrics(ask: Ask) -> web.StreamResponse:
    """Everything that is counted, in Prometheus' text form."""
    site = ask.site
    text = generate_latest(site.metrics.registry) + generate_latest(await told(site, ask.at - RECENT))
    return web.Response(body=text, headers={"Content-Type": METRICS_MEDIA})


ROUTES = (
    Route(method="GET", path="/healthz", action=Action.SEE_HEALTH, handler=healthz),
    Route(method="GET", path="/readyz", action=Action.SEE_HEALTH, handler=readyz),
    Route(method="GET", path="/metrics", action=Action.SEE_METRICS, handler=metrics),
)
