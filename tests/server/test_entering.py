"""Coming in: invitations once, cookies that nobody can plant, forms that nobody can forge, and guessers who wait."""

import asyncio
import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from stand_ins.postgres import Postgres
from stand_ins.service import HOUR, Answer, Service, open_service

from coderev.server.access import sessions
from coderev.server.access.entering import invitation_address, invite
from coderev.server.access.lockout import FREE, check_lockout, wait_after
from coderev.settings import ServerSettings, Settings

SAME = {"Sec-Fetch-Site": "same-origin"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def enter(service: Service, secret: str, headers: dict[str, str] | None = None) -> Answer:
    return await service.ask(
        "POST", "/enter", headers={**FORM, **(SAME if headers is None else headers)}, data=f"token={secret}"
    )


def cookie_of(answer: Answer) -> str:
    return answer.headers["Set-Cookie"].partition(";")[0]


async def signed_in(service: Service, secret: str = "") -> dict[str, str]:
    """The headers of a browser that came in."""
    answer = await enter(service, secret or await invite(service.site.store, "admin", service.at))
    assert answer.status == 303
    return {"Cookie": cookie_of(answer), **SAME}


def csrf(service: Service, headers: dict[str, str]) -> str:
    value = headers["Cookie"].partition("=")[2]
    secret, _, mac = value.partition(".")
    del mac
    return sessions.csrf_of(service.site.store.seal, sessions.Cookie(secret=secret))


async def test_an_invitation_opens_a_session_once(service: Service) -> None:
    secret = await invite(service.site.store, "admin", service.at)

    first, second = await asyncio.gather(enter(service, secret), enter(service, secret))

    assert sorted([first.status, second.status]) == [303, 401]
    opened = first if first.status == 303 else second
    seen = await service.get("/api/v1/reviews", headers={"Cookie": cookie_of(opened)})
    assert seen.status == 200
    record = (await service.accesses(action="session.enter", outcome="allowed"))[0]
    assert (record.subject, record.role) == ("session admin", "admin")


async def test_an_invitation_is_too_old_after_half_an_hour(service: Service) -> None:
    secret = await invite(service.site.store, "admin", service.at - HOUR)
    assert (await enter(service, secret)).status == 401


def test_the_secret_of_an_invitation_stands_where_no_server_sees_it() -> None:
    address = invitation_address("http://127.0.0.1:8080/", "cri_secret")
    assert address == "http://127.0.0.1:8080/enter#cri_secret"


async def test_the_cookie_is_closed_on_every_side(service: Service) -> None:
    answer = await enter(service, await invite(service.site.store, "admin", service.at))
    given = answer.headers["Set-Cookie"]

    assert given.startswith("__Host-coderev=")
    assert {"HttpOnly", "Secure", "SameSite=Strict", "Path=/"} <= {each.strip() for each in given.split(";")}
    assert "Domain" not in given


async def test_a_session_that_somebody_brings_along_is_not_taken_over(service: Service) -> None:
    planted = {"Cookie": f"__Host-coderev={'A' * 43}", **SAME}
    answer = await enter(service, await invite(service.site.store, "admin", service.at), planted)

    assert answer.status == 303
    assert cookie_of(answer) != planted["Cookie"]
    assert (await service.get("/api/v1/reviews", headers=planted)).status == 401


async def test_signing_in_again_ends_the_session_before(service: Service) -> None:
    before = await signed_in(service)
    secret = await invite(service.site.store, "admin", service.at)
    form = f"token={secret}&csrf={csrf(service, before)}"

    after = await service.ask("POST", "/enter", headers={**before, **FORM}, data=form)

    assert after.status == 303
    assert (await service.get("/api/v1/reviews", headers=before)).status == 401
    assert (await service.get("/api/v1/reviews", headers={"Cookie": cookie_of(after)})).status == 200


async def test_going_out_ends_the_session_in_the_database(service: Service) -> None:
    headers = await signed_in(service)

    left = await service.ask("POST", "/leave", headers={**headers, **FORM}, data=f"csrf={csrf(service, headers)}")

    assert left.status == 303
    assert "Max-Age=0" in left.headers["Set-Cookie"]
    assert (await service.get("/api/v1/reviews", headers=headers)).status == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {},
    ],
    ids=str,
)
async def test_a_page_of_another_site_changes_nothing(service: Service, headers: dict[str, str]) -> None:
    signed = await signed_in(service)
    cookie = {"Cookie": signed["Cookie"]}

    left = await service.ask(
        "POST", "/leave", headers={**cookie, **FORM, **headers}, data=f"csrf={csrf(service, signed)}"
    )
    token = await service.ask(
        "POST", "/api/v1/tokens", headers={**cookie, **headers}, json={"name": "x", "role": "admin", "days": 1}
    )
    entered = await enter(service, await invite(service.site.store, "admin", service.at), headers)

    assert (left.status, token.status, entered.status) == (403, 403, 403)
    assert (await service.get("/api/v1/tokens", headers=signed)).json["items"] == []
    assert {each.action for each in await service.accesses(outcome="denied")} >= {"session.leave", "token.create"}


async def test_a_form_without_the_sessions_mark_changes_nothing(service: Service) -> None:
    headers, other = await signed_in(service), await signed_in(service)

    without = await service.ask("POST", "/leave", headers={**headers, **FORM}, data="")
    foreign = await service.ask("POST", "/leave", headers={**headers, **FORM}, data=f"csrf={csrf(service, other)}")

    assert (without.status, foreign.status) == (403, 403)
    assert (await service.get("/api/v1/reviews", headers=headers)).status == 200


