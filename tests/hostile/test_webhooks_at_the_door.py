"""What arrives at `/hooks/…` of a service that runs: forged, replayed, giant, slow, malformed and packed webhooks.

Whatever came, the database holds only what a genuine webhook put there, and a record of each refusal.
"""

import asyncio
import gzip
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import cast
from urllib.parse import urlsplit

import msgspec
import pytest
from stand_ins.memory_forge import MemoryForge, signature
from stand_ins.postgres import NoPostgres, Postgres
from stand_ins.service import Answer, ServerSettings, Service, databases, open_service

from coderev.forge import Forge
from coderev.forge.errors import NotCovered
from coderev.forge.values import Project
from coderev.server.worker import work
from coderev.settings import Settings
from coderev.store import prune

CAP = 1 << 17
SOON = 0.5  # seconds: an answer is one of milliseconds on an idle machine
HOOK = "/hooks/memory"
GENUINE = {"forge": "memory", "delivery": "d-1", "event": "pushed", "repository": "1", "number": 7}
BODY = msgspec.json.encode(GENUINE)
PACKED = gzip.compress(b" " * 10_000_000 + BODY)


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    try:
        with databases() as running:
            yield running
    except NoPostgres as reason:
        pytest.skip(str(reason))


@pytest.fixture
async def service(server: Postgres) -> AsyncIterator[Service]:
    settings = Settings(server=ServerSettings(request_bytes=CAP))
    async with open_service(server, settings=settings) as running:
        yield running


@dataclass(frozen=True)
class Kept:
    """What the database holds of webhooks."""

    deliveries: int
    waiting: int  # jobs
    allowed: int
    denied: int


async def kept(service: Service) -> Kept:
    async with service.site.store.work() as work:
        counted = (
            "SELECT (SELECT count(*) FROM delivery), (SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo')"
        )
        (deliveries, waiting), *_ = await (await work.connection.execute(counted)).fetchall()
    outcomes = [each.outcome for each in await service.accesses(action="webhook.deliver")]
    return Kept(deliveries, waiting, outcomes.count("allowed"), outcomes.count("denied"))


def signed(body: bytes, **more: str) -> dict[str, str]:
    named = {name.replace("_", "-"): value for name, value in more.items()}
    return {"X-Memory-Signature": signature(body), "Content-Type": "application/json", **named}


async def post(service: Service, body: bytes, headers: Mapping[str, str], path: str = HOOK) -> tuple[Answer, float]:
    started = monotonic()
    answer = await service.ask("POST", path, data=body, headers=headers)
    return answer, monotonic() - started


def told(**changes: object) -> bytes:
    return msgspec.json.encode(GENUINE | changes)


