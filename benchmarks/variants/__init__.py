"""Corpora to judge recall with: real functions, and one-place variants of them that do or do not change the meaning.

A variant is `original`, `semantic` (one place changed so that the meaning may differ; its syntax tree differs) or
`cosmetic` (comments, layout, spelling of literals, redundant parentheses, or one local renamed: the same meaning).
Functions are chosen by a seed from packages that this machine's own package clients fetch when they are first needed;
what they bring is kept below the git-ignored `build/variants/` and never committed.
"""

from benchmarks.variants.building import LANGUAGES, load
from benchmarks.variants.variant import NotRun, Variant

__all__ = ["LANGUAGES", "NotRun", "Variant", "load"]
