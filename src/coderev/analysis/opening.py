"""Which hunk of a change a flow runs through, and which one opened it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from coderev.diff import Change, touched_lines

Span = tuple[str, int, int]  # path, first and last line at head
Around = Callable[[str, int], tuple[int, int]]  # the first and last line of the unit that a line of a file lies in


class Touched:
    """The lines of head that a change touches, by file."""

    def __init__(self, change: Change) -> None:
        files = (file for file in change.files if file.unread is None)
        self._lines = {file.path: lines for file in files if (lines := touched_lines(file))}

    @property
    def paths(self) -> Collection[str]:
        """The files that it touches."""
        return self._lines.keys()

    def touches(self, span: Span) -> bool:
        """Whether a hunk meets these lines."""
        return next(self._within(span), None) is not None

    def opener(self, steps: Sequence[Span], around: Around) -> str:
        """The hunk that opened a flow, as "path:line"; empty where none can be told from the others.

        It is the first step that the change touches; else, since a check that was taken away leaves no step, the first
        hunk in the function of a step, or in the file of one; else the only hunk that there is.
        """
        units = ((path, *around(path, first)) for path, first, _ in steps)
        files = ((path, 1, lines[-1].stop) for path, _, _ in steps if (lines := self._lines.get(path)))
        hunks = [line for span in steps for line in self._within(span)]
        for spans in (units, files):
            hunks = hunks or [line for span in spans for line in self._within(span)]
        return hunks[0] if hunks else self._only

    @property
    def _only(self) -> str:
        every = [f"{path}:{hunk.start}" for path, lines in self._lines.items() for hunk in lines]
        return every[0] if len(every) == 1 else ""

    def _within(self, span: Span) -> Iterator[str]:
        path, first, last = span
        met: Iterable[range] = self._lines.get(path, ())
        return (f"{path}:{max(first, lines.start)}" for lines in met if lines.start <= last and first < lines.stop)
