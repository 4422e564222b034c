"""CWE-78: the words and operators of a command are those that the program wrote."""

import re
from collections.abc import Hashable
from typing import Any

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always, marked
from benchmarks.taint.worlds_python.world import MARK, Record

_OPERATOR = re.compile(r"&&|\|\||;;|>>|<<|[;&|<>()\n]")
_EXPANSION = re.compile(r"\$\(|`|\$\{?\w+")


def structure(text: str) -> Hashable:
    """What a POSIX shell reads: words, operators, expansions that are not quoted away, a quote that does not end."""
    found: list[str] = []
    place, in_word = 0, False
    while place < len(text):
        letter = text[place]
        if letter in " \t":
            place, in_word = place + 1, False
            continue
        if operator := _OPERATOR.match(text, place):
            found.append(operator[0])
            place, in_word = operator.end(), False
            continue
        if not in_word:
            found.append("word")
            in_word = True
        place = _part(text, place, found)
    return tuple(found)


def _part(text: str, place: int, found: list[str]) -> int:
    """Read a part of a word; where it ends."""
    letter = text[place]
    if letter == "\\":
        return place + 2
    if letter == "'":
        end = text.find("'", place + 1)
        found += [] if end >= 0 else ["open quote"]
        return end + 1 if end >= 0 else len(text)
    if letter == '"':
        return _double(text, place + 1, found)
    if expansion := _EXPANSION.match(text, place):
        found.append(expansion[0])
        return expansion.end()
    return place + 1


def _double(text: str, place: int, found: list[str]) -> int:
    """Read to the end of double quotes: expansions count there too."""
    while place < len(text) and text[place] != '"':
        if text[place] == "\\":
            place += 2
        elif expansion := _EXPANSION.match(text, place):
            found.append(expansion[0])
            place = expansion.end()
        else:
            place += 1
    found += [] if place < len(text) else ["open quote"]
    return place + 1


def _shape(record: Record) -> Hashable:
    return structure(str(record.value))


def harmful(record: Record, _payload: Any, benign: Benign) -> bool:
    """A shell that reads other words, or a program that the request names."""
    if record.kind == "argv":
        return MARK in str(record.value[0])
    if not marked(record.value):
        return False
    known = {_shape(one) for one in benign.records if one.kind == "shell"}
    first = str(record.value).split(maxsplit=1)[:1]
    named = MARK in "".join(first) and not any(str(one.value).startswith(tuple(first)) for one in benign.records)
    return _shape(record) not in known or named


WEAKNESS = Weakness(
    cwe="CWE-78",
    kinds=frozenset({"shell", "argv"}),
    payloads=always(
        f"x; id {MARK}",
        f"$(id {MARK})",
        f"`id {MARK}`",
        f"x && id {MARK}",
        f"x | id {MARK}",
        f"x\nid {MARK}",
        f"x' ; id {MARK} ; '",
        f'x" ; id {MARK} ; "',
        f"x > {MARK}",
        f"{MARK}",
        f"-x {MARK}",
        f"$({MARK})",
        f"x;{MARK}",
        f"x\n{MARK}",
    ),
    harmful=harmful,
)
