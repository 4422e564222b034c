"""What the team decided not to be told again: it is shown, and the gate does not count it."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

import msgspec
from msgspec.structs import replace

from coderev.diff import Change
from coderev.finding import Finding
from coderev.review.material import Tree, try_to_parse
from coderev.review.settle import order
from coderev.syntax import language_of


class Dismissed(msgspec.Struct, frozen=True, kw_only=True):
    """A decision about findings. `place`: this one, while its unit is what it was; else the rule in a file, or in all.

    `unit` is what `unit_digests` said when it was decided.
    """

    scope: Literal["place", "file", "repository"]
    fingerprint: str
    unit: str
    rule: str
    path: str

    def covers(self, finding: Finding, unit: str) -> bool:
        """Whether the decision is about this finding, whose unit has this digest."""
        match self.scope:
            case "place":
                return self.fingerprint == finding.fingerprint and self.unit == unit != ""
            case "file":
                return self.rule == finding.rule and self.path == finding.path
            case "repository":
                return self.rule == finding.rule


def dismiss(
    findings: Sequence[Finding], dismissed: Sequence[Dismissed], digests: Callable[[Sequence[Finding]], Sequence[str]]
) -> tuple[Finding, ...]:
    """The findings in their order, the new ones that a decision covers dismissed. `digests` is asked where some may be.

    Copies of one code have one fingerprint, and so has other code that only bears its name: each is judged for itself.
    """
    about = {each.fingerprint for each in dismissed if each.scope == "place"}
    rules = {each.rule for each in dismissed if each.scope != "place"}
    asked = [
        at
        for at, each in enumerate(findings)
        if each.status == "new" and (each.fingerprint in about or each.rule in rules)
    ]
    units = digests([findings[at] for at in asked]) if asked else ()
    covered = {
        at for at, unit in zip(asked, units, strict=True) if any(each.covers(findings[at], unit) for each in dismissed)
    }
    judged = (replace(each, status="dismissed") if at in covered else each for at, each in enumerate(findings))
    return tuple(sorted(judged, key=order))


def unit_digests(findings: Sequence[Finding], change: Change, tree: Tree | None) -> tuple[str, ...]:
    """For each finding a SHA-256 (hexadecimal) of the unit at head that it begins in; empty where it cannot be read.

    Comments, layout and what stands around the unit do not count; any other token of it does.
    """
    texts = _texts({finding.path for finding in findings}, change, tree)
    units = {path: _Units(path, text) for path, text in texts.items()}
    return tuple(units[each.path].digest(each.start_line) if each.path in units else "" for each in findings)


class _Units:
    """The units of one file, digested once each."""

    def __init__(self, path: str, text: bytes) -> None:
        self._parsed = try_to_parse(text, language_of(path, text))
        self._whole = hashlib.sha256(text).hexdigest()
        self._known: dict[tuple[str, int, int], str] = {}

    def digest(self, line: int) -> str:
        if self._parsed is None:  # in an unknown language the file is the unit
            return self._whole
        unit = self._parsed.unit_at(line)
        named = (unit.name, unit.start_line, unit.end_line)
        if named not in self._known:
            key = self._parsed.key(unit.start_line, unit.end_line)
            self._known[named] = hashlib.sha256(f"{unit.name}\0{key}".encode()).hexdigest()
        return self._known[named]


def _texts(paths: set[str], change: Change, tree: Tree | None) -> Mapping[str, bytes]:
    """The files at head, those too that did not change: a flow may end there."""
    if tree is None or not paths:
        return {}
    oids = {file.path: file.head.oid for file in change.files if file.head and file.path in paths}
    if paths - oids.keys():
        oids |= _listed(tree.listing(change.head), paths - oids.keys())
    contents = tree.read(oids.values())
    return {path: contents[oid] for path, oid in oids.items() if oid in contents}


def _listed(listing: Iterable[tuple[str, str, int]], paths: set[str]) -> dict[str, str]:
    return {path: oid for path, oid, _ in listing if path in paths}
