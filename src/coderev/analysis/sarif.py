"""Import of SARIF 2.1.0: what the site's own tools found, as sightings of ours.

The document is hostile. From it we take which rule, how bad, which lines of which file, and a text. Its fingerprints,
suppressions, baselines, links, fixes, columns and snippets are not read: evidence comes from git. What cannot be placed
is dropped and counted. Where a key stands twice in an object, the last holds.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

import msgspec

from coderev.analysis.rule import Rule
from coderev.analysis.sarif_document import Artifact, Descriptor, Region, Result, Run, Text, read_sarif
from coderev.analysis.sighting import Sighting
from coderev.finding import Confidence, Severity

MAX_LINES = 200  # of one finding; a longer region is cut
MAX_LINE = 2**31 - 1
MAX_TITLE = 200  # characters
MAX_MESSAGE = 2_000  # characters
MAX_NAME = 100  # characters of a tool's or a rule's name
MAX_BASES = 8  # a base of a base of a base …

# Why a result is dropped.
MALFORMED = "malformed"
NO_PROBLEM = "that say there is no problem"
NO_PLACE = "without a place"
IMPOSSIBLE = "with an impossible region"
ABSOLUTE = "with an absolute path"
NO_PATH = "with a path that is none"
OUTSIDE = "with a path out of the tree"
UNCHANGED = "in files that did not change"
NO_LINE = "on lines that the file does not have"

_LEVELS: dict[str, Severity] = {"error": "high", "warning": "medium", "note": "low", "none": "info"}
_SCORES: tuple[tuple[float, Severity], ...] = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.0, "low"))
_PRECISIONS: dict[object, Confidence] = {"very-high": "high", "high": "high", "low": "low"}
_HARMLESS = frozenset({"pass", "notApplicable"})

_LINK = re.compile(r"\[([^\[\]]*)\]\([^()\s]*\)")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CWE = re.compile(r"(?:^|[/:])cwe-0*([1-9][0-9]{0,4})(?![0-9])", re.IGNORECASE)


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What one tool found, by path in the tree, in the order of lines; and how many results were dropped, by reason."""

    name: str  # "sarif:TOOL"
    version: str
    sightings: dict[str, tuple[Sighting, ...]]
    dropped: dict[str, int]

    @property
    def reason(self) -> str | None:
        """For coverage: what was dropped and why, or None."""
        if not self.dropped:
            return None
        counts = ", ".join(f"{count} {reason}" for reason, count in sorted(self.dropped.items()))
        return f"dropped {sum(self.dropped.values())} results: {counts}"


class _Dropped(Exception):
    """A result that cannot be placed."""


def import_sarif(document: bytes) -> tuple[Imported, ...]:
    """What each tool of a document found, by the tool's name. Raises UnreadableSarif."""
    found: dict[tuple[str, str], dict[str, set[Sighting]]] = {}
    dropped: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for run in read_sarif(document):
        driver = run.tool.driver
        tool = (_name(driver.name.replace("/", "-")) or "unknown", _name(driver.semantic_version or driver.version))
        by_path = found.setdefault(tool, defaultdict(set))
        for raw in run.results or ():
            try:
                path, sighting = _sighting(_decode(raw), run, tool[0])
                by_path[path].add(sighting)
            except _Dropped as reason:
                dropped[tool][str(reason)] += 1
    return tuple(
        Imported(
            name=f"sarif:{name}",
            version=version,
            sightings={
                path: tuple(sorted(found[name, version][path], key=_order)) for path in sorted(found[name, version])
            },
            dropped=dict(dropped[name, version]),
        )
        for name, version in sorted(found)
    )


def fitting(imported: Imported, lines: Mapping[str, int]) -> Imported:
    """What stands in the files under review, whose numbers of lines are given; the rest is counted as dropped."""
    kept: dict[str, tuple[Sighting, ...]] = {}
    dropped = Counter(imported.dropped)
    for path, sightings in imported.sightings.items():
        if path not in lines:
            dropped[UNCHANGED] += len(sightings)
            continue
        inside = tuple(sighting for sighting in sightings if sighting.end_line <= lines[path])
        dropped[NO_LINE] += len(sightings) - len(inside)
        kept[path] = inside
    return msgspec.structs.replace(imported, sightings=kept, dropped=dict(+dropped))


def _decode(raw: msgspec.Raw) -> Result:
    try:
        return msgspec.json.decode(raw, type=Result)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _Dropped(MALFORMED) from error


def _sighting(result: Result, run: Run, tool: str) -> tuple[str, Sighting]:
    if result.kind in _HARMLESS or result.baseline_state == "absent":
        raise _Dropped(NO_PROBLEM)
    if not result.locations:
        raise _Dropped(NO_PLACE)
    place = result.locations[0].physical_location
    path = _path(place.artifact_location, run)
    start, end = _lines(place.region)
    descriptor = _descriptor(result, run)
    return path, Sighting(
        rule=_rule(result, descriptor, tool),
        start_line=start,
        end_line=end,
        message=_message(result.message, descriptor),
    )


