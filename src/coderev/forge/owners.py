"""Who owns which file, as the repository's file of code owners says. Pure.

GitLab and GitHub write patterns in the manner of `.gitignore`, where the last that matches counts; GitLab knows
sections besides, each of which counts for itself. Gitea writes regular expressions, of which each that matches counts.
A group is resolved by nobody here: an owner that is a group, a role or an address of mail owns nothing, and is named.
The file is a repository's, so every pattern is matched by RE2, in linear time.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import re2

Syntax = Literal["gitlab", "github", "gitea"]

MAX_BYTES = 1024 * 1024  # of the file; GitHub reads 3 MB, GitLab less
MAX_RULES = 5_000
MAX_PATTERN = 1_000  # characters
_RE2 = re2.Options()
_RE2.log_errors = False
_RE2.max_mem = 1 << 20  # bytes of one compiled pattern
_SECTION = re.compile(r"\^?\[(?P<name>[^\]]+)\](?:\[\d+\])?(?P<owners>(?:\s+\S+)*)\s*$")
_LOGIN = re.compile(r"@[A-Za-z0-9](?:[A-Za-z0-9._-]{0,254})")
_WORD = re.compile(r"(?:\\.|[^\s\\])+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line: what matches `pattern` (RE2) has these owners.

    `refused` (written `!`): in Gitea's syntax what does not match has them; in GitLab's what matches has none.
    """

    pattern: str
    owners: tuple[str, ...]
    section: str = ""
    everything: bool = False
    refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """Whether a person owns a file, and which owners of it nobody here can resolve."""

    owned: bool
    unresolved: tuple[str, ...] = ()


def read_owners(content: bytes, syntax: Syntax) -> tuple[Rule, ...]:
    """The rules of a file, in order; a line that says nothing is left out, and so is what is over a cap."""
    if len(content) > MAX_BYTES:
        return ()
    lines = content.decode(errors="replace").splitlines()
    return tuple(_rules(lines, syntax))[:MAX_RULES]


def owns(rules: Iterable[Rule], login: str, path: str, syntax: Syntax) -> Ownership:
    """Whether `login` owns the file `path` (without a slash at its start)."""
    if syntax == "gitea":
        counting = [rule for rule in rules if _matches(rule, path) != rule.refused]
    else:
        matching = [rule for rule in rules if _matches(rule, path)]
        without = {rule.section for rule in matching if rule.refused}
        last = {rule.section: rule for rule in matching}
        counting = [rule for section, rule in last.items() if section not in without]
    return _ownership([owner for rule in counting for owner in rule.owners], login)


def owns_everything(rules: Iterable[Rule], login: str) -> Ownership:
    """Whether `login` owns every file: a rule for everything names them, and no other leaves them out."""
    listed = tuple(rules)
    whole = any(rule.everything and not rule.refused for rule in listed)
    each = [_ownership(rule.owners, login) for rule in listed]
    unresolved = tuple(dict.fromkeys(owner for one in each for owner in one.unresolved))
    return Ownership(owned=whole and all(one.owned for one in each), unresolved=unresolved)


def _ownership(owners: Iterable[str], login: str) -> Ownership:
    wanted = f"@{login}".lower()
    named = tuple(dict.fromkeys(owners))
    owned = any(_LOGIN.fullmatch(owner) and owner.lower() == wanted for owner in named)
    return Ownership(owned=owned, unresolved=tuple(owner for owner in named if not _LOGIN.fullmatch(owner)))


def _rules(lines: Iterable[str], syntax: Syntax) -> Iterator[Rule]:
    section, standing = "", ()
    for line in lines:
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if syntax == "gitlab" and (found := _SECTION.fullmatch(text)):
            section, standing = found["name"].strip().lower(), tuple(found["owners"].split())
            continue
        words = _WORD.findall(text.split(" #")[0])
        if not words:  # nothing but a backslash
            continue
        pattern, *owners = words
        if rule := _rule(pattern, tuple(owners) or standing, section, syntax):
            yield rule


def _rule(pattern: str, owners: tuple[str, ...], section: str, syntax: Syntax) -> Rule | None:
    if len(pattern) > MAX_PATTERN:
        return None
    if syntax == "gitea":
        refused, expression = pattern.startswith("!"), pattern.removeprefix("!")
        everything = expression in {".*", "^.*$", ".+"}
        return Rule(pattern=f"^(?:{expression})$", owners=owners, everything=everything, refused=refused)
    refused = pattern.startswith("!")
    if refused and syntax == "github":  # it has no such thing, and reads no such line
        return None
    named = pattern.removeprefix("!")
    everything = not refused and named in {"*", "/**", "**", "/**/*", "**/*", "/"}
    expression = _expression(named, everywhere=syntax == "gitlab")
    return Rule(pattern=expression, owners=owners, section=section, everything=everything, refused=refused)


def _matches(rule: Rule, path: str) -> bool:
    try:
        return re2.compile(rule.pattern, _RE2).match(path) is not None
    except re2.error:
        return rule.refused  # what cannot be read makes nobody an owner


def _expression(pattern: str, *, everywhere: bool) -> str:
    r"""A pattern of `.gitignore`'s kind as an expression: `*` stays in its folder, `**` does not, `\` makes plain.

    `everywhere`: only a slash at the start ties it to the top (GitLab); else one inside does so too (gitignore).
    """
    plain = re.sub(r"\\(.)", r"\1", pattern)
    anchored = plain.startswith("/") or (not everywhere and "/" in plain.rstrip("/"))
    body = plain.strip("/") if plain != "/" else "**"
    parts = re.split(r"(\*\*/|/\*\*$|\*\*|\*|\?)", body)
    words = {"**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    inner = "".join(words.get(part) or re2.escape(part) for part in parts if part)
    return f"^{'' if anchored else '(?:.*/)?'}{inner}{_end(plain)}"


def _end(plain: str) -> str:
    """A folder owns what is in it; `docs/*` only what lies right there."""
    if plain.endswith("/") and plain != "/":
        return "/.*$"
    return "$" if plain.endswith("/*") else "(?:/.*)?$"
