"""Mallory has a token of a developer and may read one repository; another one's review, by its id, is not there.

Every route that the service has is walked, so that a new one is too.
"""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from msgspec.structs import replace
from stand_ins.postgres import NoPostgres, Postgres
from stand_ins.results import a_finding, a_result
from stand_ins.service import Answer, Service, databases, open_service

from coderev.server.access import sessions
from coderev.server.access.deciding import Subject
from coderev.server.asking import Route
from coderev.server.jobs import ReviewSubmission, queue_submission
from coderev.server.routes import ROUTES
from coderev.store import records

SECRET = "XYZZY"  # stands in all that is theirs
DIFF = f"--- a/{SECRET}.py\n+++ b/{SECRET}.py\n@@ -1 +1 @@\n-a = 1\n+a = '{SECRET}'\n".encode()
OPEN_ANYWAY = re.compile(r"/(?:docs|assets|api/docs|api/v1/openapi\.json)")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


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


@dataclass(frozen=True)
class Theirs:
    """What belongs to another tenant, and Mallory's own review."""

    review: UUID
    finding: str  # its fingerprint
    dismissal: int
    token: int
    mine: UUID


async def a_review(service: Service, repository: records.Repository, text: str, number: int) -> UUID:
    """A review with a result, a diff and a run record, in all of which the text stands."""
    id_, at = uuid4(), service.at
    finding = a_finding(path=f"{text}.py", title=text, message=text, evidence=text, fingerprint=text.lower() + "0" * 27)
    async with service.site.store.work() as work:
        request = await work.merge_requests.see(repository, number, "bob", "main", "9ab2" * 10, "open", at)
        review = await work.reviews.add(id_, repository.tenant, repository, request, f"forge:memory {text}", "r", at)
        await work.reviews.start(id_, at)
        await work.reviews.sides(id_, "1f0c" * 10, "9ab2" * 10, text)
        await work.findings.add(review, [(finding, "unit")])
        result = msgspec.json.encode(a_result((finding,)))
        await work.reviews.finish(id_, at, result, "fail", 1, 1, DIFF.replace(SECRET.encode(), text.encode()), b"{}")
    return id_


async def prepared(service: Service) -> Theirs:
    other = await service.repository(f"{SECRET}/plans", "2")
    mine = await a_review(service, await service.repository(), "plain", 7)
    review = await a_review(service, other, SECRET, 8)
    async with service.site.store.work() as work:
        dismissal = await work.dismissals.add(
            records.Dismissal(
                repository=other,
                number=8,
                scope="place",
                fingerprint=SECRET,
                unit="unit",
                rule="S608",
                path=f"{SECRET}.py",
                reason="mitigated",
                author=SECRET,
                created=service.at,
                expires=service.at + timedelta(days=1),
                note=SECRET,
            )
        )
        await queue_submission(
            service.site.store, work, ReviewSubmission(review=review, request_id=SECRET), other.tenant
        )
    await service.token("developer", name=SECRET, login=f"memory:{SECRET}")
    async with service.site.store.work() as work:
        token = (await work.tokens.all())[0].id
    service.forge.permissions["mallory"] = "maintain"  # in the repository of id 1
    return Theirs(review, SECRET.lower() + "0" * 27, dismissal.id, token, mine)


def paths_of(route: Route, theirs: Theirs) -> list[str]:
    """The route's path with all that is theirs for the names in it, and with what a query can ask for."""
    numbers = {str(theirs.dismissal), str(theirs.token), "0", "1"} if "{number}" in route.path else {""}
    named = {"{id}": str(theirs.review), "{forge}": "memory", "{digest}": "0", "{name}": "x", "{name:.+}": "x"}
    path = route.path
    for name, value in named.items():
        path = path.replace(name, value)
    paths = [path.replace("{number}", number) for number in sorted(numbers)]
    queries = ["", *_queries(route.path)] if route.method == "GET" else [""]
    return [each + query for each in paths for query in queries]


def _queries(path: str) -> list[str]:
    if path.endswith(("/findings", "/reviews")):
        return [f"?text={SECRET}", f"?repository=memory/{SECRET}/plans"]
    if path.endswith("/result"):
        return [f"?format={each}" for each in ("text", "sarif", "html", "markdown", "gitlab", "junit")]
    return ["?path=" + SECRET + ".py"] if path.endswith("/changes") else []


def bodies_of(route: Route, theirs: Theirs) -> list[dict[str, Any]]:
    """The bodies that would do something to what is theirs."""
    match route.method, route.path:
        case "POST", "/api/v1/reviews":
            wanted = {"kind": "range", "forge": "memory", "base": "main", "head": "9ab2" * 10}
            return [{"json": wanted | {"repository": name}} for name in (f"{SECRET}/plans", "2")]
        case "POST", "/api/v1/dismissals":
            order = {"review": str(theirs.review), "number": 0, "reason": "false-positive", "days": 30}
            return [{"json": order | {"scope": scope}} for scope in ("place", "file", "repository")]
        case "POST", path if path.endswith("/dismiss"):
            return [{"data": {"reason": "false-positive", "scope": "place", "days": "30", "note": ""}, "headers": FORM}]
        case "POST", "/enter" | "/api/v1/tokens" | "/tokens":
            return []
        case "POST", _:
            return [{"data": {}, "headers": FORM}]
        case _:
            return [{}]


