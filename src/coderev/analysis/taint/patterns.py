"""What a regular expression shows of a text that matches it as a whole: the contexts whose special characters it lacks.

Python's own parser of patterns reads them; JavaScript's are near enough, and what it refuses proves nothing.
"""

import importlib
import re
import warnings
from functools import lru_cache
from itertools import product
from typing import Any

from coderev.analysis.taint.contexts import BIT, EVERY

codes: Any = importlib.import_module("re._constants")
reader: Any = importlib.import_module("re._parser")

MAX_PATTERN = 1_000  # characters
MAX_TEXTS = 16  # texts of one pattern that are told apart
_ALL = frozenset(range(128)) | {128}  # ASCII, and one for all the others
_DIGITS = frozenset(range(48, 58))
_WORD = _DIGITS | frozenset(range(65, 91)) | frozenset(range(97, 123)) | {95, 128}
_LETTERS = _WORD - _DIGITS
_SPACE = frozenset((9, 10, 11, 12, 13, 32))
_CLASSES = {
    "CATEGORY_DIGIT": _DIGITS,
    "CATEGORY_NOT_DIGIT": _ALL - _DIGITS,
    "CATEGORY_WORD": _WORD,
    "CATEGORY_NOT_WORD": _ALL - _WORD,
    "CATEGORY_SPACE": _SPACE,
    "CATEGORY_NOT_SPACE": _ALL - _SPACE,
}
_SPECIAL: dict[str, str] = {  # without any of these characters a text is harmless there
    "shell": " \t\n;&|`$(){}<>'\"\\*?[]!#~%=",
    "argument": "-",
    "sql": "'\"`; \n\t\\-/*()=",
    "html": "<",
    "attribute": "'\"",
    "script-close": "<",
    "script": "'\"`\\<>(){};=/\n",
    "href": ":",
    "redirect": ":",
    "redirect-slashes": "/\\",
    "request": ":/\\@?#.",
    "path": "/\\",
    "path-absolute": "/\\",
    "ldap": "*()\\\0",
    "ldap-dn": ',+"\\<>;=#',
    "xpath": "'\"()[]/@=| *",
    "xml": "<>&'\"",
    "xml-document": "<&%",
    "code": "()[]{};'\"`=.\n",
    "template": "{}%$#<",
    "format": "{}%",
    "pattern": "()[]{}*+?|\\",
    "header": "\r\n",
    "log": "\r\n",
    "csv": "=+-@\t\r",
    "nosql": "$.{",
}


@lru_cache(maxsize=512)
def allowed(pattern: str, *, whole: bool) -> frozenset[int] | None:
    """The characters that a text may hold if it matches; None where it may hold any."""
    items = parsed(pattern)
    if items is None or not (whole or (_is_anchored(items, "AT_BEGINNING") and _is_anchored(items, "AT_END"))):
        return None
    return _characters(items, 0)


@lru_cache(maxsize=512)
def parsed(pattern: str) -> "list[tuple[Any, Any]] | None":
    """The parts of a pattern; None where Python's parser refuses it. What only it warns of is none of our business."""
    if len(pattern) > MAX_PATTERN:
        return None
    pattern = _GROUP.sub("(?P<", pattern)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return list(reader.parse(pattern))
    except (re.error, RecursionError, OverflowError, ValueError):
        return None


_GROUP = re.compile(r"\(\?<(?=[A-Za-z_$])")  # JavaScript's names of groups


def _is_anchored(items: "list[tuple[Any, Any]]", kind: str) -> bool:
    """Whether whatever matches begins (or ends) where the text does; every way of a choice must."""
    if not items:
        return False
    operator, argument = items[0 if kind == "AT_BEGINNING" else -1]
    if operator is codes.BRANCH:
        return all(_is_anchored(list(way), kind) for way in argument[1])
    if operator is codes.SUBPATTERN:
        return _is_anchored(list(argument[3]), kind)
    return operator is codes.AT and str(argument).startswith(kind)


