"""Default deny: each route names its action, and each was tried as nobody and as every role."""

from uuid import uuid4

import pytest
from msgspec.structs import replace
from stand_ins.postgres import Postgres
from stand_ins.service import HOUR, Service, open_service

from coderev.server.access.actions import EVERYWHERE, MAY, OPEN, SCOPED, UNRECORDED, Action, grantable
from coderev.server.access.deciding import NOBODY, Subject, decide, decide_scoped
from coderev.server.asking import Route
from coderev.server.routes import ROUTES
from coderev.store import records

BODIES = {"/api/v1/reviews": {"kind": "patch", "patch": "x"}}
ALLOWED_ACTIONS_OF_NOBODY = {"health.see", "assets.see", "documents.see", "webhook.deliver", "session.enter"}


def name(route: Route) -> str:
    return f"{route.method} {route.path}"


def filled(route: Route) -> str:
    """The path with values that name nothing."""
    return (
        route.path.replace("{id}", str(uuid4()))
        .replace("{number}", "999999")
        .replace("{forge}", "nothing")
        .replace("{name}", "nothing")
        .replace("{path}", "nothing")
        .replace("{digest}", "nothing")
        .replace("{page:.+}", "nothing")
    )


def test_every_route_names_an_action_and_no_path_stands_twice() -> None:
    assert all(isinstance(route.action, Action) for route in ROUTES)
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)


def test_a_route_cannot_be_made_without_an_action() -> None:
    with pytest.raises(TypeError):
        Route(method="GET", path="/", handler=None)  # type: ignore[call-arg, arg-type]


def test_what_nobody_may_do_is_this_list() -> None:
    assert {str(action) for action in Action if decide(NOBODY, action).allowed} == ALLOWED_ACTIONS_OF_NOBODY


def test_every_route_about_one_repository_decides_when_it_knows_which() -> None:
    wrong = [name(route) for route in ROUTES if route.action in SCOPED and not route.decides]
    assert wrong == []


@pytest.mark.parametrize("route", [route for route in ROUTES if route.action not in OPEN], ids=name)
async def test_nobody_reaches_it_and_that_is_recorded(service: Service, route: Route) -> None:
    answer = await service.ask(route.method, filled(route), headers={"Accept": "*/*"})

    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    (record,) = await service.accesses()
    assert (record.subject, record.action, record.outcome) == ("nobody", str(route.action), "denied")
    assert record.source == "127.0.0.1"
    assert record.request_id == answer.headers["Request-Id"]


@pytest.mark.parametrize("role", records.ROLES)
async def test_each_role_reaches_what_the_table_says_and_nothing_else(service: Service, role: records.Role) -> None:
    token = await service.token(role)
    for route in ROUTES:
        if route.action in UNRECORDED | {Action.ENTER} or route.streams:  # `test_entering.py` tries that one
            continue
        body = None if route.method == "GET" else {"nothing": "of any type"}
        headers = {"Coderev-Reason": "a test of the table", "Sec-Fetch-Site": "same-origin"}
        answer = await service.ask(route.method, filled(route), token=token, json=body, headers=headers)
        denied = [each for each in await service.accesses() if each.outcome == "denied"]
        newest = (await service.accesses())[0]
        if route.action in MAY[role] | OPEN:
            assert answer.status not in {401, 403}, name(route)
        else:
            assert answer.status == 403, name(route)
            assert denied[0] == newest
        assert newest.role == ("" if route.action is Action.DELIVER else role)


def test_an_auditor_and_an_operator_read_code_only_with_a_reason() -> None:
    for role in ("auditor", "operator"):
        subject = Subject(kind="token", name="a", role=role, id=1)

        without = decide(subject, Action.READ_CODE)
        short = decide(subject, Action.READ_CODE, reason="short")
        given = decide(subject, Action.READ_CODE, reason="incident 4711: who saw it")

        assert [without.allowed, short.allowed, given.allowed] == [False, False, True]
        assert "incident 4711" in given.why


def test_no_role_can_grant_what_it_does_not_have() -> None:
    for role in records.ROLES:
        for granted in grantable(role):
            assert MAY[granted] <= MAY[role]
            assert granted not in EVERYWHERE or role in EVERYWHERE
    assert grantable("reader") == frozenset()
    assert "admin" not in grantable("developer")
    assert grantable("admin") == set(records.ROLES)


@pytest.mark.parametrize("permission", [None, "none"])
@pytest.mark.parametrize("role", ["reader", "developer"])
@pytest.mark.parametrize("action", sorted(SCOPED))
def test_a_forge_that_is_silent_or_says_no_lets_nobody_through(
    role: records.Role, action: Action, permission: None
) -> None:
    subject = Subject(kind="token", name="alice", role=role, login="memory:alice", id=1)
    assert not decide_scoped(subject, action, "memory/clinic/records", permission).allowed


