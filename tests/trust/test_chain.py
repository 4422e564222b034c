"""spec/bundle.md 10.1, 10.2 and 10.4: lines that only grow."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coderev.trust.canonical import NotCanonical
from coderev.trust.chain import MAX_LINE_BYTES, ChainBroken, next_line, read_chain
from coderev.trust.keys import Algorithm, make_key

CUSTODY = make_key(Algorithm.ED25519)
KEYS = {CUSTODY.public_key.keyid: CUSTODY.public_key}
STEPS = ("created", "signed", "copied", "scanned", "verified", "installed")


def chained(steps: Sequence[str], *, signed: bool = True) -> list[bytes]:
    lines: list[bytes] = []
    previous = None
    for number, step in enumerate(steps):
        lines.append(next_line({"step": step, "number": number}, previous, CUSTODY if signed else None))
        previous = read_chain(b"".join(lines))[-1].digest
    return lines


def broken_at(content: bytes, head: str | None = None) -> int:
    with pytest.raises(ChainBroken) as caught:
        read_chain(content, keys=KEYS, head=head)
    line = caught.value.facts["line"]
    assert isinstance(line, int)
    return line


LINES = chained(STEPS)
HEAD = read_chain(b"".join(LINES))[-1].digest


def test_a_whole_chain_tells_its_records_and_signers() -> None:
    """10.1."""
    links = read_chain(b"".join(LINES), keys=KEYS, head=HEAD)

    assert [link.record["step"] for link in links] == list(STEPS)
    assert {link.signer for link in links} == set(KEYS)


def test_an_empty_file_is_a_whole_chain() -> None:
    assert read_chain(b"", keys=KEYS) == ()


def test_lines_may_be_unsigned_where_nobody_asks_for_signatures() -> None:
    """10.4: before signing, custody travels unsigned; the site's own lines may not."""
    unsigned = b"".join(chained(STEPS, signed=False))

    assert [link.signer for link in read_chain(unsigned)] == [None] * len(STEPS)
    assert broken_at(unsigned) == 1


def test_a_line_that_was_removed_moved_added_or_doubled_is_found() -> None:
    """10.1."""
    one, two, three, *rest = LINES
    stranger = next_line({"step": "x"}, None, CUSTODY)

    assert broken_at(b"".join((one, three, *rest))) == 2
    assert broken_at(b"".join((two, three, *rest))) == 1
    assert broken_at(b"".join((one, three, two, *rest))) == 2
    assert broken_at(b"".join((one, two, two, three, *rest))) == 3
    assert broken_at(b"".join((one, two, stranger, three, *rest))) == 3


def test_a_line_that_was_changed_is_found() -> None:
    """10.1: where lines are unsigned, at the line after it."""
    unsigned = chained(STEPS, signed=False)
    unsigned[2] = unsigned[2].replace(b"copied", b"Copied")

    with pytest.raises(ChainBroken, match="line 4 breaks the chain: it does not carry"):
        read_chain(b"".join(unsigned))


def test_missing_lines_at_the_end_are_found_where_the_head_is_known() -> None:
    """10.2."""
    shorter = b"".join(LINES[:-1])

    assert len(read_chain(shorter, keys=KEYS)) == 5
    assert broken_at(shorter, HEAD) == 6
    assert broken_at(b"", HEAD) == 1


def test_a_chain_that_has_grown_still_holds_its_old_head() -> None:
    """10.2."""
    old = read_chain(b"".join(LINES[:3]))[-1].digest

    assert len(read_chain(b"".join(LINES), keys=KEYS, head=old)) == 6


def test_a_whole_new_chain_by_another_key_is_found() -> None:
    """10.4."""
    thief = make_key(Algorithm.ED25519)
    line = next_line({"step": "installed"}, None, thief)

    with pytest.raises(ChainBroken, match="which is no key of custody"):
        read_chain(line, keys=KEYS)
    assert broken_at(line.replace(thief.public_key.keyid.encode(), CUSTODY.public_key.keyid.encode())) == 1


def test_a_signature_made_for_another_purpose_does_not_pass() -> None:
    """10.4: though the key is right, and it signed these very bytes without their purpose."""
    plain = next_line({"step": "installed"}, None)
    signature = CUSTODY.sign(plain.rstrip(b"\n"))
    forged = plain.replace(
        b'"step":"installed"}',
        f'"step":"installed"}},"signature":{{"keyid":"{signature.keyid}","sig":"{signature.signature}"}}'.encode(),
    )

    with pytest.raises(ChainBroken, match=f"the signature of {signature.keyid} is wrong"):
        read_chain(forged, keys=KEYS)


@settings(max_examples=300, deadline=None)
@given(place=st.integers(0, len(b"".join(LINES)) - 1), bit=st.integers(0, 7))
def test_any_flipped_bit_is_found_at_its_line(place: int, bit: int) -> None:
    """10.1."""
    content = bytearray(b"".join(LINES))
    line = content[:place].count(b"\n") + 1
    content[place] ^= 1 << bit

    assert broken_at(bytes(content)) == line


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, len(b"".join(LINES)) - 1))
def test_any_cut_is_found_where_the_head_is_known(cut: int) -> None:
    """10.2."""
    content = b"".join(LINES)[:cut]

    assert broken_at(content, HEAD) == content.count(b"\n") + 1


@settings(max_examples=200, deadline=None)
@given(content=st.binary(min_size=1, max_size=200))
def test_rubbish_is_refused_with_one_error(content: bytes) -> None:
    with pytest.raises(ChainBroken):
        read_chain(content)


def test_an_endless_line_is_refused() -> None:
    """10.1, 14.1."""
    assert broken_at(b"".join(LINES) + b"{" * (MAX_LINE_BYTES + 2)) == 7
    with pytest.raises(NotCanonical, match="more than 65536 bytes"):
        next_line({"step": "x" * MAX_LINE_BYTES}, None)


def test_what_canonical_json_cannot_say_is_not_added() -> None:
    for value in (1.5, 2**60):
        with pytest.raises(NotCanonical):
            next_line({"step": value}, None)
