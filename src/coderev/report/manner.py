"""How a reader asked to see a result, beside the format."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """`colour` paints text; `outside_bytes` is what the review sent to addresses outside the site."""

    colour: bool = False
    outside_bytes: int = 0