async def test_another_tenants_review_is_not_there_and_the_try_is_recorded(service: Service) -> None:
    theirs = await service.review(await service.repository())
    token = await service.token("developer", name="mallory", login="memory:mallory")

    found = await service.get(f"/api/v1/reviews/{theirs}", token=token)
    nothing = await service.get(f"/api/v1/reviews/{uuid4()}", token=token)

    assert found.status == nothing.status == 404
    assert _without_ids(found.json) == _without_ids(nothing.json)
    records_ = await service.accesses(outcome="denied")
    assert records_[1].target == f"review {theirs}"
    assert records_[1].subject.endswith("mallory")


def _without_ids(problem: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in problem.items() if key not in {"request_id", "detail"}}


async def test_a_reader_sees_what_the_forge_lets_them_read(service: Service) -> None:
    mine = await service.review(await service.repository())
    await service.review(await service.repository("other/secret", "2"))
    service.forge.permissions["alice"] = "read"
    token = await service.token("reader", login="memory:alice")

    one = await service.get(f"/api/v1/reviews/{mine}", token=token)
    result = await service.get(f"/api/v1/reviews/{mine}/result", token=token)
    listed = await service.get("/api/v1/reviews", token=token)
    findings = await service.get("/api/v1/findings", token=token)

    assert (one.status, result.status) == (200, 200)
    assert [each["id"] for each in listed.json["items"]] == [str(mine)]
    assert {each["review"] for each in findings.json["items"]} == {str(mine)}


async def test_a_login_of_one_forge_is_nothing_at_another(service: Service) -> None:
    mine = await service.review(await service.repository())
    service.forge.permissions["alice"] = "admin"
    token = await service.token("reader", login="elsewhere:alice")

    assert (await service.get(f"/api/v1/reviews/{mine}", token=token)).status == 404
    assert (await service.get("/api/v1/reviews", token=token)).json["items"] == []


async def test_while_the_forge_is_down_nobody_reads(service: Service) -> None:
    mine = await service.review(await service.repository())
    service.forge.permissions["alice"] = "read"
    service.forge.fails = dict.fromkeys(range(1, 50), "before")
    token = await service.token("reader", login="memory:alice")

    one = await service.get(f"/api/v1/reviews/{mine}", token=token)
    listed = await service.get("/api/v1/reviews", token=token)

    assert one.status == 404
    assert (listed.status, listed.json["title"]) == (503, "forge silent")  # an empty list would look whole


async def test_a_repository_that_is_gone_at_its_forge_closes_no_other(service: Service) -> None:
    mine = await service.review(await service.repository())
    gone = await service.review(await service.repository("gone/away", "404"))
    service.forge.permissions["alice"] = "read"
    token = await service.token("reader", login="memory:alice")

    listed = await service.get("/api/v1/reviews", token=token)

    assert [each["id"] for each in listed.json["items"]] == [str(mine)]
    assert (await service.get(f"/api/v1/reviews/{gone}", token=token)).status == 404


async def test_permissions_are_asked_once_a_minute(service: Service) -> None:
    mine = await service.review(await service.repository())
    service.forge.permissions["alice"] = "read"
    token = await service.token("reader", login="memory:alice")

    for _ in range(5):
        assert (await service.get(f"/api/v1/reviews/{mine}", token=token)).status == 200

    assert service.forge.calls.count("permission") == 1


async def test_a_patch_of_ones_own_is_seen_by_no_other_developer(service: Service) -> None:
    alice, bob = await service.token("developer"), await service.token("developer", name="bob")
    patch = "--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a = 1\n+a = 2\n"
    made = await service.ask("POST", "/api/v1/reviews", token=alice, json={"kind": "patch", "patch": patch})

    assert made.status == 202
    assert (await service.get(made.headers["Location"], token=alice)).status == 200
    assert (await service.get(made.headers["Location"], token=bob)).status == 404


async def test_a_handler_that_forgets_to_decide_answers_nothing(server: Postgres) -> None:
    async def careless(_: object) -> object:
        from aiohttp import web

        return web.Response(text="secret")

    route = Route(method="GET", path="/api/careless", action=Action.READ_CODE, handler=careless, decides=True)  # type: ignore[arg-type]
    async with open_service(server, routes=(route,)) as service:
        answer = await service.get("/api/careless", token=await service.token("admin"))

    assert answer.status == 500
    assert b"secret" not in answer.body


async def test_an_auditors_reason_is_kept(service: Service) -> None:
    review = await service.review(await service.repository())
    token = await service.token("auditor", name="vera")
    path = f"/api/v1/reviews/{review}/result"

    without = await service.get(path, token=token)
    given = await service.get(path, token=token, headers={"Coderev-Reason": "incident 4711"})

    assert (without.status, given.status) == (403, 200)
    assert (await service.accesses(outcome="allowed"))[0].why == "reason: incident 4711"


