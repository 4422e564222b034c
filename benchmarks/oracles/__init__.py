"""Whether structure keys tell the truth: what a real compiler makes of sources that have one key.

Each module is one language. Its `judge(limit)` takes real functions and their mutants, groups them by structure key,
and compiles the members of each group: whatever then differs, debug information and names of locals aside, is a wrong
key.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class NotRun:
    """Why a language was not judged: what is missing on this machine, as a sentence."""

    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a compiler said of one language.

    `groups` have two or more different sources under one key, and `pairs` are the sources in them that were compared
    with the first of their group. A disagreement names a pair that compiles to different code; there should be none.
    """

    groups: int
    pairs: int
    disagreements: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        wrong = len(self.disagreements)
        return f"{self.groups:,} groups, {self.pairs:,} pairs compared, {wrong} disagreement{'' if wrong == 1 else 's'}"
