"""What is sealed opens at its own place, under its own key, unchanged; anything else does not."""

import os
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderev.settings import DatabaseSettings
from coderev.store.sealing import (
    KEY_ID_BYTES,
    MAX_PLAIN_BYTES,
    NONCE_BYTES,
    TAG_BYTES,
    Column,
    Seal,
    SealedWithAnotherKey,
    Tampered,
    TooLargeToKeep,
)

KEY, OLDER = bytes(range(32)), b"o" * 32
RESULT, SMALL = Column("review", "sealed_result"), Column("review", "small", most=100)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
PLACES = st.tuples(st.builds(Column, NAMES, NAMES, st.just(MAX_PLAIN_BYTES)), NAMES, NAMES)
SEAL = Seal(KEY)


@given(place=PLACES, plain=st.binary(max_size=3_000))
def test_what_was_sealed_opens_at_its_place(place: tuple[Column, str, str], plain: bytes) -> None:
    assert Seal(KEY).open(*place, SEAL.seal(*place, plain)) == plain


@given(place=PLACES, other=PLACES, plain=st.binary(max_size=50))
def test_it_opens_nowhere_else(place: tuple[Column, str, str], other: tuple[Column, str, str], plain: bytes) -> None:
    if place == other:
        return

    with pytest.raises(Tampered, match="does not open: it is not what was sealed for this place"):
        SEAL.open(*other, SEAL.seal(*place, plain))


@given(parts=st.permutations(["a", "b", "ab", ""]), others=st.permutations(["a", "b", "ab", ""]))
def test_no_two_places_look_alike_when_their_names_are_joined(parts: list[str], others: list[str]) -> None:
    sealed = SEAL.seal(Column(parts[0], parts[1]), parts[2], parts[3], b"x")

    opened: Any = None
    try:
        opened = SEAL.open(Column(others[0], others[1]), others[2], others[3], sealed)
    except Tampered:
        assert parts != others
    else:
        assert (opened, parts) == (b"x", others)


