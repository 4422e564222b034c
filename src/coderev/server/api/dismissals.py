"""`/dismissals`: what is not told again, deciding so by the same rules as in a comment, and taking it back."""

from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from coderev.errors import InputError
from coderev.finding import gated
from coderev.forge import commands, owners, values
from coderev.server.access.actions import Action
from coderev.server.access.deciding import Decision, NotAllowed, NotFound
from coderev.server.api.answers import API, as_json
from coderev.server.api.forms import DismissalAnswer, DismissalPage, DismissalQuery, NewDismissal, dismissal_answer
from coderev.server.api.numbers import number_of
from coderev.server.api.paging import cursor_of, place_of
from coderev.server.asking import Ask, BadRequest, Description, Route
from coderev.store import records

CHANGED = "the finding is none of a repository, or it is not new any more"


class NothingToDismiss(InputError):
    """A finding cannot be dismissed where it stands."""

    http_status = 409
    message = "finding {number} of review {review} cannot be dismissed: {reason}"
    hint = "dismiss a new finding of a review of a repository"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A finding that somebody wants to dismiss, and where it is."""

    review: records.Review
    repository: records.Repository
    finding: records.StoredFinding
    gates: bool


async def list_dismissals(ask: Ask) -> web.StreamResponse:
    """A page of the dismissals that whoever asks may know of."""
    query = ask.query(DismissalQuery)
    before, tenants = place_of(query.cursor, int), await ask.tenants()
    async with ask.site.store.work() as work:
        found = await work.dismissals.search(tenants, ask.at if query.active else None, query.limit, before)
    last = cursor_of(found[-1].id) if len(found) == query.limit else None
    return as_json(DismissalPage(items=tuple(map(dismissal_answer, found)), next=last))


async def dismiss(ask: Ask) -> web.StreamResponse:
    """Dismiss a finding for a time."""
    return as_json(dismissal_answer(await add_dismissal(ask, await ask.body(NewDismissal))), status=201)


async def add_dismissal(ask: Ask, new: NewDismissal) -> records.Dismissal:
    """Keep a decision that a finding is not to be told again. Raises NotFound, NotAllowed, NothingToDismiss."""
    place = await _place(ask, new)
    most = ask.site.settings.server.dismissal_days
    if new.days > most:
        raise BadRequest(where="body `days`", reason=f"at most {most}, as server.dismissal_days says")
    await _check_rules(ask, new, place)
    async with ask.site.store.work() as work:
        return await work.dismissals.add(
            records.Dismissal(
                repository=place.repository,
                number=place.review.number,
                scope=new.scope,
                fingerprint=place.finding.fingerprint,
                unit=place.finding.unit,
                rule=place.finding.rule,
                path=place.finding.path,
                reason=new.reason,
                author=str(ask.subject),
                created=ask.at,
                expires=ask.at + timedelta(days=new.days),
                note=new.note,
            )
        )


async def _place(ask: Ask, new: NewDismissal) -> _Place:
    """The finding, if whoever asks may dismiss in its repository; that is recorded."""
    what = f"finding {new.number} of review {new.review}"
    async with ask.site.store.work() as work:
        review = await work.reviews.get(new.review)
        found = await work.findings.of(new.review) if review else ()
        body = await work.findings.body(new.review, new.number) if review else None
    repository = review.repository if review else None
    tenant = review.tenant if review else ""
    await ask.permit(Action.DISMISS, what, tenant=tenant, repository=repository)
    finding = next((each for each in found if each.number == new.number), None)
    if review is None or finding is None or body is None:
        raise NotFound(what=what)
    if repository is None or finding.status != "new":
        raise NothingToDismiss(number=new.number, review=new.review, reason=CHANGED)
    gate = ask.site.settings.gate
    return _Place(
        review=review,
        repository=repository,
        finding=finding,
        gates=gated(body, gate.fail_on, models=gate.models),
    )


async def _check_rules(ask: Ask, new: NewDismissal, place: _Place) -> None:
    """What holds for `@coderev dismiss` holds here. Raises NotAllowed."""
    login = ask.subject.login.partition(":")[2]
    permission = "admin" if ask.subject.is_everywhere else await ask.site.permissions.of(ask.subject, place.repository)
    asker = commands.Asker(
        permission=permission or "none",
        is_author=not ask.subject.is_everywhere and await _is_author(ask, place, login),
        is_owner=bool(login) and new.scope != "place" and await _owns(ask, new, place, login),
        gates=place.gates,
    )
    wanted = commands.Dismiss(
        fingerprint=place.finding.fingerprint, reason=new.reason, days=new.days, scope=new.scope, note=new.note
    )
    refusal = commands.may(wanted, asker)
    if refusal is not None:
        what = f"finding {new.number} of review {new.review}"
        await ask.record(Action.DISMISS, what, Decision(allowed=False, why=refusal.why))
        raise NotAllowed(action=Action.DISMISS, reason=refusal.why)


async def _is_author(ask: Ask, place: _Place, login: str) -> bool:
    """Whether the change may be their own. Nobody knows whose a range is that was handed in, so it is anybody's."""
    if place.review.number is None:
        return True
    async with ask.site.store.work() as work:
        found = await work.merge_requests.find(place.repository.id, place.review.number)
    return found is None or found.author.casefold() == login.casefold()  # hosts tell no case apart


async def _owns(ask: Ask, new: NewDismissal, place: _Place, login: str) -> bool:
    """Whether the login owns what a wide dismissal is about, by the file of code owners of the default branch."""
    forge = ask.site.forge(place.repository.forge)
    project: values.Project = await forge.project(place.repository.forge_id)
    content = await forge.code_owners(project, project.default_branch)
    if content is None:
        return False
    syntax = ask.site.forge_settings(place.repository.forge).kind
    rules = owners.read_owners(content, syntax)
    if new.scope == "file":
        return owners.owns(rules, login, place.finding.path, syntax).owned
    return owners.owns_everything(rules, login).owned


async def revoke(ask: Ask) -> web.StreamResponse:
    """Take a dismissal back."""
    await revoke_dismissal(ask, number_of(ask, "dismissal"))
    return web.Response(status=204)


async def revoke_dismissal(ask: Ask, id_: int) -> None:
    """Let a finding be told again. Raises NotFound, NotAllowed."""
    what = f"dismissal {id_}"
    async with ask.site.store.work() as work:
        found = await work.dismissals.get(id_)
    repository = found.repository if found else None
    await ask.permit(
        Action.REVOKE_DISMISSAL, what, tenant=repository.tenant if repository else "", repository=repository
    )
    async with ask.site.store.work() as work:
        if found is None or not await work.dismissals.revoke(id_, str(ask.subject), ask.at):
            raise NotFound(what=f"{what} to revoke")


ROUTES = (
    Route(
        method="GET",
        path=f"{API}/dismissals",
        action=Action.LIST_DISMISSALS,
        handler=list_dismissals,
        describes=Description(summary="A page of dismissals.", query=DismissalQuery, answer=DismissalPage),
    ),
    Route(
        method="POST",
        path=f"{API}/dismissals",
        action=Action.DISMISS,
        handler=dismiss,
        decides=True,
        describes=Description(
            summary="Dismiss a finding for a time.",
            body=NewDismissal,
            answer=DismissalAnswer,
            status=201,
            problems=(404, 408, 409, 413, 415),
        ),
    ),
    Route(
        method="DELETE",
        path=f"{API}/dismissals/{{number}}",
        action=Action.REVOKE_DISMISSAL,
        handler=revoke,
        decides=True,
        describes=Description(summary="Take a dismissal back.", status=204, problems=(404,)),
    ),
)
