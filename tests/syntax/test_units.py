"""Each file in `cases/` is a source, a line `=====`, and its units as a table."""

from itertools import pairwise
from pathlib import Path

import pytest

from coderev.syntax import LANGUAGES, Unit, parse

CASES = Path(__file__).parent / "cases"


def table(units: tuple[Unit, ...]) -> str:
    rows = (
        f"{unit.start_line:>3}-{unit.end_line:<3} {unit.kind:<9} {unit.name:<28} {unit.signature}".rstrip()
        for unit in units
    )
    return "".join(row + "\n" for row in rows)


def names(source: bytes, language: str = "python") -> list[str]:
    return [unit.name for unit in parse(source, language).units if unit.kind != "top-level"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_the_units_of_its_case(language: str) -> None:
    source, _, expected = (CASES / f"{language}.txt").read_text(encoding="utf-8").partition("=====\n")

    parsed = parse(source.encode(), language)

    assert table(parsed.units) == expected
    assert parsed.broken == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_line_ends_do_not_change_the_units(language: str) -> None:
    source = (CASES / f"{language}.txt").read_bytes().partition(b"=====\n")[0]

    crlf = parse(source.replace(b"\n", b"\r\n"), language)

    assert crlf.units == parse(source, language).units


def test_a_line_shared_by_two_units_belongs_to_the_one_that_starts_last() -> None:
    parsed = parse(b"function a() {\n  x();\n} function b() {\n  y();\n}\n", "javascript")

    assert [parsed.unit_at(line).name for line in range(1, 6)] == ["a", "a", "b", "b", "b"]


def test_after_a_nested_unit_the_lines_belong_to_the_outer_again() -> None:
    parsed = parse(b"def a():\n    def b():\n        pass\n    return b\n", "python")

    assert [parsed.unit_at(line).name for line in range(1, 5)] == ["a", "a.b", "a.b", "a"]


def test_lines_outside_the_file_count_as_its_first_or_last() -> None:
    parsed = parse(b"def a():\n    pass\nx = 1", "python")

    assert parsed.unit_at(0).name == parsed.unit_at(-5).name == "a"
    assert parsed.unit_at(99) == parsed.unit_at(3)


def test_an_empty_file_is_one_top_level_line() -> None:
    assert table(parse(b"", "python").units) == "  1-1   top-level <module>\n"


def test_a_byte_order_mark_and_missing_end_of_line_do_no_harm() -> None:
    assert (
        table(parse(b"\xef\xbb\xbfdef a():\n    pass", "python").units)
        == "  1-2   function  a" + " " * 28 + "def a()\n"
    )


def test_a_comment_belongs_to_the_definition_only_directly_above_and_at_its_column() -> None:
    source = (
        b"# far\n\n# near\n# nearer\ndef a():\n    pass\n"
        b"    # of a, not of b\ndef b(): pass\nx = 1  # beside\ndef c(): pass\n"
    )

    units = {unit.name: unit.start_line for unit in parse(source, "python").units if unit.kind == "function"}

    assert units == {"a": 3, "b": 8, "c": 10}


def test_a_comment_before_code_on_its_line_belongs_to_that_code() -> None:
    parsed = parse(b"/* a */ int x;\nint f(void) { return 1; }\n", "c")

    assert parsed.unit_at(1).name == "<module>"


def test_a_signature_has_no_comment_and_no_more_than_four_hundred_characters() -> None:
    source = b"def a(\n    x,  # secret\n    y: int = 1,\n):\n    pass\ndef b(" + b"x" * 5000 + b"): pass\n"

    first, second = (unit.signature for unit in parse(source, "python").units)

    assert first == "def a( x, y: int = 1, )"
    assert len(second) == 400


def test_what_stands_before_a_function_on_its_line_is_not_its_head_when_it_is_a_call() -> None:
    (unit,) = (unit for unit in parse(b"on('x', function go(a) {});\n", "javascript").units if unit.name == "go")

    assert unit.signature == "function go(a)"


def test_what_is_put_on_the_module_has_its_own_name_and_what_is_put_on_an_object_the_objects() -> None:
    source = b"exports.a = () => 1;\nmodule.exports.b = function () {};\nthis.c = () => 1;\nd.e = () => 1;\n"

    assert names(source, "javascript") == ["a", "b", "c", "d.e"]


def test_duplicates_get_an_ordinal_and_their_children_do_not() -> None:
    source = b"class A:\n    def f(self): pass\nclass A:\n    def f(self): pass\n"

    assert names(source) == ["A", "A.f", "A#2", "A.f#2"]


def test_a_body_that_is_nothing_but_a_definition_keeps_its_name() -> None:
    assert names(b"class A:\n    class B:\n        def f(self): pass\n") == ["A", "A.B", "A.B.f"]


def test_a_name_in_a_body_is_not_the_name_of_what_is_around_it() -> None:
    assert names(b"typedef struct { struct inner { int x; } i; } outer;\n", "c") == ["outer", "inner"]


def test_names_are_bounded_however_deep_the_nesting() -> None:
    source = b"".join(b" " * depth + b"def some_long_name():\n" for depth in range(60)) + b" " * 60 + b"pass\n"

    assert max(map(len, names(source))) <= 210
    assert len(set(names(source))) == 60


def test_broken_code_still_yields_the_units_around() -> None:
    source = b"def a():\n    return 1\n\ndef b():\n    x = = 2\n\ndef c():\n    return 3\n"

    parsed = parse(source, "python")

    assert {"a", "b", "c"} <= {unit.name for unit in parsed.units}
    assert any(first <= 5 <= last for first, last in parsed.broken)
    assert not any(first <= 1 <= last for first, last in parsed.broken)


def test_what_is_missing_is_broken() -> None:
    assert parse(b"int f() { return 1 }\n", "c").broken == ((1, 1),)


def test_broken_ranges_do_not_overlap_and_are_in_order() -> None:
    broken = parse(b"def a(:\n  x\n\ny = 1\nz = = 2\nclass (:\n" * 5, "python").broken

    assert all(this[1] < following[0] for this, following in pairwise(broken))
