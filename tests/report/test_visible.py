import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderev.report import visible
from coderev.report.visible import json_safe

ANY_TEXT = st.text(st.characters())  # with lone surrogates
DRAWN = {
    "Cf": set(range(0x600, 0x606))
    | {0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
    | set(range(0x13430, 0x13440))
}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("user\u202e", "userU+202E"),
        ("\x1b[31m", "U+001B[31m"),
        ("a\x00b", "aU+0000b"),
        ("\x9b31m", "U+009B31m"),
        ("zero\u200bwidth", "zeroU+200Bwidth"),
        ("\U000e0041", "U+E0041"),
        ("\ue000", "U+E000"),
        ("\ud800", "U+D800"),
        ("one\u2028two", "oneU+2028two"),
        ("a\nb\tc\rd", "aU+000AbU+0009cU+000Dd"),
        ("naïve 漢字 é 🙂", "naïve 漢字 é 🙂"),
    ],
)
def test_what_nobody_sees_is_shown_as_its_code_point(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_line_feeds_and_tabs_stay_where_they_are_asked_for() -> None:
    assert visible("a\n\tb\rc", keep="\n\t") == "a\n\tbU+000Dc"


def test_every_control_format_private_and_separator_character_is_shown() -> None:
    unseen = [
        point
        for point in range(0x110000)
        if unicodedata.category(chr(point)) in {"Cc", "Cs", "Co", "Zl", "Zp", "Cf"} and point not in DRAWN["Cf"]
    ]

    assert [hex(point) for point in unseen if visible(chr(point)) == chr(point)] == []


@given(ANY_TEXT)
def test_what_is_visible_stays_as_it_is(text: str) -> None:
    assert visible(visible(text)) == visible(text)


@given(ANY_TEXT)
def test_what_is_visible_can_be_encoded_and_printed(text: str) -> None:
    shown = visible(text)

    assert not {unicodedata.category(character) for character in shown.encode().decode()} & {
        "Cc",
        "Cs",
        "Co",
        "Zl",
        "Zp",
    }


@given(st.text())
def test_a_safe_json_document_means_the_same_and_holds_nothing_unseen(text: str) -> None:
    document = json_safe(json.dumps({"text": text}, ensure_ascii=False))

    assert json.loads(document) == {"text": text}
    assert visible(document) == document
