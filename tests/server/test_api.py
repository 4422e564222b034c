"""The API, over HTTP."""

import asyncio
import json
import re
from typing import Any
from uuid import UUID

import aiohttp
import jsonschema
import msgspec
import pytest
from stand_ins.memory_forge import CLINIC
from stand_ins.postgres import Postgres
from stand_ins.results import a_finding
from stand_ins.service import Service, open_service

from coderev.finding import SEVERITIES
from coderev.report import FORMATS
from coderev.server.api.openapi import document
from coderev.server.api.submissions import read_submission
from coderev.server.routes import ROUTES

PATCH = "--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a = 1\n+a = 2\n"
RANGE = {"kind": "range", "forge": "memory", "repository": CLINIC.path, "base": "main", "head": "topic/search"}


async def alice(service: Service, permission: str = "write") -> str:
    service.forge.permissions["alice"] = permission  # type: ignore[assignment]
    return await service.token("developer", login="memory:alice")


async def test_a_patch_is_taken_durably_and_queued(service: Service) -> None:
    token = await service.token("developer")

    answer = await service.ask("POST", "/api/v1/reviews", token=token, json={"kind": "patch", "patch": PATCH})

    assert answer.status == 202
    assert answer.headers["Location"] == f"/api/v1/reviews/{answer.json['id']}"
    async with service.site.store.work() as work:
        order = await work.reviews.order(UUID(answer.json["id"]))
        jobs = await service.site.store.queue.jobs(work)
    assert order is not None
    assert read_submission(order).patch == PATCH  # type: ignore[union-attr]
    assert [(job.task, job.arguments["review"]) for job in jobs] == [("submission", answer.json["id"])]


async def test_a_range_needs_that_its_submitter_may_read_the_repository(service: Service) -> None:
    token = await alice(service, "none")
    refused = await service.ask("POST", "/api/v1/reviews", token=token, json=RANGE)
    nothing = await service.ask("POST", "/api/v1/reviews", token=token, json={**RANGE, "repository": "no/such"})
    nowhere = await service.ask("POST", "/api/v1/reviews", token=token, json={**RANGE, "forge": "nowhere"})

    assert [each.status for each in (refused, nothing, nowhere)] == [404, 404, 404]
    async with service.site.store.work() as work:
        assert await service.site.store.queue.jobs(work) == ()


async def test_a_range_that_may_be_read_is_taken_for_its_repository(service: Service) -> None:
    answer = await service.ask("POST", "/api/v1/reviews", token=await alice(service, "read"), json=RANGE)

    assert answer.status == 202
    assert (answer.json["forge"], answer.json["repository"]) == ("memory", CLINIC.path)
    assert service.forge.standings == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "patch"},
        {"kind": "patch", "patch": ""},
        {"kind": "patch", "patch": "--- a/x\n+++ b/x\n@@ -1,9 +1 @@\n-a\n"},
        {"kind": "patch", "patch": PATCH, "more": 1},
        {"kind": "other", "patch": PATCH},
        {**RANGE, "base": "--upload-pack=touch x"},
        {**RANGE, "head": "a..b"},
        {**RANGE, "head": "a\nb"},
        {**RANGE, "repository": ""},
        [],
        "x",
    ],
    ids=str,
)
async def test_a_submission_that_is_none_is_one_problem(service: Service, body: Any) -> None:
    answer = await service.ask("POST", "/api/v1/reviews", token=await alice(service), json=body)

    assert answer.status == 400
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert set(answer.json) >= {"type", "title", "status", "detail", "hint", "request_id"}


async def test_a_problem_names_the_path_of_the_fault(service: Service) -> None:
    order = {"name": "ci", "role": "king", "days": 1}
    answer = await service.ask("POST", "/api/v1/tokens", token=await service.token("admin"), json=order)
    assert answer.json["detail"] == "body `role`: invalid enum value 'king'"


@pytest.mark.parametrize("format_", FORMATS)
async def test_a_result_is_told_in_every_format(service: Service, format_: str) -> None:
    review = await service.review(await service.repository())
    token = await alice(service, "read")

    answer = await service.get(f"/api/v1/reviews/{review}/result?format={format_}", token=token)

    assert answer.status == 200
    assert b"SQL" in answer.body
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_review_that_waits_has_no_result(service: Service) -> None:
    review = await service.review(await service.repository(), done=False)
    answer = await service.get(f"/api/v1/reviews/{review}/result", token=await alice(service, "read"))
    assert (answer.status, answer.json["title"]) == (409, "no result")


async def test_pages_follow_each_other_without_a_gap(service: Service) -> None:
    repository = await service.repository()
    made = {str(await service.review(repository)) for _ in range(5)}
    token = await service.token("admin")

    seen, cursor = [], ""
    for _ in range(3):
        answer = await service.get(f"/api/v1/reviews?limit=2&cursor={cursor}", token=token)
        seen += [each["id"] for each in answer.json["items"]]
        cursor = answer.json["next"] or ""

    assert set(seen) == made
    assert len(seen) == 5
    assert cursor == ""


