"""Tree-sitter queries: compiled once, run with a limit, by name or by a rule author's text."""

import re
from functools import cache

import msgspec
import tree_sitter

from coderev.errors import InputError, Unavailable
from coderev.syntax.grammars import LANGUAGES, grammar, sections

MATCH_LIMIT = 4_096  # matches in progress at once: each costs at every node
PREDICATES = frozenset(  # that the binding decides rightly; 0.26.1 gets `#not-any-of?` wrong
    f"#{any_}{verb}?" for any_ in ("", "any-") for verb in ("eq", "not-eq", "match", "not-match")
) | {"#any-of?"}
_PREDICATE = re.compile(r"\(\s*(#[\w.-]+[?!])")


class BadQuery(InputError):
    """The text of a query does not compile for its language."""

    message = "{name}: not a {language} query: {reason}"
    hint = "see the tree-sitter query syntax, and the node kinds of the {language} grammar"


class TooManyMatches(Unavailable):
    """A query has more matches in progress than its limit, so some of them would be lost."""

    message = "{name}: more than {limit} matches in progress in one {language} file"
    hint = "exclude the file in coderev.yaml if it is not meant to be read by people"


class Query(msgspec.Struct, frozen=True):
    """A query for one language, compiled when it is made; `name` says where its text stands. Raises BadQuery.

    Any predicate but those in PREDICATES is refused: the binding would let it pass, or decide it wrongly.
    """

    language: str
    text: str
    name: str = "query"

    def __post_init__(self) -> None:
        """Compile it, so that a query that exists is a query that runs."""
        if self.language not in LANGUAGES:
            raise BadQuery(name=self.name, language=self.language, reason="unknown language")
        if unknown := sorted(set(_PREDICATE.findall(self.text)) - PREDICATES):
            raise BadQuery(name=self.name, language=self.language, reason=f"unknown predicate {unknown[0]}")
        try:
            _compiled(self.language, self.text)
        except tree_sitter.QueryError as error:
            raise BadQuery(name=self.name, language=self.language, reason=error) from error


@cache
def own_query(language: str, section: str) -> Query:
    """One section of a language's own file."""
    return Query(language, sections(language)[section], f"{language}/{section}")


def captures(
    query: Query, tree: tree_sitter.Tree, within: tuple[int, int] | None = None
) -> dict[str, list[tree_sitter.Node]]:
    """All captured nodes by capture name, in no order, of the tree or a range of bytes. Raises TooManyMatches."""
    cursor = _cursor(query)
    if within is not None:
        cursor.set_byte_range(*within)
    found = cursor.captures(tree.root_node)
    _check(query, cursor)
    return found


def matches(query: Query, tree: tree_sitter.Tree) -> list[dict[str, list[tree_sitter.Node]]]:
    """The captured nodes of each match. Raises TooManyMatches."""
    cursor = _cursor(query)
    found = cursor.matches(tree.root_node)
    _check(query, cursor)
    return [captured for _, captured in found]


def _cursor(query: Query) -> tree_sitter.QueryCursor:
    # without a progress callback: with one, the binding 0.26.1 crashes
    return tree_sitter.QueryCursor(_compiled(query.language, query.text), match_limit=MATCH_LIMIT)


def _check(query: Query, cursor: tree_sitter.QueryCursor) -> None:
    if cursor.did_exceed_match_limit:
        raise TooManyMatches(name=query.name, limit=MATCH_LIMIT, language=query.language)


@cache
def _compiled(language: str, text: str) -> tree_sitter.Query:
    return tree_sitter.Query(grammar(language), text)
