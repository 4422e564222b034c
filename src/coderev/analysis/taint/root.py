"""What one walk from the top found: flows that are complete, and sinks that wait for what a caller gives."""

from typing import TYPE_CHECKING

import msgspec

from coderev.analysis.taint.value import Label, Mark, Taint

if TYPE_CHECKING:
    from coderev.analysis.taint.run import Run

MAX_HITS = 400  # sinks that the parameters of one function reach, before those of a parameter and a rule are one
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
        self._others: dict[tuple[str, int, str], Hit] = {}  # of more than MAX_HITS, by parameter and rule

    @property
    def hits(self) -> list[Hit]:
        """The sinks that parameters reach, in the order in which they were found."""
        return [*(hit for ways in self._hits.values() for hit in ways.values()), *self._others.values()]

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
                run.project.cap(run.file.path, f"one function leads to over {MAX_HITS} sinks: others are told as one")
                self._wait_together(label, mark, hit)
                return
            ways = self._hits[name] = {}
        if len(ways) >= MAX_WAYS and label not in ways:
            first = next(iter(ways.values()))
            mark = _either([mark, *(way.mark for way in ways.values())], first.mark)
            ways.clear()
            label = _whole(label)
        ways.setdefault(label, Hit(label, mark, hit.mask, hit.kinds, hit.sink))

    def _wait_together(self, label: Label, mark: Mark, hit: Hit) -> None:
        """Of too many sinks one stands for all that break a rule: the first, which all of a parameter may reach."""
        label = _whole(label)
        name = (label.function, label.index, hit.sink.rule)
        before = self._others.get(name)
        mark = msgspec.structs.replace(mark, sure=False)
        if before is None:
            self._others[name] = Hit(label, mark, hit.mask, hit.kinds, msgspec.structs.replace(hit.sink, sure=False))
            return
        kinds = tuple(dict.fromkeys((*before.kinds, *hit.kinds)))
        mark = _either([before.mark, mark], before.mark)
        self._others[name] = Hit(label, mark, before.mask | hit.mask, kinds, before.sink)

    def sink(self, run: "Run", taint: Taint, mask: int, kinds: tuple[str, ...], sink: Sink) -> None:
        """Taint reaches a sink right here."""
        if taint:
            self.strike(run, taint, Hit(Label("none"), Mark(mask), mask, kinds, sink))


def _whole(label: Label) -> Label:
    """All of a parameter."""
    return Label("parameter", function=label.function, index=label.index)


def _either(marks: list[Mark], told: Mark) -> Mark:
    """As dangerous as any of them, by the steps of one."""
    mask = sets = 0
    for mark in marks:
        mask, sets = mask | mark.mask, sets | mark.sets
    return Mark(mask, sets, told.sure, told.trace)
