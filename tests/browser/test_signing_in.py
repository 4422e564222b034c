"""A person at a real Chromium and a real service: in by the one-time token, through the pages, and out again."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec
import pytest
from stand_ins.chromium import AXE, CHROMIUM
from stand_ins.npm import npm_package
from stand_ins.pages_server import pages_server
from stand_ins.postgres import NoPostgres, Postgres
from stand_ins.results import a_finding, a_result
from stand_ins.service import Service, databases, open_service

from coderev.server.access.entering import invite


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    try:
        with databases() as running:
            yield running
    except NoPostgres as reason:
        pytest.skip(str(reason))


@pytest.fixture
async def service(server: Postgres) -> AsyncIterator[Service]:
    async with open_service(server) as running:
        yield running


@pytest.fixture
async def page() -> AsyncIterator[Any]:
    playwright = pytest.importorskip("playwright.async_api", reason="the package playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    complaints: list[str] = []
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda told: complaints.append(told.text) if "Security Policy" in told.text else None)
        yield page
        await browser.close()
    assert complaints == []


async def come_in(page: Any, service: Service) -> None:
    secret = await invite(service.site.store, "admin", service.at)
    await page.goto(f"{service.url}/enter#{secret}")
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url("**/reviews")


async def test_a_one_time_token_opens_a_session_over_plain_http_on_loopback(page: Any, service: Service) -> None:
    await come_in(page, service)

    (cookie,) = await page.context.cookies()
    assert cookie["name"].startswith("__Host-")
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Strict")
    assert await page.evaluate("document.cookie") == ""


async def test_from_the_list_to_the_finding_and_out(page: Any, service: Service) -> None:
    repository = await service.repository()
    await service.review(repository, number=12, findings=(a_finding(),))
    await come_in(page, service)

    await page.get_by_role("link", name="!12").click()
    title = await page.get_by_role("heading", level=3).inner_text()
    await page.get_by_role("link", name="How it was reviewed").click()
    await page.get_by_role("button", name="Sign out").click()
    await page.wait_for_url("**/enter")
    await page.goto(f"{service.url}/reviews")

    assert title == "SQL statement built from a request parameter"
    assert await page.get_by_role("link", name="Sign in").count() == 1


async def test_a_token_is_made_and_revoked_by_hand(page: Any, service: Service) -> None:
    await come_in(page, service)

    await page.goto(f"{service.url}/tokens")
    await page.get_by_label("What it is for").fill("pipeline")
    await page.get_by_role("button", name="Make a token").click()
    secret = await page.get_by_label("The new token").inner_text()
    works = await service.get("/api/v1/reviews", token=secret)
    await page.get_by_role("button", name="Revoke").click()
    await page.wait_for_url("**/tokens?done=revoked")
    after = await service.get("/api/v1/reviews", token=secret)

    assert (works.status, after.status) == (200, 401)


async def test_a_review_that_runs_says_where_it_is_without_a_reload(page: Any, service: Service) -> None:
    id_ = await service.review(tenant="@ada", done=False)
    await come_in(page, service)
    await page.goto(f"{service.url}/reviews/{id_}")

    async with service.site.store.work() as work:
        await work.reviews.start(id_, service.at)
        await work.reviews.stage(id_, "asking models: 15 of 31")
    await page.get_by_text("asking models: 15 of 31").wait_for(timeout=15_000)
    async with service.site.store.work() as work:
        await work.reviews.finish(id_, service.at, msgspec.json.encode(a_result()), "pass", 0, 0, b"", b"{}")
    await page.get_by_role("heading", name="pass: no new finding at or above high").wait_for(timeout=15_000)

    assert await page.locator("#stage").count() == 0


@pytest.mark.parametrize("path", ["/nowhere", "/reviews?x=1", "/api/docs", "/models", "/queue", "/access"])
async def test_axe_finds_no_violation_on_what_only_a_service_can_show(page: Any, service: Service, path: str) -> None:
    axe = (npm_package("axe-core", AXE) / "axe.min.js").read_text("utf-8")
    await come_in(page, service)
    await page.goto(service.url + path)

    client = await page.context.new_cdp_session(page)
    await client.send("Page.setBypassCSP", {"enabled": True})
    await page.reload()
    await page.evaluate(axe)
    found = await page.evaluate("axe.run()")

    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]] == []
    assert len(found["passes"]) > 10


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])  # of the same site on another port, and of another
async def test_a_page_of_another_origin_cannot_send_our_forms(page: Any, service: Service, name: str) -> None:
    await come_in(page, service)

    with pages_server({"/evil": lambda _: FORGED}, {}) as address:
        await page.goto(f"{address.replace('127.0.0.1', name)}/evil")
        await page.evaluate(
            "url => { document.forms[0].action = url; document.forms[0].submit() }", service.url + "/tokens"
        )
        await page.wait_for_url(f"{service.url}/tokens")

    async with service.site.store.work() as work:
        assert await work.tokens.all() == ()
    assert {each.why for each in await service.accesses(action="token.create")} & CROSS


CROSS = {
    "token.create was asked for by a page of another site: Sec-Fetch-Site says same-site",
    "nobody is signed in",  # the cookie stayed at home: SameSite=Strict
}
FORGED = (
    '<form method="post"><input name="name" value="x"><input name="role" value="admin">'
    '<input name="days" value="9"></form>'
)
