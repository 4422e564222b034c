"""The rule data: which kinds of secret and identifier we know, and the expression that each becomes.

One YAML file of `rules/` holds one trade. The formats are facts that their issuers published; `source` says where.
`sample` and `near_miss` are recipes: tests assemble a match and a near miss from them, so that none stands here.
"""

import re
from functools import cache
from importlib import resources
from typing import Any, Literal

import msgspec
import re2

from coderev.finding import Confidence, Severity
from coderev.settings import read_yaml

Category = Literal["secret", "identifier"]
Check = Literal[
    "basic", "chosen", "crc32", "dea", "generated", "gs1", "iban", "jwt",
    "luhn", "mailbox", "nhs", "npi", "phone", "ssn", "vin",
]  # fmt: skip

TRADES = (  # the most specific first: of two kinds that claim the same bytes, the earlier wins
    "cloud", "forges", "packages", "infrastructure", "messaging", "payments", "ai", "saas", "keys",
    "credentials", "identifiers",
)  # fmt: skip

SHORTEST_HINT = 3  # characters; shorter ones stand in nearly every text

# RE2 has no look-around, so what stands beside a token is matched outside of the group `secret`.
_LEFT = r"(?:^|[^0-9A-Za-z]|\\[nrt]|%[0-9A-Fa-f]{2})"
_RIGHT = r"(?:[^0-9A-Za-z]|$)"
_ASSIGNED = r"""[0-9A-Za-z_. #-]{0,32}["'`\])]{0,3}[ \t]{0,8}(?:=>|:=|==?|:|,|\(|#|[ \t])[ \t]{0,4}(?:\\?["'`(]){0,3}"""
_GAP = r"(?:\\[nr]|[\s\"'`+|>,:.;()#*0-9-]){0,60}"  # between the lines of armour: quotes, line numbers, diff marks
_HEADER = r"(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset)[^\r\n\\]{0,120}"
_ARMOUR = (
    r"(?P<secret>-----BEGIN LABEL-----(?:GAPHEADER)*(?:GAP[A-Za-z0-9+/]{16,}={0,2})+"
    r"(?:(?:GAP[A-Za-z0-9+/=]{1,16})?GAP-----END LABEL-----)?)"
)


class Detector(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of sensitive text: what it is called, how bad it is in source code, and how it is recognised.

    `pattern` is RE2 over Latin-1 bytes. It stands alone between the edges of a token; or, with `after`, behind one
    of these words and an assignment; or, where it names a group `secret`, as it is. With a `label` there is none:
    the kind is a private key in the armour of RFC 7468.
    """

    kind: str
    title: str
    source: str
    category: Category = "secret"
    severity: Severity = "high"
    confidence: Confidence = "high"
    pattern: str = ""
    after: tuple[str, ...] = ()
    label: str = ""
    keywords: tuple[str, ...] = ()  # a text without any of these has no match; case does not count
    check: Check | None = None
    entropy: float = 2.5  # bits per character, at least; of secrets only
    sample: str
    near_miss: str

    @property
    def hints(self) -> tuple[str, ...]:
        """Literals of which one stands in every match; the empty one stands in every text."""
        if self.label:
            return (f"BEGIN {self.label}",)
        return self.keywords or self.after or _head(self.pattern)

    def expression(self) -> Any:
        """The compiled RE2 expression, whose group `secret` is the sensitive part."""
        if self.label:
            text = _ARMOUR.replace("LABEL", self.label).replace("GAP", _GAP).replace("HEADER", _HEADER)
        elif self.after:
            words = "|".join(map(re.escape, self.after))
            text = f"(?i:{words}){_ASSIGNED}(?P<secret>{self.pattern}){_RIGHT}"
        elif "(?P<secret>" in self.pattern:
            text = self.pattern
        else:
            text = f"{_LEFT}(?P<secret>{self.pattern}){_RIGHT}"
        return re2.compile(text.encode("latin-1"), latin1())


class _Trade(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    detectors: tuple[Detector, ...]


@cache
def detectors() -> tuple[Detector, ...]:
    """Every detector, in the order of precedence."""
    rules = resources.files(__package__) / "rules"
    return tuple(
        detector
        for trade in TRADES
        for detector in read_yaml((rules / f"{trade}.yaml").read_bytes(), f"rules/{trade}.yaml", _Trade).detectors
    )


def latin1(*, case_sensitive: bool = True, max_mem: int = 64 << 20) -> Any:
    """RE2 options under which any byte is a character, so that no input is unreadable; memory in bytes."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.case_sensitive = case_sensitive
    options.max_mem = max_mem
    options.log_errors = False
    return options


def _head(pattern: str) -> tuple[str, ...]:
    """The literal that a pattern begins with, if it is long enough to be rare."""
    found = re.match(r"(?:[\w/:-]|\\[.$+])+(?![*?{])", pattern)
    literal = found[0].replace("\\", "") if found else ""
    return (literal if len(literal) >= SHORTEST_HINT else "",)
