"""People who give commands that are not theirs to give: strangers, readers, authors; hidden, quoted, echoed, edited.

The service with its database, a worker, and a forge in memory; what a command would do is looked for in the database.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from uuid import UUID

import msgspec
import pytest
from stand_ins.memory_forge import CLINIC, MemoryForge, signature
from stand_ins.postgres import NoPostgres, Postgres
from stand_ins.results import a_finding
from stand_ins.service import Service, databases, open_service

from coderev.finding import Finding
from coderev.forge import publishing
from coderev.forge.markers import Marks
from coderev.server.worker import work as run_jobs
from coderev.store import records

FINDING = a_finding()
PRINT = FINDING.fingerprint
DISMISS = f"@review-bot dismiss {PRINT[:12]} accepted-risk"
WIDE = f"{DISMISS} in repository"
REVIEW = "@review-bot review"
EXPLAIN = f"@coderev explain {PRINT[:12]}"
HELP = "@coderev help"


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    try:
        with databases() as running:
            yield running
    except NoPostgres as reason:
        pytest.skip(str(reason))


@dataclass
class Discussion:
    """A merge request of alice with a review that failed, in which people comment; `bob` may write, `rita` read."""

    service: Service
    review: UUID
    deliveries: int = 0

    @property
    def forge(self) -> MemoryForge:
        return self.service.forge

    @property
    def said(self) -> list[str]:
        """What we said, without the markers."""
        return [each.body.partition("\n")[2] for each in self.forge.held if each.author == self.forge.account]

    async def tell(self, comment: str) -> None:
        """The webhook of a comment arrives, as often as it likes."""
        self.deliveries += 1
        hint = {"forge": "memory", "delivery": f"d-{self.deliveries}", "event": "commented", "repository": CLINIC.id}
        body = msgspec.json.encode(hint | {"number": 7, "comment": comment})
        answer = await self.service.ask(
            "POST", "/hooks/memory", data=body, headers={"X-Memory-Signature": signature(body)}
        )
        assert answer.status == 202

    async def comment(self, author: str, body: str, reply_to: str = "") -> None:
        await self.tell(self.forge.comment_as(author, body, reply_to).id)

    async def dismissals(self) -> tuple[records.Dismissal, ...]:
        async with self.service.site.store.work() as work:
            return await work.dismissals.search(None, None, 50)

    async def jobs(self, task: str) -> list[str]:
        """The states of jobs, oldest first."""
        async with self.service.site.store.work() as work:
            asked = "SELECT status::text FROM procrastinate_jobs WHERE task_name = %s ORDER BY id"
            return [row[0] for row in await (await work.connection.execute(asked, (task,))).fetchall()]

    async def answered(self) -> None:
        """All comments that were told of have been read."""
        async with asyncio.timeout(20):
            while set(await self.jobs("comment")) & {"todo", "doing"}:  # noqa: ASYNC110 - the worker's own events
                await asyncio.sleep(0.03)

    async def records(self) -> list[tuple[str, str, str]]:
        """What was decided about people of the forge."""
        found = [each for each in await self.service.accesses() if each.subject.startswith("forge:memory ")]
        return [(each.subject, each.action, each.outcome) for each in reversed(found)]


@asynccontextmanager
async def a_discussion(server: Postgres, findings: tuple[Finding, ...] = (FINDING,)) -> AsyncIterator[Discussion]:
    async with open_service(server) as service:
        review = await service.review(await service.repository(), number=7, findings=findings)
        service.forge.permissions |= {"bob": "write", "rita": "read", "alice": "maintain"}
        stop = asyncio.Event()
        worker = asyncio.create_task(run_jobs(service.site, stop))
        try:
            yield Discussion(service, review)
        finally:
            stop.set()
            await worker


@pytest.fixture
async def discussion(server: Postgres) -> AsyncIterator[Discussion]:
    async with a_discussion(server) as opened:
        yield opened


async def test_each_does_what_their_permission_lets_them_and_every_decision_is_recorded(discussion: Discussion) -> None:
    everybody = ("mallory", "rita", "alice", "bob")

    for author in everybody:
        for command in (HELP, EXPLAIN, REVIEW, DISMISS, WIDE):
            await discussion.comment(author, command)
    await discussion.answered()

    outcomes = {author: [] for author in everybody}  # type: dict[str, list[str]]
    for subject, _, outcome in await discussion.records():
        outcomes[subject.rpartition(" ")[2]].append(outcome)
    assert outcomes == {
        "mallory": ["denied"] * 5,
        "rita": ["allowed", "allowed", "denied", "denied", "denied"],
        "alice": ["allowed", "allowed", "allowed", "denied", "denied"],
        "bob": ["allowed", "allowed", "allowed", "allowed", "denied"],
    }
    assert [(each.author, each.scope) for each in await discussion.dismissals()] == [("bob", "place")]
    assert len(discussion.said) == 20


HIDDEN: dict[str, Callable[[str], str]] = {
    "quoted": "> {}".format,
    "quoted twice": "> > {}".format,
    "in a mail's answer": "Fine.\n\nOn Monday coderev wrote:\n> {}".format,
    "code": "    {}".format,
    "a fence": "```\n{}\n```".format,
    "a longer fence": "````\n```\n{}\n```\n````".format,
    "a fence that never ends": "~~~\n{}".format,
    "an HTML comment": "Nice.<!--\n{}\n-->".format,
    "an HTML comment that never ends": "Nice.<!--\n{}".format,
    "after other words": "They say {}".format,
    "behind a character that nobody sees": "\u200b{}".format,
    "to another": lambda command: command.replace("@review-bot", "@review-bott"),
    "as a link": lambda command: f"[{command}](https://evil.example)",
}


async def test_a_command_that_nobody_says_themselves_is_none(discussion: Discussion) -> None:
    for hide in HIDDEN.values():
        await discussion.comment("bob", hide(DISMISS))
    await discussion.answered()

    assert discussion.said == []
    assert await discussion.dismissals() == ()
    assert await discussion.records() == []


async def test_two_commands_are_none_so_that_nothing_rides_along(discussion: Discussion) -> None:
    await discussion.comment("bob", f"{HELP}\n{DISMISS}")
    await discussion.answered()

    assert len(discussion.said) == 1
    assert await discussion.dismissals() == ()


async def test_our_own_words_are_no_command_whoever_made_us_say_them(discussion: Discussion) -> None:
    await discussion.tell(await discussion.forge.say(discussion.forge.now, DISMISS))
    await discussion.comment("bob", "@coderev @coderev dismiss x")
    await discussion.answered()
    before = len(discussion.forge.held)
    for held in tuple(discussion.forge.held):
        await discussion.tell(held.id)
    await discussion.answered()

    assert await discussion.dismissals() == ()
    assert len(discussion.forge.held) == before
    assert "dismiss x" not in discussion.said[-1]


async def test_a_comment_counts_as_it_stands_when_it_is_read_and_once(discussion: Discussion) -> None:
    held = discussion.forge.held
    harmless = discussion.forge.comment_as("bob", DISMISS)
    held[0] = replace(held[0], body="Looks good.")
    await discussion.tell(harmless.id)
    await discussion.comment("bob", HELP)
    await discussion.answered()
    first = list(discussion.said)

    held[1] = replace(held[1], body=DISMISS)
    await discussion.tell(held[1].id)
    await discussion.answered()

    assert len(first) == 1
    assert discussion.said == first  # what was answered is answered
    assert await discussion.dismissals() == ()


async def test_who_a_comment_is_by_is_asked_at_the_forge_and_not_taken_from_the_webhook(discussion: Discussion) -> None:
    comment = discussion.forge.comment_as("mallory", DISMISS)
    hint = {"forge": "memory", "delivery": "d", "event": "commented", "repository": CLINIC.id, "number": 7}
    body = msgspec.json.encode(hint | {"comment": comment.id, "author": "bob", "user": "bob", "body": HELP})

    await discussion.service.ask("POST", "/hooks/memory", data=body, headers={"X-Memory-Signature": signature(body)})
    await discussion.answered()

    assert await discussion.records() == [("forge:memory mallory", "finding.dismiss", "denied")]


async def test_a_comment_of_another_merge_request_or_none_is_not_read(discussion: Discussion) -> None:
    await discussion.tell("404")
    hint = {"forge": "memory", "delivery": "d", "event": "commented", "repository": CLINIC.id, "number": 8}
    body = msgspec.json.encode(hint | {"comment": discussion.forge.comment_as("bob", DISMISS).id})
    await discussion.service.ask("POST", "/hooks/memory", data=body, headers={"X-Memory-Signature": signature(body)})
    await discussion.answered()

    assert await discussion.jobs("comment") == ["failed", "failed"]
    assert await discussion.dismissals() == ()


async def test_a_beginning_that_two_findings_share_names_neither(server: Postgres) -> None:
    twins = (a_finding(), a_finding(fingerprint=PRINT[:12] + "0" * 20, severity="low", start_line=1, end_line=1))

    async with a_discussion(server, twins) as discussion:
        await discussion.comment("bob", DISMISS)
        await discussion.comment("bob", f"@coderev dismiss {PRINT[:8]} accepted-risk")
        await discussion.comment("bob", f"@coderev dismiss {PRINT[:7]} accepted-risk")
        await discussion.comment("alice", f"@coderev dismiss {PRINT} accepted-risk")
        await discussion.answered()
        dismissed = await discussion.dismissals()
        await discussion.comment("bob", f"@coderev dismiss {PRINT} accepted-risk")
        await discussion.answered()

        assert dismissed == ()
        assert [each.fingerprint for each in await discussion.dismissals()] == [PRINT]


async def test_copies_of_one_finding_are_one_and_what_only_looks_like_it_is_none(server: Postgres) -> None:
    copies = (a_finding(), a_finding(path="clinic/copy.py"))

    async with a_discussion(server, copies) as discussion:
        await discussion.comment("bob", DISMISS)
        await discussion.answered()
        assert len(await discussion.dismissals()) == 1

    async with a_discussion(server, copies) as discussion:
        async with discussion.service.site.store.work() as work:
            await work.connection.execute("UPDATE finding SET unit = 'another' WHERE number = 1")
        await discussion.comment("bob", DISMISS)
        await discussion.answered()
        assert await discussion.dismissals() == ()


async def test_a_thread_that_somebody_made_to_look_like_ours_names_no_finding(discussion: Discussion) -> None:
    mac = discussion.service.site.store.seal.mac
    marks = Marks(discussion.forge.now, "memory", lambda told: mac(publishing.MARKERS, told))
    copied = discussion.forge.comment_as("mallory", marks.marked("inline", PRINT, "Nothing."))

    await discussion.comment("bob", "@coderev dismiss accepted-risk", copied.id)
    await discussion.answered()

    assert await discussion.dismissals() == ()
    assert len(discussion.said) == 1


async def test_an_author_cannot_dismiss_by_the_api_what_they_cannot_in_a_comment(discussion: Discussion) -> None:
    service = discussion.service
    handed_in = await service.review(await service.repository(), findings=(FINDING,))
    order = {"number": 0, "reason": "false-positive", "days": 30}
    answers = []
    for login in ("alice", "Alice"):
        service.forge.permissions[login] = "maintain"  # hosts know a login in any case of its letters
        token = await service.token("developer", name=login, login=f"memory:{login}")
        for review in (discussion.review, handed_in):
            answer = await service.ask("POST", "/api/v1/dismissals", token=token, json=order | {"review": str(review)})
            answers.append(answer.status)

    assert answers == [403] * 4
    assert await discussion.dismissals() == ()
