"""Somebody who may write to the database moves what is sealed to another row while the service runs.

What was moved does not open, and the page says so; everything else goes on.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import msgspec
import pytest
from stand_ins.postgres import NoPostgres, Postgres
from stand_ins.results import a_finding, a_result
from stand_ins.service import Service, databases, open_service

from coderev.server.jobs import ReviewSubmission
from coderev.store import records

DIFF = b"--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a = 1\n+a = 2\n"


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


async def a_review(service: Service, tenant: str, word: str) -> UUID:
    id_, finding = uuid4(), a_finding(title=word, message=word)
    async with service.site.store.work() as work:
        order = b'{"kind":"patch","patch":"' + word.encode() + b'"}'
        review = await work.reviews.add(id_, tenant, None, None, "token:1 alice", "r", service.at, order)
        await work.reviews.start(id_, service.at)
        await work.findings.add(review, [(finding, "unit")])
        result = msgspec.json.encode(a_result((finding,)))
        await work.reviews.finish(id_, service.at, result, "fail", 1, 1, DIFF, b'{"started": "then"}')
    return id_


TAKEN = "UPDATE review SET {0} = (SELECT {0} FROM review WHERE id = %(from)s) WHERE id = %(to)s"
MOVED = {
    "result": TAKEN.format("sealed_result"),
    "diff": TAKEN.format("sealed_diff"),
    "record": TAKEN.format("sealed_record"),
    "another column": "UPDATE review SET sealed_result = sealed_diff WHERE id = %(to)s",
    "cut": "UPDATE review SET sealed_result = substr(sealed_result, 1, 20) WHERE id = %(to)s",
    "empty": "UPDATE review SET sealed_result = '' WHERE id = %(to)s",
}
SHOWN = {"diff": "/reviews/{}/changes", "record": "/reviews/{}/record"}


@pytest.mark.parametrize("name", MOVED)
async def test_what_was_moved_is_not_shown_and_the_page_says_why(service: Service, name: str) -> None:
    theirs = await a_review(service, "@bob", "XYZZY")
    mine, other = await a_review(service, "@alice", "plain"), await a_review(service, "@alice", "whole")
    token = await service.token("admin")
    async with service.site.store.work() as work:
        await work.connection.execute(MOVED[name].encode(), {"from": theirs, "to": mine})

    page = await service.get(SHOWN.get(name, "/reviews/{}").format(mine), token=token)
    raw = await service.get(f"/api/v1/reviews/{mine}/result", token=token)
    whole = await service.get(f"/reviews/{other}", token=token)
    ready = await service.get("/readyz")

    assert (page.status, b"does not open" in page.body, b"XYZZY" in page.body) == (403, True, False)
    assert b"XYZZY" not in raw.body
    assert raw.status == (200 if name in SHOWN else 403)
    assert (whole.status, b"whole" in whole.body) == (200, True)
    assert ready.status == 200
    for path in ("/reviews", "/findings", "/api/v1/reviews", "/api/v1/findings"):
        assert (await service.get(path, token=token)).status == 200


async def test_a_review_that_was_given_to_another_tenant_does_not_open_for_them(service: Service) -> None:
    theirs = await a_review(service, "@bob", "XYZZY")
    alice = await service.token("developer")
    async with service.site.store.work() as work:
        await work.connection.execute("UPDATE review SET tenant = '@alice' WHERE id = %s", (theirs,))

    answers = [await service.get(f"/reviews/{theirs}{page}", token=alice) for page in ("", "/changes", "/record")]

    assert {answer.status for answer in answers} == {403}
    assert not any(b"XYZZY" in answer.body for answer in answers)


async def test_a_finding_whose_words_were_moved_cannot_be_dismissed_and_the_others_can(service: Service) -> None:
    repository = await service.repository()
    findings = (a_finding(), a_finding(fingerprint="0" * 32, start_line=1, end_line=1, title="XYZZY"))
    review = await service.review(repository, number=7, author="bob", findings=findings)
    service.forge.permissions["alice"] = "write"
    token = await service.token("developer", login="memory:alice")
    async with service.site.store.work() as work:
        await work.connection.execute(
            "UPDATE finding SET sealed_body = (SELECT sealed_body FROM finding WHERE number = 1) WHERE number = 0"
        )
    order = {"review": str(review), "reason": "mitigated", "days": 3}

    moved, whole = [
        await service.ask("POST", "/api/v1/dismissals", token=token, json=order | {"number": number})
        for number in (0, 1)
    ]

    assert (moved.status, whole.status) == (403, 201)
    assert "does not open" in moved.json["detail"]


async def test_a_note_that_was_moved_closes_only_itself(service: Service) -> None:
    repository = await service.repository()
    async with service.site.store.work() as work:
        for note in ("XYZZY", "whole", ""):
            await work.dismissals.add(
                records.Dismissal(
                    repository=repository,
                    number=None,
                    scope="place",
                    fingerprint=f"f-{note}",
                    unit="u",
                    rule="r",
                    path="p",
                    reason="mitigated",
                    author="bob",
                    created=service.at,
                    expires=service.at + timedelta(days=1),
                    note=note,
                )
            )
        await work.connection.execute(
            "UPDATE dismissal SET sealed_note = (SELECT sealed_note FROM dismissal WHERE fingerprint = 'f-XYZZY')"
            " WHERE fingerprint = 'f-whole'"
        )
    token = await service.token("admin")

    listed = await service.get("/api/v1/dismissals", token=token)
    page = await service.get("/dismissals", token=token)

    assert (listed.status, page.status) == (200, 200)
    assert len(listed.json["items"]) == 3
    assert page.body.count(b"this note does not open") == page.body.count(b"<small>XYZZY") == 1
    async with service.site.store.work() as work:
        active = await work.dismissals.active(repository.id, service.at)
    assert {each.fingerprint for each in active} == {"f-XYZZY", "f-"}  # what it was about is told again
    revoked = await service.ask("DELETE", f"/api/v1/dismissals/{_of(listed.json, 'f-whole')}", token=token)
    assert revoked.status == 204


def _of(listed: dict[str, list[dict[str, str]]], fingerprint: str) -> str:
    return next(each["id"] for each in listed["items"] if each["fingerprint"] == fingerprint)


def test_what_is_queued_names_a_review_and_holds_nothing_of_it() -> None:
    assert set(ReviewSubmission.__struct_fields__) == {"review", "request_id"}
