"""What holds for structures in any language: spans of a file, what is forgotten, and hostile bytes."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from stand_ins.structures import key_of

from coderev.syntax import Parsed, Structure, parse
from coderev.syntax.queries import TooManyMatches
from coderev.syntax.structure import DIALECTS
from coderev.syntax.trees import TooHard

FILE = '''\
# a licence

"""What the module is for."""

import os

LIMIT = 3  # items


class Shelf:
    """What holds books."""

    room = LIMIT

    def put(self, book):
        """Put it."""
        found = [  # all
            shelf for shelf in self.shelves
        ]
        return found[0].add(book)

    # between

    @property
    def full(self):
        return f"{
            self.room
        }"


def first(shelves):
    for shelf in shelves:
        return shelf
    return None
'''
METHOD = "def put(self, book):\n    rows = [row for row in self.shelves]\n    return rows[0].add(book)\n"


def structure(text: str, first: int, last: int) -> Structure | None:
    return parse(text.encode(), "python").structure(first, last)


def told(parsed: Parsed, found: Structure) -> list[bytes]:
    return [parsed.source[start:end] for _, start, end in found.tokens]


def test_a_method_in_its_class_has_the_key_of_the_method_alone() -> None:
    found = structure(FILE, 15, 20)

    assert found is not None
    assert (
        found.key
        == key_of(METHOD, "python")
        == key_of("".join(f"    {line}\n" for line in METHOD.split("\n")), "python")
    )
    assert found.names == ("found", "shelf")


def test_a_whole_class_has_a_key_of_its_own() -> None:
    whole, alone = structure(FILE, 10, 28), key_of("\n".join(FILE.split("\n")[9:28]) + "\n", "python")

    assert whole is not None
    assert whole.key == alone != key_of(METHOD, "python")


@pytest.mark.parametrize(
    ("first", "last", "tokens"),
    [
        (1, 8, [b"import", b"os", b"LIMIT", b"=", b"3"]),
        (5, 5, [b"import", b"os"]),
        (7, 8, [b"LIMIT", b"=", b"3"]),
        (8, 9, []),
        (13, 14, [b"room", b"=", b"LIMIT"]),
        (21, 23, []),
    ],
)
def test_a_region_between_definitions_holds_the_tokens_of_its_lines(first: int, last: int, tokens: list[bytes]) -> None:
    parsed = parse(FILE.encode(), "python")

    found = parsed.structure(first, last)

    assert found is not None
    assert told(parsed, found) == tokens


@pytest.mark.parametrize(
    ("first", "last"), [(10, 15), (15, 17), (16, 17), (18, 20), (20, 24), (25, 27), (26, 26), (26, 27), (28, 31)]
)
def test_lines_that_cut_through_a_node_have_no_key(first: int, last: int) -> None:
    assert structure(FILE, first, last) is None


def test_the_key_of_lines_is_the_same_wherever_they_stand() -> None:
    parsed = parse(FILE.encode(), "python")
    found = parsed.structure(31, 34)
    assert found is not None

    moved = parse((FILE.split("\n\n\n")[2] + "\n\n" + FILE).encode(), "python").structure(1, 4)

    assert moved is not None
    assert moved.key == found.key


def test_lines_without_the_head_of_their_function_keep_its_names_which_may_be_parameters() -> None:
    one, other = (f"def f(x, y):\n    {name} = g({name})\n    return {name}\n" for name in "xy")

    found = [structure(text, 2, 3) for text in (one, other)]

    assert None not in found
    assert len({one.key for one in found if one is not None}) == 2


def test_a_file_of_many_functions_is_not_read_anew_for_each() -> None:
    count = 4_000
    parsed = parse(
        b"".join(b"def f%d(a):\n    return a + %d\n" % (number, number) for number in range(count)), "python"
    )

    keys = {found.key for number in range(count) if (found := parsed.structure(2 * number + 1, 2 * number + 2))}

    assert len(keys) == count


def test_broken_code_has_no_key_only_in_its_own_lines() -> None:
    text = "def f(a):\n    return a\n\n\ndef g(:\n    return\n\n\ndef h(a):\n    return a\n"

    found = [structure(text, first, first + 1) for first in (1, 5, 9)]

    assert [one is None for one in found] == [False, True, False]


def test_a_span_that_ends_before_a_docstring_keeps_the_docstring_of_another() -> None:
    parsed = parse(b'"""d"""\n"""e"""\nx = 1\n', "python")

    whole, later = parsed.structure(1, 3), parsed.structure(2, 3)

    assert whole is not None
    assert later is not None
    assert told(parsed, whole) == told(parsed, later) == [b'"""e"""', b"x", b"=", b"1"]


def test_what_is_forgotten_is_exactly_the_comments_and_docstrings() -> None:
    parsed = parse(FILE.encode(), "python")

    found, kept = parsed.structure(1, 34), parsed.structure(1, 34, keep_comments=True)

    assert found is not None
    assert [parsed.source[start:end] for start, end in found.forgotten] == [
        b"# a licence",
        b'"""What the module is for."""',
        b"# items",
        b'"""What holds books."""',
        b'"""Put it."""',
        b"# all",
        b"# between",
    ]
    assert kept is not None
    assert kept.forgotten == []


def test_comments_count_where_they_are_asked_for() -> None:
    one, other = "x = 1  # one\n", "x = 1  # other\n"

    assert key_of(one, "python") == key_of(other, "python")
    assert key_of(one, "python", True) != key_of(other, "python", True)
    assert key_of(one, "python", True) != key_of(one, "python")


@pytest.mark.parametrize("depth", [100, 30_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{0:", "}"), ("g(", ")"), ("not (", ")")])
def test_deep_nesting_costs_no_stack(depth: int, opening: str, closing: str) -> None:
    levels = depth // len(opening)
    text = "x = " + opening * levels + "a" + closing * levels + "\n"

    try:
        key = key_of(text, "python")
    except TooHard:
        assert depth == 30_000
    else:
        assert key != key_of(f"x = {opening}a{closing}\n", "python")


def test_no_language_gives_its_key_to_another() -> None:
    keys = [key for language in DIALECTS if (key := key_of("a(b)", language) or key_of("a(b);", language))]

    assert len(set(keys)) == len(keys) > 5


FRAGMENTS = (
    *("(", ")", "{", "}", "[", "]", "<", ">", ";", ":", ",", "=", "=>", ":=", "#", "//", "/*", "*/", "@", "*", "..."),
    *('"', "'", "`", "${", "#{", "<<A", "\\", "\n", "\r\n", "\r", "\0", "\t", "    ", "\v", "\f", "\ufeff", "é", "ﬁ"),
    *("def f(a):", "class A", "fn h()", "func k()", "end", "if a", "return", "x", "const y", "struct S", "let z = x"),
    *("f'{x=}'", "'''", '"""', "#define M x", "for x in y:", "match x", "case x:", "lambda: x", "async ", "1_0", "0x"),
)
anything = st.one_of(
    st.binary(max_size=200),
    st.lists(st.sampled_from(FRAGMENTS), max_size=50).map(lambda parts: "".join(parts).encode()),
    st.lists(st.sampled_from(FRAGMENTS), max_size=50).map(lambda parts: " ".join(parts).encode()),
)