@given(plain=st.binary(max_size=60), data=st.data())
def test_any_bit_that_is_turned_is_noticed(plain: bytes, data: st.DataObject) -> None:
    sealed = SEAL.seal(RESULT, "t", "r", plain)
    bit = data.draw(st.integers(0, 8 * len(sealed) - 1))
    turned = bytearray(sealed)
    turned[bit // 8] ^= 1 << bit % 8

    with pytest.raises(Tampered):
        SEAL.open(RESULT, "t", "r", bytes(turned))


@given(plain=st.binary(max_size=60), data=st.data())
def test_whatever_is_cut_off_or_put_on_is_noticed(plain: bytes, data: st.DataObject) -> None:
    sealed = SEAL.seal(RESULT, "t", "r", plain)
    cut, more = data.draw(st.integers(0, len(sealed) - 1)), data.draw(st.binary(min_size=1, max_size=40))

    for changed in (sealed[:cut], sealed[cut:] if cut else b"", sealed + more, more + sealed):
        with pytest.raises(Tampered):
            SEAL.open(RESULT, "t", "r", changed)


@given(st.binary(max_size=200))
def test_rubbish_does_not_open(rubbish: bytes) -> None:
    with pytest.raises(Tampered):
        SEAL.open(RESULT, "t", "r", rubbish)


def test_the_same_value_is_never_sealed_the_same_way_twice() -> None:
    assert len({SEAL.seal(RESULT, "t", "r", b"value") for _ in range(200)}) == 200


def test_text_is_kept_shorter_and_noise_hardly_longer() -> None:
    noise = os.urandom(2_000)

    assert len(SEAL.seal(RESULT, "t", "r", b"the same words again and again. " * 100)) < 200
    assert len(SEAL.seal(RESULT, "t", "r", noise)) == len(noise) + 1 + KEY_ID_BYTES + NONCE_BYTES + 1 + TAG_BYTES


def test_the_longest_opens_and_what_is_longer_is_refused() -> None:
    longest = os.urandom(SMALL.most)

    assert SEAL.open(SMALL, "t", "r", SEAL.seal(SMALL, "t", "r", longest)) == longest
    with pytest.raises(TooLargeToKeep, match=r"review\.small is not kept: 101 bytes are more than 100") as caught:
        SEAL.seal(SMALL, "t", "r", longest + b"x")
    assert "limits" in caught.value.next_step
    assert RESULT.most == MAX_PLAIN_BYTES == 64 * 1024 * 1024


def test_what_unpacks_to_more_than_its_column_has_does_not_open() -> None:
    wide = Column(SMALL.table, SMALL.name, most=10_000)

    with pytest.raises(Tampered, match="it unpacks to more"):
        SEAL.open(SMALL, "t", "r", SEAL.seal(wide, "t", "r", b"x" * 5_000))
    with pytest.raises(Tampered, match="longer than anything"):
        SEAL.open(SMALL, "t", "r", SEAL.seal(wide, "t", "r", os.urandom(5_000)))


@pytest.mark.parametrize(
    ("packed", "reason"),
    [
        (b"", "unknown way"),
        (b"\x02x", "unknown way"),
        (b"\x01nothing", "cannot be unpacked"),
        (b"\x01" + zlib.compress(b"x")[:-1], "more, or to less"),
        (b"\x01" + zlib.compress(b"x") + b"y", "more, or to less"),
    ],
)
def test_what_we_never_pack_does_not_open(packed: bytes, reason: str) -> None:
    sealed = SEAL.seal(RESULT, "t", "r", b"")
    key_id, nonce = sealed[1:9], os.urandom(NONCE_BYTES)
    bound = b"".join(
        len(each).to_bytes(8, "big") + each for each in (b"\x01", key_id, b"t", b"review", b"sealed_result", b"r")
    )
    forged = sealed[:9] + nonce + SEAL._cipher(key_id, "t").encrypt(nonce, packed, bound)

    with pytest.raises(Tampered, match=reason):
        SEAL.open(RESULT, "t", "r", forged)


def test_after_a_rotation_the_first_key_seals_and_all_open() -> None:
    old = Seal(OLDER).seal(RESULT, "t", "r", b"value")
    rotated = Seal(KEY, OLDER)
    new = rotated.seal(RESULT, "t", "r", b"value")

    assert rotated.open(RESULT, "t", "r", old) == Seal(KEY).open(RESULT, "t", "r", new) == b"value"
    with pytest.raises(SealedWithAnotherKey, match=f"the key {Seal(KEY).key_ids[0]} is not in the key file") as caught:
        Seal(OLDER).open(RESULT, "t", "r", new)
    assert "another line of the key file" in caught.value.next_step
    assert rotated.key_ids == (*Seal(KEY).key_ids, *Seal(OLDER).key_ids)


def test_what_one_tenants_key_seals_another_tenants_does_not_open() -> None:
    first, second = (SEAL._cipher(bytes.fromhex(SEAL.key_ids[0]), tenant) for tenant in "ab")
    nonce = bytes(12)

    assert first.encrypt(nonce, b"x", b"") != second.encrypt(nonce, b"x", b"")


@given(purpose=st.binary(max_size=5), other=st.binary(max_size=5), value=st.binary(max_size=9))
def test_tags_of_two_purposes_have_nothing_in_common(purpose: bytes, other: bytes, value: bytes) -> None:
    assert (SEAL.mac(purpose, value) == SEAL.mac(other, value)) == (purpose == other)
    assert len(SEAL.mac(purpose, value)) == 32


@given(value=st.binary(max_size=9), other=st.binary(max_size=9))
def test_tags_are_equal_for_equal_values_under_equal_keys_only(value: bytes, other: bytes) -> None:
    assert (SEAL.mac(b"token", value) == Seal(KEY).mac(b"token", other)) == (value == other)
    assert SEAL.mac(b"token", value) != Seal(OLDER).mac(b"token", value)
    assert Seal(OLDER, KEY).macs(b"token", value) == (Seal(OLDER).mac(b"token", value), SEAL.mac(b"token", value))


@pytest.mark.parametrize("keys", [(), (b"",), (b"x" * 31,), (KEY, b"x" * 33)])
def test_a_seal_needs_whole_keys(keys: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="a key has 32 bytes"):
        Seal(*keys)


def test_a_site_names_its_key_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(f"{KEY.hex()}\n{OLDER.hex()}\n", encoding="utf-8")
    path.chmod(0o600)

    seal = Seal.of(DatabaseSettings(key_file=str(path)))

    assert seal.key_ids == Seal(KEY, OLDER).key_ids
    assert seal.open(RESULT, "t", "r", Seal(OLDER).seal(RESULT, "t", "r", b"v")) == b"v"


def test_nothing_that_is_shown_of_a_seal_tells_its_keys() -> None:
    shown = repr(SEAL) + str(SEAL.key_ids) + repr(vars(Tampered(column=RESULT, row="r", reason="why")))

    assert KEY.hex() not in shown
    assert str(KEY) not in shown
