"""BERT's tokeniser: text to the numbers of word pieces, as the `tokenizers` package does it, without that package.

Clean the text, set ideographs apart, take accents and case away where the model was trained so, split at spaces and
around punctuation, then cut each word into the longest pieces that the vocabulary has (Wu et al. 2016, section 4.1).

One difference is on purpose: `[SEP]` and its like in a text are text. The reference reads them as the model's marks.
"""

import re
import unicodedata
from collections.abc import Mapping

from coderev.recall.similar.characters import ACCENTS, IDEOGRAPHS, PUNCTUATION, REMOVED, characters

LONGEST_WORD = 100  # characters; a longer word is unknown, as in the reference
MAX_REMEMBERED = 50_000  # words whose pieces are kept
UNKNOWN, START, END = "[UNK]", "[CLS]", "[SEP]"
_SPACE = re.compile(r"[\t\n\r]")  # the controls that are spaces; every other control is removed
_REMOVED = re.compile(f"[{characters(REMOVED)}]+")
_IDEOGRAPH = re.compile(f"([{characters(IDEOGRAPHS)}])")
_ACCENTS = re.compile(f"[{characters(ACCENTS)}]+")
_WORD = re.compile(f"[{characters(PUNCTUATION)}]|[^{characters(PUNCTUATION)}\\s]+")


class WordPiece:
    """A vocabulary, which has UNKNOWN, and what the model's training did to its texts.

    `numbers` are those of the pieces; a piece from inside of a word begins with `##`.
    """

    def __init__(
        self, numbers: Mapping[str, int], *, lower_case: bool, strip_accents: bool, ideographs_apart: bool = True
    ) -> None:
        self._numbers, self._longest = numbers, max(map(len, numbers))
        self._lower_case, self._strip_accents, self._apart = lower_case, strip_accents, ideographs_apart
        self._unknown = (numbers[UNKNOWN],)
        self._remembered: dict[str, tuple[int, ...]] = {}

    def tokens(self, text: str) -> list[int]:
        """The numbers of a text's pieces, without a start or an end. Takes time linear in the text."""
        return [number for word in _WORD.finditer(self._normal(text)) for number in self._pieces(word[0])]

    def _normal(self, text: str) -> str:
        text = _REMOVED.sub("", _SPACE.sub(" ", text))
        if text.isascii():
            return text.lower() if self._lower_case else text
        if self._apart:
            text = _IDEOGRAPH.sub(r" \1 ", text)
        if self._strip_accents:
            text = _ACCENTS.sub("", unicodedata.normalize("NFD", text))
        if self._lower_case:  # letter by letter: a sigma at the end of a word is a sigma like any other
            text = text.replace("Σ", "σ").lower()
        return text

    def _pieces(self, word: str) -> tuple[int, ...]:
        found = self._remembered.get(word)
        if found is None:
            found = self._cut(word)
            if len(self._remembered) < MAX_REMEMBERED:
                self._remembered[word] = found
        return found

    def _cut(self, word: str) -> tuple[int, ...]:
        """The longest pieces from the left; a word with a part that the vocabulary lacks is unknown as a whole."""
        pieces: list[int] = []
        start = 0 if len(word) <= LONGEST_WORD else -1
        while 0 <= start < len(word):
            start, number = self._longest_from(word, start)
            pieces.append(number)
        return tuple(pieces) if start == len(word) else self._unknown

    def _longest_from(self, word: str, start: int) -> tuple[int, int]:
        """Where the longest piece that begins at `start` ends, and its number; an end of -1 where there is none."""
        inside = "##" if start else ""
        for end in range(min(len(word), start + self._longest), start, -1):
            number = self._numbers.get(inside + word[start:end])
            if number is not None:
                return end, number
        return -1, 0
