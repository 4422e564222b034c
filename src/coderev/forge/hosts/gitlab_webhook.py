"""GitLab's webhooks: genuine or refused, then read strictly. Pure: headers and bytes in, a hint out.

GitLab authenticates a webhook in one of two ways, and the secret decides which: with a signing token (`whsec_…`, from
GitLab 19.0 on; Standard Webhooks 1.0) by an HMAC over id, time and body; else by sending the secret in a header.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal, TypeVar

import msgspec

from coderev.forge.errors import BadWebhook, ForgedWebhook
from coderev.forge.hosts.gitlab_answers import Id
from coderev.forge.values import Hint

T = TypeVar("T")

# A description of 1 MiB stands there up to three times, and each `<` in it as `\u003c`: with a lower cap authors could
# make the webhooks of their own change too long for us. GitLab itself sends 25 MB at most.
MAX_WEBHOOK_BYTES = 25 * 1024 * 1024  # of a body
MAX_SIGNATURES = 10  # in one header: there are several while a key is changed
MAX_AGE = 3600  # seconds between the time that is signed and ours; within them a replay is known by its id
SIGNING = "whsec_"
EVENTS = frozenset({"Merge Request Hook", "Note Hook", "System Hook"})
PUSHED, CLOSED = frozenset({"open", "reopen"}), frozenset({"close", "merge"})
_DELIVERY = re.compile(r"[A-Za-z0-9._:-]{1,128}")

Word = Annotated[str, msgspec.Meta(max_length=64)]


class _Project(msgspec.Struct, frozen=True):
    id: Id


class _Attributes(msgspec.Struct, frozen=True):
    """What happened: to a merge request (`iid`, `action`, `oldrev`), or to a comment (`id`, `noteable_type`)."""

    id: Id
    iid: Id | None = None
    action: Word | None = None
    oldrev: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    noteable_type: Word | None = None
    system: bool = False


class _MergeRequest(msgspec.Struct, frozen=True):
    iid: Id


class _Person(msgspec.Struct, frozen=True):
    username: str = ""


class _Change(msgspec.Struct, frozen=True):
    current: str | None = None


class _Changes(msgspec.Struct, frozen=True):
    target_branch: _Change | None = None


class _Event(msgspec.Struct, frozen=True):
    """What of an event is read before its kind is known."""

    object_kind: Word
    user: _Person | None = None  # who did it
    project: _Project | None = None
    object_attributes: _Attributes | None = None
    merge_request: _MergeRequest | None = None
    changes: _Changes | None = None


class _Kind(msgspec.Struct, frozen=True):
    object_kind: Word = ""


def read_webhook(
    headers: Mapping[str, str], body: bytes, *, forge: str, secret: str, at: datetime, account: str = ""
) -> Hint | None:
    """What a webhook says; None for one that is none of our business. Header names are lower case.

    `at` is the time now; what `account` itself said is no business of ours. Raises ForgedWebhook before anything is
    read, and BadWebhook.
    """
    if len(body) > MAX_WEBHOOK_BYTES:
        raise BadWebhook(forge=forge, reason=f"it is longer than {MAX_WEBHOOK_BYTES} bytes")
    delivery = _authentic(headers, body, forge, secret, at)
    if _DELIVERY.fullmatch(delivery) is None:
        raise BadWebhook(forge=forge, reason="its id is none")
    if headers.get("x-gitlab-event") not in EVENTS:
        return None
    if _decoded(body, _Kind, forge).object_kind not in {"merge_request", "note"}:
        return None
    event = _decoded(body, _Event, forge)
    ours = event.object_kind == "note" and event.user is not None and event.user.username == account
    return None if ours else _hint(event, forge, delivery)


def _authentic(headers: Mapping[str, str], body: bytes, forge: str, secret: str, at: datetime) -> str:
    """The id of a genuine delivery, the same when GitLab sends it again. Raises ForgedWebhook.

    `X-Gitlab-Event-UUID` is no such id, for events that one another caused share it; nor is `X-Gitlab-Webhook-UUID`,
    which names the webhook. Before GitLab 17.4 nothing was, and the body's digest stands in.
    """
    if secret.startswith(SIGNING):
        return _signed(headers, body, forge, secret, at)
    token = headers.get("x-gitlab-token")
    if token is None:
        raise ForgedWebhook(forge=forge, reason="it carries no secret token")
    if not hmac.compare_digest(_digest(token), _digest(secret)):  # of digests: their length tells nothing
        raise ForgedWebhook(forge=forge, reason="it carries another secret token")
    return headers.get("idempotency-key") or hashlib.sha256(body).hexdigest()


def _signed(headers: Mapping[str, str], body: bytes, forge: str, secret: str, at: datetime) -> str:
    """The id of a delivery whose signature is good and whose time is near ours. Raises ForgedWebhook."""
    delivery, time, given = (headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not (delivery and time and given):
        raise ForgedWebhook(forge=forge, reason="it carries no signature")
    text = f"{delivery}.{time}.".encode(errors="surrogateescape") + body
    good = base64.b64encode(hmac.digest(signing_key(secret, forge), text, "sha256"))
    signatures = [one.removeprefix("v1,") for one in given.split(" ") if one.startswith("v1,")][:MAX_SIGNATURES]
    if not any(hmac.compare_digest(one.encode(errors="surrogateescape"), good) for one in signatures):
        raise ForgedWebhook(forge=forge, reason="its signature is not by the signing token")
    if not (time.isascii() and time.isdecimal() and abs(int(time[:12]) - at.astimezone(UTC).timestamp()) <= MAX_AGE):
        raise ForgedWebhook(forge=forge, reason="its time is too far from ours")
    return delivery


def signing_key(secret: str, forge: str) -> bytes:
    """The key in a signing token. Raises ForgedWebhook for a token that holds none: nothing is signed with it."""
    try:
        key = base64.b64decode(secret.removeprefix(SIGNING), validate=True)
    except binascii.Error:
        key = b""
    if not key:
        raise ForgedWebhook(forge=forge, reason="forges[].webhook_secret_file holds no whole signing token")
    return key


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="surrogateescape")).digest()


def _decoded(body: bytes, form: type[T], forge: str) -> T:
    try:
        return msgspec.json.decode(body, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadWebhook(forge=forge, reason=str(error)[:200]) from None


def _hint(event: _Event, forge: str, delivery: str) -> Hint | None:
    happened, project = event.object_attributes, event.project
    if happened is None or project is None:
        raise BadWebhook(forge=forge, reason="it names no repository, or nothing that happened")
    repository = str(project.id)
    if event.object_kind == "note":
        if happened.noteable_type != "MergeRequest" or happened.system or happened.action not in {None, "create"}:
            return None
        if event.merge_request is None:
            raise BadWebhook(forge=forge, reason="it names no merge request")
        return Hint(
            forge=forge,
            delivery=delivery,
            event="commented",
            repository=repository,
            number=event.merge_request.iid,
            comment=str(happened.id),
        )
    if happened.iid is None:
        raise BadWebhook(forge=forge, reason="it names no merge request")
    moved = happened.action in PUSHED or (happened.action == "update" and _moved(event, happened))
    if not moved and happened.action not in CLOSED:
        return None
    event_name: Literal["pushed", "closed"] = "pushed" if moved else "closed"
    return Hint(forge=forge, delivery=delivery, event=event_name, repository=repository, number=happened.iid)


def _moved(event: _Event, happened: _Attributes) -> bool:
    """Whether an update changed the diff: new commits, or another target branch. Most change a label or a title."""
    return happened.oldrev is not None or (event.changes is not None and event.changes.target_branch is not None)
