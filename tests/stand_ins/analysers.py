"""An analyser that says what a test tells it to, about every line that holds a word."""

from collections.abc import Sequence

from coderev.analysis.analyser import Looked, SourceFile
from coderev.analysis.rule import Rule
from coderev.analysis.sighting import Sighting
from coderev.finding import Fix


class Parrot:
    """Sees `word`; offers `replacement` for its line as a safe fix; raises on a file that holds `poison`."""

    name = "characters"
    version = "0"

    def __init__(self, word: bytes, *, replacement: str | None = None, poison: bytes = b"\x00") -> None:
        self.word, self.replacement, self.poison = word, replacement, poison

    def look(self, files: Sequence[SourceFile]) -> Looked:
        poisoned = [file.path for file in files if self.poison in file.source]
        if poisoned:
            raise ValueError(*poisoned)
        return Looked(sightings={file.key: tuple(map(self._sighting, self._lines(file.source))) for file in files})

    def _lines(self, source: bytes) -> list[int]:
        return [number for number, line in enumerate(source.split(b"\n"), 1) if self.word in line]

    def _sighting(self, line: int) -> Sighting:
        rule = Rule(id=f"parrot/{self.word.decode()}", title="seen", severity="low", category="bug")
        fix = (
            None
            if self.replacement is None
            else Fix(start_line=line, end_line=line, replacement=self.replacement, safe=True)
        )
        return Sighting(rule=rule, start_line=line, end_line=line, message="m", fix=fix)
