"""What one walk from the top found: flows that are complete, and sinks that wait for what a caller gives."""

from typing import TYPE_CHECKING

import msgspec

from coderev.analysis.taint.value import Label, Mark, Taint

if TYPE_CHECKING:
    from coderev.analysis.taint.run import Run

MAX_HITS = 200  # of one function


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
        self.hits: list[Hit] = []
        self._seen: set[tuple[object, ...]] = set()

    def strike(self, run: "Run", taint: Taint, hit: Hit) -> None:
        """Taint reaches a sink: a source is a flow, a parameter is for the callers to judge."""
        for label, mark in taint.items():
            if not mark.mask & hit.mask:
                continue
            if label.kind == "parameter":
                name = (label, hit.mask, hit.sink.rule, hit.sink.path, hit.sink.start)
                if name in self._seen:
                    continue
                if len(self.hits) >= MAX_HITS:
                    run.project.cap(run.file.path, f"one function leads to over {MAX_HITS} sinks: others are left out")
                else:
                    self._seen.add(name)
                    self.hits.append(Hit(label, mark, hit.mask, hit.kinds, hit.sink))
            elif label.kind in hit.kinds:
                run.project.report(hit.sink, label, mark)

    def sink(self, run: "Run", taint: Taint, mask: int, kinds: tuple[str, ...], sink: Sink) -> None:
        """Taint reaches a sink right here."""
        if taint:
            self.strike(run, taint, Hit(Label("none"), Mark(mask), mask, kinds, sink))
