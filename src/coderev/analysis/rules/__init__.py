"""Structural rules: each `.scm` file here is one, its facts in the comments on top, its tree-sitter query below.

How to write one, and what the captures mean: `docs/howto/add-a-structural-rule.md`.
"""

import hashlib
from collections.abc import Callable
from functools import cache, partial
from importlib.resources import files
from typing import Any

import msgspec
import re2

from coderev.analysis.rule import Rule
from coderev.finding import Category, Confidence, Severity
from coderev.syntax import Query

SUFFIX = ".scm"
_DIGEST_DIGITS = 12


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facts on top of a rule's file.

    A rule looks at a file only where `hint`, a RE2 pattern, is found in the text: most files are never queried.
    `vulnerable` and `safe` are one line of code each, for the reference page. `covers` are rules of other analysers
    that say less about the same statement: they are not reported beside it.
    """

    title: str
    languages: tuple[str, ...]
    severity: Severity
    confidence: Confidence
    category: Category
    cwe: str
    hint: str
    message: str
    advice: str
    vulnerable: str
    safe: str
    covers: tuple[str, ...] = ()


class StructuralRule(msgspec.Struct, frozen=True, kw_only=True):
    """One `.scm` file: its name without the suffix, its facts, and its query, the same for each of its languages."""

    name: str
    header: Header
    text: str

    @property
    def rule(self) -> Rule:
        """What a finding carries."""
        header = self.header
        return Rule(
            id=f"structural/{self.name}",
            title=header.title,
            severity=header.severity,
            confidence=header.confidence,
            category=header.category,
            cwe=header.cwe,
            advice=header.advice,
            covers=header.covers,
        )

    def query(self, language: str) -> Query:
        """The compiled query; the syntax room keeps it for the next file."""
        return Query(language, self.text, self.name)


@cache
def structural_rules() -> tuple[StructuralRule, ...]:
    """Every rule, by name."""
    found = (file for file in files(__package__).iterdir() if file.name.endswith(SUFFIX))
    rules = (read_rule(file.name.removesuffix(SUFFIX), file.read_text("utf-8")) for file in found)
    return tuple(sorted(rules, key=lambda rule: rule.name))


def read_rule(name: str, text: str) -> StructuralRule:
    """One rule from its file: `; fact: value` lines up to the first blank line, then the query.

    Raises msgspec.ValidationError where a fact is missing, unknown or of the wrong kind.
    """
    head, _, query = text.partition("\n\n")
    facts: dict[str, Any] = {}
    for line in head.splitlines():
        fact, _, value = line.removeprefix(";").partition(":")
        facts[fact.strip()] = value.strip()
    for several in {"languages", "covers"} & facts.keys():
        facts[several] = [each.strip() for each in facts[several].split(",")]
    return StructuralRule(name=name, header=msgspec.convert(facts, Header), text=query)


@cache
def candidates(language: str) -> Callable[[bytes], list[StructuralRule]]:
    """What says which rules of a language can have something to say about a source, in one pass over its bytes."""
    rules = [rule for rule in structural_rules() if language in rule.header.languages]
    if not rules:
        return lambda _: []
    hints = re2.Set.SearchSet()
    for rule in rules:
        hints.Add(rule.header.hint)
    hints.Compile()
    return partial(_select, rules, hints)


def _select(rules: list[StructuralRule], hints: Any, source: bytes) -> list[StructuralRule]:
    return [rules[number] for number in sorted(hints.Match(source) or ())]


@cache
def digest() -> str:
    """Changes whenever a rule does."""
    texts = "\0".join(repr(rule) for rule in structural_rules())
    return hashlib.sha256(texts.encode()).hexdigest()[:_DIGEST_DIGITS]
