import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from coderev.trust.canonical import MAX_DEPTH, MAX_INTEGER, NotCanonical, decode, decode_as, encode

VECTORS = json.loads((Path(__file__).parents[2] / "spec/bundle/canonical.json").read_text(encoding="utf-8"))
LIMIT = 10_000

scalars = st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | st.text()
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=20
)


class Leaflet(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    title: str
    pages: int = 1


@pytest.mark.parametrize("text", VECTORS["accepted"])
def test_the_canonical_vectors_are_read_and_written_as_they_are(text: str) -> None:
    """2.1: the vectors of what is canonical."""
    content = text.encode()

    assert encode(decode(content, limit=LIMIT)) == content


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: case["why"])
def test_the_other_vectors_are_refused(case: dict[str, str]) -> None:
    """2.1: the vectors of what is not canonical."""
    content = case["text"].encode()

    with pytest.raises(NotCanonical):
        decode(content, limit=LIMIT)


@given(value=values)
def test_what_was_encoded_decodes_to_the_same_in_one_spelling(value: object) -> None:
    """2.1: there is one spelling of a value."""
    try:
        content = encode(value)
    except NotCanonical:
        assume(False)

    again = decode(content, limit=len(content))

    assert again == value
    assert encode(again) == content


@given(value=values, data=st.data())
def test_a_byte_put_in_or_taken_out_is_refused_or_another_value(value: object, data: st.DataObject) -> None:
    """2.1: no two texts are the same value."""
    try:
        content = encode(value)
    except NotCanonical:
        assume(False)
    place = data.draw(st.integers(0, len(content) - 1))
    put = data.draw(st.sampled_from([b"", b" ", b"\n", b"0", b'"', b"\xff", content[place : place + 1] * 2]))
    changed = content[:place] + put + content[place + len(put[:1]) :] if put else content[:place] + content[place + 1 :]
    assume(changed != content)

    try:
        read = decode(changed, limit=LIMIT)
    except NotCanonical:
        return

    assert encode(read) == changed != content
    assert json.dumps(read) != json.dumps(value)


@given(content=st.binary(max_size=60))
def test_any_bytes_are_canonical_or_refused_and_never_a_crash(content: bytes) -> None:
    """2.1."""
    try:
        value = decode(content, limit=LIMIT)
    except NotCanonical:
        return

    assert encode(value) == content


@pytest.mark.parametrize("bracket", [b"[", b'{"a":'])
def test_deep_nesting_is_refused_without_recursion(bracket: bytes) -> None:
    """2.1, 14.1: depth is bounded."""
    with pytest.raises(NotCanonical):
        decode(bracket * 1_000_000, limit=10_000_000)


def test_a_value_too_deep_or_in_a_circle_has_no_form() -> None:
    """2.1, 14.1: depth is bounded for who writes, too."""
    deepest: list[Any] = []
    for _ in range(MAX_DEPTH - 1):
        deepest = [deepest]
    full: Any = 1
    for _ in range(MAX_DEPTH):
        full = [full]
    circle: list[Any] = []
    circle.append(circle)

    assert encode(deepest) == b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert encode(full) == b"[" * MAX_DEPTH + b"1" + b"]" * MAX_DEPTH
    with pytest.raises(NotCanonical, match="nested more than 16 deep"):
        encode([deepest])
    with pytest.raises(NotCanonical):
        encode(circle)


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        MAX_INTEGER + 1,
        -MAX_INTEGER - 1,
        10**400,
        {1: 2},
        "e\u0301",
        "\ud800",
        object(),
        [{"a": 0.5}],
    ],
)
def test_what_json_cannot_say_exactly_has_no_form(value: object) -> None:
    """2.1: integers only, names are text, text is UTF-8 in NFC."""
    with pytest.raises(NotCanonical):
        encode(value)


def test_more_bytes_than_the_limit_are_refused_before_they_are_read() -> None:
    """14.1: what is over a limit is refused before it is read."""
    assert decode(b"[1,2]", limit=5) == [1, 2]
    with pytest.raises(NotCanonical, match="more than 4 bytes"):
        decode(b"[1,2]", limit=4)
    with pytest.raises(NotCanonical, match="more than 4 bytes"):
        decode(b"\xff\xff\xff\xff\xff", limit=4)


def test_a_struct_is_read_by_its_type() -> None:
    """2.2: unknown and missing members, and other types, are refused."""
    assert decode_as(Leaflet, b'{"pages":2,"title":"x"}', limit=LIMIT) == Leaflet("x", 2)
    for content in (b'{"pages":2}', b'{"title":"x","year":1}', b'{"title":1}', b'{"pages":true,"title":"x"}'):
        with pytest.raises(NotCanonical):
            decode_as(Leaflet, content, limit=LIMIT)


def test_a_default_that_is_written_out_is_refused() -> None:
    """2.2: a member is left out where it has its default."""
    assert encode(Leaflet("x")) == b'{"title":"x"}'
    with pytest.raises(NotCanonical, match="spelled otherwise"):
        decode_as(Leaflet, b'{"pages":1,"title":"x"}', limit=LIMIT)
