"""What models are asked to answer: the shapes that are sent as JSON schema, and read back.

The order of the fields is the order in which a model writes them: notes first, the place before the judgement.
The schema asks for at most MAX_SCRATCH characters and MAX_FINDINGS findings; longer answers are read all the same,
since a model whose server knows no schemas counts badly, and `asking` counts what it drops.
"""

from typing import Annotated, Literal

import msgspec

from coderev.finding import Category

MAX_SCRATCH = 400  # characters
MAX_FINDINGS = 5  # of one answer

Scratch = Annotated[str, msgspec.Meta(extra_json_schema={"maxLength": MAX_SCRATCH})]
FEW = msgspec.Meta(extra_json_schema={"maxItems": MAX_FINDINGS})


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A problem that a model claims, at a line that it quotes."""

    start_line: int
    quote: str
    trigger: str
    consequence: str
    category: Category
    title: str
    fix: str | None = None


class FileClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A claim about the whole change, which names its file before all else."""

    path: str
    start_line: int
    quote: str
    trigger: str
    consequence: str
    category: Category
    title: str
    fix: str | None = None


class UnitAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a question about one unit."""

    scratch: Scratch = ""
    findings: Annotated[tuple[Claim, ...], FEW]


class ChangeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to the question about the whole change."""

    scratch: Scratch = ""
    findings: Annotated[tuple[FileClaim, ...], FEW]


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a verification: a refutation counts only with a line that proves it."""

    scratch: Scratch = ""
    verdict: Literal["stands", "refuted"]
    proof: str = ""
