"""The job that reads a comment: who said it, what they ask for, whether they may, and the answer.

All of it is read from the forge when the job runs; the webhook only said that there is a comment.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import msgspec

from coderev.files import now
from coderev.finding import Finding, Result, gated
from coderev.forge import answers, commands, publishing, values
from coderev.server.access.actions import Action
from coderev.server.jobs import AnswerIt, ReviewIt, queue_review
from coderev.server.merge_requests import Place, book_of, find_place
from coderev.server.site import Site
from coderev.store import Job, records

ACTIONS: dict[type[commands.Command], Action] = {
    commands.Review: Action.SUBMIT,
    commands.Explain: Action.READ_CODE,
    commands.Dismiss: Action.DISMISS,
    commands.Help: Action.SEE_DOCUMENTS,
    commands.Unclear: Action.SEE_DOCUMENTS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The finding that a command names, in the newest review that has a result."""

    finding: Finding
    unit: str
    result: Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A command, who gave it where, and the finding that it names, if it names one."""

    place: Place
    comment: values.Comment
    command: commands.Command
    found: Found | None
    request_id: str


async def answer_comment(site: Site, job: Job, wanted: AnswerIt) -> None:
    """Do the job. Raises what the forge and the store raise; whatever is done twice then is the same."""
    place = await find_place(site, wanted.forge, wanted.repository, wanted.number)
    comment = await place.forge.comment(place.request, wanted.comment)
    async with site.store.work() as work:
        known = await work.publications.of(place.known.id)
    book = book_of(site, job, place, known)
    if comment.ours or book.about("answer", comment.id):
        return
    thread = next((each.key for each in known if each.kind == "inline" and each.forge_id == comment.reply_to), None)
    command = commands.parse(comment.body, {place.forge.account, "coderev"}, thread)
    if command is None:
        return
    found = await _found(site, place, command)
    said = Said(place=place, comment=comment, command=command, found=found, request_id=wanted.request_id)
    await publishing.answer(place.forge, place.request, comment, await _answer(site, job, said), book)


async def _found(site: Site, place: Place, command: commands.Command) -> Found | None:
    """The one finding whose fingerprint begins so, a new one where there is one; of copies the first."""
    if not isinstance(command, commands.Explain | commands.Dismiss):
        return None
    async with site.store.work() as work:
        last = await work.reviews.newest(place.known.id)
        if last is None:
            return None
        stored = await work.findings.of(last.id)
        every = [each for each in stored if each.fingerprint.startswith(command.fingerprint)]
        named = [each for each in every if each.status == "new"] or every
        kept = await work.reviews.result(last.id)
    if kept is None or len({(each.fingerprint, each.unit) for each in named}) != 1:
        return None  # copies of the same code have one fingerprint, and what is decided about one holds for all
    result = msgspec.json.decode(kept, type=Result)
    return Found(finding=result.findings[named[0].number], unit=named[0].unit, result=result)


async def _answer(site: Site, job: Job, said: Said) -> str:
    refusal = commands.may(said.command, await _asker(said))
    await _record(site, said, refusal)
    if refusal is not None:
        return answers.refused(refusal)
    match said.command:
        case commands.Review():
            return await _review_again(site, job, said)
        case commands.Explain():
            return _explained(said.found)
        case commands.Dismiss() as command:
            return await _dismiss(site, job, said, command)
        case commands.Unclear() as command:
            return answers.unclear(command, said.place.forge.account)
        case commands.Help():
            return answers.usage(said.place.forge.account)


def _explained(found: Found | None) -> str:
    return publishing.explanation(found.finding, found.result.gate) if found else answers.no_such_finding()


async def _asker(said: Said) -> commands.Asker:
    request, forge, author = said.place.request, said.place.forge, said.comment.author
    return commands.Asker(
        permission=await forge.permission(request.project, author),
        is_author=author.lower() == request.author.lower(),
        is_owner=await _is_owner(said),
        gates=said.found is not None and _would_gate(said.found),
    )


def _would_gate(found: Found) -> bool:
    """Whether the finding fails the change, or would without a dismissal: who may not give one may not renew it."""
    gate, finding = found.result.gate, msgspec.structs.replace(found.finding, status="new")
    return gated(finding, gate.fail_on, models=gate.models)


async def _is_owner(said: Said) -> bool:
    """Whether a wider dismissal is by a code owner; nobody asks for anything else."""
    command, forge = said.command, said.place.forge
    if not isinstance(command, commands.Dismiss) or command.scope == "place" or said.found is None:
        return False
    content = await forge.code_owners(said.place.request.project, commands.owners_branch(said.place.request))
    path = said.found.finding.path
    return commands.is_owner(content or b"", said.place.kind, said.comment.author, command.scope, path)


async def _record(site: Site, said: Said, refusal: commands.Refusal | None) -> None:
    forge, request = said.place.forge, said.place.request
    record = records.AccessRecord(
        at=now(),
        subject=f"forge:{forge.name} {said.comment.author}",
        role="",
        action=ACTIONS[type(said.command)],
        target=f"{forge.name} {request.project.path}!{request.number}",
        source=f"forge {forge.name}",
        outcome="denied" if refusal else "allowed",
        why=refusal.why if refusal else "their permission at the forge",
        request_id=said.request_id,
    )
    await site.recorder.record(record)


async def _review_again(site: Site, job: Job, said: Said) -> str:
    again = _again(said)
    async with site.store.work() as work:
        await job.fence(work)
        await queue_review(site.store, work, again)
    return answers.queued("")


async def _dismiss(site: Site, job: Job, said: Said, command: commands.Dismiss) -> str:
    """Keep the dismissal and have the change reviewed with it, in one transaction."""
    if said.found is None:
        return answers.no_such_finding()
    at, finding, longest = now(), said.found.finding, site.settings.server.dismissal_days
    wanted = records.Dismissal(
        repository=said.place.known.repository,
        number=said.place.request.number,
        scope=command.scope,
        fingerprint=finding.fingerprint,
        unit=said.found.unit,
        rule=finding.rule,
        path=finding.path,
        reason=command.reason,
        author=said.comment.author,
        created=at,
        expires=at + timedelta(days=min(command.days or longest, longest)),
        note=command.note,
    )
    async with site.store.work() as work:
        await job.fence(work)
        active = await work.dismissals.active(wanted.repository.id, at)
        if (known := next((each for each in active if _is_same(each, wanted)), None)) is not None:
            return answers.dismissed(known)  # this job began before, and ended after this
        await work.dismissals.add(wanted)
        await queue_review(site.store, work, _again(said))
    return answers.dismissed(wanted)


def _is_same(known: records.Dismissal, wanted: records.Dismissal) -> bool:
    told = ("scope", "fingerprint", "unit", "reason", "author", "note")
    return all(getattr(known, name) == getattr(wanted, name) for name in told)


def _again(said: Said) -> ReviewIt:
    request = said.place.request
    return ReviewIt(
        forge=said.place.forge.name,
        repository=request.project.id,
        number=request.number,
        review=uuid4(),
        request_id=said.request_id,
        requested_by=f"forge:{said.place.forge.name} {said.comment.author}",
        again=True,
    )