def _texts(items: Any, *, exact: bool) -> tuple[set[str], bool]:
    """Texts that the first items match, and whether these are all items. `exact`: no other texts match them."""
    found = {""}
    for operator, argument in items:
        more = _texts_of(operator, argument, exact=exact)
        if more is None or len(found) * len(more[0]) > MAX_TEXTS:
            return found, False
        found = {one + other for one, other in product(found, more[0])}
        if not more[1]:
            return found, False
    return found, True


def _texts_of(  # noqa: PLR0911 - one answer for each word
    operator: Any, argument: Any, *, exact: bool
) -> tuple[set[str], bool] | None:
    if operator is codes.LITERAL:
        return {chr(argument)}, True
    if operator is codes.AT:
        return {""}, True
    if operator is codes.IN:
        plain = [chr(value) for kind, value in argument if kind is codes.LITERAL]
        is_all = len(plain) == len(argument)
        return (set(plain), True) if plain and (is_all or not exact) and argument[0][0] is not codes.NEGATE else None
    if operator is codes.SUBPATTERN:
        return _texts(argument[3], exact=exact)
    if operator is codes.BRANCH:
        ways = [_texts(way, exact=exact) for way in argument[1]]
        ways = ways if exact else [way for way in ways if way[1]]
        return (set().union(*(way[0] for way in ways)), all(way[1] for way in ways)) if ways else None
    if operator in (codes.MAX_REPEAT, codes.MIN_REPEAT) and argument[1] in (1, 2, 3):
        inner, is_whole = _texts(argument[2], exact=exact)
        counts = range(argument[0], argument[1] + 1)
        return ({each * count for each in inner for count in counts}, True) if is_whole else None
    return None


@lru_cache(maxsize=512)
def beginnings(pattern: str) -> frozenset[str]:
    """How every text begins that matches, as far as that is known; empty where it is not."""
    items = parsed(pattern)
    if items is None or not _is_anchored(items, "AT_BEGINNING"):
        return frozenset()
    found = _texts(items, exact=True)[0]
    return frozenset(found) if "" not in found else frozenset()


@lru_cache(maxsize=512)
def refused(pattern: str) -> tuple[str, frozenset[str]]:
    """What a text is not that does not match: it has none of some texts in it, at its beginning, or is none of them."""
    items = parsed(pattern)
    if items is None:
        return "", frozenset()
    found, is_whole = _texts(items, exact=False)
    if not is_whole or "" in found:
        return "", frozenset()
    at_beginning, at_end = _is_anchored(items, "AT_BEGINNING"), _is_anchored(items, "AT_END")
    where = "equal" if at_end else "begins" if at_beginning else "holds"
    return where, frozenset(found)


def _characters(items: Any, depth: int) -> frozenset[int] | None:
    found: frozenset[int] = frozenset()
    for operator, argument in items:
        more = _one(str(operator), argument, depth)
        if more is None:
            return None
        found |= more
    return found


def _one(operator: str, argument: Any, depth: int) -> frozenset[int] | None:  # noqa: C901, PLR0911 - one for each word
    if depth > 20:  # noqa: PLR2004 - nobody writes that
        return None
    match operator:
        case "LITERAL":
            return frozenset({min(argument, 128)})
        case "NOT_LITERAL":
            return _ALL - {argument}
        case "ANY":
            return _ALL
        case "IN":
            return _set(argument)
        case "AT" | "ASSERT" | "ASSERT_NOT" | "GROUPREF":
            return frozenset()
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return _characters(argument[2], depth + 1)
        case "SUBPATTERN":
            return _characters(argument[3], depth + 1)
        case "BRANCH":
            parts = [_characters(each, depth + 1) for each in argument[1]]
            return None if any(part is None for part in parts) else frozenset().union(*(part or () for part in parts))
        case _:
            return None


def _set(argument: Any) -> frozenset[int]:
    found: frozenset[int] = frozenset()
    negated = False
    for operator, value in argument:
        match str(operator):
            case "NEGATE":
                negated = True
            case "LITERAL":
                found |= {min(value, 128)}
            case "RANGE":
                found |= frozenset(range(value[0], min(value[1], 127) + 1)) | ({128} if value[1] > 127 else frozenset())  # noqa: PLR2004
            case "CATEGORY":
                found |= _CLASSES.get(str(value), _ALL)
    return _ALL - found if negated else found


