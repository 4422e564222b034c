"""Revoking a key needs nothing but the paper, works at once, and cannot be taken back."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderev.bundle.revocations import KeyNotNamed, Revocations, RevocationsDamaged, key_named, read, revoke

FINGERPRINT = "164D569DDB0304D76D8E3F41F354C72E2E126369"
KEY_ID = "0123456789abcdef" * 4


def test_a_key_is_revoked_at_once_and_once(tmp_path: Path) -> None:
    """5.10: adds at once, needing nothing but the fingerprint from paper."""
    state = tmp_path / "state"

    added = [revoke(state, "164d 569d db03 04d7 6d8e  3f41 f354 c72e 2e12 6369"), revoke(state, FINGERPRINT)]

    assert added == [True, False]
    assert read(state) == Revocations(openpgp=frozenset({FINGERPRINT}))


def test_the_list_only_grows(tmp_path: Path) -> None:
    """5.10: it can only grow."""
    revoke(tmp_path, FINGERPRINT)
    revoke(tmp_path, KEY_ID.upper())

    assert read(tmp_path) == Revocations(openpgp=frozenset({FINGERPRINT}), tuf=frozenset({KEY_ID}))


def test_a_site_that_revoked_nothing_has_no_list(tmp_path: Path) -> None:
    assert read(tmp_path) == Revocations()


@given(st.text(alphabet="0123456789abcdefABCDEF ghxé", max_size=80))
def test_only_a_whole_name_is_taken(typed: str) -> None:
    plain = "".join(typed.split())
    whole = len(plain) in {40, 64} and all(digit in "0123456789abcdefABCDEF" for digit in plain)

    if whole:
        assert key_named(typed).lower() == plain.lower()
    else:
        with pytest.raises(KeyNotNamed):
            key_named(typed)


@pytest.mark.parametrize("line", ["", "126369", FINGERPRINT.lower(), f"# {FINGERPRINT}"])
def test_a_damaged_list_is_never_a_shorter_one(tmp_path: Path, line: str) -> None:
    (tmp_path / "revoked").write_text(f"{KEY_ID}\n{line}\n")

    with pytest.raises(RevocationsDamaged, match="line 2"):
        read(tmp_path)
    with pytest.raises(RevocationsDamaged):
        revoke(tmp_path, FINGERPRINT)