async def test_findings_are_filtered_and_paged(service: Service) -> None:
    found = tuple(a_finding(severity=each, fingerprint=f"{n:032x}") for n, each in enumerate(SEVERITIES))
    await service.review(await service.repository(), findings=found)
    token = await service.token("auditor")

    high = await service.get("/api/v1/findings?severity=high", token=token)
    first = await service.get("/api/v1/findings?limit=3", token=token)
    rest = await service.get(f"/api/v1/findings?limit=3&cursor={first.json['next']}", token=token)

    assert [each["severity"] for each in high.json["items"]] == ["high"]
    assert len(first.json["items"] + rest.json["items"]) == 5
    assert "evidence" not in high.body.decode()


async def test_reviews_and_findings_of_one_repository(service: Service) -> None:
    mine = await service.review(await service.repository())
    await service.review(await service.repository("other/place", "2"))
    token = await service.token("admin")

    reviews = await service.get(f"/api/v1/reviews?repository=memory/{CLINIC.path}", token=token)
    findings = await service.get(f"/api/v1/findings?repository=memory/{CLINIC.path}", token=token)
    nothing = await service.get("/api/v1/reviews?repository=memory/no/such", token=token)

    assert [each["id"] for each in reviews.json["items"]] == [str(mine)]
    assert {each["review"] for each in findings.json["items"]} == {str(mine)}
    assert nothing.json["items"] == []


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=x",
        "limit=1&limit=2",
        "nothing=1",
        "cursor=!",
        "cursor=AAAA",
        "text=%00",
        "state=dead",
        "text=" + "x" * 201,
    ],
)
async def test_a_query_that_is_none_is_refused(service: Service, query: str) -> None:
    answer = await service.get(f"/api/v1/reviews?{query}", token=await service.token("admin"))
    assert answer.status == 400
    assert "query" in answer.json["detail"]


async def test_a_finding_is_dismissed_seen_and_told_again(service: Service) -> None:
    review = await service.review(await service.repository(), number=7, author="bob")
    token = await alice(service, "write")
    order = {"review": str(review), "number": 0, "reason": "false-positive", "days": 30, "note": "checked"}

    made = await service.ask("POST", "/api/v1/dismissals", token=token, json=order)
    listed = await service.get("/api/v1/dismissals", token=token)
    gone = await service.ask("DELETE", f"/api/v1/dismissals/{made.json['id']}", token=token)
    again = await service.ask("DELETE", f"/api/v1/dismissals/{made.json['id']}", token=token)
    after = await service.get("/api/v1/dismissals", token=token)

    assert made.status == 201
    assert [each["id"] for each in listed.json["items"]] == [made.json["id"]]
    assert "checked" not in listed.body.decode()
    assert (gone.status, again.status, after.json["items"]) == (204, 404, [])


async def test_who_may_only_read_dismisses_nothing(service: Service) -> None:
    review = await service.review(await service.repository())
    order = {"review": str(review), "number": 0, "reason": "false-positive", "days": 30}
    answer = await service.ask("POST", "/api/v1/dismissals", token=await alice(service, "read"), json=order)
    assert answer.status == 403
    assert "write" in answer.json["detail"]


async def test_an_author_does_not_dismiss_what_fails_their_change(service: Service) -> None:
    review = await service.review(await service.repository(), number=7, author="alice")
    order = {"review": str(review), "number": 0, "reason": "false-positive", "days": 30}
    answer = await service.ask("POST", "/api/v1/dismissals", token=await alice(service, "admin"), json=order)
    assert answer.status == 403
    assert "author" in answer.json["detail"]


async def test_only_a_code_owner_dismisses_for_a_whole_file(service: Service) -> None:
    review = await service.review(await service.repository(), number=7, author="bob")
    order = {"review": str(review), "number": 0, "reason": "mitigated", "days": 30, "scope": "file"}
    token = await alice(service, "write")

    before = await service.ask("POST", "/api/v1/dismissals", token=token, json=order)
    service.forge.owners = b"/clinic/ @alice\n"
    after = await service.ask("POST", "/api/v1/dismissals", token=token, json=order)

    assert (before.status, after.status) == (403, 201)


async def test_what_is_not_new_cannot_be_dismissed(service: Service) -> None:
    review = await service.review(await service.repository(), findings=(a_finding(status="existing"),))
    order = {"review": str(review), "number": 0, "reason": "mitigated", "days": 30}
    answer = await service.ask("POST", "/api/v1/dismissals", token=await alice(service), json=order)
    assert answer.status == 409


async def test_a_dead_job_is_seen_and_replayed(service: Service) -> None:
    store = service.site.store
    async with store.work() as work:
        job = await store.queue.enqueue(work, "submission", {"review": "x"}, lock=None, repository="a")
        await work.connection.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", (job,))
    token = await service.token("operator")

    seen = await service.get("/api/v1/queue", token=token)
    played = await service.ask("POST", f"/api/v1/queue/dead/{job}/replay", token=token)
    twice = await service.ask("POST", f"/api/v1/queue/dead/{job}/replay", token=token)

    assert [each["id"] for each in seen.json["dead"]] == [job]
    assert (played.status, twice.status) == (204, 404)


