"""CWE-79: the elements, attributes and scripts of a page are those that the program wrote."""

import re
from collections.abc import Hashable
from html.parser import HTMLParser

from benchmarks.taint.worlds_python.weakness import Weakness, always, changes
from benchmarks.taint.worlds_python.world import MARK, Record

_ADDRESSES = frozenset({"href", "src", "action", "formaction", "data", "xlink:href"})
_DANGEROUS = re.compile(r"[\x00-\x20]*(j\s*a\s*v\s*a\s*s\s*c\s*r\s*i\s*p\s*t|vbscript|data)\s*:", re.IGNORECASE)
_SCRIPT = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\$])*`)
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<name>[A-Za-z_$][\w$]*)
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)


class _Page(HTMLParser):
    """What a browser makes of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Hashable] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, *sorted(_attribute(name, value or "") for name, value in attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self.found.append(f"/{tag}")
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside in ("script", "style"):
            self.found.append(script(data))

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", "<" in data))


def _attribute(name: str, value: str) -> tuple[str, str]:
    if name.startswith("on"):
        return name, " ".join(script(value))
    dangerous = name in _ADDRESSES and _DANGEROUS.match(value)
    return name, "dangerous" if dangerous else ""


def script(text: str) -> tuple[str, ...]:
    """The tokens of a script, literals only by their kind."""
    tokens = [(match.lastgroup, match[0]) for match in _SCRIPT.finditer(text)]
    return tuple(f"{kind}" if kind in ("text", "number") else token for kind, token in tokens if kind != "space")


def structure(record: Record) -> Hashable:
    """Elements in order, each with its attributes; the tokens of scripts; addresses that run scripts."""
    page = _Page()
    page.feed(str(record.value))
    page.close()
    rest = "open tag" if "<" in page.rawdata else ""
    return (*page.found, rest)


WEAKNESS = Weakness(
    cwe="CWE-79",
    kinds=frozenset({"html"}),
    payloads=always(
        f"<script>{MARK}</script>",
        f"<img src=x onerror={MARK}>",
        f'"><b {MARK}>',
        f"'><b {MARK}>",
        f'" onmouseover="{MARK}',
        f"' onmouseover='{MARK}",
        f"x onmouseover={MARK}",
        f"javascript:{MARK}()",
        f"';{MARK}();//",
        f'";{MARK}();//',
        f"{MARK}()",
        f"</script><script>{MARK}</script>",
        f"</textarea></title><svg onload={MARK}>",
        f"`+{MARK}()+`",
        f"\\';{MARK}();//",
        f"<scr<script>ipt>{MARK}</script>",
        f"<SCRIPT>{MARK}</SCRIPT>",
        f"<b>{MARK}</b>",
        f"x:<b {MARK}>",
    ),
    harmful=changes(structure),
)
