"""GitHub's webhooks, and those of Gitea and Forgejo, which are made after them: genuine or refused, then read strictly.

Pure: headers and bytes in, a hint out. All three sign the raw body with HMAC-SHA-256 and write the digits in a header;
a `Dialect` is what differs. A delivery's id is the host's UUID: GitHub sends the same again when a person asks for it,
Gitea a new one.

Sources: GitHub Enterprise Server's documentation of webhook events and payloads (3.12 to 3.18), and the structures of
webhooks in Gitea 1.20 to 1.26 and Forgejo 7 to 15.
"""

import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

import msgspec

from coderev.forge.errors import BadWebhook, ForgedWebhook
from coderev.forge.values import Hint

T = TypeVar("T")

MAX_WEBHOOK_BYTES = 25 * 1024 * 1024  # of a body: the most that GitHub sends
CLOSED = "closed"
_DELIVERY = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_DIGITS = re.compile(r"[0-9a-f]{64}")

Word = Annotated[str, msgspec.Meta(max_length=64)]
Id = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one kind of host says it. Of several headers the first that is there counts."""

    signatures: tuple[str, ...]
    prefix: str  # before the signature's digits
    events: tuple[str, ...]
    deliveries: tuple[str, ...]
    pushed: frozenset[str]  # actions of `pull_request` that bring another diff
    retargeted: Literal["base", "ref"]  # what an edit changed when it changed the target branch
    commented: Mapping[str, str]  # events of comments, and what stands before the comment's number in our ids


GITHUB = Dialect(
    signatures=("x-hub-signature-256",),
    prefix="sha256=",
    events=("x-github-event",),
    deliveries=("x-github-delivery",),
    pushed=frozenset({"opened", "reopened", "synchronize", "ready_for_review"}),
    retargeted="base",
    commented={"issue_comment": "", "pull_request_review_comment": "r"},
)
GITEA = Dialect(
    signatures=("x-gitea-signature", "x-forgejo-signature"),
    prefix="",
    events=("x-gitea-event", "x-forgejo-event"),
    deliveries=("x-gitea-delivery", "x-forgejo-delivery"),
    pushed=frozenset({"opened", "reopened", "synchronized"}),
    retargeted="ref",
    commented={"issue_comment": ""},  # an answer at a line comes by this event too
)


class _There(msgspec.Struct, frozen=True):
    """Something whose fields do not matter."""


class _Repository(msgspec.Struct, frozen=True):
    id: Id


class _Pull(msgspec.Struct, frozen=True):
    number: Id


class _Issue(msgspec.Struct, frozen=True):
    number: Id
    pull_request: _There | None = None  # of a comment on an issue: none


class _Person(msgspec.Struct, frozen=True):
    login: str = ""


class _Comment(msgspec.Struct, frozen=True):
    id: Id
    user: _Person | None = None


class _Changes(msgspec.Struct, frozen=True):
    base: _There | None = None
    ref: _There | None = None


class _Action(msgspec.Struct, frozen=True):
    action: Word = ""


class _Event(_Action, frozen=True):
    repository: _Repository | None = None
    pull_request: _Pull | None = None
    issue: _Issue | None = None
    comment: _Comment | None = None
    changes: _Changes | None = None
    is_pull: bool = False  # Gitea says it here too


def read_webhook(
    headers: Mapping[str, str], body: bytes, *, dialect: Dialect, forge: str, secret: str, account: str = ""
) -> Hint | None:
    """What a webhook says; None for one that is none of our business. Header names are lower case.

    What `account` itself said is no business of ours. Raises ForgedWebhook before anything is read, and BadWebhook.
    """
    if len(body) > MAX_WEBHOOK_BYTES:
        raise BadWebhook(forge=forge, reason=f"it is longer than {MAX_WEBHOOK_BYTES} bytes")
    _authenticate(_first(headers, dialect.signatures), body, dialect, forge, secret)
    delivery, event = _first(headers, dialect.deliveries), _first(headers, dialect.events)
    if _DELIVERY.fullmatch(delivery) is None:
        raise BadWebhook(forge=forge, reason="its id is none")
    if event != "pull_request" and event not in dialect.commented:
        return None
    happened = _happened(event, _decoded(body, _Action, forge).action, dialect)
    if happened is None:
        return None
    told = _decoded(body, _Event, forge)
    ours = told.comment is not None and told.comment.user is not None and told.comment.user.login == account
    return None if ours else _hint(happened, event, told, (dialect, forge, delivery))


def _first(headers: Mapping[str, str], names: Iterable[str]) -> str:
    return next((headers[name] for name in names if name in headers), "")


def _authenticate(given: str, body: bytes, dialect: Dialect, forge: str, secret: str) -> None:
    digits = given.removeprefix(dialect.prefix)
    if not digits:
        raise ForgedWebhook(forge=forge, reason="it carries no signature")
    good = hmac.digest(secret.encode(), body, "sha256").hex()
    whole = given.startswith(dialect.prefix) and _DIGITS.fullmatch(digits) is not None
    if not (whole and hmac.compare_digest(digits, good)):
        raise ForgedWebhook(forge=forge, reason="its signature is not by the secret")


def _decoded(body: bytes, form: type[T], forge: str) -> T:
    try:
        return msgspec.json.decode(body, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = "it is a form, not JSON" if body.startswith(b"payload=") else str(error)[:200]
        raise BadWebhook(forge=forge, reason=reason) from None


def _happened(event: str, action: str, dialect: Dialect) -> Literal["pushed", "closed", "commented", "edited"] | None:
    if event in dialect.commented:
        return "commented" if action == "created" else None
    if action in dialect.pushed:
        return "pushed"
    if action == CLOSED:
        return "closed"
    return "edited" if action == "edited" else None


def _hint(
    happened: Literal["pushed", "closed", "commented", "edited"],
    event: str,
    told: _Event,
    whose: tuple[Dialect, str, str],
) -> Hint | None:
    dialect, forge, delivery = whose
    if happened == "edited" and (told.changes is None or getattr(told.changes, dialect.retargeted) is None):
        return None  # a title, or a description
    on_issue = event == "issue_comment"
    if on_issue and told.issue is not None and not (told.is_pull or told.issue.pull_request):
        return None
    about = told.issue if on_issue else told.pull_request
    if told.repository is None or about is None:
        raise BadWebhook(forge=forge, reason="it names no repository, or no pull request")
    if happened == "commented" and told.comment is None:
        raise BadWebhook(forge=forge, reason="it names no comment")
    comment = f"{dialect.commented[event]}{told.comment.id}" if happened == "commented" and told.comment else None
    return Hint(
        forge=forge,
        delivery=delivery,
        event="pushed" if happened == "edited" else happened,
        repository=str(told.repository.id),
        number=about.number,
        comment=comment,
    )