REFUSED: dict[str, tuple[bytes, dict[str, str], int]] = {
    "not signed": (BODY, {}, 403),
    "signed by somebody else": (BODY, {"X-Memory-Signature": "0" * 64}, 403),
    "signed for another body": (told(number=8), signed(BODY), 403),
    "signed in characters that are none": (BODY, {"X-Memory-Signature": "x" * 64}, 403),
    "empty": (b"", signed(b""), 400),
    "cut short": (BODY[:-5], signed(BODY[:-5]), 400),
    "no JSON": (b"\xff\xfe\x00", signed(b"\xff\xfe\x00"), 400),
    "a list": (b"[1]", signed(b"[1]"), 400),
    "deep": (b"[" * 100_000, signed(b"[" * 100_000), 400),
    "a number that is none": (told(number="7"), signed(told(number="7")), 400),
    "an event that is none": (told(event="opened"), signed(told(event="opened")), 400),
    "a form": (b"payload=" + BODY, signed(b"payload=" + BODY, Content_Type="application/x-www-form-urlencoded"), 400),
    "packed": (PACKED, signed(PACKED, Content_Encoding="gzip"), 400),
    "packed, and signed as unpacked": (PACKED, signed(BODY, Content_Encoding="gzip"), 403),
    "one byte too long": (b" " * (CAP + 1), signed(b" " * (CAP + 1)), 413),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_no_genuine_webhook_is_refused_recorded_and_leaves_nothing(service: Service, name: str) -> None:
    body, headers, status = REFUSED[name]

    answer, seconds = await post(service, body, headers)

    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert await kept(service) == Kept(deliveries=0, waiting=0, allowed=0, denied=1)
    assert seconds < SOON


async def test_a_forge_that_this_site_does_not_have_is_recorded_too(service: Service) -> None:
    answer, _ = await post(service, BODY, signed(BODY), "/hooks/elsewhere%0a%1b[2J")

    assert answer.status in {400, 404}
    assert await kept(service) == Kept(deliveries=0, waiting=0, allowed=0, denied=1)


async def test_a_body_without_a_length_is_cut_at_the_cap(service: Service) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(1_000):
            yield b" " * 65_536

    answer = await service.ask("POST", HOOK, data=endless(), headers={"X-Memory-Signature": "0" * 64})

    assert answer.status == 413
    assert await kept(service) == Kept(deliveries=0, waiting=0, allowed=0, denied=1)


async def test_the_longest_body_that_is_taken_is_taken(service: Service) -> None:
    body = BODY + b" " * (CAP - len(BODY))

    answer, seconds = await post(service, body, signed(body, Content_Type="text/plain"))

    assert answer.status == 202
    assert await kept(service) == Kept(deliveries=1, waiting=1, allowed=1, denied=0)
    assert seconds < SOON


async def test_the_same_webhook_again_is_answered_and_queues_nothing(service: Service) -> None:
    first, *again = [(await post(service, BODY, signed(BODY)))[0] for _ in range(4)]

    assert {first.status, *(each.status for each in again)} == {202}
    assert await kept(service) == Kept(deliveries=1, waiting=1, allowed=4, denied=0)


async def test_the_same_webhook_a_hundred_times_at_once_is_queued_once(service: Service) -> None:
    answers = await asyncio.gather(*(post(service, BODY, signed(BODY)) for _ in range(100)))

    assert {answer.status for answer, _ in answers} == {202}
    assert await kept(service) == Kept(deliveries=1, waiting=1, allowed=100, denied=0)


async def test_under_other_ids_and_after_it_was_forgotten_it_waits_once_all_the_same(service: Service) -> None:
    for number in range(5):
        await post(service, told(delivery=f"d-{number}"), signed(told(delivery=f"d-{number}")))
    async with service.site.store.work() as work:
        await prune(work, service.site.settings.database.keep_days, service.at + timedelta(days=3_650))
    forgotten = await kept(service)

    answer, _ = await post(service, BODY, signed(BODY))

    assert forgotten.deliveries == 0
    assert answer.status == 202
    assert (await kept(service)).waiting == 1


async def test_forgeries_do_not_keep_genuine_webhooks_out(service: Service) -> None:
    forged = [post(service, BODY, {"X-Memory-Signature": f"{number:064x}"}) for number in range(200)]
    bodies = [told(delivery=f"d-{number}", number=number + 1) for number in range(20)]

    answers = await asyncio.gather(*forged, *(post(service, body, signed(body)) for body in bodies))

    assert [answer.status for answer, _ in answers] == [403] * 200 + [202] * 20
    async with service.site.store.work() as work:
        counted = await work.connection.execute("SELECT outcome, count(*) FROM access_record GROUP BY outcome")
        assert dict(await counted.fetchall()) == {"allowed": 20, "denied": 200}
    assert (await kept(service)).waiting == 20


async def test_bodies_that_drip_in_hold_up_nobody_and_leave_nothing(service: Service) -> None:
    place = urlsplit(service.url)
    head = f"POST {HOOK} HTTP/1.1\r\nHost: {place.netloc}\r\nX-Memory-Signature: {signature(BODY)}\r\n"
    dripping = [await asyncio.open_connection(place.hostname, place.port) for _ in range(100)]
    for _, writer in dripping:
        writer.write(f"{head}Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY[:-1])
        await writer.drain()

    answer, seconds = await post(service, told(delivery="d-2"), signed(told(delivery="d-2")))
    for _, writer in dripping:
        writer.transport.abort()
    await asyncio.sleep(0.1)
    after, _ = await post(service, told(delivery="d-3"), signed(told(delivery="d-3")))

    assert (answer.status, after.status) == (202, 202)
    assert seconds < SOON
    assert await kept(service) == Kept(deliveries=2, waiting=1, allowed=2, denied=0)


async def test_nothing_of_a_webhook_but_where_to_look_is_kept(service: Service) -> None:
    body = msgspec.json.encode(GENUINE | {"author": "mallory", "state": "merged", "head": "0" * 40, "title": "<img>"})

    await post(service, body, signed(body))

    async with service.site.store.work() as work:
        (job,) = await (await work.connection.execute("SELECT args FROM procrastinate_jobs")).fetchall()
        requests = await (await work.connection.execute("SELECT count(*) FROM merge_request")).fetchone()
    arguments = job[0]["arguments"]
    assert set(arguments) == {"forge", "repository", "number", "review", "request_id", "requested_by", "again"}
    assert (arguments["requested_by"], requests) == ("forge:memory", (0,))


class Narrow(MemoryForge):
    """A forge of whose repositories the site reviews none."""

    async def project(self, id_or_path: str) -> Project:
        raise NotCovered(forge=self.name, path=id_or_path)


async def test_a_repository_that_this_site_does_not_review_leaves_no_dead_job(service: Service) -> None:
    forges = cast("dict[str, Forge]", service.site.forges)
    forges["memory"] = Narrow()
    comment = told(delivery="d-2", event="commented", comment="1")
    stop = asyncio.Event()

    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(work(service.site, stop))
        for body in (BODY, comment):
            await post(service, body, signed(body))
        while (await states(service)).keys() != {"succeeded"}:  # noqa: ASYNC110 - another connection changes it
            await asyncio.sleep(0.05)
        stop.set()

    async with service.site.store.work() as opened:
        assert await opened.merge_requests.find(1, 7) is None


async def states(service: Service) -> dict[str, int]:
    """How the jobs of webhooks stand."""
    asked = "SELECT status::text, count(*) FROM procrastinate_jobs WHERE task_name <> 'upkeep' GROUP BY 1"
    async with service.site.store.work() as opened:
        return dict(await (await opened.connection.execute(asked)).fetchall())
