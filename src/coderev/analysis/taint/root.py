"""What one walk from the top found: flows that are complete, and sinks that wait for what a caller gives."""

from typing import TYPE_CHECKING

import msgspec

from coderev.analysis.taint.value import Label, Mark, Taint

if TYPE_CHECKING:
    from coderev.analysis.taint.run import Run

MAX_HITS = 400  # sinks that the parameters of one function reach
MAX_WAYS = 3  # parts of one parameter that reach one sink, before all of it does


class Sink(msgspec.Struct, frozen=True):
    """A place where a rule is broken: the rule, where it stands, and how sure the sink itself is."""

    rule: str
    path: str
    start: int
    end: int
    note: str = ""
    sure: bool = True


class Hit(msgspec.Struct, frozen=True):
    """A sink that a parameter reaches: `mark` says what of it is still dangerous there, `mask` what the sink fears."""

    label: Label
    mark: Mark
    mask: int
    kinds: tuple[str, ...]
    sink: Sink


class Root:
    """Where the walks of one function, and of all that are walked inside it, put what they find."""

    def __init__(self) -> None:
        self.cleared = 0  # contexts that need not fear the request that is served
        self._hits: dict[tuple[object, ...], dict[Label, Hit]] = {}  # by parameter and sink

    @property
    def hits(self) -> list[Hit]:
        """The sinks that parameters reach, in the order in which they were found."""
        return [hit for ways in self._hits.values() for hit in ways.values()]

    def strike(self, run: "Run", taint: Taint, hit: Hit) -> None:
        """Taint reaches a sink: a source is a flow, a parameter is for the callers to judge."""
        for label, mark in taint.items():
            if not mark.mask & hit.mask:
                continue
            if label.kind == "parameter":
                self._wait(run, label, mark, hit)
            elif label.kind in hit.kinds and (label.kind != "request" or mark.mask & hit.mask & ~self.cleared):
                run.project.report(hit.sink, label, mark)

    def _wait(self, run: "Run", label: Label, mark: Mark, hit: Hit) -> None:
        """Of a parameter that reaches one sink by many of its parts, all of it does: more is handed on, not less."""
        name = (label.function, label.index, hit.mask, hit.sink.rule, hit.sink.path, hit.sink.start)
        ways = self._hits.get(name)
        if ways is None:
            if len(self._hits) >= MAX_HITS:
                run.project.cap(run.file.path, f"one function leads to over {MAX_HITS} sinks: others are left out")
                return
            ways = self._hits[name] = {}
        if len(ways) >= MAX_WAYS and label not in ways:
            whole = Label("parameter", function=label.function, index=label.index)
            first = next(iter(ways.values()))
            mask, sets = mark.mask, mark.sets
            for way in ways.values():
                mask, sets = mask | way.mark.mask, sets | way.mark.sets
            ways.clear()
            label, mark = whole, Mark(mask, sets, first.mark.sure, first.mark.trace)
        ways.setdefault(label, Hit(label, mark, hit.mask, hit.kinds, hit.sink))

    def sink(self, run: "Run", taint: Taint, mask: int, kinds: tuple[str, ...], sink: Sink) -> None:
        """Taint reaches a sink right here."""
        if taint:
            self.strike(run, taint, Hit(Label("none"), Mark(mask), mask, kinds, sink))
