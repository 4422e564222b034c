"""Check digits against published numbers, and what tells a secret from a stand-in."""

import pytest

from coderev.sensitive.checks import CHECKS, entropy, is_stand_in
from coderev.sensitive.detectors import Check

PUBLISHED: list[tuple[Check, str, bool]] = [
    ("npi", "1234567893", True),  # CMS, the example of the check digit's description
    ("npi", "1234567890", False),
    ("iban", "GB82 WEST " + "1234 5698 7654 32", True),  # the registry's example
    ("iban", "GB83 WEST " + "1234 5698 7654 32", False),
    ("vin", "1M8GDM9AXKP04" + "2788", True),  # 49 CFR 565 as everybody quotes it
    ("vin", "1M8GDM9A1KP042788", False),
    ("nhs", "943 476 " + "5919", True),  # NHS Data Dictionary
    ("nhs", "943 476 5918", False),
    ("dea", "AB" + "1234563", True),
    ("dea", "AB1234564", False),
    ("luhn", "79927398713", True),
    ("luhn", "79927398710", False),
    ("gs1", "(01)" + "09506000134352", True),
    ("gs1", "(01)09506000134353", False),
    ("ssn", "666-12-3456", False),
    ("ssn", "512-00-3456", False),
    ("ssn", "512-12-0000", False),
    ("ssn", "000-12-3456", False),
    ("ssn", "900-12-3456", False),
    ("phone", "2125550100", False),
    ("phone", "1111111111", False),
    ("mailbox", "a@clinic.png", False),
    ("mailbox", "a@clinic.de", True),
    ("basic", "not base64!", False),
    ("basic", "/////////w==", False),
    ("basic", "bm9jb2xvbg==", False),
    ("jwt", "eyJh.x.y", False),
    ("jwt", "W10.x.y", False),
    ("chosen", "", False),
    ("chosen", "%(password)s", False),
    ("chosen", "secret-password-1", False),
    ("chosen", "blue-kettle-9", True),
    ("generated", "HTTP_API_KEY_V2", False),
    ("generated", "onlyletters", False),
    ("generated", "sha512-Zm9v1", False),
]


@pytest.mark.parametrize(("check", "text", "expected"), PUBLISHED)
def test_a_check_says_what_the_issuer_says(check: Check, text: str, expected: bool) -> None:
    assert CHECKS[check](text.encode()) is expected


def test_the_checksum_of_a_revoked_token_that_github_showed_is_right() -> None:
    shown = "ghp_" + "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ" + "0mLq17"

    assert CHECKS["crc32"](shown.encode())


def test_entropy_counts_bits_per_byte() -> None:
    assert entropy(b"aaaa") == 0
    assert entropy(b"abcd") == 2


@pytest.mark.parametrize("text", [b"AKIAIOSFODNN7EXAMPLE", b"sk_live_xxxxxxxx", b"0123456789abcdef"])
def test_documentation_masks_and_counting_are_stand_ins(text: bytes) -> None:
    assert is_stand_in(text)
