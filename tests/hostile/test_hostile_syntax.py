"""Source that is made to stop, outlast, overflow or mislead the parser."""

import time
from contextlib import suppress

import pytest

from coderev.syntax import LANGUAGES, Parsed, Query, Span, cut, parse
from coderev.syntax.queries import TooManyMatches
from coderev.syntax.trees import TooHard


def ask_everything(parsed: Parsed) -> None:
    middle = parsed.lines // 2 + 1
    parsed.key(1, middle)
    parsed.statement_at(middle)
    unit = parsed.unit_at(middle)
    assert unit in parsed.units
    assert parsed.calls(unit) is not None
    assert parsed.used_names(unit) is not None
    assert parsed.comments is not None
    assert parsed.broken is not None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"\0" * 1000,
        b"\xff\xfe\x00a",
        b"\xef\xbb\xbf",
        b"\n" * 1000,
        b"\r" * 1000,
        b"\xe2\x80\xae\xe2\x81\xa6 # \xe2\x80\xae",
        b"a" * 100_000,
        b'"' * 999,
        b"<?php " + b"\x80\xbf" * 500,
    ],
    ids=["empty", "nul", "utf-16", "mark", "lines", "returns", "bidi", "long", "quotes", "continuations"],
)
def test_odd_bytes_are_read(language: str, source: bytes) -> None:
    ask_everything(parse(source, language))


@pytest.mark.parametrize(
    ("language", "opening", "closing"),
    [
        ("python", b"(", b")"),
        ("python", b"f(", b")"),
        ("javascript", b"[", b"]"),
        ("javascript", b"function f(){", b"}"),
        ("java", b"class A {", b"}"),
        ("go", b"func(){", b"}"),
        ("rust", b"mod a {", b"}"),
        ("cpp", b"namespace a {", b"}"),
        ("ruby", b"a[", b"]"),
        ("tsx", b"<a>", b"</a>"),
    ],
)
def test_ten_thousand_levels_do_not_overflow(language: str, opening: bytes, closing: bytes) -> None:
    with suppress(TooHard, TooManyMatches):
        ask_everything(parse(opening * 10_000 + closing * 10_000, language))


@pytest.mark.parametrize("source", [b"a" + b".b" * 100_000, b"(" * 100_000 + b")" * 100_000], ids=["chain", "nest"])
def test_deeper_than_the_engine_can_count_is_refused(source: bytes) -> None:
    with pytest.raises(TooHard, match="nests deeper than 40000 levels"):
        parse(source, "python")


@pytest.mark.parametrize(
    "source",
    [
        b'res.send("<p>" + req.query.x + ' * 3_000 + b'""' + b")" * 3_000,
        b"a => " * 1_000 + b'"' + b"a" * 1_000_000 + b'"',
        b"f(" * 500 + b'"' + b"a" * 1_000_000 + b'"' + b")" * 500,
    ],
    ids=["deep", "deep around a long leaf", "less deep"],
)
def test_what_predicates_would_read_again_and_again_is_refused(source: bytes) -> None:
    greedy = Query("javascript", '((call_expression) @c (#match? @c "no such text"))')
    before = time.thread_time()

    parsed = parse(source, "javascript")
    with pytest.raises(TooHard, match="its nesting makes rules read"):
        parsed.matches(greedy)

    assert time.thread_time() - before < 3


def test_a_long_sum_of_texts_is_no_nesting_to_fear() -> None:
    source = b"x = " + b" + ".join(b'"line %d of a page"' % line for line in range(1_500)) + b";"

    assert len(parse(source, "javascript").matches(Query("javascript", "(string) @s"))) == 1_500


@pytest.mark.parametrize("token", [b"(", b"{", b"*", b"else "])
def test_a_flood_of_tokens_that_make_no_sense_is_refused(token: bytes) -> None:
    with pytest.raises(TooHard, match="tokens in a row"):
        parse(token * 100_000, "python")


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("java", b"a=>" * 20_000),
        ("c", b"a=>" * 20_000),
        ("c", b"int x;\n" * 20_000 + b"a=>" * 20_000),
        ("ruby", b"a<b," * 20_000),
        ("cpp", b"a=>" * 1_000 + b"\nint x;\n" * 20_000 + b"a=>" * 20_000),
    ],
)
def test_what_would_take_the_parser_hours_is_refused_in_seconds(language: str, source: bytes) -> None:
    before = time.thread_time()

    with suppress(TooHard):
        parse(source, language)

    assert time.thread_time() - before < 30


def test_a_file_of_fifty_thousand_lines_is_read_in_linear_time() -> None:
    source = b"".join(b"def f%d(a):\n    # c\n    x = g(a)\n    return x\n\n" % at for at in range(10_000))
    before = time.thread_time()

    parsed = parse(source, "python")
    ask_everything(parsed)
    for line in range(1, 50_000, 50):
        parsed.unit_at(line)
        parsed.key(*parsed.statement_at(line))

    assert len(parsed.units) == 20_000
    assert time.thread_time() - before < 15


def test_a_line_of_half_a_megabyte_is_read_and_its_columns_are_exact() -> None:
    source = "f('é');".encode() * 50_000

    matches = parse(source, "javascript").matches(Query("javascript", "(string) @s"))

    assert len(matches) == 50_000
    assert matches[-1]["s"] == [Span(1, 1, 7 * 49_999 + 3, 7 * 49_999 + 6, 8 * 49_999 + 2, 8 * 49_999 + 6)]


def test_twenty_thousand_definitions_on_one_line_are_one_unit_to_review() -> None:
    units = cut(b"function f(){};" * 20_000, "javascript", [range(1, 2)])

    assert len(units) == 1


def test_text_in_a_string_does_not_become_a_unit() -> None:
    parsed = parse(b'x = """\ndef fake():\n    pass\n"""\n', "python")

    assert [unit.kind for unit in parsed.units] == ["top-level"]


@pytest.mark.parametrize(
    ("language", "source"),
    [("c", b"/**/" * 200_000), ("javascript", b"function f(){};" * 40_000)],
    ids=["comments", "definitions"],
)
def test_a_line_of_nothing_but_comments_or_definitions_is_read_in_linear_time(language: str, source: bytes) -> None:
    before = time.thread_time()

    assert parse(source, language).units

    assert time.thread_time() - before < 10
