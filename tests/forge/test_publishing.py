"""What is said at a forge is said once, whatever fails, and whatever people do to it meanwhile."""

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from dataclasses import replace as with_
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from stand_ins.memory_forge import MemoryForge
from stand_ins.results import MODEL, a_coverage, a_finding, a_result

from coderev.diff import Change, FileChange, Hunk, Side
from coderev.finding import AnalyserCoverage, FileCoverage, Finding, Fix, ModelCoverage, Result
from coderev.forge.errors import ForgeUnavailable
from coderev.forge.markers import Marks
from coderev.forge.planning import MOST_INLINE, Telling, spot_of, spots_of, suggestion
from coderev.forge.publishing import Book, Published, answer, publish, show
from coderev.forge.values import Comment, Request, Standing
from coderev.forge.wording import SHORT_FINGERPRINT, Occasion
from coderev.store.records import Dismissal, Publication, Repository

KEYS = tuple(hashlib.sha256(bytes([number])).hexdigest()[:32] for number in range(14))
SIDE = Side(oid="1" * 40, mode=0o100644)


def mac(value: bytes) -> bytes:
    return hmac.new(b"the site's key", value, hashlib.sha256).digest()


def a_change(path: str = "clinic/appointments.py", start: int = 40, lines: int = 100) -> Change:
    hunk = Hunk(old_start=start, old_lines=1, new_start=start, new_lines=lines)
    return Change(
        base="b", head="h", files=(FileChange(path=path, kind="modified", base=SIDE, head=SIDE, hunks=(hunk,)),)
    )


def numbered(number: int, **changes: Any) -> Finding:
    return a_finding(
        **{"fingerprint": KEYS[number], "start_line": 42 + number, "end_line": 42 + number, "fix": None, **changes}
    )


@dataclass
class World:
    """A forge, what was recorded, and a site that publishes."""

    forge: MemoryForge = field(default_factory=MemoryForge)
    recorded: dict[tuple[str, str], Publication] = field(default_factory=dict)

    async def record(self, publication: Publication) -> None:
        self.forge._called("record", done=False)
        self.recorded[publication.kind, publication.key] = publication
        self.forge._done()

    @property
    def book(self) -> Book:
        return Book(known=tuple(self.recorded.values()), record=self.record, mac=mac)

    async def publish(self, *findings: Finding, **changes: Any) -> Published:
        return await self.say(a_result(findings, **changes))

    async def say(self, result: Result, change: Change | None = None, **occasion: Any) -> Published:
        telling = Telling(
            result=result,
            change=change or a_change(),
            occasion=Occasion(**{"url": "https://reviews.internal/reviews/1", "dismissals": {}, **occasion}),
        )
        return await publish(self.forge, self.forge.now, telling, self.book)

    def kept(self, kind: str) -> list[tuple[str, Comment]]:
        marks = Marks(self.forge.now, self.forge.name, mac)
        told = [self.forge._told(held) for held in self.forge.held]
        return [(marker.key, each) for each in told if (marker := marks.read(each)) and marker.kind == kind]

    def opened(self) -> list[str]:
        return [key for key, comment in self.kept("inline") if not comment.resolved]

    def summary(self) -> str:
        return "".join(comment.body for _, comment in self.kept("summary"))


class Racing(MemoryForge):
    """A forge at which a person is quicker than we are: what happens between our look and our act."""

    def __init__(self, comments: Callable[[Request], Awaitable[tuple[Comment, ...]]], real: MemoryForge) -> None:
        super().__init__(now=real.now)
        self.held, self._look = real.held, comments
        self._real = real

    async def comments(self, request: Request) -> tuple[Comment, ...]:
        found = await self._look(request)
        self.held = self._real.held
        return found

    async def say(self, request: Request, body: str, reply_to: str = "") -> str:
        return await self._real.say(request, body, reply_to)

    async def edit(self, request: Request, id: str, body: str) -> None:  # noqa: A002 - the Protocol's word
        await self._real.edit(request, id, body)


