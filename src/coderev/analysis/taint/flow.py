"""What the engine says: flows, each with its steps, and which files it could not read in full."""

import msgspec

from coderev.analysis.taint.pack import RuleRow
from coderev.finding import Confidence


class FlowStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a value from its source to its sink: a span of bytes, and what happens to the value there."""

    path: str
    start: int
    end: int
    note: str  # "comes from a query parameter of the request", "passed to `run` as `command`"


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """One weakness at one place: a flow, a configuration, or an absence (these two have no steps).

    `path`, `start` and `end` are the sink's expression, in bytes. `source` is the unit of the source, NUL, its kind:
    a part of the flow's identity, and empty where there is no source.
    """

    rule: RuleRow
    path: str
    start: int
    end: int
    confidence: Confidence
    message: str
    steps: tuple[FlowStep, ...] = ()
    source: str = ""


class Traced(msgspec.Struct, frozen=True, kw_only=True):
    """All that was found on one side; by path, why files could not be read, and what in others was cut short.

    What is cut short hands on more, not less: findings there are less sure, none is lost.
    """

    flows: tuple[Flow, ...]
    unread: dict[str, str] = {}
    partly: dict[str, str] = {}