@example("ruby", b"/*\n!\n'", False)
@given(st.sampled_from(sorted(DIALECTS)), anything, st.booleans())
@settings(max_examples=600, deadline=None)
def test_any_bytes_have_a_structure_or_none(language: str, source: bytes, keep: bool) -> None:
    try:
        parsed = parse(source, language)
        spans = [(1, parsed.lines), *((line, line) for line in range(1, min(parsed.lines, 8) + 1))]
        found = [parsed.structure(first, last, keep_comments=keep) for first, last in spans]
    except (TooHard, TooManyMatches):
        return

    assert all(one is None or len(one.key) == 32 for one in found)


@given(st.sampled_from(sorted(DIALECTS)), anything)
@settings(max_examples=400, deadline=None)
def test_tokens_are_in_order_and_apart_and_lie_in_the_span(language: str, source: bytes) -> None:
    parsed = parse(source, language)
    found = parsed.structure(1, parsed.lines)

    places = [] if found is None else [place for place, _, _ in found.tokens]
    ends = [] if found is None else [edge for _, start, end in found.tokens for edge in (start, end)]

    assert places == sorted(set(places))
    assert ends == sorted(ends)
    assert all(start < end for start, end in zip(ends[::2], ends[1::2], strict=True))
    assert not ends or 0 <= ends[0] < ends[-1] <= len(source)


DROPPED = b"()[],;\\ \t\r\n\f"


@given(st.lists(st.sampled_from([*FILE.split("\n\n"), METHOD]), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_tokens_cover_all_but_blanks_what_is_forgotten_and_what_is_dropped(parts: list[str]) -> None:
    parsed = parse("\n\n\n".join(parts).encode(), "python")
    found = parsed.structure(1, parsed.lines)
    uncovered = bytearray(parsed.source)

    for start, end in [] if found is None else [*((a, b) for _, a, b in found.tokens), *found.forgotten]:
        uncovered[start:end] = b" " * (end - start)

    assert found is None or not bytes(uncovered).strip(DROPPED)
