"""How people and programs come in: nothing that opens a door is kept, and what opens it once opens it once."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest

from coderev.store.records import ModelUse, Role, Session, Token
from coderev.store.sealing import Seal
from coderev.store.work import Work

from .conftest import AT, Database

LATER = AT + timedelta(hours=1)


async def a_token(work: Work, hmac: bytes = b"h" * 32, name: str = "ci") -> Token:
    expires = AT + timedelta(days=90)
    return await work.tokens.add(hmac, name, "alice", "developer", "gitlab:alice", AT, "session admin", expires)


async def test_a_token_is_found_by_its_tag_alone(work: Work) -> None:
    token = await a_token(work)

    assert (token.name, token.subject, token.role, token.login) == ("ci", "alice", "developer", "gitlab:alice")
    assert (token.used, token.revoked, token.expires) == (None, None, AT + timedelta(days=90))
    assert await work.tokens.find(b"h" * 32) == token
    assert await work.tokens.find(b"h" * 31) is None
    assert await work.tokens.find(b"") is None
    assert await work.tokens.find() is None


async def test_a_token_of_before_a_rotation_is_found_by_the_tag_under_the_older_key(work: Work) -> None:
    old, new = Seal(b"o" * 32), Seal(b"n" * 32, b"o" * 32)
    token = await a_token(work, old.mac(b"token", b"secret"))

    assert await work.tokens.find(new.mac(b"token", b"secret")) is None
    assert await work.tokens.find(*new.macs(b"token", b"secret")) == token


async def test_two_tokens_never_have_one_tag(work: Work) -> None:
    await a_token(work)

    with pytest.raises(psycopg.errors.UniqueViolation):
        await a_token(work)


async def test_a_token_is_revoked_once_and_stays_in_the_list(work: Work) -> None:
    one, two = await a_token(work, b"1"), await a_token(work, b"2")

    assert await work.tokens.revoke(one.id, LATER)
    assert not await work.tokens.revoke(one.id, LATER + timedelta(hours=1))
    assert not await work.tokens.revoke(two.id + 1, LATER)

    assert [(each.id, each.revoked) for each in await work.tokens.all()] == [(two.id, None), (one.id, LATER)]


async def test_when_a_token_was_used_is_known_to_the_minute(work: Work) -> None:
    token, used = await a_token(work), []

    for seconds in (0, 30, 61, 10):
        await work.tokens.used(token.id, AT + timedelta(seconds=seconds))
        used += [each.used for each in await work.tokens.all()]

    assert used == [AT, AT, AT + timedelta(seconds=61), AT + timedelta(seconds=61)]


async def test_a_session_lives_until_it_ends_or_is_too_old(work: Work) -> None:
    session = Session(subject="session admin", role="admin", login="", created=AT, seen=AT)
    for hmac in (b"1", b"2", b"3"):
        await work.sessions.add(hmac, session)
    await work.sessions.seen(b"1", LATER)
    await work.sessions.seen(b"1", AT)  # of an older request: it does not turn it back

    found = await work.sessions.find(b"1")
    assert found is not None
    assert (found.seen, found.created) == (LATER, AT)
    assert await work.sessions.end(b"2")
    assert not await work.sessions.end(b"2")
    assert await work.sessions.end_older(AT, AT + timedelta(minutes=30)) == 1
    assert await work.sessions.find(b"3") is None
    assert await work.sessions.end_older(AT + timedelta(seconds=1), AT) == 1


async def test_an_invitation_opens_once_and_in_time(work: Work) -> None:
    await work.invitations.add(b"1", "admin", AT, LATER)
    await work.invitations.add(b"2", "reader", AT, LATER)

    assert await work.invitations.use(b"1", AT) == "admin"
    assert await work.invitations.use(b"1", AT) is None
    assert await work.invitations.use(b"2", LATER) is None
    assert await work.invitations.use(b"3", AT) is None


async def test_of_many_who_use_an_invitation_at_a_time_one_comes_in(database: Database) -> None:
    async with database.work() as work:
        await work.invitations.add(b"1", "admin", AT, LATER)

    async def use() -> Role | None:
        async with database.work() as work:
            role = await work.invitations.use(b"1", AT)
            await asyncio.sleep(0.05)  # the others wait for this transaction
            return role

    roles = await asyncio.gather(*(use() for _ in range(6)))
    assert sorted(str(role) for role in roles) == ["None"] * 5 + ["admin"]


async def test_wrong_tokens_are_counted_by_where_they_came_from(work: Work) -> None:
    counted = [await work.failures.add("10.0.0.7", at) for at in (AT, LATER, AT)]

    assert counted == [1, 2, 3]
    assert await work.failures.of("10.0.0.7") == (3, LATER)
    assert await work.failures.of("10.0.0.8") is None
    await work.failures.clear("10.0.0.7")
    assert await work.failures.of("10.0.0.7") is None


async def test_no_wrong_token_goes_uncounted_when_many_come_at_a_time(database: Database) -> None:
    async def fail() -> int:
        async with database.work() as work:
            return await work.failures.add("10.0.0.7", AT)

    assert sorted(await asyncio.gather(*(fail() for _ in range(8)))) == list(range(1, 9))


async def test_the_uses_of_models_are_summed_and_a_second_attempt_counts_once(work: Work) -> None:
    first = await work.reviews.add(uuid4(), "t", None, None, "nobody", "r", AT)
    second = await work.reviews.add(uuid4(), "t", None, None, "nobody", "r", AT)
    use = ModelUse(model="small", questions=4, answered=3, tokens_in=2**40, tokens_out=70, seconds=1.5)
    other = ModelUse(model="large", questions=1, answered=1, tokens_in=10, tokens_out=7, seconds=0.5)

    await work.uses.add(first.id, [use, other], AT)
    await work.uses.add(first.id, [use], AT)
    await work.uses.add(second.id, [use], LATER)

    summed = ModelUse(model="small", questions=8, answered=6, tokens_in=2**41, tokens_out=140, seconds=3.0)
    assert await work.uses.since(AT) == (other, summed)
    assert await work.uses.since(LATER) == (use,)
    assert await work.uses.since(LATER + timedelta(seconds=1)) == ()
