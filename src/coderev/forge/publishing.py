"""What is said at a forge, so that it is said once.

Nothing is remembered between two runs but what stands at the forge and what was recorded of it, and the two may
disagree, because a process can end between a post and its record. So, in order:

1. read the merge request again: what another push has overtaken is not told;
2. read the comments, and recognise ours by their markers and by the ids that were recorded;
3. decide about the comments at lines (`planning`);
4. act, one step at a time, and record each step at once;
5. say the whole, which tells what found no line; then the status, then SARIF.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import msgspec

from coderev.finding import Finding
from coderev.forge.errors import NotThere
from coderev.forge.host import Forge
from coderev.forge.markers import MARKERS, SUMMARY, Kind, Mac, Marks, digest_of
from coderev.forge.planning import Plan, Stood, Telling, plan, recognise
from coderev.forge.planning import Standing as Ours
from coderev.forge.values import Comment, Request, Standing
from coderev.forge.wording import Occasion, Untold, explanation, status_line, summary, worst_first
from coderev.report import facts
from coderev.store import records

__all__ = ["MARKERS", "Book", "Occasion", "Published", "Telling", "answer", "explanation", "publish", "show"]

SAID_TWICE = "This was said twice; the older comment is kept up to date.\n"


async def _nothing() -> None:
    """The run is the current one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What was recorded of a merge request, and how to record more.

    `record` is durable when it returns. `current` raises when another run has taken over; it is asked before each act.
    `mac` signs markers: `functools.partial(store.seal.mac, MARKERS)`.
    """

    known: Sequence[records.Publication]
    record: Callable[[records.Publication], Awaitable[None]]
    mac: Mac
    current: Callable[[], Awaitable[None]] = _nothing

    def about(self, kind: str, key: str) -> records.Publication | None:
        """What was recorded about one thing when this run began."""
        return next((each for each in self.known if (each.kind, each.key) == (kind, key)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """How many comments at lines were posted, edited and resolved; `overtaken`: nothing was said, a newer push is."""

    posted: int = 0
    edited: int = 0
    resolved: int = 0
    overtaken: bool = False


async def publish(forge: Forge, request: Request, telling: Telling, book: Book) -> Published:
    """Say what a review of `request` found, so that each thing is said once however often this runs.

    Raises what the forge raises, and what `book` raises; what was said until then is found again by the next run.
    """
    if not await forge.is_current(request):
        return Published(overtaken=True)
    marks = Marks(request, forge.name, book.mac)
    standing = recognise(await forge.comments(request), book.known, marks)
    made = plan(telling, standing, book.known, marks)
    published = await _at_lines(forge, request, made, telling, book)
    words = summary(telling.result, _in_order(made.untold), telling.occasion)
    await _summary(forge, request, marks.marked("summary", SUMMARY, words), standing, book)
    verdict = telling.result.verdict
    line, url = status_line(telling.result), telling.occasion.url
    await show(forge, request, Standing(state=verdict, head=request.head, summary=line, url=url), book)
    await _upload(forge, request, telling.sarif, book)
    return published


async def show(forge: Forge, request: Request, standing: Standing, book: Book) -> None:
    """Set the status of the commit, unless it is what was set last; also for a review that begins, or failed."""
    digest = digest_of(msgspec.json.encode(standing).decode())
    told = book.about("status", standing.head)
    if told is None or told.digest != digest:
        await book.current()
        await forge.show(request, standing)
        await book.record(records.Publication(kind="status", key=standing.head, forge_id="", digest=digest))


async def answer(forge: Forge, request: Request, comment: Comment, words: str, book: Book) -> bool:
    """Answer a comment, in its thread where it has one; False when it has our answer already."""
    if book.about("answer", comment.id) is not None:
        return False
    marks = Marks(request, forge.name, book.mac)
    stood = recognise(await forge.comments(request), book.known, marks).get(("answer", comment.id))
    await book.current()
    body = marks.marked("answer", comment.id, words)
    posted = stood[0].id if stood else await forge.say(request, body, comment.reply_to)
    await book.record(_publication("answer", comment.id, posted, digest_of(words)))
    return not stood


async def _at_lines(forge: Forge, request: Request, made: Plan, telling: Telling, book: Book) -> Published:
    for publication in made.resolve:
        await book.current()
        await book.record(publication)
        with suppress(NotThere):  # a person was quicker, and removed it
            await forge.resolve(request, publication.forge_id)
    for publication in made.note:
        await book.record(publication)
    new = {finding.fingerprint: finding for finding in worst_first(facts.of_status(telling.result, "new"))}
    for edit in made.edit:
        await book.current()
        try:
            await forge.edit(request, edit.publication.forge_id, edit.body)
        except NotThere:  # a person removed it a moment ago
            made.untold.append((new[edit.publication.key], "removed"))
        await book.record(edit.publication)
    if made.post:
        await _annotate(forge, request, made, new, book)
    return Published(posted=len(made.post), edited=len(made.edit), resolved=len(made.resolve))


async def _annotate(forge: Forge, request: Request, made: Plan, new: Mapping[str, Finding], book: Book) -> None:
    """Post, record, and keep in `made` only what the host took; the rest is told in the summary."""
    await book.current()
    taken = await forge.annotate(request, tuple(made.post))
    for note in made.post:
        if posted := taken.get(note.key):
            words = note.body.partition("\n")[2]
            await book.record(_publication("inline", note.key, posted, digest_of(words)))
    made.untold += [(new[note.key], "refused") for note in made.post if note.key not in taken]
    made.post = [note for note in made.post if note.key in taken]


async def _summary(forge: Forge, request: Request, body: str, standing: Ours, book: Book) -> None:
    """Post or edit the one comment on the whole; one that a person removed comes back only with other words.

    Two of them stand only where a run that had lost its job was in the middle of posting one; the older counts.
    """
    for twice in standing.get(("summary", SUMMARY), ())[1:]:
        await book.current()
        with suppress(NotThere):
            await forge.edit(request, twice.id, SAID_TWICE)
    digest = digest_of(body.partition("\n")[2])
    stood, told = _oldest(standing, "summary", SUMMARY), book.about("summary", SUMMARY)
    if stood is None and told is not None and told.digest == digest:
        return
    publication = _publication("summary", SUMMARY, stood.id if stood else "", digest)
    if stood is None or stood.digest != digest:
        await book.current()
    if stood is None:
        publication = msgspec.structs.replace(publication, forge_id=await forge.say(request, body))
    elif stood.digest != digest:
        with suppress(NotThere):
            await forge.edit(request, stood.id, body)
    if publication != told:
        await book.record(publication)


async def _upload(forge: Forge, request: Request, sarif: bytes | None, book: Book) -> None:
    if sarif is None or book.about("sarif", request.head) is not None:
        return
    await book.current()
    if await forge.upload_sarif(request, sarif):
        digest = digest_of(sarif.decode(errors="replace"))
        await book.record(records.Publication(kind="sarif", key=request.head, forge_id="", digest=digest))


def _oldest(standing: Ours, kind: Kind, key: str) -> Stood | None:
    return next(iter(standing.get((kind, key), ())), None)


def _publication(kind: Kind, key: str, forge_id: str, digest: str) -> records.Publication:
    return records.Publication(kind=kind, key=key, forge_id=forge_id, digest=digest)


def _in_order(untold: Sequence[tuple[Finding, Untold]]) -> list[tuple[Finding, Untold]]:
    """Worst first, with what the host refused in its place."""
    order = {finding.fingerprint: at for at, finding in enumerate(worst_first([finding for finding, _ in untold]))}
    return sorted(untold, key=lambda each: order[each[0].fingerprint])
