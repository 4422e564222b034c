"""Assemble a text from a recipe, so that no secret-shaped text stands in the repository.

A recipe is plain text with holes: `[class]{n}` is n characters of a class (one without a number), and `<name:recipe>`
or `<name>` is what the check of that name says: over the text of its own recipe, or over all that stands before it.
`<!name>` is what that check refuses.
"""

import base64
import random
import re
import zlib
from collections.abc import Callable
from string import ascii_lowercase, ascii_uppercase, digits

_HOLE = re.compile(r"\[([^\]]+)\](?:\{(\d+)\})?|<(!?)([a-z0-9]+)(?::((?:\[[^\]]*\]|[^<>])*))?>")
_RANGES = {"A-Z": ascii_uppercase, "a-z": ascii_lowercase, "0-9": digits}
_BASE62 = digits + ascii_uppercase + ascii_lowercase
_VIN_VALUES = dict(zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "012345678912345678123457923456789"), strict=True))


def assemble(recipe: str, seed: int = 0) -> str:
    """The text of a recipe: the same for the same seed."""
    chance = random.Random(f"{seed}:{recipe}")
    text, at = "", 0
    for hole in _HOLE.finditer(recipe):
        text += recipe[at : hole.start()]
        at = hole.end()
        text += _characters(hole, chance) if hole[1] else _checked(hole, text, seed)
    return text + recipe[at:]


def _characters(hole: re.Match[str], chance: random.Random) -> str:
    alphabet = re.sub(r"(.)-(.)", lambda span: _between(span[1], span[2]), hole[1])
    count = int(hole[2] or 1)
    deck = [letter for _ in range(count // len(alphabet) + 1) for letter in chance.sample(alphabet, len(alphabet))]
    return "".join(deck[:count])


def _between(first: str, last: str) -> str:
    return _RANGES.get(f"{first}-{last}") or "".join(map(chr, range(ord(first), ord(last) + 1)))


def _checked(hole: re.Match[str], before: str, seed: int) -> str:
    given = before if hole[5] is None else assemble(hole[5], seed)
    right = _CHECKS[hole[4]](given)
    return str((int(right) + 1) % 10) if hole[3] else right


def _luhn(text: str) -> str:
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(re.findall(r"\d", text)))]
    return str(-sum(number // 10 + number % 10 for number in doubled) % 10)


def _npi(text: str) -> str:
    return _luhn("80840" + text[-9:])


def _crc32(text: str) -> str:
    number, said = zlib.crc32(text[-30:].encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        said = _BASE62[digit] + said
    return said


def _iban(text: str) -> str:
    country, _, account = text.partition(":")
    check = 98 - int("".join(str(int(letter, 36)) for letter in f"{account}{country}00")) % 97
    return f"{country}{check:02}{account}"


def _vin(text: str) -> str:
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    check = sum(_VIN_VALUES[letter] * weight for letter, weight in zip(text, weights, strict=True)) % 11
    return f"{text[:8]}{'0123456789X'[check]}{text[9:]}"


def _gs1(text: str) -> str:
    return str(-sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(text[4:])) % 10)


_CHECKS: dict[str, Callable[[str], str]] = {
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64url": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "crc32": _crc32,
    "gs1": _gs1,
    "iban": _iban,
    "luhn": _luhn,
    "npi": _npi,
    "vin": _vin,
}