async def walk(service: Service, theirs: Theirs, **who: Any) -> list[tuple[Route, str, Answer]]:
    answers = []
    for route in ROUTES:
        for path in paths_of(route, theirs):
            for body in bodies_of(route, theirs):
                given = {**body, "headers": {**body.get("headers", {}), **who.get("headers", {})}}
                answer = await service.ask(route.method, path, token=who.get("token", ""), **given)
                answers.append((route, f"{path} {body.get('json', '')}", answer))
    return answers


async def state(service: Service) -> tuple[Any, ...]:
    """All that could have been changed."""
    async with service.site.store.work() as work:
        asked = """SELECT (SELECT count(*) FROM dismissal), (SELECT count(*) FROM dismissal WHERE revoked IS NULL),
            (SELECT count(*) FROM token WHERE revoked IS NULL), (SELECT count(*) FROM review),
            (SELECT count(*) FROM procrastinate_jobs)"""
        row = await (await work.connection.execute(asked)).fetchone()
    assert row is not None
    return tuple(row)


def told(answers: list[tuple[Route, str, Answer]]) -> list[str]:
    """Which answers told something of theirs that was not in the question."""
    return [
        f"{route.method} {path}: {answer.status}"
        for route, path, answer in answers
        if re.sub(rb"(?i)[^\s<>]*(?:text|path|repository)=[^\s<>]*|value=\"[^\"]*\"", b"", answer.body)
        .upper()
        .count(SECRET.encode())
        and not (answer.status == 404 and SECRET in path)
    ]


@pytest.mark.parametrize("role", ["reader", "developer"])
async def test_no_route_tells_or_changes_anything_of_another_tenant(service: Service, role: records.Role) -> None:
    theirs = await prepared(service)
    token = await service.token(role, name="mallory", login="memory:mallory")
    before = await state(service)

    answers = await walk(service, theirs, token=token)

    by_id = {answer.status for route, path, answer in answers if str(theirs.review) in path}
    assert told(answers) == []
    assert by_id <= {403, 404}
    assert {answer.status for *_, answer in answers} & {500, 503} == set()
    assert await state(service) == before


async def test_a_browser_is_told_no_more(service: Service) -> None:
    theirs = await prepared(service)
    cookie = sessions.new_cookie()
    async with service.site.store.work() as work:
        subject = Subject(kind="session", name="mallory", role="developer", login="memory:mallory")
        await sessions.open_session(work, service.site.store.seal, subject, cookie, service.at)
    headers = {"Cookie": f"{sessions.COOKIE}={cookie}", "Sec-Fetch-Site": "same-origin"}
    before = await state(service)

    answers = await walk(service, theirs, headers=headers)
    own = await service.get(f"/reviews/{theirs.mine}", headers=headers)

    assert told(answers) == []
    assert (own.status, b"plain.py" in own.body) == (200, True)
    assert await state(service) == before


async def test_one_without_any_repository_and_nobody_are_told_nothing(service: Service) -> None:
    theirs = await prepared(service)
    lonely = await service.token("developer", name="lonely")

    answers = await walk(service, theirs, token=lonely) + await walk(service, theirs)

    assert told(answers) == []


async def test_a_repository_under_the_old_path_of_another_opens_none_of_its_reviews(service: Service) -> None:
    old = await service.repository("team/clinic", "9")
    review = await a_review(service, old, SECRET, 3)
    async with service.site.store.work() as work:
        await work.repositories.see("memory", "9", "team/kept", "memory/team/kept", service.at + timedelta(seconds=1))
    service.forge.now = replace(
        service.forge.now, project=replace(service.forge.now.project, id="10", path="team/clinic")
    )
    new = await service.repository("team/clinic", "10")
    service.forge.permissions["mallory"] = "admin"  # in the new one, which she made
    token = await service.token("developer", name="mallory", login="memory:mallory")

    one = await service.get(f"/api/v1/reviews/{review}/result", token=token)
    listed = await service.get("/api/v1/reviews?repository=memory/team/clinic", token=token)
    handed_in = await service.ask(
        "POST",
        "/api/v1/reviews",
        token=token,
        json={"kind": "range", "forge": "memory", "repository": "team/clinic", "base": "main", "head": "9ab2" * 10},
    )
    made = await service.get(handed_in.headers["Location"], token=token)

    assert (one.status, listed.json["items"]) == (404, [])
    assert handed_in.status == 202
    async with service.site.store.work() as work:
        kept = await work.reviews.get(UUID(made.json["id"]))
    assert kept is not None
    assert (kept.tenant, kept.repository) == (new.tenant, new)
    assert new.tenant != old.tenant
