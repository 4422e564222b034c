"""One variant of one function, and its line of JSON."""

from pathlib import Path
from typing import Literal

import msgspec

Kind = Literal["original", "semantic", "cosmetic"]


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """A function's text under one edit; the fields are those of the public Python cases, and the language."""

    language: str
    function: int
    name: str
    kind: Kind
    edit: str
    text: str


class NotRun(msgspec.Struct, frozen=True):
    """Why there is no corpus of a language here; never an empty corpus."""

    reason: str


def read(path: Path) -> list[Variant]:
    """The variants of a file of JSON lines."""
    decoder = msgspec.json.Decoder(Variant)
    return [decoder.decode(line) for line in path.read_bytes().splitlines()]


def write(path: Path, variants: list[Variant]) -> None:
    """Write variants as JSON lines: the whole file or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.draft")
    draft.write_bytes(msgspec.json.Encoder().encode_lines(variants))
    draft.replace(path)
