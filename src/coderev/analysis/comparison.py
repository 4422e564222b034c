"""What was traced on both sides of a change: what ends in each changed file, and what else the change opened."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from coderev.analysis.all_analysers import TAINT
from coderev.analysis.examine import Ends, Examined, unit_names
from coderev.analysis.examine import Side as ExaminedSide
from coderev.analysis.gathering import one_for_each_origin
from coderev.analysis.opening import Touched
from coderev.analysis.places import Marks, Place, Seen, places
from coderev.analysis.sighting import Sighting
from coderev.analysis.steps import Pages, sighting
from coderev.analysis.taint.flow import Flow
from coderev.analysis.trees import BothSides
from coderev.diff import Change, FileChange, Side

_PLAIN = 0o100644


class Comparison:
    """The flows of both sides. Without a base, because everything counts as added, nothing is opened elsewhere."""

    def __init__(
        self,
        change: Change,
        changed: Collection[FileChange],
        sides: BothSides,
        head: Iterable[Flow],
        base: Iterable[Flow] | None,
        version: str,
    ) -> None:
        self._change, self._sides, self._version = change, sides, version
        self._touched = None if base is None else Touched(change)
        self._pages = {"base": Pages(sides.base), "head": Pages(sides.head)}
        self._flows = {"base": _by_path(base or ()), "head": _by_path(head)}
        paths = {file.path for file in changed}
        numbered = [(number, file) for number, file in enumerate(change.files) if file.path in paths]
        self._numbers = {
            "base": {number: file.old_path or file.path for number, file in numbered if file.base},
            "head": {number: file.path for number, file in numbered if file.head},
        }

    @property
    def ends(self) -> dict[int, Ends]:
        """What ends in each changed file, by its number in the change."""
        seen = {
            side: {
                number: self._seen(side, self._flows[side][path])
                for number, path in self._numbers[side].items()
                if path in self._flows[side]
            }
            for side in ("base", "head")
        }
        numbers = sorted(seen["base"].keys() | seen["head"].keys())
        return {each: Ends(base=seen["base"].get(each, ()), head=seen["head"].get(each, ())) for each in numbers}

    @property
    def opened(self) -> tuple[str, ...]:
        """The unchanged files in which a flow ends that was not there before, or that runs through the change."""
        if self._touched is None:
            return ()
        known = {file.path for file in self._change.files}
        return tuple(path for path in sorted(self._flows["head"]) if path not in known and self._is_opened(path))

    def unchanged(self, path: str) -> FileChange:
        """An unchanged file as a part of the change: both sides of it are the same."""
        side = Side(oid="", mode=_PLAIN)
        return FileChange(path=path, kind="modified", base=side, head=side)

    def examined(self, path: str, number: int) -> Examined:
        """An unchanged file in which flows end, with its number."""
        head = ExaminedSide(places=self._places("head", path))
        base = ExaminedSide(places=self._places("base", path))
        return Examined(number=number, base=base, head=head, base_units=unit_names(self._pages["base"].file(path)))

    def _is_opened(self, path: str) -> bool:
        before = set(map(_place, self._flows["base"].get(path, ())))
        return any(_place(flow) not in before or self._is_touched(flow) for flow in self._flows["head"][path])

    def _is_touched(self, flow: Flow) -> bool:
        touched, pages = self._touched, self._pages["head"]
        return touched is not None and any(
            touched.touches(pages.span(step.path, step.start, step.end))
            for step in flow.steps
            if step.path in touched.paths
        )

    def _places(self, side: str, path: str) -> tuple[Place, ...]:
        pages = self._pages[side]
        seen = self._seen(side, self._flows[side].get(path, ()))
        return one_for_each_origin(places(pages.file(path), seen, Marks(hidden=pages.hidden(path))))

    def _seen(self, side: str, flows: Sequence[Flow]) -> tuple[Seen, ...]:
        return tuple(Seen(analyser=TAINT, version=self._version, sighting=self._sighting(side, flow)) for flow in flows)

    def _sighting(self, side: str, flow: Flow) -> Sighting:
        pages = self._pages[side]
        return sighting(flow, pages, self._touched, is_shown=True) if side == "head" else sighting(flow, pages)


def _by_path(flows: Iterable[Flow]) -> dict[str, list[Flow]]:
    found: defaultdict[str, list[Flow]] = defaultdict(list)
    for flow in flows:
        found[flow.path].append(flow)
    return dict(found)


def _place(flow: Flow) -> tuple[str, int, int, str, bool]:
    """What a flow is in a file that did not change: its bytes stay where they are.

    A source in the file itself is told from one in a unit of the same name elsewhere: the sink's own unit has no name.
    """
    is_own = bool(flow.steps) and flow.steps[0].path == flow.path
    return flow.rule.id, flow.start, flow.end, flow.source, is_own
