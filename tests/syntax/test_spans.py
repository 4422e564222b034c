from hypothesis import given, settings
from hypothesis import strategies as st

from coderev.syntax import Query, Span, parse

IDENTIFIERS = Query("javascript", "[(identifier) (string)] @it")


def spans(source: bytes) -> list[Span]:
    return [span for match in parse(source, "javascript").matches(IDENTIFIERS) for span in match["it"]]


def test_columns_are_one_based_code_points_and_ends_exclude() -> None:
    source = 'é = "→😀";\n\t x;'.encode()

    assert spans(source) == [
        Span(1, 1, 1, 2, 0, 2),
        Span(1, 1, 5, 9, 5, 14),
        Span(2, 2, 3, 4, 18, 19),
    ]


def test_a_span_over_lines_ends_in_the_column_of_its_last_line() -> None:
    (match,) = parse("é(`a\n→`)".encode(), "javascript").matches(Query("javascript", "(template_string) @it"))

    assert match == {"it": [Span(1, 2, 3, 3, 3, 10)]}


def test_bytes_that_are_not_utf_8_count_as_the_replacements_that_decoding_makes() -> None:
    source = b'a = "\xe9\xb0\xe2\x82 x\xf0\x9f\x98\x80"; b'

    last = spans(source)[-1]

    assert last.start_column == len(source[: last.start_byte].decode("utf-8", errors="replace")) + 1


@given(st.lists(st.sampled_from([b"a", b" ", b"\n", b'"', b"\xe9", b"\x80", b"\xe2\x82", "→".encode(), "😀".encode()])))
@settings(max_examples=150, deadline=None)
def test_every_column_is_that_of_the_decoded_line(parts: list[bytes]) -> None:
    source = b"".join(parts) * 3

    for span in spans(source):
        line_start = source.rfind(b"\n", 0, span.start_byte) + 1
        end_start = source.rfind(b"\n", 0, span.end_byte) + 1
        assert span.start_line == source.count(b"\n", 0, span.start_byte) + 1
        # a node may start inside a broken sequence, which decoding a prefix counts as one more
        assert span.start_column - 1 - len(source[line_start : span.start_byte].decode(errors="replace")) in {-1, 0}
        assert span.end_column - 1 - len(source[end_start : span.end_byte].decode(errors="replace")) in {-1, 0}


def test_a_column_far_out_in_a_long_line_is_exact() -> None:
    source = ("'é';" * 2000 + "end").encode()

    assert spans(source)[-1].start_column == 8001