async def test_a_finding_stands_at_its_line_and_the_whole_in_one_comment() -> None:
    world = World()

    await world.publish(numbered(0))

    note = world.forge.held[0].note
    assert note is not None
    assert (note.path, note.line) == ("clinic/appointments.py", 42)
    assert world.opened() == [KEYS[0]]
    assert len(world.kept("summary")) == 1
    assert [standing.state for standing in world.forge.standings] == ["pass"]


async def test_saying_the_same_twice_sends_nothing() -> None:
    world = World()
    await world.publish(numbered(0))
    before = len(world.forge.calls)

    await world.publish(numbered(0))

    assert world.forge.calls[before:] == ["is_current", "comments"]


async def test_what_a_lost_database_knew_is_found_again_at_the_forge() -> None:
    world = World()
    await world.publish(numbered(0))
    posted, world.recorded = world.forge.posted, {}

    await world.publish(numbered(0))

    assert world.forge.posted == posted
    assert world.recorded["inline", KEYS[0]].forge_id == world.forge.held[0].id


async def test_after_an_exchange_of_keys_our_comments_are_known_by_their_ids() -> None:
    world = World()
    await world.publish(numbered(0))
    posted = world.forge.posted
    book = Book(known=world.book.known, record=world.record, mac=lambda value: mac(b"new" + value))
    telling = Telling(result=a_result((numbered(0),)), change=a_change(), occasion=Occasion(dismissals={}))

    await publish(world.forge, world.forge.now, telling, book)

    assert world.forge.posted == posted


async def test_a_fixed_finding_is_resolved_and_comes_back_in_a_new_comment() -> None:
    world = World()
    await world.publish(numbered(0), numbered(1))

    await world.publish(numbered(1))
    fixed = world.opened()
    await world.publish(numbered(0), numbered(1))

    assert fixed == [KEYS[1]]
    assert sorted(world.opened()) == sorted(KEYS[:2])


async def test_a_dismissed_finding_is_resolved_and_named_in_the_summary() -> None:
    world = World()
    await world.publish(numbered(0))
    at = datetime(2026, 11, 1, tzinfo=UTC)
    said = Dismissal(
        repository=Repository(id=1, forge="memory", forge_id="1", path="clinic/records", tenant="memory/clinic"),
        number=7,
        scope="place",
        fingerprint=KEYS[0],
        unit="u",
        rule="S608",
        path="clinic/appointments.py",
        reason="mitigated",
        author="bob",
        created=at,
        expires=at.replace(year=2027),
        note="the gateway checks it",
    )

    await world.say(a_result((numbered(0, status="dismissed"),)), dismissals={KEYS[0]: said})

    assert world.opened() == []
    assert "mitigated, until 2027-11-01, by `bob`, who says: the gateway checks it" in world.summary()


async def test_a_comment_that_a_person_removed_is_not_said_again() -> None:
    world = World()
    await world.publish(numbered(0))
    world.forge.remove(world.forge.held[0].id)

    await world.publish(numbered(0))

    assert world.opened() == []
    assert "its comment was removed" in world.summary()


async def test_a_comment_that_a_person_resolved_stays_resolved() -> None:
    world = World()
    await world.publish(numbered(0))
    world.forge.resolve_as_a_person(world.forge.held[0].id)

    await world.publish(numbered(0))

    assert world.opened() == []
    assert "a person resolved its comment" in world.summary()


async def test_a_summary_that_a_person_removed_comes_back_only_with_other_words() -> None:
    world = World()
    await world.publish()
    world.forge.remove(world.forge.held[-1].id)

    await world.publish()
    same = world.kept("summary")
    await world.publish(numbered(0))

    assert same == []
    assert len(world.kept("summary")) == 1


async def test_at_most_ten_comments_stand_at_lines_the_worst_first() -> None:
    world = World()
    findings = [numbered(number, severity="low" if number < 4 else "high") for number in range(14)]

    await world.publish(*findings)

    assert sorted(world.opened()) == sorted(KEYS[4:])
    assert all(key[:SHORT_FINGERPRINT] in world.summary() for key in KEYS[:4])


