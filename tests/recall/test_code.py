"""A quote is told by the tokens that it holds, and quoted anew where they stand now."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stand_ins.remembering import code_of

from coderev.recall import Code, Place
from coderev.recall.code import Anchor

OLD = """def total(items, limit):
    result = 0
    for item in items:
        if item.price > limit: result += item.price; print(item)
    return result
"""
NEW = """def total(items, limit):
    # what all cost
    sum_ = 0
    for each in items:

        if (
            each.price
            > limit
        ):
            sum_ += each.price
            print(each)
    return (sum_)
"""


@pytest.mark.parametrize(
    ("quote", "line", "expected"),
    [
        ("result = 0", 2, (13, "sum_ = 0")),
        ("    result   =  0", 99, (13, "sum_ = 0")),
        ("if item.price > limit:", 4, (16, "if (\n            each.price\n            > limit\n        ):")),
        ("item.price > limit", 4, (17, "each.price\n            > limit")),
        ("print(item)", 4, (21, "print(each)")),
        ("return result", 5, (22, "return (sum_)")),
        (
            "for item in items:\n        if item.price",
            3,
            (14, "for each in items:\n\n        if (\n            each.price"),
        ),
    ],
)
def test_a_quote_is_carried_to_other_lines_and_names(quote: str, line: int, expected: tuple[int, str]) -> None:
    old, new = code_of(OLD), code_of(NEW, first_line=11)
    assert old.structure is not None
    assert new.structure is not None
    assert old.structure.key == new.structure.key

    anchor = old.anchor(quote, line)

    assert anchor is not None
    assert new.quote(anchor) == expected


@pytest.mark.parametrize("quote", ["tem.price", "result =", "nothing of it", "", ":", "print(ite"])
def test_a_quote_that_cuts_a_token_or_is_not_there_is_not_told(quote: str) -> None:
    found = code_of(OLD).anchor(quote, 2)

    assert found is None or quote == "result ="


def test_a_repeated_quote_is_told_by_the_stated_line() -> None:
    code = code_of("def f(a):\n    g(a)\n    h(a)\n    g(a)\n")

    assert code.anchor("g(a)", 4) != code.anchor("g(a)", 2)
    assert code.anchor("g(a)", 3) is None


def test_a_quote_that_reaches_the_end_of_its_line_takes_its_semicolon_with_it() -> None:
    old, new = code_of("f(a);\ng(b)\n"), code_of("f( a );  # why\ng(b)\n")

    anchor = old.anchor("f(a);", 1)

    assert anchor is not None
    assert new.quote(anchor) == (1, "f( a );")


@pytest.mark.parametrize("anchor", [Anchor(-1, 2, True, True), Anchor(3, 3, True, True), Anchor(0, 10_000, True, True)])
def test_an_anchor_that_is_not_in_the_code_is_no_quote(anchor: Anchor) -> None:
    assert code_of(OLD).quote(anchor) is None


def test_code_without_a_structure_tells_no_quote() -> None:
    code = Code(b"if x {\n", 7)

    assert code.find("if x {", 7) == Place(7, 7)
    assert code.anchor("if x {", 7) is None


def test_characters_that_are_shown_as_others_are_not_told() -> None:
    code = code_of('x = "\u202e"\ny = 1\n')

    assert code.anchor('x = "U+202E"', 1) is None
    assert code.anchor("y = 1", 2) is not None


LINES = st.sampled_from(["a = 1", "b = f(a)", "é = 'ü'", "if a:\n    g(a)", "x = [a,\n     b]", "h(a); k(b)"])


@given(st.lists(LINES, min_size=1, max_size=6), st.data())
def test_a_quote_of_whole_lines_comes_back_as_it_was(pieces: list[str], data: st.DataObject) -> None:
    code = code_of("\n".join(pieces) + "\n")
    lines = [line for line in code.lines if line]
    first = data.draw(st.integers(0, len(lines) - 1))
    last = data.draw(st.integers(first, len(lines) - 1))
    quote = "\n".join(lines[first : last + 1])

    anchor = code.anchor(quote, first + 1)

    if anchor is not None:
        line, text = code.quote(anchor) or (0, "")
        assert [part.split() for part in text.split("\n")] == [part.split() for part in quote.split("\n")]
        assert code.find(text, line) == Place(line, line + last - first)


@given(st.text(max_size=30), st.integers(-5, 20))
def test_no_quote_breaks_the_telling(quote: str, line: int) -> None:
    code = code_of(OLD)

    anchor = code.anchor(quote, line)

    assert anchor is None or code.quote(anchor) is not None
