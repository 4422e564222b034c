from hypothesis import given
from hypothesis import strategies as st

from coderev.analysis.analyser import SourceFile
from coderev.analysis.lines import Lines
from coderev.analysis.places import Marks, Place, Seen, fingerprint, places, text_key
from coderev.analysis.rule import Rule
from coderev.analysis.sighting import Sighting

CODE = Rule(id="r/code", title="t", severity="low", category="bug")
TEXT = Rule(id="r/text", title="t", severity="low", category="bug", textual=True)


def place(source: bytes, first: int, last: int, *, rule: Rule = CODE, language: str | None = "python") -> Place:
    seen = Seen(analyser="r", version="1", sighting=Sighting(rule=rule, start_line=first, end_line=last, message="m"))
    (made,) = places(SourceFile(key="k", path="a.py", language=language, source=source), [seen])
    return made


def test_evidence_is_whole_lines_without_the_last_line_end() -> None:
    made = place(b"a = 1\r\nb = (\r\n  2)\r\n", 2, 3)

    assert made.evidence == "b = (\r\n  2)"


def test_evidence_is_at_most_twelve_lines() -> None:
    made = place(b"x = 1\n" * 40, 5, 40)

    assert (made.start_line, made.end_line) == (5, 16)


def test_a_line_past_the_end_is_the_last_one() -> None:
    assert (place(b"a\nb\n", 3, 3).start_line, place(b"", 7, 9).start_line) == (2, 1)


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert place(b"x = '\xff'\n", 1, 1).evidence == "x = '\ufffd'"


def test_a_unit_is_named_where_the_language_is_known() -> None:
    source = b"class A:\n    def f(self):\n        return 1\n"

    assert place(source, 3, 3).unit == "A.f"
    assert place(source, 3, 3, language=None).unit == ""


def test_layout_and_comments_do_not_change_the_key_of_code() -> None:
    one, other = place(b"eval(x)\n", 1, 1), place(b"if y:\n    eval( x )  # why\n", 2, 2)

    assert (one.key, one.shown) == (other.key, other.shown)


def test_another_line_break_does_not_change_the_key_of_a_statement() -> None:
    assert place(b"f(eval(x), 1)\n", 1, 1).key == place(b"f(\n    eval(x),\n    1)\n", 2, 2).key


def test_comments_count_for_a_rule_that_reads_text() -> None:
    one, other = place(b"x = 1  # a\n", 1, 1, rule=TEXT), place(b"x = 1  # b\n", 1, 1, rule=TEXT)

    assert one.key != other.key


def test_the_numbers_of_a_patch_are_kept_and_evidence_stops_at_a_gap() -> None:
    seen = [
        Seen(analyser="r", version="1", sighting=Sighting(rule=TEXT, start_line=line, end_line=3, message="m"))
        for line in (1, 3)
    ]
    file = SourceFile(key="k", path="a.py", language="python", source=b"a\nb\nc")

    made = places(file, seen, Marks(numbers=(7, 8, 20)))

    assert [(each.start_line, each.end_line, each.evidence) for each in made] == [(7, 8, "a\nb"), (20, 20, "c")]


def test_places_are_in_the_order_of_the_file_whatever_the_order_of_sightings() -> None:
    file = SourceFile(key="k", path="a.py", language="python", source=b"x = 1\n" * 9)
    seen = [
        Seen(analyser="r", version="1", sighting=Sighting(rule=CODE, start_line=line, end_line=line, message="m"))
        for line in (5, 2, 8)
    ]

    assert [each.start_line for each in places(file, seen)] == [2, 5, 8]
    assert places(file, seen) == places(file, seen[::-1])


def test_every_part_of_a_fingerprint_counts() -> None:
    parts = ("r/1", "f", "k", 0)
    others = [
        ("r/2", "f", "k", 0),
        ("r/1", "g", "k", 0),
        ("r/1", "f", "l", 0),
        ("r/1", "f", "k", 1),
        ("r/1f", "", "k", 0),
    ]

    assert len({fingerprint(*parts), *(fingerprint(*other) for other in others)}) == 6
    assert fingerprint(*parts) == fingerprint(*parts)


def test_text_is_compared_without_the_space_around_its_lines() -> None:
    assert text_key(b"  a\r\n\tb ") == text_key(b"a\nb")
    assert text_key(b"a\nb") != text_key(b"ab")


@given(st.binary(max_size=40).map(lambda raw: raw.replace(b"a", b"\n")))
def test_lines_are_those_of_git(source: bytes) -> None:
    lines = Lines(source)
    split = source.removesuffix(b"\n").split(b"\n")

    assert len(lines) == len(split)
    for number, text in enumerate(split, 1):
        start, end = lines.span(number, number)
        assert source[start:end] == text.rstrip(b"\r\n")
        assert lines.number(start) == number
        assert lines.column(start) == 1
