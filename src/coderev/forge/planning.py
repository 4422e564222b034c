"""What to do about our comments at lines: decided from the result, from what stands there, and from what was recorded.

Pure: `publishing` acts on the plan. The rules, in order:

1. A finding that is new and has an open comment keeps it; other words are an edit, the same words are nothing.
2. A new finding without one gets one, worst first, while fewer than MOST_INLINE are open, at its last line that the
   diff has. What finds no place is told in the summary.
3. A comment that a person removed or resolved is not said again. One that we resolved is said anew when the finding
   comes back, for no host promises to open a thread again.
4. A finding that is gone has its comment resolved, when what looked for it has looked again. What was not looked at
   is not fixed: then its comment stays.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from coderev.diff import Change, FileChange, path_bytes, touched_lines
from coderev.finding import Finding, Fix, Result
from coderev.forge.markers import Marks, digest_of
from coderev.forge.values import Comment, Note
from coderev.forge.wording import Occasion, Untold, inline, worst_first
from coderev.report import facts, visible
from coderev.store import records

MOST_INLINE = 10  # comments of ours at lines that are open at a time
CONTEXT = 2  # unchanged lines on each side of a touched one that a comment may stand at; hosts show three
_ABOUT_DIGITS = 8
_COMMAND = re.compile(r"^/\w", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What is to be said about a merge request. `change` is what was reviewed; `sarif` is None where none goes up."""

    result: Result
    change: Change
    occasion: Occasion
    sarif: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """A comment of ours as it stands at the forge. `digest` is of the words that we sent, empty where unknown."""

    id: str
    digest: str
    about: str
    resolved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Other words for a comment that stands, and what is recorded then."""

    body: str
    publication: records.Publication


@dataclass(slots=True, kw_only=True)
class Plan:
    """Comments to post, to edit, to resolve; what stands already and is only recorded; and what the summary tells.

    A resolution is recorded first and then done, so that a comment which we resolved is never taken for one that a
    person did.
    """

    post: list[Note] = field(default_factory=list)
    edit: list[Edit] = field(default_factory=list)
    resolve: list[records.Publication] = field(default_factory=list)
    note: list[records.Publication] = field(default_factory=list)
    untold: list[tuple[Finding, Untold]] = field(default_factory=list)


Standing = Mapping[tuple[str, str], tuple[Stood, ...]]  # our comments by kind and key, oldest first
_AtLines = Mapping[str, tuple[Stood, ...]]  # those at lines, by fingerprint


def recognise(comments: Sequence[Comment], known: Sequence[records.Publication], marks: Marks) -> Standing:
    """Our comments among all.

    Ours is what our account wrote with a genuine marker; and, since keys are exchanged, what it wrote and we recorded.
    """
    recorded = {each.forge_id: each for each in known if each.kind in {"summary", "inline", "answer"}}
    found: dict[tuple[str, str], tuple[Stood, ...]] = {}
    for comment in comments:
        marker, told = marks.read(comment), recorded.get(comment.id)
        name: tuple[str, str]
        if marker is not None:
            name, digest, about = (marker.kind, marker.key), marker.digest, marker.about
        elif told is not None and comment.ours:
            name, digest, about = (told.kind, told.key), "", "-"
        else:
            continue
        stood = Stood(id=comment.id, digest=digest, about=about, resolved=comment.resolved)
        found[name] = (*found.get(name, ()), stood)
    return found


def plan(telling: Telling, standing: Standing, known: Sequence[records.Publication], marks: Marks) -> Plan:
    """What to do about the comments at lines."""
    made = Plan()
    at_lines = {key: stood for (kind, key), stood in standing.items() if kind == "inline"}
    recorded = {each.key: each for each in known if each.kind == "inline"}
    new = worst_first(facts.of_status(telling.result, "new"))
    spots = spots_of(telling.change)
    room = MOST_INLINE - sum(bool(_opened(at_lines, finding.fingerprint)) for finding in new)
    for finding in new:
        key = finding.fingerprint
        if opened := _opened(at_lines, key):
            _keep(made, _Words.of(finding, telling, marks), opened, recorded.get(key))
        elif why := _silent(at_lines.get(key, ()), recorded.get(key)):
            made.untold.append((finding, why))
        elif (spot := spot_of(finding, spots)) is None or len(made.post) >= room:
            made.untold.append((finding, "many" if spot else "line"))
        else:
            made.post.append(_note(finding, spot, telling, marks))
    _close(made, telling.result, at_lines, recorded, {finding.fingerprint for finding in new})
    return made


def _opened(at_lines: _AtLines, key: str) -> list[Stood]:
    return [stood for stood in at_lines.get(key, ()) if not stood.resolved]


def _silent(stood: tuple[Stood, ...], told: records.Publication | None) -> Untold | None:
    """Why a person does not want to see a finding at its line again (rule 3)."""
    if told is not None and told.state == "resolved":
        return None
    if stood:
        return "settled"
    return "removed" if told is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """What a comment at a line says: `plain` shows the fix, `short` leaves it to the host's own form."""

    finding: Finding
    plain: str
    short: str
    marks: Marks

    @classmethod
    def of(cls, finding: Finding, telling: Telling, marks: Marks) -> "_Words":
        gate, name = telling.result.gate, telling.occasion.name
        plain, short = (inline(finding, gate, name, suggested=suggested) for suggested in (False, True))
        return cls(finding=finding, plain=plain, short=short, marks=marks)

    def body(self, words: str) -> str:
        about = about_of(self.finding)
        return self.marks.marked("inline", self.finding.fingerprint, words, about=about)


