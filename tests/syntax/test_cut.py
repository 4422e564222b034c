from hypothesis import given
from hypothesis import strategies as st

from coderev.syntax import cut

SOURCE = b"import a\n\n\ndef f():\n    x\n\n\nclass C:\n    y = 1\n\n    def g(self):\n        z\n"


def names(*touched: range, source: bytes = SOURCE, language: str | None = "python") -> list[str]:
    return [unit.name for unit in cut(source, language, touched)]


def test_the_units_of_the_touched_lines_come_in_order_and_once() -> None:
    assert names(range(12, 13), range(5, 6), range(4, 5)) == ["f", "C.g"]
    assert names(range(1, 13)) == ["<module>", "f", "C", "C.g"]


def test_a_blank_region_between_definitions_is_no_unit_to_review() -> None:
    assert names(range(6, 8)) == []
    assert names(range(6, 9)) == ["C"]


def test_lines_outside_the_file_count_as_its_first_or_last() -> None:
    assert names(range(1)) == ["<module>"]
    assert names(range(90, 91)) == ["C.g"]
    assert names(range(0)) == ["<module>"]


def test_nothing_touched_is_nothing() -> None:
    assert names() == []
    assert names(language=None) == []


def test_an_unknown_language_is_cut_into_windows_that_are_merged() -> None:
    source = b"line\n" * 200

    units = cut(source, None, [range(100, 101), range(30, 32), range(60, 61)])

    assert [(unit.name, unit.kind) for unit in units] == [("lines 10-120", "window")]
    assert names(range(5, 6), range(150, 153), source=source, language=None) == ["lines 1-25", "lines 130-172"]


def test_a_window_stays_inside_the_file() -> None:
    assert names(range(0), source=b"", language=None) == ["lines 1-1"]
    assert names(range(50, 60), source=b"a\nb", language=None) == ["lines 1-2"]


@given(st.lists(st.tuples(st.integers(-2, 130), st.integers(0, 30)).map(lambda at: range(at[0], at[0] + at[1]))))
def test_windows_cover_what_is_touched_and_never_meet(touched: list[range]) -> None:
    units = cut(b"line\n" * 100, None, touched)

    covered = [line for unit in units for line in range(unit.start_line, unit.end_line + 1)]
    assert len(covered) == len(set(covered))
    assert {min(max(line, 1), 100) for lines in touched for line in lines} <= set(covered)
    assert all(1 <= line <= 100 for line in covered)