async def test_a_site_without_models_lists_none_and_recall_counts(service: Service) -> None:
    token = await service.token("operator")
    assert (await service.get("/api/v1/models", token=token)).json == {"items": []}
    assert (await service.get("/api/v1/recall/stats", token=token)).status == 200


async def test_events_tell_states_and_stages_and_end(service: Service) -> None:
    review = await service.review(await service.repository(), done=False)
    token = await alice(service, "read")

    async def go_on() -> None:
        async with service.site.store.work() as work:
            await work.reviews.start(review, service.at)
            await work.reviews.stage(review, "asking models: 3 of 9")
        await asyncio.sleep(1.2)
        async with service.site.store.work() as work:
            await work.reviews.end(review, service.at, "failed", "the forge is away")

    _, answer = await asyncio.gather(go_on(), service.get(f"/api/v1/reviews/{review}/events", token=token))

    events = [block.split("\n") for block in answer.body.decode().strip().split("\n\n")]
    told = [(each[0].removeprefix("event: "), json.loads(each[1].removeprefix("data: "))) for each in events]
    assert ("stage", {"stage": "asking models: 3 of 9"}) in told
    assert told[-2][1] == {"state": "failed"}
    assert told[-1][0] == "end"
    assert told[-1][1]["failure"] == "the forge is away"
    assert answer.headers["Content-Type"] == "text/event-stream"


async def test_a_reader_who_leaves_leaves_nothing_behind(service: Service) -> None:
    review = await service.review(await service.repository(), done=False)
    token = await alice(service, "read")
    headers = {"Authorization": f"Bearer {token}"}
    streams = [
        await service.client.get(f"{service.url}/api/v1/reviews/{review}/events", headers=headers) for _ in range(5)
    ]
    assert service.site.watch.count == 5

    for stream in streams:
        stream.close()
    async with service.site.store.work() as work:  # a change is what the server notices it by
        await work.reviews.start(review, service.at)
    for _ in range(100):
        await asyncio.sleep(0.1)
        if not service.site.watch.count:
            break
    assert service.site.watch.count == 0

    assert (await service.get(f"/api/v1/reviews/{review}", token=token)).status == 200


async def test_streams_end_at_once_when_the_service_stops(server: Postgres) -> None:
    async with aiohttp.ClientSession() as follower:
        async with open_service(server) as service:
            review = await service.review(await service.repository(), done=False)
            headers = {"Authorization": f"Bearer {await alice(service, 'read')}"}
            stream = await follower.get(f"{service.url}/api/v1/reviews/{review}/events", headers=headers)
            began = asyncio.get_running_loop().time()

        assert b"event: state" in await stream.read()
        assert asyncio.get_running_loop().time() - began < 5


async def test_one_subject_has_a_number_of_streams_and_no_more(service: Service) -> None:
    from coderev.server.watching import MOST_OF_ONE

    review = await service.review(await service.repository(), done=False)
    headers = {"Authorization": f"Bearer {await alice(service, 'read')}"}
    path = f"{service.url}/api/v1/reviews/{review}/events"
    streams = [await service.client.get(path, headers=headers) for _ in range(MOST_OF_ONE)]

    more = await service.client.get(path, headers=headers)

    assert more.status == 503
    assert {each.status for each in streams} == {200}
    for each in (more, *streams):
        each.close()


async def test_the_document_is_what_the_service_answers(service: Service) -> None:
    answer = await service.get("/api/v1/openapi.json")
    assert answer.status == 200
    assert answer.json == json.loads(msgspec.json.encode(document(ROUTES)))


async def test_the_page_of_the_api_loads_nothing(service: Service) -> None:
    answer = await service.get("/api/docs")
    text = answer.body.decode()

    assert answer.status == 200
    loaded = re.findall(r'(?:src|<link[^>]* href)="([^"]*)"', text)
    assert len(loaded) == 2
    assert all(each.startswith("/assets/") for each in loaded)
    assert [(await service.get(each)).status for each in loaded] == [200, 200]
    assert "http:" not in text
    assert all(route.path in text for route in ROUTES if route.describes)


def test_every_route_of_the_api_is_described() -> None:
    assert [route.path for route in ROUTES if route.path.startswith("/api/v1") and not route.describes] == []


async def test_answers_are_what_the_document_says(service: Service) -> None:
    whole = document(ROUTES)
    await service.review(await service.repository())
    token = await service.token("admin")
    for path in ("reviews", "findings", "dismissals", "tokens", "queue", "models"):
        answer = await service.get(f"/api/v1/{path}", token=token)
        operation = whole["paths"][f"/api/v1/{path}"]["get"]
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        jsonschema.validate(answer.json, {**schema, "components": whole["components"]})


def test_types_forbid_what_they_do_not_know() -> None:
    for name, schema in document(ROUTES)["components"]["schemas"].items():
        if name.startswith("New") or name.endswith(("Query", "Submission")):
            assert schema["additionalProperties"] is False, name