async def test_nothing_is_answered_when_it_cannot_be_recorded(service: Service) -> None:
    token = await service.token("admin")
    await service.get("/api/v1/reviews", token=token)
    async with service.site.store.work() as work:
        await work.connection.execute("ALTER TABLE access_record RENAME TO gone")

    answer = await service.get("/api/v1/reviews", token=token)

    assert answer.status == 503
    assert answer.json["title"] == "not recorded"


async def test_an_expired_and_a_revoked_token_open_nothing(service: Service) -> None:
    old = await service.token("admin", at=service.at - 48 * HOUR)
    revoked = await service.token("admin")
    ids = [each["id"] for each in (await service.get("/api/v1/tokens", token=revoked)).json["items"]]

    gone = await service.ask("DELETE", f"/api/v1/tokens/{max(ids)}", token=revoked)

    assert gone.status == 204
    assert (await service.get("/api/v1/reviews", token=old)).status == 401
    assert (await service.get("/api/v1/reviews", token=revoked)).status == 401


async def test_a_token_is_worth_no_more_than_its_maker(service: Service) -> None:
    token = await service.token("developer", login="memory:alice")
    orders = [
        {"name": "up", "role": "admin", "days": 1},
        {"name": "other", "role": "reader", "days": 1, "subject": "bob"},
        {"name": "login", "role": "reader", "days": 1, "login": "memory:bob"},
        {"name": "auditor", "role": "auditor", "days": 1},
    ]

    answers = [await service.ask("POST", "/api/v1/tokens", token=token, json=each) for each in orders]
    own = await service.ask("POST", "/api/v1/tokens", token=token, json={"name": "ci", "role": "reader", "days": 1})

    assert [each.status for each in answers] == [403, 403, 403, 403]
    assert own.status == 201
    assert own.json["token"]["login"] == "memory:alice"
    assert own.json["secret"].startswith("cr_")


async def test_the_secret_of_a_token_is_nowhere_in_the_database(service: Service) -> None:
    secret = await service.token("admin")
    async with service.site.store.work() as work:
        rows = await (await work.connection.execute("SELECT token::text FROM token")).fetchall()
    assert secret.removeprefix("cr_") not in str(rows)
    assert secret.encode().hex() not in str(rows)


async def test_a_token_that_lives_too_long_is_refused(server: Postgres) -> None:
    from coderev.settings import ServerSettings, Settings

    settings = replace(Settings(), server=ServerSettings(token_days=7))
    async with open_service(server, settings=settings) as service:
        token = await service.token("admin")
        order = {"name": "long", "role": "reader", "days": 8}
        answer = await service.ask("POST", "/api/v1/tokens", token=token, json=order)

    assert answer.status == 400
    assert "7" in answer.json["detail"]


@pytest.mark.parametrize(
    ("order", "field"),
    [
        ({"name": "\u200bx", "role": "reader", "days": 1}, "name"),
        ({"name": "x", "role": "reader", "days": 1, "subject": "a<b"}, "subject"),
        ({"name": "x", "role": "reader", "days": 1, "login": "alice"}, "login"),
        ({"name": "x", "role": "admin", "days": 1, "login": "memory:alice"}, "login"),
        ({"name": "x", "role": "reader", "days": 3_650}, "days"),
    ],
    ids=range(5),
)
async def test_a_token_that_cannot_be_is_refused_by_the_field(
    service: Service, order: dict[str, object], field: str
) -> None:
    answer = await service.ask("POST", "/api/v1/tokens", token=await service.token("admin"), json=order)
    assert (answer.status, answer.json["title"]) == (400, "bad token")
    assert field in answer.json["detail"]


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        (NOBODY, "nobody"),
        (Subject(kind="token", name="alice", role="reader", id=3), "token:3 alice"),
        (Subject(kind="session", name="admin", role="admin"), "session admin"),
        (Subject(kind="forge", name="alice", role="developer", login="gitlab:alice"), "forge:gitlab alice"),
    ],
)
def test_subjects_stand_in_records_as_everywhere(subject: Subject, said: str) -> None:
    assert str(subject) == said


async def test_a_login_of_a_silent_forge_is_asked_again_soon(service: Service) -> None:
    from coderev.server.access import permissions

    assert permissions.SILENT_SECONDS < permissions.KEEP_SECONDS
    service.forge.fails = {1: "before"}
    service.forge.permissions["alice"] = "read"
    repository = await service.repository()
    subject = Subject(kind="token", name="alice", role="reader", login="memory:alice", id=1)

    assert await service.site.permissions.of(subject, repository) is None
    assert await service.site.permissions.of(subject, repository) is None
    assert len(service.forge.calls) == 1
