"""The whole service in this process, with a queue that is quick: its doors, its worker, a paper forge, a database.

async with whole_service(server, tmp_path, forge) as service:
    asked = forge.open_merge_request(…)
    await service.until(lambda: verdict(forge, asked))
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
from msgspec.structs import replace
from stand_ins.paper_forge import PaperForge, PaperRequest
from stand_ins.postgres import PASSWORD, Postgres
from stand_ins.running_service import SECRET, free_port
from stand_ins.service import TEMPLATE, Answer

from coderev.files import now
from coderev.server.app import make_app
from coderev.server.jobs import UPKEEP, queue_upkeep
from coderev.server.listening import running
from coderev.server.routes import ROUTES
from coderev.server.serving import open_service
from coderev.server.site import Site
from coderev.server.worker import work
from coderev.settings import Configuration, DatabaseSettings, ForgeSettings, ServerSettings, Settings
from coderev.store import Job, records
from coderev.store.queue import Pace, Patience, Queue

PACE = Pace(pulse=0.05, beat=0.2, silence=1.5, grace=0.5)
PATIENCE = Patience(first=0.02, longest=0.1, attempts=500, deaths=3)
DECIDED = ("success", "failed", "canceled")
_numbers = count()


@dataclass
class Worker:
    """What runs jobs until it is stopped, or ends like a process that is killed."""

    stop: asyncio.Event
    task: "asyncio.Task[None]"

    async def leave(self) -> None:
        self.stop.set()
        await self.task


@dataclass
class WholeService:
    """A service that runs in this process."""

    url: str
    site: Site
    forge: PaperForge
    client: aiohttp.ClientSession
    database: str
    workers: list[Worker] = field(default_factory=list)

    def work(self) -> Worker:
        """Begin a worker."""
        stop = asyncio.Event()
        self.workers.append(Worker(stop, asyncio.create_task(work(self.site, stop))))
        return self.workers[-1]

    async def rest(self) -> None:
        """Stop all workers in order."""
        while self.workers:
            await self.workers.pop().leave()

    async def get(self, path: str) -> Answer:
        async with self.client.get(self.url + path) as response:
            return Answer(response.status, dict(response.headers), await response.read())

    async def hook(self, delivery: Any) -> Answer:
        """Post a webhook of the forge again."""
        address = f"{self.url}/hooks/{self.forge.kind}"
        async with self.client.post(address, data=delivery.body, headers=delivery.headers) as response:
            return Answer(response.status, dict(response.headers), await response.read())

    async def reviews(self) -> tuple[records.Review, ...]:
        """All reviews, the newest first."""
        async with self.site.store.work() as unit:
            return await unit.reviews.search(records.ReviewFilter(tenants=None, limit=100))

    async def jobs(self, task: str = "merge-request") -> list[Job]:
        async with self.site.store.work() as unit:
            return [job for job in await self.site.store.queue.jobs(unit, limit=1000) if job.task == task]

    async def keep_up(self) -> None:
        """Have a round of upkeep now, and wait until it is over."""
        await self.until(self._rests)
        async with self.site.store.work() as unit:
            await self.site.store.queue.cancel(unit, UPKEEP, UPKEEP)
            await queue_upkeep(self.site.store, unit, now())
        due = {job.id for job in await self.jobs(UPKEEP) if job.state in {"todo", "doing"}}
        await self.until(lambda: self._ended(due))

    async def _rests(self) -> bool:
        upkeep = await self.jobs(UPKEEP)
        return bool(upkeep) and all(job.state != "doing" and (not job.due or job.due > now()) for job in upkeep[:1])

    async def _ended(self, jobs: set[int]) -> bool:
        return all(job.state not in {"todo", "doing"} for job in await self.jobs(UPKEEP) if job.id in jobs)

    async def until(self, holds: Callable[[], Any] | Callable[[], Awaitable[Any]], seconds: float = 30) -> Any:
        """What something says when it holds; fail when it does not in time."""
        return await until(holds, seconds)

    async def idle(self) -> None:
        """Wait until each webhook was posted and nothing waits or runs but the next round of upkeep."""
        await asyncio.to_thread(self.forge.settle)
        await self.until(self._is_idle)

    async def _is_idle(self) -> bool:
        jobs = [*await self.jobs(), *await self.jobs("comment"), *await self.jobs("submission")]
        return all(job.state not in {"todo", "doing"} for job in jobs)


async def until(holds: Callable[[], Any] | Callable[[], Awaitable[Any]], seconds: float = 30) -> Any:
    """What something says when it holds; fail when it does not in time."""
    async with asyncio.timeout(seconds):
        while True:
            answer: Any = holds()
            answer = await answer if isinstance(answer, Awaitable) else answer
            if answer:
                return answer
            await asyncio.sleep(0.02)


def verdict(forge: PaperForge, asked: PaperRequest) -> str:
    """How the newest commit stands, once it is decided."""
    status = forge.status(asked.head)
    return status.state if status and status.state in DECIDED else ""


def ours(asked: PaperRequest, *, inline: bool) -> list[str]:
    """What we said at lines, or on the whole."""
    return [note.body for note in asked.notes if note.author.login == "coderev" and bool(note.position) is inline]


def settings_of(server: Postgres, folder: Path, forge: PaperForge, database: str) -> Settings:
    """The settings of a site with this forge on a database of a server."""
    files = {"token": forge.token("coderev", *forge.projects, level="maintain"), "webhook": SECRET}
    files |= {"password": PASSWORD, "sealing": "aa" * 32}
    for name, secret in files.items():
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(secret, encoding="utf-8")
    return Settings(
        database=DatabaseSettings(
            url=f"postgresql://127.0.0.1:{server.port}/{database}",
            user=server.user,
            password_file=str(folder / "password"),
            key_file=str(folder / "sealing"),
            connections=4,
        ),
        server=ServerSettings(listen=f"127.0.0.1:{free_port()}"),
        forges=(
            ForgeSettings(
                name=forge.kind,
                kind=forge.kind,  # type: ignore[arg-type]
                url=forge.url,
                token_file=str(folder / "token"),
                webhook_secret_file=str(folder / "webhook"),
            ),
        ),
    )


@asynccontextmanager
async def whole_service(
    server: Postgres,
    folder: Path,
    forge: PaperForge,
    *,
    folders: Sequence[Path] = (),
    works: bool = True,
    own: Path | None = None,
    pace: Pace = PACE,
    patience: Patience = PATIENCE,
) -> AsyncIterator[WholeService]:
    """The service with one forge on a database of its own.

    `folders` are of configuration, such as one with models; `own`: a PostgreSQL of our own there, in place of a site's.
    """
    database = f"whole_{next(_numbers)}"
    server.execute(f"CREATE DATABASE {database} TEMPLATE {TEMPLATE}")
    try:
        settings = settings_of(server, folder, forge, database)
        settings = replace(settings, server=replace(settings.server, reviews=2))
        if own is not None:
            kept = DatabaseSettings(folder=str(own), key_file=settings.database.key_file, connections=4)
            settings = replace(settings, database=kept)
        configuration = Configuration(settings=settings, folders=tuple(folders))
        async with AsyncExitStack() as opened:
            site = await opened.enter_async_context(open_service(configuration))
            site.store.queue = Queue(site.store.connect, pace, patience)
            url = await opened.enter_async_context(running(make_app(site, ROUTES), settings.server, stop_seconds=0.1))
            client = await opened.enter_async_context(aiohttp.ClientSession())
            service = WholeService(url, site, forge, client, database)
            forge.hook(f"{url}/hooks/{forge.kind}", SECRET)
            opened.push_async_callback(service.rest)
            if works:
                service.work()
            yield service
    finally:
        forge.hook("", "")
        server.execute(f"DROP DATABASE {database} WITH (FORCE)")
