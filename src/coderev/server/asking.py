"""A route, and what the function that answers it gets: who asks, of which site, and how to be allowed."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from coderev.errors import InputError, TrustError
from coderev.server.access.actions import Action
from coderev.server.access.deciding import (
    MAX_REASON,
    NOBODY,
    Decision,
    NotAllowed,
    NotFound,
    NotKnown,
    Subject,
    decide,
    decide_scoped,
)
from coderev.server.access.reach import repositories_of
from coderev.server.bodies import read_body, read_form
from coderev.server.site import Site
from coderev.store import records

T = TypeVar("T")

REASON_HEADER = "Coderev-Reason"
REASON_FIELD = "reason"
CSRF_FIELD = "csrf"


class BadRequest(InputError):
    """A request does not say what it must say."""

    message = "{where}: {reason}"
    hint = "/api/docs has every parameter and its type"


class CrossSite(TrustError):
    """A request that changes something came from a page of another site."""

    message = "{action} was asked for by a page of another site: {reason}"
    hint = "open the page again and send its form from there"


@dataclass(frozen=True, kw_only=True)
class Description:
    """What the OpenAPI document says of a route."""

    summary: str
    query: type[msgspec.Struct] | None = None
    body: Any = None  # a type; none: no body
    answer: Any = None  # a type; none: no content
    status: int = 200
    media: str = "application/json"
    medias: tuple[str, ...] = ()  # where the asker chooses
    problems: tuple[int, ...] = ()  # besides those that every route has


@dataclass(frozen=True, kw_only=True)
class Route:
    """One method at one path. The action is decided, and recorded, before the answer is made.

    `decides`: its handler decides and records with `Ask.permit` before it hands anything out, because only it learns
    what the request is about, such as whose review. An answer without that is withheld.
    """

    method: str
    path: str
    action: Action
    handler: Callable[["Ask"], Awaitable[web.StreamResponse]]
    decides: bool = False
    streams: bool = False  # the answer does not end by itself
    knows: bool = False  # who asks is found out even where everybody may
    describes: Description | None = None  # of the API


TABLE: web.AppKey[tuple[Route, ...]] = web.AppKey("table")  # what an application answers


@dataclass(kw_only=True)
class Ask:
    """One request, and the one who makes it."""

    request: web.Request
    site: Site
    route: Route
    request_id: str
    at: datetime
    subject: Subject = NOBODY
    csrf: str = ""  # what a form of this session carries in its field `csrf`
    decided: bool = False  # somebody was permitted, and it is recorded

    @property
    def source(self) -> str:
        """The address that the request came from."""
        return self.request.remote or "unknown"

    @property
    def reason(self) -> str:
        """Why somebody needs what their role only gets with a reason: a header, or a field of the address."""
        given = self.request.headers.get(REASON_HEADER) or self.request.query.get(REASON_FIELD) or ""
        return " ".join(given.split())[:MAX_REASON]

    def path(self, name: str) -> str:
        """A part of the path that the route gives a name."""
        return self.request.match_info[name]

    def query(self, form: type[T]) -> T:
        """The query of the address, strictly: nothing unknown, nothing twice. Raises BadRequest."""
        given: dict[str, str] = {}
        for name, value in self.request.query.items():
            if name in given:
                raise BadRequest(where=f"query `{name}`", reason="it is given twice")
            if name != REASON_FIELD:
                given[name] = value
        return converted(given, form, "query", strict=False)

    async def body(self, form: type[T]) -> T:
        """The JSON body, strictly decoded. Raises BadRequest, BodyTooLarge, BodyTooSlow, WrongMedia."""
        content = await read_body(self.request, "application/json", self.site.settings.server.request_bytes)
        try:
            return msgspec.json.decode(content, type=form)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _bad(error, "body") from None

    async def form(self) -> Mapping[str, str]:
        """The fields of a form that a page of ours sent. Raises CrossSite, BadRequest and what `body` raises."""
        fields = await read_form(self.request)
        if self.subject.kind == "session" and not hmac.compare_digest(fields.pop(CSRF_FIELD, ""), self.csrf):
            raise CrossSite(action=self.route.action, reason="its form does not carry this session's mark")
        return fields

    async def tenants(self) -> frozenset[str] | None:
        """Whose reviews the subject may know of: a filter for lists; None: everybody's. Raises ForgeSilent."""
        if self.subject.is_everywhere:
            return None
        async with self.site.store.work() as work:
            known = await repositories_of(work, self.subject.login.partition(":")[0]) if self.subject.login else ()
        own = {self.subject.own_tenant} if self.subject.name else set()
        return await self.site.permissions.readable(self.subject, known) | own

    async def permit(
        self, action: Action, what: str, *, tenant: str, repository: records.Repository | None = None
    ) -> None:
        """Decide about what belongs to a tenant, and record it. `what` names it in the record: `review 5f…`.

        Raises NotFound where the subject may not even know that it is there, NotAllowed, NotKnown, NotRecorded.
        """
        permission = None
        if repository is not None and not self.subject.is_everywhere:
            permission = await self.site.permissions.of(self.subject, repository)
        decision = decide_scoped(self.subject, action, tenant, permission, reason=self.reason)
        await self.record(action, what, decision)
        if decision.allowed:
            self.decided = True
            return
        if not self._sees(tenant, permission):
            raise NotFound(what=what)
        raise refusal(self.subject, action, decision)

    def allows(self, action: Action) -> Decision:
        """What the role alone says about an action: for what a page offers. Nothing is recorded, nothing is granted."""
        return decide(self.subject, action, reason=self.reason)

    async def permit_role(self, what: str = "") -> None:
        """Decide about the route's action by the role alone, and record it. Raises NotAllowed, NotKnown."""
        decision = decide(self.subject, self.route.action, reason=self.reason)
        await self.record(self.route.action, what or self.request.path, decision)
        if not decision.allowed:
            raise refusal(self.subject, self.route.action, decision)
        self.decided = True

    async def record(self, action: Action, what: str, decision: Decision) -> None:
        """Keep a decision that was taken, durably. Raises NotRecorded."""
        await self.site.recorder.record(self.access(action, what, decision))

    def access(self, action: Action, what: str, decision: Decision) -> records.AccessRecord:
        """The record of a decision: for who keeps it in a transaction of their own, and then sets `decided`."""
        return records.AccessRecord(
            at=self.at,
            subject=str(self.subject),
            role=self.subject.role or "",
            action=action,
            target=what[:MAX_TARGET],
            source=self.source,
            outcome="allowed" if decision.allowed else "denied",
            why=decision.why,
            request_id=self.request_id,
        )

    def _sees(self, tenant: str, permission: str | None) -> bool:
        own = bool(self.subject.name) and tenant == self.subject.own_tenant
        return self.subject.is_everywhere or own or permission not in {None, "none"}


MAX_TARGET = 300  # characters of what an access record says was asked for


def refusal(subject: Subject, action: Action, decision: Decision) -> NotKnown | NotAllowed:
    """What whoever asked is told about a decision against them."""
    if subject.kind == "nobody":
        return NotKnown(action=action)
    return NotAllowed(action=action, reason=decision.why)


def converted(value: Any, form: type[T], where: str, *, strict: bool = True) -> T:
    """A value of a type from outside data. Raises BadRequest, which names the path of the fault."""
    try:
        return msgspec.convert(value, form, strict=strict)
    except (msgspec.ValidationError, RecursionError) as error:
        raise _bad(error, where) from None


def _bad(error: Exception, where: str) -> BadRequest:
    if isinstance(error, RecursionError):
        return BadRequest(where=where, reason="nested too deep")
    if isinstance(error, UnicodeDecodeError):
        return BadRequest(where=where, reason="not UTF-8")
    reason, _, path = str(error).partition(" - at `")
    spot = path.rstrip("`").removeprefix("$").removeprefix(".")
    return BadRequest(where=f"{where} `{spot}`" if spot else where, reason=reason[:1].lower() + reason[1:])
