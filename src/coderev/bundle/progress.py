"""How far a long step is: bytes, rate and time left, on a terminal or as JSON lines, a few times a second.

A program that reads them gets one object a line: `doing`, `bytes`, `of` (null where nobody knows), `rate` in bytes a
second, `left` in seconds (null where nobody knows).
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self

import msgspec

from coderev.files import monotonic

Form = Literal["auto", "text", "json", "none"]  # auto: text where standard error is a terminal, else nothing
SECONDS_BETWEEN = 0.25
CLEAR = "\r\x1b[K"  # back to the start of the line, and nothing on it
_UNITS = ("B", "kB", "MB", "GB", "TB")
_THOUSAND = 1000
_MINUTE, _HOUR = 60, 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """One look at a step: bytes done, of how many (None: not known), after how many seconds."""

    doing: str
    done: int
    of: int | None
    seconds: float

    @property
    def rate(self) -> int:
        """Bytes a second so far."""
        return int(self.done / self.seconds) if self.seconds > 0 else 0

    @property
    def left(self) -> int | None:
        """Seconds that the rest will take at this rate; None where that cannot be said."""
        if self.of is None or not self.rate:
            return None
        return max(0, self.of - self.done) // self.rate

    @property
    def text(self) -> str:
        """One line for people: `create  1.2 GB of 4.2 GB  310 MB/s  0:10 left`."""
        of = "" if self.of is None else f" of {human_size(self.of)}"
        left = "" if self.left is None else f"  {human_time(self.left)} left"
        return f"{self.doing}  {human_size(self.done)}{of}  {human_size(self.rate)}/s{left}"

    @property
    def json(self) -> str:
        """One line for programs."""
        said = {"doing": self.doing, "bytes": self.done, "of": self.of, "rate": self.rate, "left": self.left}
        return msgspec.json.encode(said).decode()


class Progress:
    """Counts the bytes of one step, and tells from time to time; as a context it tells the end."""

    def __init__(
        self,
        doing: str,
        of: int | None,
        tell: Callable[[Reached], None] | None,
        clock: Callable[[], float] = monotonic,
        ended: Callable[[], None] | None = None,
    ) -> None:
        """`tell` gets what was reached; None tells nobody. `clock` gives seconds. `ended` is called at the end."""
        self._doing, self._of, self._tell, self._clock = doing, of, tell, clock
        self._ended, self._done, self._began = ended, 0, clock()
        self._told = self._began

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._tell is not None:
            self._tell(self.reached)
        if self._ended is not None:
            self._ended()

    @property
    def reached(self) -> Reached:
        """Where the step is now."""
        done = self._done if self._of is None else min(self._done, self._of)  # what is made on the way comes on top
        return Reached(doing=self._doing, done=done, of=self._of, seconds=self._clock() - self._began)

    def add(self, count: int) -> None:
        """Some bytes more are done."""
        self._done += count
        if self._tell is not None and (at := self._clock()) - self._told >= SECONDS_BETWEEN:
            self._told = at
            self._tell(self.reached)


def open_progress(doing: str, of: int | None, form: Form = "auto") -> Progress:
    """The progress of a step on standard error, in the form that was asked for; `of` is in bytes."""
    terminal = sys.stderr is not None and sys.stderr.isatty()
    if form == "json":
        return Progress(doing, of, lambda reached: _write(f"{reached.json}\n"))
    if form == "text" or (form == "auto" and terminal):
        if terminal:  # one line that is written anew, and gone when the step ends: what was done is told elsewhere
            return Progress(doing, of, lambda reached: _write(f"{CLEAR}{reached.text}"), ended=lambda: _write(CLEAR))
        return Progress(doing, of, lambda reached: _write(f"{reached.text}\n"))
    return Progress(doing, of, None)


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


def human_size(count: int) -> str:
    """Bytes for people, in powers of ten: `4.2 GB`."""
    size = float(count)
    for unit in _UNITS:
        if size < _THOUSAND or unit == _UNITS[-1]:
            return f"{count} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= _THOUSAND
    return f"{count} B"


def human_time(seconds: int) -> str:
    """A span of time for people: `0:09`, `12:34`, `1:02:03`."""
    hours, rest = divmod(seconds, _HOUR)
    minutes, rest = divmod(rest, _MINUTE)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