async def test_a_line_outside_of_the_diff_is_told_in_the_summary() -> None:
    world = World()

    await world.publish(numbered(0, start_line=3, end_line=3))

    assert world.opened() == []
    assert "its line is not in the diff" in world.summary()


async def test_a_line_that_the_host_refuses_is_told_in_the_summary() -> None:
    world = World(forge=MemoryForge(lines={}))

    await world.publish(numbered(0))

    assert world.opened() == []
    assert "the forge has no such line in the diff" in world.summary()


@pytest.mark.parametrize("changes", [{"head": "0" * 40}, {"state": "merged"}, {"state": "closed"}])
async def test_what_was_overtaken_is_not_said(changes: dict[str, Any]) -> None:
    world = World()
    asked = world.forge.now
    world.forge.now = replace(asked, **changes)
    telling = Telling(result=a_result((numbered(0),)), change=a_change(), occasion=Occasion(dismissals={}))

    done = await publish(world.forge, asked, telling, world.book)

    assert done.overtaken
    assert (world.forge.held, world.forge.standings) == ([], [])


async def test_a_run_that_is_not_the_current_one_says_nothing() -> None:
    world = World()

    async def overtaken() -> None:
        raise ForgeUnavailable(forge="queue", reason="another run has this job")

    book = Book(known=(), record=world.record, mac=mac, current=overtaken)
    telling = Telling(result=a_result((numbered(0),)), change=a_change(), occasion=Occasion(dismissals={}))
    with pytest.raises(ForgeUnavailable):
        await publish(world.forge, world.forge.now, telling, book)

    assert (world.forge.held, world.forge.standings, world.recorded) == ([], [], {})


NOT_LOOKED_AT = {
    "the file failed": {"files": (FileCoverage(path="clinic/appointments.py", status="failed", reason="too large"),)},
    "the file is excluded now": {
        "files": (FileCoverage(path="clinic/appointments.py", status="excluded", reason="by the site"),)
    },
    "the analyser failed": {"analysers": (AnalyserCoverage(name="checks", version="1", status="failed"),)},
    "the analyser is switched off": {"analysers": (AnalyserCoverage(name="checks", version="", status="not-run"),)},
    "the analyser failed on the file": {
        "analysers": (
            AnalyserCoverage(
                name="checks",
                version="1",
                status="ran",
                failed=(FileCoverage(path="clinic/appointments.py", status="failed", reason="crashed"),),
            ),
        )
    },
}


@pytest.mark.parametrize("coverage", NOT_LOOKED_AT.values(), ids=NOT_LOOKED_AT.keys())
async def test_what_was_not_looked_at_again_is_not_fixed(coverage: dict[str, Any]) -> None:
    world = World()
    await world.publish(numbered(0))

    await world.publish(coverage=a_coverage(**coverage))

    assert world.opened() == [KEYS[0]]


async def test_an_analysers_finding_is_fixed_though_the_models_did_not_answer() -> None:
    world = World()
    await world.publish(numbered(0))
    silent = ModelCoverage(status="incomplete", questions=3, answered=0)

    await world.publish(coverage=a_coverage(models=silent), verdict="incomplete")

    assert world.opened() == []


@pytest.mark.parametrize(
    ("models", "stands"),
    [
        (ModelCoverage(status="not-configured"), True),
        (ModelCoverage(status="incomplete", questions=2, answered=1), True),
        (ModelCoverage(status="answered", questions=2, answered=2), False),
    ],
)
async def test_a_models_finding_is_fixed_only_when_models_answered(models: ModelCoverage, stands: bool) -> None:
    world = World()
    await world.publish(numbered(0, source=MODEL))

    await world.publish(coverage=a_coverage(models=models))

    assert bool(world.opened()) is stands


async def test_what_a_run_that_had_lost_its_job_said_once_more_is_taken_back() -> None:
    world = World()
    await world.publish(numbered(0))
    for held in list(world.forge.held):
        world.forge.held.append(with_(held, id=f"{held.id}-again"))

    await world.publish(numbered(0))
    before = len(world.forge.calls)
    await world.publish(numbered(0))

    assert world.opened() == [KEYS[0]]
    assert [comment.id for _, comment in world.kept("summary")] == ["2"]
    assert world.forge.calls[before:] == ["is_current", "comments"]


