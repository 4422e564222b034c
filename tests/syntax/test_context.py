"""What the questions of a review need to know around a unit."""

import pytest

from coderev.syntax import Parsed, Unit, parse

PYTHON = b'''"""Doc of the file."""
import os

LIMIT = 3


class Clinic:
    """Doc of the class."""

    seats: int = LIMIT

    def book(self, patient):
        """Doc of the method."""
        # check
        self.check(patient)
        check(os.environ)
        def later():
            inner(patient)
        return Visit(patient).save(check())


def check(x): return not_a_doc("""text""")
'''


@pytest.fixture(scope="module")
def parsed() -> Parsed:
    return parse(PYTHON, "python")


def unit(parsed: Parsed, name: str) -> Unit:
    found = parsed.definition(name)
    assert found is not None
    return found


def test_a_definition_is_found_by_its_qualified_or_its_last_name(parsed: Parsed) -> None:
    assert unit(parsed, "Clinic.book") == unit(parsed, "book")
    assert unit(parsed, "check").start_line == 22
    assert parsed.definition("nothing") is None
    assert parsed.definition("<module>") is None


def test_the_first_of_several_definitions_is_found() -> None:
    found = parse(
        b"class A:\n  def f(self): pass\ndef f(): pass\nclass B:\n  def g(self): pass\n  def g(self): pass\n", "python"
    )

    assert unit(found, "f").kind == "function"
    assert unit(found, "g").name == "B.g"
    assert unit(found, "B.g#2").start_line == 6


def test_calls_are_simple_names_once_and_in_order_without_those_of_inner_units(parsed: Parsed) -> None:
    assert parsed.calls(unit(parsed, "book")) == ("check", "Visit", "save")
    assert parsed.calls(unit(parsed, "later")) == ("inner",)
    assert parsed.calls(unit(parsed, "Clinic")) == ()


def test_call_sites_are_lines(parsed: Parsed) -> None:
    assert parsed.call_sites("check") == (15, 16, 19)
    assert parsed.call_sites("nothing") == ()


def test_used_names_are_those_in_the_lines_of_the_unit(parsed: Parsed) -> None:
    assert parsed.used_names(unit(parsed, "Clinic")) == {"Clinic", "seats", "int", "LIMIT"}
    assert parsed.used_names(unit(parsed, "later")) == {"later", "inner", "patient"}


def test_comments_are_comments_and_docstrings(parsed: Parsed) -> None:
    assert [span.start_line for span in parsed.comments] == [1, 8, 13, 14]


@pytest.mark.parametrize(
    ("language", "source", "calls"),
    [
        ("javascript", "f(a.g(1), new H());", ("f", "g", "H")),
        ("typescript", "f<T>(a?.g(1), new H<T>());", ("f", "g", "H")),
        ("tsx", "const a = <b onClick={() => f()} />;", ("f",)),
        ("java", "class A { int x = f(a.g(), new H<>()); }", ("f", "g", "H")),
        ("go", "package p\nvar x = f(a.g())", ("f", "g")),
        ("c", "int x = f(a->g(1));", ("f", "g")),
        ("cpp", "auto x = f(a.g(), b::h(), new K());", ("f", "g", "h", "K")),
        ("csharp", "var x = F(a.G(), new H<int>(), I<int>());", ("F", "G", "H", "I")),
        ("rust", "const X: i32 = f(a.g(), b::h(), k!());", ("f", "g", "h", "k")),
        ("ruby", "f(a.g, H.new)", ("f", "g", "new")),
        ("php", "<?php f($a->g(), H::k(), new L());", ("f", "g", "k", "L")),
        ("bash", "f a | g $(h)", ("f", "g", "h")),
    ],
)
def test_calls_are_found_in_every_language(language: str, source: str, calls: tuple[str, ...]) -> None:
    parsed = parse(source.encode(), language)

    assert parsed.calls(parsed.unit_at(parsed.lines)) == calls


@pytest.mark.parametrize(
    ("language", "source", "names"),
    [
        ("javascript", "f({ a, b: c.d });", {"f", "a", "b", "c", "d"}),
        ("typescript", "let a: B = c as D;", {"a", "B", "c", "D"}),
        ("java", "class A { B c = D.E; }", {"A", "B", "c", "D", "E"}),
        ("go", "package p\nvar a B = c.D", {"p", "a", "B", "c", "D"}),
        ("rust", "const A: B = C { d: e };", {"A", "B", "C", "d", "e"}),
        ("ruby", "A = b + @c", {"A", "b", "@c"}),
        ("bash", "a=$b; c d", {"a", "b", "c", "d"}),
    ],
)
def test_names_are_found_in_every_language(language: str, source: str, names: set[str]) -> None:
    parsed = parse(source.encode(), language)

    assert parsed.used_names(parsed.unit_at(parsed.lines)) == names


@pytest.mark.parametrize(
    ("language", "source", "count"),
    [
        ("javascript", "// a\n/* b */ x", 2),
        ("java", "// a\n/** b */ class C {}", 2),
        ("rust", "/// a\n/* b */\nfn f() {}", 2),
        ("php", "<?php # a\n// b\n/* c */", 3),
        ("bash", "#!/bin/sh\n# a", 2),
        ("ruby", "=begin\na\n=end\n# b\n", 2),
    ],
)
def test_comments_are_found_in_every_language(language: str, source: str, count: int) -> None:
    assert len(parse(source.encode(), language).comments) == count
