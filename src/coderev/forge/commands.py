"""`@coderev …` in a comment: what a person asks for, and whether they may. Pure.

A comment is an attacker's text: nothing of it is ever said back. What stands in a block of code, in a quote, in an
HTML comment or after other words on its line is no command, so that an answer by mail, which quotes ours, is none.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal, assert_never

from coderev.forge.owners import Syntax, owns, owns_everything, read_owners
from coderev.forge.values import PERMISSIONS, Permission, Request
from coderev.store import records

MAX_COMMENT = 100_000  # characters that are looked at
MAX_NOTE = 500  # characters of a note that a dismissal keeps
MAX_DAYS = 3_650
SHORTEST_FINGERPRINT = 8  # digits by which one may be named; 32 are all

_FINGERPRINT = re.compile(rf"[0-9a-f]{{{SHORTEST_FINGERPRINT},32}}")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_SCOPES: dict[str, records.Scope] = {"place": "place", "file": "file", "repository": "repository"}
_SPELLINGS: dict[str, records.Reason] = {reason: reason for reason in records.REASONS}


@dataclass(frozen=True, slots=True)
class Review:
    """Review again, now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explain:
    """Tell all of one finding. `fingerprint` may be the beginning of one."""

    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dismiss:
    """Do not tell one finding again. `days` is None where the site's longest holds."""

    fingerprint: str
    reason: records.Reason
    days: int | None = None
    scope: records.Scope = "place"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Help:
    """Say what can be said."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """A command that is none; `what` says why, in words of ours."""

    what: Literal["unknown", "several", "no finding", "no reason", "days"]


Command = Review | Explain | Dismiss | Help | Unclear


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who gives a command, and what about: all read from the forge a moment ago, never from a webhook.

    `is_owner` is of the file (scope file) or of everything (scope repository), by the file of code owners of a branch
    that the author cannot write to alone (`owners_branch`); `gates` says that the finding fails the change.
    """

    permission: Permission
    is_author: bool
    is_owner: bool = False
    gates: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a person may not; `why` is told to them and stands in the access record."""

    why: str


def parse(body: str, names: Collection[str], thread: str | None = None) -> Command | None:
    """The one command in a comment; None where there is none.

    `names` are what we are called by, without `@`; `thread` is the fingerprint of the finding whose thread it is in.
    """
    lines = [words for line in _spoken(body[:MAX_COMMENT]) if (words := _addressed(line, names)) is not None]
    if not lines:
        return None
    return _command(lines[0], thread) if len(lines) == 1 else Unclear("several")


def may(command: Command, asker: Asker) -> Refusal | None:
    """Whether a person may give a command; None: yes."""
    match command:
        case Help() | Unclear() | Explain():
            return _needs(asker, "read")
        case Review():
            return _needs(asker, "read" if asker.is_author else "write")
        case Dismiss(scope=scope):
            return _needs(asker, "write") or _own_change(asker, scope) or _wide(asker, scope)
        case _:
            assert_never(command)


def owners_branch(request: Request) -> str:
    """The branch whose file of code owners counts: never one that the author of the change can write to alone."""
    return request.target if request.target_protected else request.project.default_branch


def is_owner(content: bytes, syntax: Syntax, login: str, scope: records.Scope, path: str) -> bool:
    """Whether the file of code owners lets `login` decide for a scope: a file, or the whole repository."""
    rules = read_owners(content, syntax)
    return (owns_everything(rules, login) if scope == "repository" else owns(rules, login, path, syntax)).owned


def _needs(asker: Asker, least: Permission) -> Refusal | None:
    if PERMISSIONS.index(asker.permission) >= PERMISSIONS.index(least):
        return None
    return Refusal(f"this needs the permission to {least} in this repository")


def _own_change(asker: Asker, scope: records.Scope) -> Refusal | None:
    if asker.is_author and asker.gates:
        return Refusal("the author of a change cannot dismiss what fails it; another person can")
    if asker.is_author and scope != "place":
        return Refusal("the author of a change can dismiss for one place only; another person can for more")
    return None


def _wide(asker: Asker, scope: records.Scope) -> Refusal | None:
    if scope == "place" or asker.is_owner:
        return None
    owned = "this file" if scope == "file" else "everything in this repository"
    return Refusal(f"this needs a code owner of {owned}, named as a person in the file of code owners")


def _spoken(body: str) -> Iterator[str]:
    """The lines that a person says themselves: no code, no quotes, nothing hidden."""
    fence = ""
    for line in _HIDDEN.sub("", body.replace("\r\n", "\n")).split("\n"):
        found = _FENCE.match(line)
        if fence:
            closes = found is not None and found[1].startswith(fence) and not line.strip(f" {fence[0]}")
            fence = "" if closes else fence
        elif found:
            fence = found[1]
        elif not line.startswith(("    ", "\t")) and not line.lstrip().startswith(">"):
            yield line


def _addressed(line: str, names: Collection[str]) -> list[str] | None:
    """The words after our name, where a line begins with it."""
    first, *rest = line.split() or [""]
    called = first.removesuffix(":").removesuffix(",").lower()
    return rest if called in {f"@{name}".lower() for name in names} else None


def _command(words: list[str], thread: str | None) -> Command:
    match [words[0].lower() if words else "help", *words[1:]]:
        case ["review", *_]:
            return Review()
        case ["help"]:
            return Help()
        case ["explain", *rest] if len(rest) <= 1:
            fingerprint, left = _named(rest, thread)
            return Explain(fingerprint=fingerprint) if fingerprint and not left else Unclear("no finding")
        case ["dismiss", *rest]:
            fingerprint, left = _named(rest, thread)
            return _dismissal(fingerprint, left) if fingerprint else Unclear("no finding")
        case _:
            return Unclear("unknown")


def _named(words: list[str], thread: str | None) -> tuple[str | None, list[str]]:
    """The finding that is named, or else that of the thread; and the words after it."""
    if words and _FINGERPRINT.fullmatch(words[0].strip("`").lower()):
        return words[0].strip("`").lower(), words[1:]
    return thread, words


def _dismissal(fingerprint: str, words: list[str]) -> Command:
    reason = _SPELLINGS.get(words[0].lower().strip("`")) if words else None
    if reason is None:
        return Unclear("no reason")
    days: int | None = None
    scope, rest = _SCOPES["place"], words[1:]
    for _ in range(2):  # in either order
        match [word.lower() for word in rest[:3]]:
            case ["for", number, "day" | "days"]:
                days, rest = _number(number), rest[3:]
            case ["in", "place" | "file" | "repository" as named, *_]:
                scope, rest = _SCOPES[named], rest[2:]
    if days is not None and not 1 <= days <= MAX_DAYS:
        return Unclear("days")
    return Dismiss(fingerprint=fingerprint, reason=reason, days=days, scope=scope, note=" ".join(rest)[:MAX_NOTE])


def _number(word: str) -> int:
    """A count of days; 0, which is none, for whatever is no such number."""
    return int(word) if re.fullmatch("[0-9]{1,5}", word) else 0
