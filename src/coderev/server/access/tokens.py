"""API tokens: 256 random bits behind `cr_`, kept as HMAC, shown once, worth at most what their creator is."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from coderev.errors import InputError
from coderev.server.access.actions import EVERYWHERE, grantable
from coderev.server.access.deciding import NotAllowed, Subject
from coderev.store import Seal, Work, records

PREFIX = "cr_"
PURPOSE = b"token"
MAX_NAME = 100  # characters
_FORM = re.compile(r"cr_[A-Za-z0-9_-]{43}")
_LOGIN = re.compile(r"[a-z0-9][a-z0-9-]{0,31}:[^\s\x00-\x1f\x7f:]{1,200}")
_NAME = re.compile(r"[\w@.+ -]{1,100}")


class BadToken(InputError):
    """A token was ordered that cannot be made."""

    message = "the token's {field}: {reason}"
    hint = "/api/docs says what each field of a token may be"


@dataclass(frozen=True, kw_only=True)
class TokenOrder:
    """A token that somebody wants made. Empty subject and login: the creator's own."""

    name: str
    role: records.Role
    subject: str = ""
    login: str = ""
    days: int


def new_secret() -> str:
    """A token that nobody has yet."""
    return PREFIX + secrets.token_urlsafe(32)


def is_token(text: str) -> bool:
    """Whether a text has the form of a token: what has not is not looked up."""
    return _FORM.fullmatch(text) is not None


def mac_of(seal: Seal, secret: str) -> bytes:
    """What a token is found by: nothing in the database tells the token, and looking it up tells nothing by time."""
    return seal.mac(PURPOSE, secret.encode())


def macs_of(seal: Seal, secret: str) -> tuple[bytes, ...]:
    """What a token may be found by: first that of the key that seals now, then those of the keys before it."""
    return seal.macs(PURPOSE, secret.encode())


def check_order(order: TokenOrder, creator: Subject, most_days: int) -> TokenOrder:
    """The order with what it left out. Raises BadToken, NotAllowed: nobody hands out what they do not have."""
    whole = TokenOrder(
        name=" ".join(order.name.split()),
        role=order.role,
        subject=order.subject or creator.name,
        login=order.login or ("" if order.subject and order.subject != creator.name else creator.login),
        days=order.days,
    )
    if creator.role is None or whole.role not in grantable(creator.role):
        raise NotAllowed(action="token.create", reason=f"the role {creator.role} cannot give the role {whole.role}")
    if not creator.is_everywhere and (whole.subject, whole.login) != (creator.name, creator.login):
        raise NotAllowed(action="token.create", reason="a developer makes tokens for their own login only")
    _check_form(whole, most_days)
    return whole


def _check_form(order: TokenOrder, most_days: int) -> None:
    if not 1 <= len(order.name) <= MAX_NAME or not order.name.isprintable():
        raise BadToken(field="name", reason=f"1 to {MAX_NAME} printable characters")
    if not _NAME.fullmatch(order.subject):
        raise BadToken(field="subject", reason="letters, digits, spaces and any of @ . + - _")
    if order.login and not _LOGIN.fullmatch(order.login):
        raise BadToken(field="login", reason="write forge:login")
    if order.login and order.role in EVERYWHERE:
        raise BadToken(field="login", reason=f"the role {order.role} reaches all repositories without one")
    if not 1 <= order.days <= most_days:
        raise BadToken(field="days", reason=f"1 to {most_days}, as server.token_days says")


async def create_token(
    work: Work, seal: Seal, order: TokenOrder, creator: Subject, at: datetime
) -> tuple[str, records.Token]:
    """Make a token of an order that was checked: the secret, which is shown once, and what is kept of it."""
    secret = new_secret()
    token = await work.tokens.add(
        mac_of(seal, secret),
        name=order.name,
        subject=order.subject,
        role=order.role,
        login=order.login,
        at=at,
        created_by=str(creator),
        expires=at + timedelta(days=order.days),
    )
    return secret, token


def subject_of(token: records.Token) -> Subject:
    """Who somebody with this token is."""
    return Subject(kind="token", name=token.subject, role=token.role, login=token.login, id=token.id)


def is_valid(token: records.Token, at: datetime) -> bool:
    """Whether a token still opens something."""
    return token.revoked is None and at < token.expires
