"""The corpus as values: one Markdown file for each weakness and language holds its pairs of twins.

    # CWE-89: SQL injection
    ## name-of-the-pair
    One line saying what the twins turn on.
    ### vulnerable
    (fenced code blocks)
    ### safe
    (fenced code blocks)

The first line of a block may name its file: `# file: helpers.py`, `// file: db.js`, `<!-- file: templates/a.html -->`;
else it is `app.py` or `app.js`. The line stays in the file, so that lines are counted as they are read here. A line
`Also: CWE-88` after the one of the pair names weaknesses that count as found for it too.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FOLDER = Path(__file__).parent / "corpus"
_MAIN = {"python": "app.py", "javascript": "app.js"}
_PAIR = re.compile(r"^## +(\S+) *$", re.MULTILINE)
_PART = re.compile(r"^### +(vulnerable|safe) *$", re.MULTILINE)
_BLOCK = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"\A(?:#|//|<!--|/\*|\{#) *file: *([\w./-]+)")
_ALSO = re.compile(r"^Also: *(CWE-\d+(?:, *CWE-\d+)*) *$", re.MULTILINE)

Part = Literal["open", "sealed"]


class Malformed(Exception):
    """A file of the corpus that is not written as this module says."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two programs, file name to text, that differ where it matters. `also` are weaknesses that count as found too."""

    cwe: str
    name: str
    what: str
    vulnerable: dict[str, str]
    safe: dict[str, str]
    also: tuple[str, ...] = ()


def pairs(language: str, part: Part) -> tuple[Pair, ...]:
    """The pairs of a language, by file and in their order. Raises Malformed."""
    paths = sorted((FOLDER / language / part).glob("CWE-*.md"), key=lambda path: int(path.stem[4:]))
    return tuple(pair for path in paths for pair in read(path.read_text(encoding="utf-8"), path.stem, _MAIN[language]))


def read(text: str, cwe: str, main: str) -> tuple[Pair, ...]:
    """The pairs of one file's text; `main` names the files that do not say their name. Raises Malformed."""
    head, *parts = _PAIR.split(text)
    if not head.startswith(f"# {cwe}: "):
        raise Malformed(cwe, f"the first line must begin with `# {cwe}: `")
    found = tuple(_pair(cwe, name, body, main) for name, body in zip(parts[::2], parts[1::2], strict=True))
    if len({pair.name for pair in found}) != len(found):
        raise Malformed(cwe, "two pairs have one name")
    return found


def _pair(cwe: str, name: str, body: str, main: str) -> Pair:
    where, (head, *parts) = f"{cwe} {name}", _PART.split(body)
    if parts[::2] != ["vulnerable", "safe"]:
        raise Malformed(where, "`### vulnerable` and `### safe` must follow, in this order")
    also = _ALSO.search(head)
    what = _ALSO.sub("", head).strip()
    if not what:
        raise Malformed(where, "what do the twins turn on?")
    vulnerable, safe = (_files(where, part, main) for part in parts[1::2])
    if vulnerable == safe:
        raise Malformed(where, "the twins are one")
    others = tuple(re.findall(r"CWE-\d+", also[1])) if also else ()
    return Pair(cwe=cwe, name=name, what=what, vulnerable=vulnerable, safe=safe, also=others)


def _files(where: str, part: str, main: str) -> dict[str, str]:
    files: dict[str, str] = {}
    for text in _BLOCK.findall(part):
        named = _FILE.match(text)
        path = named[1] if named else main
        if path in files:
            raise Malformed(where, f"{path} stands there twice")
        files[path] = text
    if not files:
        raise Malformed(where, "no file")
    return files