async def test_a_comment_that_goes_while_it_is_edited_is_told_in_the_summary() -> None:
    world = World()
    await world.publish(numbered(0))
    asked = world.forge.comments

    async def then_removed(request: Request) -> tuple[Comment, ...]:
        found = await asked(request)
        world.forge.remove(found[0].id)
        return found

    racing = Racing(then_removed, world.forge)
    await publish(
        racing,
        world.forge.now,
        Telling(
            result=a_result((numbered(0, title="other words"),)), change=a_change(), occasion=Occasion(dismissals={})
        ),
        world.book,
    )

    assert world.opened() == []
    assert "its comment was removed" in world.summary()


async def test_nobody_elses_comment_poses_as_ours() -> None:
    world = World()
    await world.publish(numbered(0))
    ours = world.forge.held[0]
    world.forge.remove(ours.id)
    world.forge.comment_as("mallory", ours.body)
    world.recorded.clear()

    await world.publish(numbered(0))

    assert world.opened() == [KEYS[0]]


async def test_a_marker_of_another_merge_request_means_nothing() -> None:
    world, other = World(), World()
    await other.publish(numbered(0))
    other.forge.now = replace(other.forge.now, number=8)
    world.forge.held = other.forge.held[:1]
    world.forge.now = other.forge.now

    await world.publish(numbered(0))

    assert world.forge.posted == 2


async def test_a_comment_is_answered_once() -> None:
    world = World()
    asked = world.forge.comment_as("bob", "@coderev explain 5f1c0e6a")

    first = await answer(world.forge, world.forge.now, asked, "the words", world.book)
    world.recorded.clear()
    second = await answer(world.forge, world.forge.now, asked, "the words", world.book)
    third = await answer(world.forge, world.forge.now, asked, "the words", world.book)

    assert (first, second, third) == (True, False, False)
    assert world.forge.posted == 1


async def test_a_status_is_set_when_it_changes() -> None:
    world = World()
    running = Standing(state="running", head=world.forge.now.head, summary="review begins", url="")

    await show(world.forge, world.forge.now, running, world.book)
    await show(world.forge, world.forge.now, running, world.book)
    await world.publish()
    await world.publish()

    assert [standing.state for standing in world.forge.standings] == ["running", "pass"]


async def test_sarif_goes_up_once_for_a_commit() -> None:
    world = World()
    telling = Telling(
        result=a_result(), change=a_change(), occasion=Occasion(dismissals={}), sarif=b'{"version": "2.1.0"}'
    )

    for _ in range(2):
        await publish(world.forge, world.forge.now, telling, world.book)

    assert world.forge.sarif == [b'{"version": "2.1.0"}']


FIX = Fix(start_line=42, end_line=42, replacement="    cursor.execute(QUERY, (visit_id,))\n", safe=True)


@pytest.mark.parametrize(
    ("fix", "one_click"),
    [
        (FIX, True),
        (replace(FIX, safe=False), False),
        (replace(FIX, start_line=30), False),
        (replace(FIX, end_line=400), False),
        (replace(FIX, replacement="    if role == 'user\u202e':\n"), False),
    ],
    ids=["safe", "proposed", "begins outside", "ends outside", "unseen characters"],
)
def test_one_click_applies_only_a_safe_fix_within_the_diff(fix: Fix, one_click: bool) -> None:
    finding = numbered(0, fix=fix)

    spot = spot_of(finding, spots_of(a_change()))

    assert spot is not None
    assert (suggestion(finding, spot) == fix) is one_click


async def test_a_comment_with_a_suggestion_is_not_edited_when_the_finding_stays() -> None:
    world = World()
    await world.publish(numbered(0, fix=FIX))
    before = len(world.forge.calls)

    await world.publish(numbered(0, fix=FIX))

    assert world.forge.held[0].note is not None
    assert world.forge.held[0].note.fix == FIX
    assert "edit" not in world.forge.calls[before:]


