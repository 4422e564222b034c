"""Our WordPiece cuts as the `tokenizers` package does: the numbers here were written down from it.

They were compared once on 236,372 texts (each code point below U+32000, 1,790 files of Python, random texts): 6,275,611
tokens, no difference.
"""

import json
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stand_ins.sentence_encoder import minilm

from coderev.recall.similar.wordpiece import LONGEST_WORD, UNKNOWN, WordPiece

REFERENCE = [
    ("", []),
    ("def total(items):\n    return sum(items)\n", [13366, 2561, 1006, 5167, 1007, 1024, 2709, 7680, 1006, 5167, 1007]),
    ("if (i <= n) { return NULL; }", [2065, 1006, 1045, 1026, 1027, 1050, 1007, 1063, 2709, 19701, 1025, 1065]),
    ("WHERE name = 'o''brien'", [2073, 2171, 1027, 1005, 1051, 1005, 1005, 9848, 1005]),
    ("x\ty\r\nz", [1060, 1061, 1062]),
    ("0xDEADBEEF 1e-12", [1014, 2595, 3207, 4215, 11306, 2546, 1015, 2063, 1011, 2260]),
    ("__init__ self._x: dict", [1035, 1035, 1999, 4183, 1035, 1035, 2969, 1012, 1035, 1060, 1024, 4487, 6593]),
    ("Größe = naïve", [24665, 2080, 17499, 1027, 15743]),
    ("ΌΔΟΣ ΣΑΣ", [1169, 29722, 29730, 29733, 1173, 14608, 29733]),  # no sigma is a final one
    ("# 漢字 ok", [1001, 1904, 100, 7929]),
    ("İstanbul I\u0307 ı", [9960, 1045, 1104]),
    ("a\x00b\ufffdc\u200bd\xade", [5925, 3207]),
    ("don\u2019t\u2014stop\u2026", [2123, 1521, 1056, 1517, 2644, 1529]),
    ("[SEP] a [CLS]", [1031, 19802, 1033, 1037, 1031, 18856, 2015, 1033]),
    ("\xa0\u3000x\u2028y", [1060, 1061]),
    ("\ufb01 ①½ ａＢ", [1984, 100, 100]),
    ("カタカナ", [1700, 30235, 30226, 30241]),
    ("\ud55c", [1469, 30006, 30021]),
    ("\u202eevil\u202c", [4763]),
    ("a\u0301\u0327y", [1037, 2100]),
    ("\u2e3a\u2e43a", [100, 100]),  # the second is punctuation since Unicode 8 only
    ("a" * LONGEST_WORD, [13360, *[11057] * 48, 2050]),
    ("a" * (LONGEST_WORD + 1), [100]),
]


@cache
def vocabulary() -> dict[str, int]:
    numbers: dict[str, int] = json.loads((minilm() / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    return numbers


@cache
def uncased() -> WordPiece:
    return WordPiece(vocabulary(), lower_case=True, strip_accents=True)


@cache
def pieces() -> dict[int, str]:
    return {number: piece for piece, number in vocabulary().items()}


@pytest.mark.parametrize(("text", "numbers"), REFERENCE, ids=lambda value: ascii(value)[:24])
def test_a_text_has_the_tokens_of_the_reference(text: str, numbers: list[int]) -> None:
    assert uncased().tokens(text) == numbers


@given(st.text(max_size=300))
def test_any_text_has_tokens_of_the_vocabulary(text: str) -> None:
    assert set(uncased().tokens(text)) <= set(vocabulary().values())


@given(st.text(st.characters(max_codepoint=0x7E, min_codepoint=0x20), max_size=90))
def test_no_character_of_plain_code_is_lost(text: str) -> None:
    spelled = "".join(pieces()[number].removeprefix("##") for number in uncased().tokens(text))

    assert spelled == text.lower().replace(" ", "")


@given(st.text(max_size=80), st.text(max_size=80))
def test_what_stands_apart_is_cut_apart(left: str, right: str) -> None:
    assert uncased().tokens(f"{left} {right}") == uncased().tokens(left) + uncased().tokens(right)


def test_a_cased_model_keeps_case_and_accents() -> None:
    numbers = {UNKNOWN: 0, "É": 1, "##a": 2, "é": 3, "e": 4}
    cased = WordPiece(numbers, lower_case=False, strip_accents=False)

    assert cased.tokens("Éa É éa e") == [1, 2, 1, 3, 2, 4]


def test_ideographs_stay_together_where_the_model_was_trained_so() -> None:
    numbers = {UNKNOWN: 0, "漢字": 1, "漢": 2, "字": 3}

    together = WordPiece(numbers, lower_case=True, strip_accents=True, ideographs_apart=False)
    apart = WordPiece(numbers, lower_case=True, strip_accents=True)

    assert together.tokens("漢字") == [1]
    assert apart.tokens("漢字") == [2, 3]
