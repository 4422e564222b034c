"""What walks find, as pure values: each walk by itself, then all of them put together, in whatever order."""

from collections.abc import Callable

import msgspec

from coderev.analysis.taint.flow import Flow, FlowStep
from coderev.analysis.taint.pack import RuleRow
from coderev.analysis.taint.root import Sink
from coderev.analysis.taint.value import Label, Mark, steps
from coderev.finding import Confidence

MOST_STEPS = 24  # of one flow
Step = tuple[str, int, int, str]  # path, first byte, last byte (exclusive), note
Harmless = tuple[str, str, int]  # rule, path, first byte
Rules = Callable[[str, str], RuleRow]  # by the path of a file and an id


class Discovery(msgspec.Struct, frozen=True, array_like=True):
    """A sink that a source reaches by some steps, the first and the last of `count`; without a source, a wrong call."""

    sink: Sink
    kind: str = ""
    place: tuple[str, str, int] = ("", "", 0)
    sure: bool = True
    count: int = 0
    steps: tuple[Step, ...] = ()

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two of them one."""
        return self.sink.rule, self.sink.path, self.sink.start, self.kind, self.place

    @property
    def rank(self) -> tuple[object, ...]:
        """Of several with one key the least is told: the surest, then the shortest."""
        sink = self.sink
        return not self.sure, not sink.sure, self.count, self.steps, sink.end, sink.note


class Part(msgspec.Struct, frozen=True, array_like=True):
    """What one walk found, which calls of those were made harmless, and by path what was cut short."""

    found: tuple[Discovery, ...] = ()
    harmless: tuple[Harmless, ...] = ()
    caps: dict[str, str] = {}


class Finds:
    """What the walk that is under way finds."""

    def __init__(self) -> None:
        self._found: dict[tuple[object, ...], tuple[Sink, Label | None, Mark | None]] = {}
        self.harmless: set[Harmless] = set()
        self.caps: dict[str, str] = {}

    def report(self, sink: Sink, label: Label, mark: Mark) -> None:
        """A source reaches a sink. Of several ways the surest, then the first, is kept."""
        key = (sink.rule, sink.path, sink.start, label.place, label.kind)
        before = self._found.get(key)
        if before is None or (mark.sure and before[2] is not None and not before[2].sure):
            self._found[key] = (sink, label, mark)

    def misconfigured(self, sink: Sink) -> None:
        """Something, told by its name, is wrong by itself."""
        self._found.setdefault((sink.rule, sink.path, sink.start), (sink, None, None))

    def part(self) -> Part | None:
        """All of it; None where that is nothing."""
        if not (self._found or self.harmless or self.caps):
            return None
        found = tuple(_discovery(*each) for each in self._found.values())
        return Part(found, tuple(sorted(self.harmless)), dict(sorted(self.caps.items())))


def _discovery(sink: Sink, label: Label | None, mark: Mark | None) -> Discovery:
    if label is None or mark is None:
        return Discovery(sink)
    path = [(each.path, each.start, each.end, each.note) for each in steps(mark.trace)]
    told = path if len(path) <= MOST_STEPS else [*path[: MOST_STEPS // 2], *path[-MOST_STEPS // 2 :]]
    return Discovery(sink, label.kind, label.place, mark.sure, len(path), tuple(told))


class Together:
    """What all walks found, whatever came first."""

    def __init__(self) -> None:
        self._best: dict[tuple[object, ...], Discovery] = {}
        self._harmless: set[Harmless] = set()
        self._caps: dict[str, str] = {}

    def add(self, part: Part) -> None:
        """Put what a walk found to the rest; again, it changes nothing."""
        for each in part.found:
            before = self._best.get(each.key)
            if before is None or each.rank < before.rank:
                self._best[each.key] = each
        self._harmless.update(part.harmless)
        for path, reason in part.caps.items():
            self._caps[path] = min(reason, self._caps.get(path, reason))

    @property
    def caps(self) -> dict[str, str]:
        """By path, what was cut short."""
        return dict(sorted(self._caps.items()))

    def flows(self, only: frozenset[str] | None, rules: Rules) -> tuple[Flow, ...]:
        """Each as a flow, by its place; `only` in some files."""
        found = (
            each
            for each in self._best.values()
            if (only is None or each.sink.path in only)
            and (each.sink.rule, each.sink.path, each.sink.start) not in self._harmless
        )
        order = sorted(
            found, key=lambda each: (*each.key[1:3], each.sink.end, each.sink.rule, each.place[1], *each.key)
        )
        return tuple(_flow(each, rules(each.sink.path, each.sink.rule)) for each in order)


def _flow(found: Discovery, rule: RuleRow) -> Flow:
    sink = found.sink
    if not found.steps:
        message = rule.message.format_map(_Named(source="a value", sink=sink.note or "this"))
        return Flow(
            rule=rule, path=sink.path, start=sink.start, end=sink.end, confidence=rule.confidence, message=message
        )
    path = [FlowStep(path=path, start=start, end=end, note=note) for path, start, end, note in found.steps]
    path.append(FlowStep(path=sink.path, start=sink.start, end=sink.end, note=f"reaches this: {rule.title}"))
    confidence: Confidence = "high" if found.sure and sink.sure else "medium"
    return Flow(
        rule=rule,
        path=sink.path,
        start=sink.start,
        end=sink.end,
        confidence=confidence,
        message=rule.message.format_map(_Named(source=_source(path[0].note), sink=sink.note or "this")),
        steps=tuple(path),
        source=f"{found.place[1]}\0{found.kind}",
    )


def _source(note: str) -> str:
    """The first step as the subject of a sentence."""
    what, _, kind = note.removeprefix("comes from ").partition(" is ")
    return f"{what}, {kind}," if kind else what


class _Named(dict[str, str]):
    """What a message may name; a site's own pack may write other braces."""

    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"