async def test_an_origin_that_is_ours_is_enough_for_an_old_browser(service: Service) -> None:
    headers = {"Cookie": (await signed_in(service))["Cookie"], "Origin": service.url}
    order = {"name": "x", "role": "reader", "days": 1}
    assert (await service.ask("POST", "/api/v1/tokens", headers=headers, json=order)).status == 201


async def test_an_idle_and_an_old_session_end(server: Postgres) -> None:
    settings = replace(Settings(), server=ServerSettings(idle_minutes=5, session_hours=1))
    async with open_service(server, settings=settings) as service:
        fresh, idle, old = [await signed_in(service) for _ in range(3)]
        async with service.site.store.work() as work:
            for headers, column, ago in ((idle, "seen", 6), (old, "created", 61)):
                mac = sessions.mac_of(service.site.store.seal, sessions.Cookie(secret=headers["Cookie"][-43:]))
                await work.connection.execute(
                    f"UPDATE session SET {column} = now() - %s * interval '1 minute' WHERE hmac = %s".encode(),
                    (ago, mac),
                )

        answers = [(await service.get("/api/v1/reviews", headers=each)).status for each in (fresh, idle, old)]

    assert answers == [200, 401, 401]


async def test_a_session_of_a_token_is_worth_what_the_token_is_worth(service: Service) -> None:
    service.forge.permissions["alice"] = "read"
    headers = await signed_in(service, await service.token("reader", login="memory:alice"))
    own = await service.review(await service.repository())
    assert (await service.get(f"/api/v1/reviews/{own}", headers=headers)).status == 200
    async with service.site.store.work() as work:
        await work.tokens.revoke((await work.tokens.all())[0].id, service.at)

    assert (await service.get(f"/api/v1/reviews/{own}", headers=headers)).status == 401


async def test_a_session_of_a_token_opens_nothing_without_its_second_half(service: Service) -> None:
    headers = await signed_in(service, await service.token("admin"))
    half = {**headers, "Cookie": headers["Cookie"].partition(".")[0]}
    assert (await service.get("/api/v1/reviews", headers=half)).status == 401


async def test_tokens_guessed_in_parallel_are_all_counted_and_then_locked_out(service: Service) -> None:
    guesses = [f"cr_{number:043d}" for number in range(40)]
    valid = await service.token("admin")

    answers = await asyncio.gather(*(service.get("/api/v1/reviews", token=guess) for guess in guesses))
    later = await service.get("/api/v1/reviews", token=valid)

    looked_up = [answer.status for answer in answers].count(401)
    async with service.site.store.work() as work:
        counted, _ = await work.failures.of("127.0.0.1") or (0, None)
        everywhere, _ = await work.failures.of("*") or (0, None)
    assert counted == everywhere == looked_up
    assert looked_up <= FREE[False] + 10  # those whose look-up had begun, as many as there are connections
    assert {answer.status for answer in answers} == {401, 429}
    assert later.status == 429
    assert int(later.headers["Retry-After"]) >= 1


async def test_invitations_guessed_are_counted_too(service: Service) -> None:
    answers = [await enter(service, f"cri_{number}") for number in range(7)]
    assert [answer.status for answer in answers] == [401] * 5 + [429] * 2


async def test_a_lockout_ends_and_a_right_token_forgets_it(service: Service) -> None:
    store, at = service.site.store, service.at
    async with store.work() as work:
        for _ in range(8):
            await work.failures.add("10.0.0.1", at)

    async with store.work() as work:
        assert await check_lockout(work, "10.0.0.1", at + wait_after(8)) is True
        assert await check_lockout(work, "10.0.0.1", at + timedelta(minutes=16)) is False
        assert await work.failures.of("10.0.0.1") is None


@given(st.integers(0, 2_000_000), st.booleans())
def test_each_wrong_token_waits_at_least_as_long_as_the_one_before(count: int, all_together: bool) -> None:
    assert wait_after(count, all_together=all_together) <= wait_after(count + 1, all_together=all_together)
    assert wait_after(count, all_together=all_together) <= timedelta(minutes=15)


async def test_an_old_token_that_a_program_still_sends_locks_nobody_out(service: Service) -> None:
    old = await service.token("reader", at=service.at - 48 * HOUR)
    for _ in range(10):
        assert (await service.get("/api/v1/reviews", token=old)).status == 401
    assert (await service.get("/api/v1/reviews", token=await service.token("reader"))).status == 200


async def test_another_scheme_than_bearer_is_refused(service: Service) -> None:
    answer = await service.get("/api/v1/reviews", headers={"Authorization": "Basic YTpi"})
    assert answer.status == 401


async def test_a_cookie_of_another_form_is_nobodys(service: Service) -> None:
    for value in ("", "x", "A" * 10_000, "A" * 42 + "é"):
        headers = {"Cookie": f"__Host-coderev={value}"}
        answer = await service.get("/api/v1/reviews", headers=headers)
        assert answer.status in {400, 401}


def test_no_two_cookies_are_equal_and_each_has_256_bits() -> None:
    made = {str(sessions.new_cookie()) for _ in range(100)}
    assert len(made) == 100
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", each) for each in made)
