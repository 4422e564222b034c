"""A review of 2,000 findings over 300 files, as a person opens it: the first byte, and until it can be used.

The whole way: HTTP, session, access record, sealed result from PostgreSQL, page; then a real Chromium.
"""

import asyncio
import statistics
import time
from collections.abc import Iterator
from uuid import UUID, uuid4

import msgspec
from stand_ins.chromium import CHROMIUM
from stand_ins.postgres import NoPostgres, Postgres
from stand_ins.service import Service, databases, open_service
from stand_ins.site_pages import a_large_diff, a_large_result

from benchmarks.measure import Row
from coderev.server.access import sessions
from coderev.server.access.deciding import Subject
from coderev.server.access.entering import invite

RUNS = 15
LOADS = 7
FIRST_BYTE = 0.150  # seconds
USABLE = 1.0  # seconds
PAGES_OF_IT = {"findings": "", "changes": "/changes"}


def rows() -> Iterator[Row]:
    try:
        with databases() as server:
            yield from asyncio.run(_measured(server))
    except NoPostgres as reason:
        yield Row("page with 2,000 findings over 300 files", "-", "-", str(reason), met=False)


async def _measured(server: Postgres) -> list[Row]:
    async with open_service(server) as service:
        cookie, id_ = sessions.new_cookie(), uuid4()
        await _fill(service, cookie, id_)
        found = []
        for name, below in PAGES_OF_IT.items():
            path = f"/reviews/{id_}{below}"
            first, size = await _first_byte(service, cookie, path)
            found.append(
                Row(
                    f"page with 2,000 findings over 300 files, {name}: first byte",
                    "-",
                    f"≤ {FIRST_BYTE * 1000:.0f} ms",
                    f"{first * 1000:.0f} ms, {size / 1000:.0f} kB",
                    met=first <= FIRST_BYTE,
                )
            )
            if CHROMIUM:
                usable = await _usable(service, path)
                goal, ours = f"≤ {USABLE:.0f} s", f"{usable:.2f} s"
                found.append(Row(f"{name}: usable in Chromium", "-", goal, ours, met=usable <= USABLE))
        return found


async def _fill(service: Service, cookie: sessions.Cookie, id_: UUID) -> None:
    result = a_large_result()
    async with service.site.store.work() as work:
        await sessions.open_session(
            work, service.site.store.seal, Subject(kind="session", name="ada", role="admin"), cookie, service.at
        )
        review = await work.reviews.add(id_, "@ada", None, None, "session ada", "r", service.at)
        await work.reviews.start(id_, service.at)
        await work.findings.add(review, [(each, "unit") for each in result.findings])
        kept = msgspec.json.encode(result)
        await work.reviews.finish(id_, service.at, kept, "fail", 2_000, 2_000, a_large_diff(), b"{}")


async def _first_byte(service: Service, cookie: sessions.Cookie, path: str) -> tuple[float, int]:
    """The median of seconds until the first byte of the body, and the page's bytes."""
    times, size = [], 0
    for _ in range(RUNS + 1):
        started = time.perf_counter()
        async with service.client.get(service.url + path, headers={"Cookie": f"{sessions.COOKIE}={cookie}"}) as answer:
            assert answer.status == 200
            await answer.content.readany()
            times.append(time.perf_counter() - started)
            size = int(answer.headers["Content-Length"])
            await answer.read()
    return statistics.median(times[1:]), size


async def _usable(service: Service, path: str) -> float:
    """The median of seconds from asking for the page until it is drawn, and a press on it has done something."""
    from playwright.async_api import async_playwright

    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        times = []
        for _ in range(LOADS + 1):
            context = await browser.new_context()
            page = await context.new_page()
            await page.goto(f"{service.url}/enter#{await invite(service.site.store, 'admin', service.at)}")
            await page.get_by_role("button", name="Sign in").click()
            await page.wait_for_url("**/reviews")
            started = time.perf_counter()
            await page.goto(service.url + path, wait_until="load")
            await page.locator("main details > summary").first.press("Enter")
            assert await page.evaluate("document.querySelector('main details').open") is False
            times.append(time.perf_counter() - started)
            await context.close()
        await browser.close()
    return statistics.median(times[1:])