def _harmless(characters: frozenset[int]) -> int:
    """The contexts that need not fear text of some characters."""
    clears = 0
    for context, special in _SPECIAL.items():
        if not any(ord(each) in characters for each in special):
            clears |= BIT[context]
    everything = {name for name in BIT if name not in _SPECIAL}
    if characters <= _WORD - {128} | {45}:
        for name in everything - {"session", "authority", "secret", "disclosure", "size", "key", "name", "fields"}:
            clears |= BIT[name]
    if not characters & _LETTERS:
        clears |= BIT["code"]  # no name, so nothing is called
    if characters <= _DIGITS:
        clears = EVERY
    return clears


def cleared_by(pattern: str, *, whole: bool) -> int:
    """The contexts that need not fear a text which matches: all of it (`whole`), or where the pattern is anchored."""
    characters = allowed(pattern, whole=whole)
    if characters is None:
        return 0
    return _harmless(characters) | (BIT["redirect-slashes"] if _begins_with_one_slash(pattern) else 0)


@lru_cache(maxsize=512)
def cleared_by_group(pattern: str, group: object) -> int:
    """The contexts that need not fear what a group of a pattern took: by number or name; 0 is all that was found."""
    if len(pattern) > MAX_PATTERN:
        return 0
    try:
        parsed = reader.parse(pattern)
    except (re.error, RecursionError, OverflowError, ValueError):
        return 0
    number = parsed.state.groupdict.get(group, -1) if isinstance(group, str) else group
    if number == 0 and not isinstance(number, bool):
        characters = _characters(parsed, 0)
    else:
        found = _group(parsed, number, 0)
        characters = None if found is None else _characters(found, 0)
    return 0 if characters is None else _harmless(characters)


def _group(items: Any, number: object, depth: int) -> Any:
    """The inside of a group, wherever it stands in a pattern."""
    for operator, argument in items if depth < 20 else ():  # noqa: PLR2004 - nobody writes that
        if operator is codes.SUBPATTERN and argument[0] == number:
            return argument[3]
        for inner in _insides(operator, argument):
            if (found := _group(inner, number, depth + 1)) is not None:
                return found
    return None


def _insides(operator: object, argument: Any) -> list[Any]:
    """The patterns that a part of a pattern is made of."""
    if operator is codes.SUBPATTERN:
        return [argument[3]]
    if operator is codes.BRANCH:
        return list(argument[1])
    return [argument[2]] if str(operator).endswith("_REPEAT") else []


def _begins_with_one_slash(pattern: str) -> bool:
    items = [item for item in parsed(pattern) or () if item[0] is not codes.AT]
    if not items or items[0] != (codes.LITERAL, ord("/")):
        return False
    after = _characters(items[1:2], 0)
    return after is not None and not after & {ord("/"), ord("\\")}


def removed_by(pattern: str) -> frozenset[int]:
    """The characters that are gone after all that matches was replaced: the pattern is one set of characters."""
    items = parsed(pattern) or []
    if len(items) == 1 and str(items[0][0]) in ("MAX_REPEAT", "MIN_REPEAT") and items[0][1][0] == 1:
        items = list(items[0][1][2])
    if len(items) != 1 or str(items[0][0]) not in ("IN", "NOT_LITERAL", "LITERAL"):
        return frozenset()
    return _one(str(items[0][0]), items[0][1], 0) or frozenset()


def without(gone: frozenset[int], removed: frozenset[int], replacement: str) -> frozenset[int]:
    """The characters that a text lacks after one more replacement, and those that are escaped in it."""
    added = frozenset(min(ord(each), 128) for each in replacement)
    return frozenset(each for each in gone | removed if each % 256 not in added)


def cleared_without(gone: frozenset[int]) -> int:
    """The contexts that need not fear a text which lacks some characters."""
    return _harmless(_ALL - gone) if gone else 0
