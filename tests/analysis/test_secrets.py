from hypothesis import given
from hypothesis import strategies as st

from coderev.analysis.analyser import SourceFile
from coderev.analysis.places import Marks, Seen, places
from coderev.analysis.secrets import Secrets
from coderev.analysis.sighting import Sighting

KEY = b"AKIA" + b"QYLPMN5HFIQR7XYA"


def sightings(source: bytes) -> tuple[Sighting, ...]:
    return Secrets().look([SourceFile(key="k", path="a", language=None, source=source)]).sightings.get("k", ())


def test_a_secret_is_seen_at_its_line_and_column_in_code_points() -> None:
    (sighting,) = sightings("# ü\nκλειδί = '".encode() + KEY + b"'\n")

    assert sighting.rule.id == "secrets/aws-access-key-id"
    assert sighting.rule.cwe == "CWE-798"
    assert (sighting.start_line, sighting.end_line) == (2, 2)
    assert (sighting.start_column, sighting.end_column) == (11, 31)


def test_no_message_holds_the_secret() -> None:
    (sighting,) = sightings(b"key = '" + KEY + b"'\n")

    assert KEY[4:].decode() not in sighting.message + sighting.rule.title + sighting.rule.advice


def test_all_but_four_characters_are_hidden() -> None:
    source = b"key = '" + KEY + b"'\n"
    (sighting,) = sightings(source)

    assert sighting.hidden
    assert source[: sighting.hidden[0]] == b"key = 'AKIA"
    assert sighting.hidden[1] == len(source) - 2


def test_a_clean_file_is_not_mentioned() -> None:
    assert sightings(b"x = 1\n") == ()


def evidence(source: bytes, hidden: list[tuple[int, int]], line: int) -> str:
    rule = next(iter(sightings(b"k = '" + KEY + b"'"))).rule
    sighting = Sighting(rule=rule, start_line=line, end_line=line, message="m")
    seen = Seen(analyser="secrets", version="1", sighting=sighting)
    file = SourceFile(key="k", path="a", language=None, source=source)
    (place,) = places(file, [seen], Marks(hidden=tuple(sorted(hidden))))
    return place.evidence


def test_the_second_secret_of_a_line_does_not_show_the_first() -> None:
    source = b"a = '" + KEY + b"'; b = '" + KEY + b"'\n"
    hidden = [each.hidden for each in sightings(source) if each.hidden]

    assert len(hidden) == 2
    assert evidence(source, hidden, 1) == "a = 'AKIA"


def test_a_line_inside_a_secret_of_many_lines_shows_nothing() -> None:
    assert evidence(b"begin\nmiddle\nend\n", [(2, 15)], 2) == ""
    assert evidence(b"begin\nmiddle\nend\n", [(2, 15)], 1) == "be"


@given(st.binary(max_size=60), st.tuples(st.integers(0, 60), st.integers(0, 60)), st.integers(1, 9))
def test_no_evidence_shows_a_hidden_byte(source: bytes, hidden: tuple[int, int], line: int) -> None:
    first, last = sorted(hidden)
    marked = source[:first] + b"\x00" * len(source[first:last]) + source[last:]

    if b"\x00" not in source:
        assert "\x00" not in evidence(marked, [(first, last)] if first < last else [], line)


def test_an_address_of_an_author_is_no_finding() -> None:
    assert sightings(b"by Ada <ada.byron@hospital" + b".org>\n") == ()