def test_a_file_whose_name_is_no_text_has_no_spot() -> None:
    change = a_change(path="clinic/\\xff.py")

    assert spots_of(change) == {}


@given(
    runs=st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), max_size=6),
    start=st.integers(1, 90),
    length=st.integers(0, 30),
)
def test_a_comment_stands_in_the_finding_and_within_the_context_of_the_diff(
    runs: list[tuple[int, int]], start: int, length: int
) -> None:
    hunks, at = [], 1
    for gap, lines in runs:
        at += gap + 1
        hunks.append(Hunk(old_start=at, old_lines=1, new_start=at, new_lines=lines))
        at += lines
    file = FileChange(path="a.py", kind="modified", base=SIDE, head=SIDE, hunks=tuple(hunks))
    finding = a_finding(path="a.py", start_line=start, end_line=start + length)

    spot = spot_of(finding, spots_of(Change(base="b", head="h", files=(file,))))

    shown = {near for hunk in hunks for near in range(hunk.new_start - 2, hunk.new_start + max(hunk.new_lines, 1) + 3)}
    if spot is None:
        touched = {line for hunk in hunks for line in range(hunk.new_start, hunk.new_start + hunk.new_lines)}
        assert not touched & set(range(start, start + length + 1))
    else:
        assert start <= spot.start_line <= spot.line <= start + length
        assert set(range(spot.start_line, spot.line + 1)) <= shown


# -- whatever happens -------------------------------------------------------------------------------------------------

NUMBERS = range(len(KEYS))
FAILURES = st.lists(st.tuples(st.integers(1, 30), st.booleans()), max_size=3)
STEP = st.one_of(
    st.tuples(st.just("push"), st.frozensets(st.sampled_from(NUMBERS), max_size=3), FAILURES),
    st.tuples(st.just("remove"), st.integers(0, 30), st.just(None)),
    st.tuples(st.just("resolve"), st.integers(0, 30), st.just(None)),
)


def as_findings(numbers: Iterable[int]) -> tuple[Finding, ...]:
    """Numbers 12 and 13 are outside of the diff."""
    outside = {"start_line": 3, "end_line": 3}
    return tuple(numbered(number, **(outside if number >= 12 else {})) for number in sorted(numbers))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(first=st.frozensets(st.sampled_from(NUMBERS)), steps=st.lists(STEP, min_size=3, max_size=12))
def test_whatever_fails_each_new_finding_is_said_once_and_each_fixed_one_is_resolved(
    first: frozenset[int], steps: list[Any]
) -> None:
    world, now, silenced = World(), first, set[str]()
    review(world, now, [])
    for what, which, failures in steps:
        match what:
            case "push":
                now ^= which
                review(world, now, failures)
                silenced -= {each.key for each in world.recorded.values() if each.state == "resolved"}
                holds(world, now, silenced)
            case "remove" | "resolve" if world.forge.held:
                chosen = world.forge.held[which % len(world.forge.held)].id
                told = [each for each in world.recorded.values() if each.state == "posted"]
                silenced |= {each.key for each in told if each.forge_id == chosen}
                (world.forge.remove if what == "remove" else world.forge.resolve_as_a_person)(chosen)


def review(world: World, numbers: frozenset[int], failures: list[tuple[int, bool]]) -> None:
    """Publish, with a failure at a call in each of the first tries, until it succeeds."""
    result = a_result(as_findings(numbers))
    for after, done in failures:
        world.forge.fails = {len(world.forge.calls) + after: "after" if done else "before"}
        try:
            asyncio.run(world.say(result))
        except ForgeUnavailable:
            continue
    world.forge.fails = {}
    asyncio.run(world.say(result))


def holds(world: World, numbers: frozenset[int], silenced: set[str]) -> None:
    opened, told = world.opened(), world.summary()
    new = {KEYS[number] for number in numbers}
    assert len(opened) == len(set(opened)) <= MOST_INLINE
    assert set(opened) <= new
    assert not set(opened) & silenced
    assert len(world.kept("summary")) == 1 or ("summary" in silenced and not told)
    assert not told or {key for key in new if key[:SHORT_FINGERPRINT] in told} == new - set(opened)