def _keep(made: Plan, words: _Words, opened: Sequence[Stood], told: records.Publication | None) -> None:
    """Rule 1; a second comment on the same finding, if there ever is one, is resolved."""
    first, *others = opened
    key = words.finding.fingerprint
    digest = digest_of(words.plain)
    made.resolve += [_resolved(key, each) for each in others]
    if first.digest not in {digest, digest_of(words.short)}:
        now = records.Publication(kind="inline", key=key, forge_id=first.id, digest=digest)
        made.edit.append(Edit(body=words.body(words.plain), publication=now))
        return
    now = records.Publication(kind="inline", key=key, forge_id=first.id, digest=first.digest)
    if now != told or others:
        made.note.append(now)


def _note(finding: Finding, spot: "Spot", telling: Telling, marks: Marks) -> Note:
    """A comment to post (rule 2), with the fix in the host's own form where it is safe and its lines are there."""
    words = _Words.of(finding, telling, marks)
    fix = suggestion(finding, spot)
    return Note(
        key=finding.fingerprint,
        path=spot.path,
        old_path=spot.old_path,
        line=fix.end_line if fix else spot.line,
        start_line=fix.start_line if fix else spot.start_line,
        body=words.body(words.short if fix else words.plain),
        fix=fix,
    )


def _close(
    made: Plan, result: Result, at_lines: _AtLines, recorded: Mapping[str, records.Publication], new: set[str]
) -> None:
    """Rule 4."""
    named = {finding.fingerprint for finding in result.findings} - new
    for key, stood in at_lines.items():
        if key in new or not (key in named or looked_again(stood[-1].about, result)):
            continue
        opened = [_resolved(key, each) for each in stood if not each.resolved]
        now = _resolved(key, stood[-1])
        made.resolve += opened
        if not opened and recorded.get(key) != now:
            made.note.append(now)


def _resolved(key: str, stood: Stood) -> records.Publication:
    return records.Publication(kind="inline", key=key, forge_id=stood.id, digest=stood.digest, state="resolved")


def about_of(finding: Finding) -> str:
    """Who found it and in which file, for a marker: `a-1b2c3d4e-5f607182`."""
    return "-".join((finding.source.kind[0], _short(finding.source.name), _short(finding.path)))


def looked_again(about: str, result: Result) -> bool:
    """Whether a finding that is not in a result is gone: its finder ran, and its file was read or is as it was."""
    kind, _, rest = about.partition("-")
    finder, _, path = rest.partition("-")
    coverage = result.coverage
    whole = not facts.failures(coverage)
    if kind != "a":
        return whole and coverage.models.status == "answered"
    ran = any(each.status == "ran" and _short(each.name) == finder for each in coverage.analysers)
    seen = {each.status for each in coverage.files if _short(each.path) == path}
    if whole:
        return ran and seen <= {"reviewed"}
    failed = {_short(gap.path) for gap in facts.failures(coverage) if gap.path is not None}
    return ran and seen == {"reviewed"} and path not in failed


def _short(text: str) -> str:
    return hashlib.sha256(text.encode(errors="backslashreplace")).hexdigest()[:_ABOUT_DIGITS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What of a file a diff shows at head: the lines that were touched, and those with some context, in order."""

    path: str
    old_path: str
    touched: tuple[range, ...]
    around: tuple[range, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a comment can stand: within one run of the diff's lines."""

    path: str
    old_path: str
    start_line: int
    line: int
    run: range


def spots_of(change: Change) -> dict[str, Shown]:
    """What a diff shows, by path; a file whose name a forge cannot be told is left out."""
    return {file.path: shown for file in change.files if (shown := _shown(file))}


def _shown(file: FileChange) -> Shown | None:
    touched = touched_lines(file)
    try:
        path, old_path = (path_bytes(name).decode() for name in (file.path, file.old_path or file.path))
    except UnicodeDecodeError:
        return None
    return Shown(path=path, old_path=old_path, touched=touched, around=_widened(touched)) if touched else None


def _widened(runs: Sequence[range]) -> tuple[range, ...]:
    wide: list[range] = []
    for run in runs:
        here = range(max(run.start - CONTEXT, 1), run.stop + CONTEXT)
        if wide and here.start <= wide[-1].stop:
            here = range(wide.pop().start, here.stop)
        wide.append(here)
    return tuple(wide)


def spot_of(finding: Finding, spots: Mapping[str, Shown]) -> Spot | None:
    """The last line of a finding that the diff touches, or else shows; None where it shows none of it."""
    shown = spots.get(finding.path)
    if shown is None:
        return None
    for run in chain(reversed(shown.touched), reversed(shown.around)):
        start, line = max(run.start, finding.start_line), min(run.stop - 1, finding.end_line)
        if start <= line:
            return Spot(path=shown.path, old_path=shown.old_path, start_line=start, line=line, run=run)
    return None


def suggestion(finding: Finding, spot: Spot) -> Fix | None:
    """The fix, if one click may apply it: safe, within the lines of the diff, and such that every host shows it whole.

    A character that nobody sees, a blank text, and a line that GitLab would take for a command are not shown whole.
    """
    fix = finding.fix
    if fix is None or not fix.safe or visible(fix.replacement, keep="\n\t") != fix.replacement:
        return None
    if _COMMAND.search(fix.replacement) or (fix.replacement and not fix.replacement.strip()):
        return None
    return fix if spot.run.start <= fix.start_line <= fix.end_line < spot.run.stop else None
