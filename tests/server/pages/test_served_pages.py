"""The pages as a browser gets them: from a real service over a real database, with sessions, forms and records."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import msgspec
import pytest
from stand_ins.postgres import Postgres
from stand_ins.results import a_finding
from stand_ins.service import Answer, Service, open_service
from stand_ins.site_pages import DIFF, the_result

from coderev.report import FORMATS
from coderev.server.access import sessions
from coderev.server.access.deciding import Subject
from coderev.server.pages.frame import BAR, asset_path
from coderev.settings import RecallSettings, Settings
from coderev.store import records

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}


async def browser(service: Service, role: records.Role = "admin", login: str = "") -> dict[str, str]:
    """The headers of a browser that is signed in."""
    cookie = sessions.new_cookie()
    async with service.site.store.work() as work:
        subject = Subject(kind="session", name="ada", role=role, login=login)
        await sessions.open_session(work, service.site.store.seal, subject, cookie, service.at)
    return {"Cookie": f"{sessions.COOKIE}={cookie}"}


async def send(service: Service, headers: dict[str, str], page: str, action: str, **fields: str) -> Answer:
    """Fill in and send the form with this action of a page, as a browser does."""
    text = (await service.get(page, headers=headers)).body.decode()
    form = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', text, re.DOTALL)
    assert form, f"{page} has no form for {action}"
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))
    return await service.ask("POST", action, headers={**headers, **FORM}, data={**hidden, **fields})


async def a_done_review(service: Service, diff: bytes = DIFF) -> UUID:
    id_ = uuid4()
    async with service.site.store.work() as work:
        review = await work.reviews.add(id_, "@ada", None, None, "session ada", "r", service.at)
        await work.reviews.start(id_, service.at)
        result = the_result()
        await work.findings.add(review, [(each, "unit") for each in result.findings])
        kept = msgspec.json.encode(result)
        await work.reviews.finish(id_, service.at, kept, "fail", 3, 4, diff, b'{"recall": {"counts": {"exact": 7}}}')
    return id_


def said(answer: Answer) -> str:
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    return answer.body.decode()


@pytest.mark.parametrize("entry", BAR, ids=lambda entry: entry.name)
async def test_every_entry_of_the_bar_leads_to_a_page(service: Service, entry: object) -> None:
    path = entry.path  # type: ignore[attr-defined]

    answer = await service.get(path, headers=await browser(service))

    assert answer.status == 200
    assert f'href="{path}" aria-current="page"' in said(answer)


@pytest.mark.parametrize("role", records.ROLES)
async def test_the_bar_offers_exactly_what_the_role_may_see(service: Service, role: records.Role) -> None:
    headers = await browser(service, role)
    text = said(await service.get("/docs", headers=headers))

    for entry in BAR:
        status = (await service.get(entry.path, headers=headers)).status
        assert (f'href="{entry.path}"' in text) is (status == 200), entry.path


async def test_a_review_shows_its_findings_its_change_and_how_it_was_made(service: Service) -> None:
    headers, id_ = await browser(service), await a_done_review(service)

    findings = said(await service.get(f"/reviews/{id_}", headers=headers))
    changes = said(await service.get(f"/reviews/{id_}/changes?path=clinic/roles.ts", headers=headers))
    record = said(await service.get(f"/reviews/{id_}/record", headers=headers))

    assert "fail: 2 new findings at or above high" in findings
    assert findings.count('<article class="finding"') == 3
    assert "userU+202E" in changes
    assert changes.count('class="file"') == 1
    assert "<dt>exact</dt><dd>7</dd>" in record


async def test_an_auditor_reads_code_only_with_a_reason_that_is_recorded(service: Service) -> None:
    headers, id_ = await browser(service, "auditor"), await a_done_review(service)

    closed = said(await service.get(f"/reviews/{id_}", headers=headers))
    short = said(await service.get(f"/reviews/{id_}?reason=because", headers=headers))
    opened = said(await service.get(f"/reviews/{id_}?reason=incident+4711", headers=headers))

    assert "cursor.execute" not in closed + short
    assert 'name="reason" required' in closed
    assert "reason of 8 characters" in short
    assert "cursor.execute" in opened
    reads = await service.accesses(action="code.read")
    assert [(each.outcome, each.why) for each in reads][-1::-1][:2] == [
        ("denied", "the role auditor must give a reason of 8 characters or more"),
        ("allowed", "reason: incident 4711"),
    ]


async def test_the_diff_and_the_record_are_code_too(service: Service) -> None:
    headers, id_ = await browser(service, "operator"), await a_done_review(service)

    changes = said(await service.get(f"/reviews/{id_}/changes", headers=headers))
    record = said(await service.get(f"/reviews/{id_}/record", headers=headers))

    assert "cursor" not in changes + record
    assert f'action="/reviews/{id_}/changes"' in changes
    assert f'action="/reviews/{id_}/record"' in record
    assert await service.accesses(action="code.read") == ()


async def test_the_result_is_taken_along_with_the_reason(service: Service) -> None:
    headers, id_ = await browser(service, "auditor"), await a_done_review(service)

    record = said(await service.get(f"/reviews/{id_}/record?reason=incident+4711", headers=headers))
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="(/api/v1/[^"]+)"', record)]
    taken = [await service.get(link, headers=headers) for link in links]

    assert [answer.status for answer in taken] == [200] * len(FORMATS)


async def test_another_ones_review_is_not_there(service: Service) -> None:
    id_ = await a_done_review(service)
    headers = await browser(service, "reader", "memory:mallory")
    headers["Cookie"] = (await browser_of(service, "mallory"))["Cookie"]

    for path in (f"/reviews/{id_}", f"/reviews/{id_}/changes", f"/reviews/{id_}/record", "/reviews/7"):
        assert (await service.get(path, headers=headers)).status == 404


async def browser_of(service: Service, name: str) -> dict[str, str]:
    cookie = sessions.new_cookie()
    async with service.site.store.work() as work:
        subject = Subject(kind="session", name=name, role="reader")
        await sessions.open_session(work, service.site.store.seal, subject, cookie, service.at)
    return {"Cookie": f"{sessions.COOKIE}={cookie}"}


async def test_a_review_that_waits_shows_where_it_is(service: Service) -> None:
    id_ = await service.review(tenant="@ada", done=False)

    text = said(await service.get(f"/reviews/{id_}", headers=await browser(service)))

    assert "The review is waiting for its turn" in text
    assert 'id="stage"' in text


async def test_the_list_of_reviews_is_searched_and_paged(service: Service) -> None:
    repository = await service.repository()
    for _ in range(51):
        await service.review(repository)
    headers = await browser(service)

    first = said(await service.get("/reviews?verdict=pass&text=", headers=headers))
    older = re.search(r'href="(/reviews\?verdict=pass&amp;cursor=[\w-]+)" rel="next"', first)
    assert older
    second = said(await service.get(older[1].replace("&amp;", "&"), headers=headers))
    none = said(await service.get("/reviews?verdict=fail", headers=headers))

    assert (first.count('<th scope="row"'), second.count('<th scope="row"')) == (50, 1)
    assert "No review is like this" in none


async def test_findings_are_searched(service: Service) -> None:
    await service.review(tenant="@ada", findings=(a_finding(severity="low", rule="X9"), a_finding()))
    headers = await browser(service)

    assert said(await service.get("/findings", headers=headers)).count('<th scope="row"') == 2
    assert said(await service.get("/findings?text=x9&current=true", headers=headers)).count('<th scope="row"') == 1
    assert said(await service.get("/findings?severity=high", headers=headers)).count('<th scope="row"') == 0


async def test_a_token_is_made_by_form_shown_once_and_revoked(service: Service) -> None:
    headers = await browser(service)

    made = said(await send(service, headers, "/tokens", "/tokens", name="ci", role="reader", login="", days="9"))
    secret = re.search(r'<code class="secret"[^>]*>(cr_[\w-]{43})</code>', made)
    assert secret
    again = said(await service.get("/tokens", headers=headers))
    works = await service.get("/api/v1/reviews", token=secret[1])
    number = re.search(r'action="(/tokens/\d+/revoke)"', again)
    assert number
    revoked = await send(service, headers, "/tokens", number[1])
    after = await service.get("/api/v1/reviews", token=secret[1])

    assert secret[1] not in again
    assert (works.status, revoked.status, after.status) == (200, 303, 401)
    assert "It is revoked." in said(await service.get(revoked.headers["Location"], headers=headers))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"days": "9999"}, "server.token_days"),
        ({"days": "many"}, "days"),
        ({"role": "emperor"}, "role"),
        ({"login": "no colon"}, "forge:login"),
    ],
)
async def test_a_token_that_cannot_be_made_is_told_on_the_page(
    service: Service, fields: dict[str, str], told: str
) -> None:
    headers = await browser(service)

    answer = await send(
        service, headers, "/tokens", "/tokens", **{"name": "ci", "role": "reader", "login": "", "days": "9", **fields}
    )

    assert answer.status == 400
    notice = said(answer).partition('role="alert">')[2].partition("</p>")[0]
    assert told in notice


async def test_a_dismissal_is_revoked_by_form(service: Service) -> None:
    repository, headers = await service.repository(), await browser(service)
    async with service.site.store.work() as work:
        made = await work.dismissals.add(
            records.Dismissal(
                repository=repository,
                number=None,
                scope="place",
                fingerprint="f" * 32,
                unit="u",
                rule="S608",
                path="a.py",
                reason="wont-fix",
                author="forge:memory bob",
                created=service.at,
                expires=service.at + timedelta(days=9),
            )
        )

    answer = await send(service, headers, "/dismissals", f"/dismissals/{made.id}/revoke")

    assert (answer.status, answer.headers["Location"]) == (303, "/dismissals?done=revoked")
    assert "Nothing is dismissed." in said(await service.get("/dismissals", headers=headers))
    assert "revoked" in said(await service.get("/dismissals?show=all", headers=headers))


async def test_a_finding_is_dismissed_from_its_card(service: Service) -> None:
    repository, headers = await service.repository(), await browser(service)
    id_ = await service.review(repository, number=12, findings=(a_finding(severity="low"), a_finding(severity="low")))
    page = f"/reviews/{id_}"
    wanted = {"reason": "mitigated", "scope": "place", "days": "9", "note": "behind the gateway"}

    answer = await send(service, headers, page, f"{page}/findings/2/dismiss", **wanted)

    assert (answer.status, answer.headers["Location"]) == (303, f"{page}?done=dismissed")
    async with service.site.store.work() as work:
        (kept,) = await work.dismissals.search(None, None, 9)
    assert (kept.reason, kept.note, kept.author) == ("mitigated", "behind the gateway", "session ada")
    assert "It is dismissed" in said(await service.get(answer.headers["Location"], headers=headers))


@pytest.mark.parametrize(
    ("number", "fields", "status"),
    [
        ("2", {}, 404),
        ("0", {}, 404),
        ("x", {}, 404),
        ("1", {"reason": ""}, 400),
        ("1", {"days": "4000"}, 400),
        ("1", {"more": "1"}, 400),
    ],
)
async def test_what_cannot_be_dismissed_stays(
    service: Service, number: str, fields: dict[str, str], status: int
) -> None:
    repository, headers = await service.repository(), await browser(service)
    id_ = await service.review(repository, number=12)
    mark = re.search(r'name="csrf" value="([^"]+)"', said(await service.get("/tokens", headers=headers)))
    assert mark
    sent = {"csrf": mark[1], "reason": "mitigated", "scope": "place", "days": "9", **fields}

    answer = await service.ask(
        "POST", f"/reviews/{id_}/findings/{number}/dismiss", headers={**headers, **FORM}, data=sent
    )

    assert answer.status == status
    async with service.site.store.work() as work:
        assert await work.dismissals.search(None, None, 9) == ()


@pytest.mark.parametrize("path", ["/tokens", "/tokens/1/revoke", "/dismissals/1/revoke", "/queue/1/replay", "/leave"])
async def test_a_form_without_the_mark_of_the_session_changes_nothing(service: Service, path: str) -> None:
    headers = await browser(service)

    answer = await service.ask("POST", path, headers={**headers, **FORM}, data={"name": "x", "csrf": "0" * 64})

    assert answer.status == 403


async def test_a_job_that_was_never_given_up_is_not_run_again(service: Service) -> None:
    headers = await browser(service)
    form = said(await service.get("/tokens", headers=headers))
    mark = re.search(r'name="csrf" value="([^"]+)"', form)
    assert mark

    answer = await service.ask("POST", "/queue/4711/replay", headers={**headers, **FORM}, data={"csrf": mark[1]})

    assert answer.status == 404


async def test_a_job_that_was_given_up_is_run_again_by_form(service: Service) -> None:
    headers, queue = await browser(service), service.site.store.queue
    async with service.site.store.work() as work:
        id_ = await queue.enqueue(work, "review", {}, lock=None, repository="clinic/appointments")
        await work.connection.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", (id_,))

    answer = await send(service, headers, "/queue", f"/queue/{id_}/replay")

    assert (answer.status, answer.headers["Location"]) == (303, "/queue?done=replayed")
    async with service.site.store.work() as work:
        assert await queue.dead(work) == ()
        assert (await queue.waiting(work)).ready == 1


async def test_models_stand_on_their_page_though_recall_does_not_answer(server: Postgres) -> None:
    settings = Settings(recall=RecallSettings(store="redis://127.0.0.1:9", patience_ms=200))

    async with open_service(server, settings=settings) as service:
        answer = await service.get("/models", headers=await browser(service))

    assert answer.status == 200
    assert 'role="alert"' in said(answer)
    assert "No model is configured" in said(answer)


async def test_nobody_is_led_to_the_door_and_somebody_to_the_reviews(service: Service) -> None:
    nobody, somebody = await service.get("/"), await service.get("/", headers=await browser(service))

    assert (nobody.headers["Location"], somebody.headers["Location"]) == ("/enter", "/reviews")
    door = said(await service.get("/enter"))
    assert 'action="/enter"' in door
    assert 'aria-label="Main"' not in door


async def test_an_asset_is_kept_for_ever_and_another_name_is_not_there(service: Service) -> None:
    path = asset_path("pages.css")

    answer = await service.get(path)

    assert (answer.status, answer.headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable")
    for other in (path.replace("pages.css", "pages.js"), "/assets/0/pages.css", "/assets/x/..%2fframe.py"):
        assert (await service.get(other)).status == 404


@pytest.mark.parametrize("name", ["tour.md", "tour", "spec/egress.md"])
async def test_the_documentation_is_open_to_everybody(service: Service, name: str) -> None:
    assert "<h1" in said(await service.get(f"/docs/{name}"))


@pytest.mark.parametrize("name", ["nowhere.md", "..%2f..%2fpyproject.toml", "%2fetc%2fpasswd", "generate.py"])
async def test_what_is_no_page_of_the_documentation_is_not_there(service: Service, name: str) -> None:
    assert (await service.get(f"/docs/{name}")).status == 404


@pytest.mark.parametrize(
    "path",
    ["/reviews?verdict=maybe", "/findings?unknown=1", "/access?before=-1", "/reviews?cursor=%00", "/queue?done=x"],
)
async def test_a_query_that_no_page_makes_is_refused(service: Service, path: str) -> None:
    assert (await service.get(path, headers=await browser(service))).status == 400
