"""What a format cannot say: check digits, checksums, encodings, and whether a literal is a secret or a stand-in.

Each check takes the bytes that an expression matched and says whether they can be the real thing.
"""

import base64
import binascii
import json
import math
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits

from coderev.sensitive.detectors import Check

_BASE62 = digits + ascii_uppercase + ascii_lowercase
_VIN_VALUES = dict(zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "012345678912345678123457923456789"), strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_NEVER_ISSUED = frozenset({"078051120", "219099999", "123456789", "111111111"})  # SSA: advertisements and samples
_NOT_PEOPLE = re.compile(
    rb"(?i)^(?:git|hg|svn|noreply|no-reply|donotreply)@|@(?:.*\.)?(?:example(?:\.[a-z.]+)?|[^@]+\.(?:example|invalid|test|localhost))$"
    rb"|@users\.noreply\."
)
_TOP_LEVELS = frozenset(
    b"com org net edu gov mil int info biz name health care clinic hospital doctor dental app dev cloud email online "
    b"site xyz tech io ai co".split()
)
_STAND_IN = re.compile(
    rb"(?i)example|placeholder|change.?me|redacted|xxxx|dummy|\.\.\.|\*\*\*|0123456789|1234567890|abcdefghij"
)
_PUBLISHED = re.compile(  # the samples of RFC 6749, 7515, 7617 and of jwt.io, which stand in thousands of documents
    rb"2YotnFZFEjr1z|tGzv3JOkF0XG|czZCaGRSa3F0|7Fjfp0ZBr1Kt|QWxhZGRpbjpv|SflKxwRJSMeK|dozjgNryP4J3"
)
_WORDS = re.compile(
    rb"(?i)(?:password|passwd|passphrase|passwort|pass|pwd|secret|token|key|api|test(?:ing|er)?|user(?:name)?|admin"
    rb"|root|guest|default|sample|demo|fake|mock|my|your|the|some|this|is|not|a|an|invalid|wrong|bad|new|old|none|null"
    rb"|undefined|true|false|foo|bar|baz|qwerty|letmein|hunter|here|insert|enter|postgres|mysql|mongo|redis|rabbitmq"
    rb"|value|string|client|access|auth|private|public|super|top|very|safe|secure|local|dev|prod|staging"
    rb"|[0-9_.!@#$%^&*-])*"
)
_TEMPLATE = re.compile(
    rb"""\$[{(] | ^\$\w+$          # a shell's or a template's variable
    | \{\{ | \{[A-Za-z_][\w.]*\} | %\( | %[sd] | ^[@%]
    | <[A-Za-z][\w .-]*>          # <your key>
    | \]\{[0-9]                   # a regular expression""",
    re.VERBOSE,
)
_NAME = re.compile(
    rb"""[A-Za-z_]+ (?: [.:/_-] [A-Za-z_]+ )* (?: \(\) )? [0-9]{0,2}
    | [a-z]+ (?: [A-Z][a-z]+ )+ [0-9]{0,2}
    | [A-Z0-9_]+
    | [A-Za-z_]\w* (?: \.[A-Za-z_]\w* )+""",
    re.VERBOSE,
)
_PUBLIC = re.compile(  # a UUID, a digest, an address, a path
    rb"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$|sha(?:1|256|384|512)[-:]|[a-z][a-z0-9+.-]*://|[./~]"
)


def entropy(text: bytes) -> float:
    """Shannon's entropy of the bytes' frequencies, in bits per byte."""
    return -sum(count / len(text) * math.log2(count / len(text)) for count in Counter(text).values())


def is_stand_in(text: bytes) -> bool:
    """Whether a secret-shaped text says of itself that it is none: documentation, a mask, a counted sequence."""
    return (_STAND_IN.search(text) or _PUBLISHED.search(text)) is not None


def _luhn(text: bytes, prefix: str = "") -> bool:
    """ISO/IEC 7812-1, annex B."""
    numbers = [int(digit) for digit in reversed(prefix + _digits(text))]
    return (
        sum(number if place % 2 == 0 else sum(divmod(number * 2, 10)) for place, number in enumerate(numbers)) % 10 == 0
    )


def _npi(text: bytes) -> bool:
    """CMS: the Luhn digit counts the prefix 80840, the health industry of the United States."""
    return _luhn(text, prefix="80840")


def _crc32(text: bytes) -> bool:
    """GitHub's tokens end with the CRC-32 of what follows the prefix, in six digits of base 62."""
    body = text.rpartition(b"_")[2]
    rest, said = zlib.crc32(body[:-6]), ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        said = _BASE62[digit] + said
    return said.encode() == body[-6:]


