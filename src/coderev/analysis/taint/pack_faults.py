"""What is wrong with a pack that its types cannot say: words, places, names and patterns. Pure.

A fault is a path as in `$.sinks[3].at[0]`, and why. The numbers beside the checks are clauses of `spec/rule-pack.md`.
"""

import re
from collections.abc import Callable, Iterator
from string import Formatter
from typing import Any

import re2

from coderev.analysis.taint.contexts import CONTEXTS, KINDS
from coderev.analysis.taint.pack import Condition, EntryRow, Pack, Row

Fault = tuple[str, str]

_WORD = r"[A-Za-z_$][\w$]*"
_PLACE = re.compile(rf"(?:\d+\+?|\*\*|(?:\d+/)?{_WORD})(?:\.(?:\d+\+?|[\w$-]+))*")
_CALLED = r"(?:\(\)|\[\])*"
_NAME = re.compile(rf"==|(?:\*\.|@)?[\w$][\w$/-]*{_CALLED}(?:\.[\w$-]+{_CALLED})*")
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_CWE = re.compile(r"CWE-[1-9]\d{0,4}")
_SUBJECTS = ("call", "read", "store", "names", "decorator", "assign", "base", "convention")


def faults(pack: Pack) -> Iterator[Fault]:
    """All faults of one pack, in the order of its rows."""
    if not pack.languages:
        yield "$.languages", "a pack needs a language"
    for section in Pack.__struct_fields__:
        rows = getattr(pack, section)
        for number, row in enumerate(rows if isinstance(rows, tuple) else ()):
            if isinstance(row, Row):
                yield from _of_row(row, f"$.{section}[{number}]", is_outer=True)
            elif section == "ends" and (reason := _name(row)):
                yield f"$.{section}[{number}]", reason
    yield from _twice(pack)


def _of_row(row: Row, path: str, *, is_outer: bool = False) -> Iterator[Fault]:
    if is_outer and not _has_subject(row):
        yield path, "the row names nothing that it is about"
    if isinstance(row, Condition) and not _says_something(row):
        yield path, "the condition demands nothing"
    if isinstance(row, EntryRow) and row.call and not row.at:
        yield path, "`at` must say which arguments of the call are entries"
    for field in row.__struct_fields__:
        yield from _of_field(row, field, getattr(row, field), f"{path}.{field}")


def _of_field(row: Row, field: str, value: Any, path: str) -> Iterator[Fault]:
    if isinstance(value, dict):
        yield from _of_table(value, path)
    elif isinstance(value, Row):
        yield from _of_row(value, path)
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from _of_field(row, field, item, f"{path}[{number}]")
    elif value is not None and not (field == "kind" and isinstance(row, Condition)):
        check = _CHECKS.get(field)
        if check is not None and (reason := check(value)):
            yield path, reason


def _of_table(table: dict[str, Any], path: str) -> Iterator[Fault]:
    for key, below in table.items():
        if isinstance(below, Row):
            yield from _of_row(below, f"{path}.{key}")
        elif reason := _place(key):
            yield f"{path}.{key}", reason


def _has_subject(row: Row) -> bool:
    subjects = [field for field in _SUBJECTS if field in row.__struct_fields__]
    return not subjects or any(getattr(row, field) for field in subjects) or bool(getattr(row, "inherits", ()))


def _says_something(row: Condition) -> bool:
    given = (row.value, row.other, row.matches, row.begins, row.absent, row.kind)
    return bool(row.named) or any(part is not None for part in given)


def _twice(pack: Pack) -> Iterator[Fault]:
    seen: set[str] = set()
    for number, rule in enumerate(pack.rules):
        if rule.id in seen:
            yield f"$.rules[{number}].id", f"there is a rule `{rule.id}` already"
        seen.add(rule.id)


def _context(value: str) -> str:  # 5.1
    return "" if value in CONTEXTS else f"no context is named `{value}`"


def _contexts(value: str) -> str:  # 5.2
    return "" if value == "all" else _context(value)


def _kind(value: str) -> str:  # 5.4
    return "" if value in KINDS else f"no kind of source is named `{value}`"


def _place(value: int | str) -> str:  # section 4
    good = value >= 0 if isinstance(value, int) else bool(_PLACE.fullmatch(value))
    return "" if good else f"`{value}` is no place"


def _name(value: str) -> str:  # section 2
    return "" if _NAME.fullmatch(value) else f"`{value}` is no dotted name"


def _pattern(value: str) -> str:
    try:
        re2.compile(value, _QUIET)
    except re2.error as error:
        return f"not a pattern of RE2: {_words_of(error)}"
    return ""


def _route(value: str) -> str:  # 10.6
    if reason := _pattern(value):
        return reason
    return "" if "name" in re2.compile(value, _QUIET).groupindex else "the pattern has no group `name`"


def _words_of(error: Exception) -> str:
    words = error.args[0] if error.args else ""
    return words.decode(errors="replace") if isinstance(words, bytes) else str(words)


def _message(value: str) -> str:  # 3.3
    try:
        fields = {name for _, name, _, _ in Formatter().parse(value) if name is not None}
    except ValueError as error:
        return str(error).lower()
    strange = sorted(fields - {"source", "sink"})
    return f"a message may name `{{source}}` and `{{sink}}`, not `{{{strange[0]}}}`" if strange else ""


def _id(value: str) -> str:
    return "" if _ID.fullmatch(value) else f"`{value}` is no id: lower case words with `-` between them"


def _cwe(value: str) -> str:
    return "" if _CWE.fullmatch(value) else f"`{value}` is not as `CWE-89`"


_QUIET = re2.Options()
_QUIET.log_errors = False

_CHECKS: dict[str, Callable[[Any], str]] = {
    "context": _context,
    "clears": _contexts,
    "sets": _contexts,
    "clean": _contexts,
    "kind": _kind,
    "kinds": _kind,
    "at": _place,
    "to": _place,
    "origins": _place,
    "matches": _pattern,
    "begins": _pattern,
    "files": _pattern,
    "names": _pattern,
    "pattern": _route,
    "message": _message,
    "id": _id,
    "cwe": _cwe,
    "call": _name,
    "read": _name,
    "store": _name,
    "decorator": _name,
    "base": _name,
    "type": _name,
    "inherits": _name,
}