def _lines(region: Region | None) -> tuple[int, int]:
    """The first and last line; a finding about the whole file stands on its first."""
    if region is None:
        return 1, 1
    start, end = region.start_line, region.end_line or region.start_line
    if not 1 <= start <= end <= MAX_LINE:
        raise _Dropped(IMPOSSIBLE)
    return start, min(end, start + MAX_LINES - 1)


def _path(location: Artifact, run: Run) -> str:
    """The path in the tree. Whatever a base is called, it is the root, or a folder below it."""
    if not location.uri and 0 <= location.index < len(run.artifacts):
        location = run.artifacts[location.index].location
    parts = [location.uri]
    for _ in range(MAX_BASES):
        location = run.original_uri_base_ids.get(location.uri_base_id) or Artifact()
        if not location.uri or _SCHEME.match(location.uri):
            break
        parts.append(location.uri if location.uri.endswith("/") else location.uri + "/")
    return _inside("".join(reversed(parts)))


def _inside(uri: str) -> str:
    """A relative URI as a path below the root, percent-decoded once."""
    if not uri:
        raise _Dropped(NO_PLACE)
    if _SCHEME.match(uri) or uri.startswith("/"):
        raise _Dropped(ABSOLUTE)
    try:
        path = unquote(uri, errors="strict")
    except UnicodeDecodeError as error:
        raise _Dropped(NO_PATH) from error
    if _BAD_ESCAPE.search(uri) or not path.isprintable() or re.search(r"[\\?#]", uri) or "\\" in path:
        raise _Dropped(NO_PATH)
    segments = [segment for segment in path.split("/") if segment != "."]
    if ".." in segments or path.startswith("/"):
        raise _Dropped(OUTSIDE)
    if "" in segments or not segments:
        raise _Dropped(NO_PATH)
    return "/".join(segments)


def _descriptor(result: Result, run: Run) -> Descriptor:
    """What the tool says about the rule, found by index or by id; where it says nothing, the id alone."""
    name = result.rule_id or result.rule.id
    extension, extensions = result.rule.tool_component.index, run.tool.extensions
    component = extensions[extension] if 0 <= extension < len(extensions) else run.tool.driver
    index = result.rule_index if result.rule_index >= 0 else result.rule.index
    if 0 <= index < len(component.rules):
        return component.rules[index]
    known = (rule for each in (component, *extensions) for rule in each.rules)
    return next((rule for rule in known if rule.id == name), Descriptor(id=name))


def _rule(result: Result, descriptor: Descriptor, tool: str) -> Rule:
    score = _score(result.properties) or _score(descriptor.properties)
    cwe = _cwe(descriptor.properties) or _cwe(result.properties)
    name = _name(result.rule_id or descriptor.id) or "unnamed"
    tags = _tags(descriptor.properties)
    return Rule(
        id=f"sarif:{tool}/{name}",
        title=_plain(descriptor.short_description.text or descriptor.name or name, MAX_TITLE),
        severity=score or _level(result, descriptor),
        confidence=_PRECISIONS.get(descriptor.properties.get("precision"), "medium"),
        category="security" if score or cwe or "security" in tags else "bug",
        cwe=cwe,
    )


def _level(result: Result, descriptor: Descriptor) -> Severity:
    if result.kind == "informational":
        return "info"
    return _LEVELS.get(result.level or descriptor.default_configuration.level, "medium")


def _score(properties: Mapping[str, Any]) -> Severity | None:
    """The severity of a CVSS-like `security-severity` from 0 to 10."""
    try:
        score = float(properties.get("security-severity", "none"))
    except (TypeError, ValueError, OverflowError):
        return None
    return next((severity for least, severity in _SCORES if least <= score <= 10.0), None)  # noqa: PLR2004 - CVSS


def _tags(properties: Mapping[str, Any]) -> Sequence[str]:
    tags = properties.get("tags")
    return [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []


def _cwe(properties: Mapping[str, Any]) -> str | None:
    found = (_CWE.search(tag) for tag in _tags(properties))
    return next((f"CWE-{match[1]}" for match in found if match), None)


def _message(message: Text, descriptor: Descriptor) -> str:
    text = message.text or descriptor.message_strings.get(message.id, message).text
    for number, argument in enumerate(message.arguments[:10]):
        text = text[:MAX_MESSAGE].replace(f"{{{number}}}", argument[:MAX_MESSAGE])
    return _plain(text or descriptor.short_description.text or descriptor.id, MAX_MESSAGE)


def _plain(text: str, most: int) -> str:
    """Bounded text without links."""
    plain = _LINK.sub(r"\1", text[: 2 * most])
    return plain if len(plain) <= most else plain[: most - 1] + "…"


def _name(text: str) -> str:
    """A name that is safe in a rule id: letters, digits and `._/:+-`."""
    return re.sub(r"[^A-Za-z0-9._/:+-]+", "-", text[:MAX_NAME]).strip("-/")


def _order(sighting: Sighting) -> tuple[int, int, str, str, str]:
    return sighting.start_line, sighting.end_line, sighting.rule.id, sighting.message, sighting.rule.severity