def _vin(text: bytes) -> bool:
    """49 CFR 565.15(c): the ninth place is the weighted sum modulo 11."""
    vin = text.decode()
    remainder = sum(_VIN_VALUES[letter] * weight for letter, weight in zip(vin, _VIN_WEIGHTS, strict=True)) % 11
    return vin[8] == "0123456789X"[remainder]


def _iban(text: bytes) -> bool:
    """ISO 13616-1: the number with its first four places last is 1 modulo 97, letters counting from 10."""
    number = text.replace(b" ", b"").decode()
    return int("".join(str(int(letter, 36)) for letter in number[4:] + number[:4])) % 97 == 1


def _gs1(text: bytes) -> bool:
    """GS1 General Specifications, 7.9: weights 3 and 1 over the fourteen digits after `(01)`."""
    number = [int(digit) for digit in text[4:18].decode()]
    return sum(digit * (3 if place % 2 == 0 else 1) for place, digit in enumerate(number)) % 10 == 0


def _nhs(text: bytes) -> bool:
    """NHS Data Dictionary: modulus 11 with weights 10 to 2; a remainder that would be ten is never issued."""
    number = [int(digit) for digit in _digits(text)]
    return sum(digit * weight for digit, weight in zip(number, range(10, 0, -1), strict=True)) % 11 == 0


def _dea(text: bytes) -> bool:
    """DEA: odd places plus twice the even places end with the seventh digit."""
    number = [int(digit) for digit in _digits(text[2:])]
    return (sum(number[0:6:2]) + 2 * sum(number[1:6:2])) % 10 == number[6]


def _ssn(text: bytes) -> bool:
    """SSA: no area 000, 666 or 900 and above, no group 00, no serial 0000."""
    number = _digits(text)
    return (
        number not in _NEVER_ISSUED
        and number[:3] not in {"000", "666"}
        and number[:1] != "9"
        and number[3:5] != "00"
        and number[5:] != "0000"
    )


def _phone(text: bytes) -> bool:
    """Not of the exchange 555, which the numbering plan keeps for fiction, and not one digit over and over."""
    number = _digits(text)
    return number[-7:-4] != "555" and len(set(number)) > 2  # noqa: PLR2004


def _mailbox(text: bytes) -> bool:
    """A mailbox below a public top level, not a documentation domain (RFC 2606) and not a program's account."""
    top = text.rpartition(b".")[2].lower()
    return (len(top) == 2 or top in _TOP_LEVELS) and _NOT_PEOPLE.search(text) is None  # noqa: PLR2004


def _basic(text: bytes) -> bool:
    """RFC 7617: base64 of a printable `user:password`."""
    try:
        user, colon, password = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return bool(user and colon) and (user + password).isprintable() and _chosen(password.encode())


def _jwt(text: bytes) -> bool:
    """RFC 7515, section 4: the header is a JSON object that names an algorithm."""
    header = text.partition(b".")[0]
    try:
        value = json.loads(base64.urlsafe_b64decode(header + b"=" * (-len(header) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return False
    return isinstance(value, dict) and "alg" in value


def _chosen(text: bytes) -> bool:
    """Whether a person may have chosen it as a password: no template, no masked text, not only stock words."""
    return bool(text) and not (_TEMPLATE.search(text) or _WORDS.fullmatch(text))


def _generated(text: bytes) -> bool:
    """Whether a generic literal looks like a secret: letters and digits mixed, no name, path, template or word."""
    letters, figures = _any_of(text, ascii_letters), _any_of(text, digits)
    return letters and figures and _chosen(text) and not (_NAME.fullmatch(text) or _PUBLIC.match(text))


def _any_of(text: bytes, alphabet: str) -> bool:
    return any(letter in alphabet for letter in text.decode("latin-1"))


def _digits(text: Iterable[int]) -> str:
    return "".join(chr(byte) for byte in text if chr(byte) in digits)


CHECKS: dict[Check, Callable[[bytes], bool]] = {
    "basic": _basic,
    "chosen": _chosen,
    "crc32": _crc32,
    "dea": _dea,
    "generated": _generated,
    "gs1": _gs1,
    "iban": _iban,
    "jwt": _jwt,
    "luhn": _luhn,
    "mailbox": _mailbox,
    "nhs": _nhs,
    "npi": _npi,
    "phone": _phone,
    "ssn": _ssn,
    "vin": _vin,
}
