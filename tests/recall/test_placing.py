from hypothesis import given
from hypothesis import strategies as st

from coderev.recall.placing import Place, place

LINES = [
    "def total(items):",
    "    sum = 0",
    "    for item in items:",
    "        sum += item",
    "    sum = 0",
    "    return sum",
]


def test_a_unique_quote_is_placed_where_it_stands_whatever_the_stated_line() -> None:
    assert place("for item in items:", 99, LINES, first_line=10) == Place(12, 12)


def test_a_repeated_quote_is_placed_only_on_the_stated_line() -> None:
    assert place("sum = 0", 14, LINES, first_line=10) == Place(14, 14)
    assert place("sum = 0", 13, LINES, first_line=10) is None


def test_a_quote_that_is_not_there_is_not_placed() -> None:
    assert place("return total", 15, LINES, first_line=10) is None


def test_white_space_does_not_count() -> None:
    assert place("  sum   +=  item ", 1, LINES) == Place(4, 4)


def test_a_quote_of_several_lines_is_placed_on_all_of_them() -> None:
    assert place("items:\n sum += item\n sum", 1, LINES) == Place(3, 5)


def test_a_quote_without_a_letter_or_digit_says_nothing() -> None:
    assert place(":", 1, LINES) is None
    assert place("", 1, LINES) is None


def test_a_quote_longer_than_the_unit_is_not_placed() -> None:
    assert place("\n".join([*LINES, "and more"]), 1, LINES) is None


@given(st.lists(st.text("ab =", max_size=6), max_size=8), st.text("ab =\n", max_size=10), st.integers(-3, 20))
def test_every_place_holds_the_quote(lines: list[str], quote: str, stated: int) -> None:
    found = place(quote, stated, lines, first_line=3)

    if found is not None:
        held = " ".join(" ".join(lines[found.start_line - 3 : found.end_line - 2]).split())
        assert 3 <= found.start_line <= found.end_line <= len(lines) + 2
        assert " ".join(quote.split()) in held


@given(st.lists(st.text("abc", min_size=1, max_size=6), min_size=1, max_size=8, unique=True), st.data())
def test_a_whole_line_is_always_found(lines: list[str], data: st.DataObject) -> None:
    number = data.draw(st.integers(1, len(lines)))

    found = place(lines[number - 1], number, lines)

    assert (
        found == Place(number, number) or lines[found.start_line - 1].find(lines[number - 1]) >= 0 if found else False
    )
