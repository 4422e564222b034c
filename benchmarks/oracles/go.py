"""What `go tool compile` makes of functions with equal structure keys: the library's own, each inside its package.

A build holds one variant of each function of a package. Optimising and inlining are off, so that what the source says
can be seen. The stack slots of variables are numbered anew, for the compiler sorts them by their names; where names
also changed the order of steps, their bag is compared. Each text is put on one line, for lines have a part in it too.
"""

import random
import re
import shutil
import subprocess
import tempfile
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.oracles import NotRun, Verdict
from benchmarks.oracles.spacing import expressions, groups, mutants
from coderev.syntax import parse

SEED = 20_263
PACKAGES = (
    "sort", "path", "container/list", "strings", "encoding/csv", "text/tabwriter", "bufio", "net/url", "strconv",
    "encoding/json", "go/scanner", "html", "text/template/parse", "regexp/syntax", "archive/tar", "bytes",
)  # fmt: skip
PER_FUNCTION = 30  # edits
EXPRESSIONS = 4_000
PER_EXPRESSION = 12
AT_ONCE = 500  # functions of one file
SECONDS = 120
MADE = """package made

type T struct{ f, x int }

func (t T) g(n int) int { return n }

var (
	y  int
	t  T
	p  *int
	m  []int
	ch chan int
)

func f(x ...int) int { return len(x) }
"""


@dataclass
class Group:
    """The texts of one function that share a key, and what is known of each: its code, or `error`."""

    package: str
    path: str
    name: str
    first: int  # lines in its file
    last: int
    texts: list[str]
    code: dict[str, str] = field(default_factory=dict)

    @property
    def left(self) -> list[str]:
        """The texts that have not been compiled."""
        return [text for text in self.texts if text not in self.code]


def judge(limit: int = 6) -> Verdict | NotRun:
    """Compare what has one key, for the functions of some packages and for expressions made by chance."""
    if shutil.which("go") is None:
        return NotRun("there is no Go compiler on this machine")
    chance = random.Random(SEED)
    found: list[Group] = []
    for package in PACKAGES[:limit]:
        files = _files(package)
        found += _judged(
            package, files, [group for path in files for group in _groups(package, path, files[path], chance)]
        )
    found += _made_by_chance(chance)
    told = [group for group in found if any(code != "error" for code in group.code.values())]
    return Verdict(
        len(told), sum(len(group.code) - 1 for group in told), [line for group in told for line in _wrong(group)]
    )


def disagreements(limit: int = 6) -> list[str]:
    """The pairs that have one key and are not one program; none where there is no compiler to tell."""
    verdict = judge(limit)
    return verdict.disagreements if isinstance(verdict, Verdict) else []


def _wrong(group: Group) -> Iterator[str]:
    first, *rest = group.code.items()
    for text, code in rest:
        if code != first[1] and _unordered(code) != _unordered(first[1]):
            yield f"{_mark(first[1])} / {_mark(code)}\n{first[0]}\n--- has the key of\n{text}"


_PLACE = re.compile(r"slot\d+|to \d+|\b(?:[ABCD][XL]|[SD]I[BL]?|R\d+[BWL]?|X\d+)\b")


def _unordered(code: str) -> list[str]:
    """The steps in no order and without registers: both depend on names of locals. What a name stands for remains."""
    return sorted(_PLACE.sub("", code).split("\n"))


def _mark(code: str) -> str:
    return "error found" if code == "error" else "compiles"


def _files(package: str) -> dict[str, str]:
    """The texts of a package's files, by path."""
    listed = subprocess.run(
        ["go", "list", "-f", '{{.Dir}}{{"\\n"}}{{join .GoFiles "\\n"}}', package],
        capture_output=True, check=True, timeout=SECONDS,
    ).stdout.decode().split("\n")  # fmt: skip
    return {str(Path(listed[0], name)): Path(listed[0], name).read_text() for name in listed[1:] if name}


def _groups(package: str, path: str, text: str, chance: random.Random) -> Iterator[Group]:
    lines = text.split("\n")
    for unit in parse(text.encode(), "go").units:
        if unit.kind in {"function", "method"}:
            own = "\n".join(lines[unit.start_line - 1 : unit.end_line])
            for texts in groups(mutants(own, "go", chance, PER_FUNCTION), "go"):
                yield Group(package, path, unit.name, unit.start_line, unit.end_line, texts)


def _made_by_chance(chance: random.Random) -> list[Group]:
    """Functions around expressions, compiled many in one file, each under a name of its own."""
    texts = [
        text
        for expression in expressions("go", chance, EXPRESSIONS)
        for text in mutants(expression, "go", chance, PER_EXPRESSION)
    ]
    found = [Group("made", "made.go", "h", 0, 0, group) for group in groups(texts, "go")]
    known: dict[str, str] = {}
    left = [text for group in found for text in group.texts if text.count("func h(") == 1]
    for first in range(0, len(left), AT_ONCE):
        _compile_beside(left[first : first + AT_ONCE], known)
    for group in found:
        group.code = {text: known[text] for text in group.texts if text in known}
        if len({code == "error" for code in group.code.values()}) > 1:
            for text in [text for text, code in group.code.items() if code == "error"]:
                _compile_beside([text], group.code)
    return found


def _compile_beside(texts: Sequence[str], known: dict[str, str]) -> None:
    """Compile functions as h0, h1 … of one file; those that are refused are left out, and the rest is tried again."""
    left = dict(enumerate(texts))
    while left:
        named = {number: text.replace("func h(", f"func h{number}(") for number, text in left.items()}
        made = "".join(f"\n//line {number}:1\n{_on_one_line(text, number)}\n" for number, text in named.items())
        code, errors = _built({"made.go": MADE + made})
        accused = {int(path) for path, _ in errors if path.isdigit()} & left.keys()
        for number in accused or (set(left) if errors else set()):
            known[left.pop(number)] = "error"
        if not errors:
            known |= {
                text: code.get(f"h{number}", "").replace(f"made.h{number}", "made.h") for number, text in left.items()
            }
            return


def _judged(package: str, files: dict[str, str], found: list[Group]) -> list[Group]:
    """Build the package again and again, with one text of each function that is not known yet."""
    while chosen := _one_of_each(found):
        _build(package, files, chosen)
    return found


def _build(package: str, files: dict[str, str], chosen: Sequence[Group]) -> None:
    """Compile the next text of each group; those that the compiler does not take are tried again by themselves."""
    code, errors = _built(_replaced(files, chosen), package)
    if errors and len(chosen) > 1:
        accused = {int(path) for path, _ in errors if path.isdigit()}
        wrong = [group for number, group in enumerate(chosen) if number in accused]
        right = [group for number, group in enumerate(chosen) if number not in accused]
        half = len(chosen) // 2
        for part in (wrong, right) if wrong and right else (chosen[:half], chosen[half:]):
            _build(package, files, part)
        return
    for group in chosen:
        group.code[group.left[0]] = "error" if errors else code.get(group.name, "")


def _one_of_each(found: Sequence[Group]) -> list[Group]:
    """Groups with something to compile, no two of one function."""
    chosen: dict[tuple[str, int], Group] = {}
    for group in found:
        if group.left:
            chosen.setdefault((group.path, group.first), group)
    return list(chosen.values())


def _replaced(files: dict[str, str], chosen: Sequence[Group]) -> dict[str, str]:
    """The files with the next text of each group; a `//line` says whose line each is."""
    texts = {path: text.split("\n") for path, text in files.items()}
    for number, group in sorted(enumerate(chosen), key=lambda one: -one[1].first):
        own = f"\n//line {number}:1\n{_on_one_line(group.left[0], number)}\n//line rest:1"
        texts[group.path][group.first - 1 : group.last] = [own]
    return {path: "\n".join(lines) for path, lines in texts.items()}


_PIECE = re.compile(
    r"`[^`]*`|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|//[^\n]*|/\*.*?\*/|[^\W\d]\w*|\.?\d(?:[\w.]|(?<=[eEpP])[-+])*"
    r"|<<=|>>=|&\^=|&&|\|\||<-|\+\+|--|:=|\.\.\.|&\^|<<|>>|[-+*/%&|^=!<>]=|.",
    re.DOTALL,
)
_GOES_ON = frozenset(
    {
        "case", "chan", "const", "default", "defer", "else", "for", "func", "go", "goto", "if", "import",
        "interface", "map", "package", "range", "select", "struct", "switch", "type", "var",
    }
)  # fmt: skip


def _on_one_line(text: str, number: int) -> str:
    """The tokens of a text with one blank between two, and a semicolon for each line's end that the language counts."""
    made: list[str] = []
    last = before = ""
    for piece in _PIECE.findall(text):
        if piece.startswith(("//go:", "//line ")) and before in {"", "\n"}:
            made.append(f"\n{piece}\n//line {number}:1\n")
        elif piece == "\n" or (piece.startswith("/*") and "\n" in piece):
            made += [";"] if _is_end(last) else []
            last = ""
        elif piece.strip() and not piece.startswith(("//", "/*")):
            made.append(piece)
            last = piece
        before = piece
    return " ".join(made)


def _is_end(token: str) -> bool:
    """Whether a line that ends with a token ends the statement."""
    if token[:1].isalnum() or token[:1] in {"_", '"', "'", "`"}:
        return token not in _GOES_ON
    return token in {"++", "--", ")", "]", "}"}


_ERROR = re.compile(r"^(?:[^\n:]*/)?([^\n:/]+):(\d+)(?::\d+)?: ", re.MULTILINE)


def _built(texts: dict[str, str], package: str = "made") -> tuple[dict[str, str], list[tuple[str, int]]]:
    """The code of each function by its name, and the places of errors: only one of both."""
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for number, text in enumerate(texts.values()):
            (path := Path(folder, f"file{number}.go")).write_text(text)
            names.append(path.name)
        command = [
            "go",
            "tool",
            "compile",
            "-p",
            package,
            "-std",
            "-e",
            "-N",
            "-l",
            "-dwarf=false",
            "-S",
            "-o",
            "object",
        ]
        done = subprocess.run([*command, *names], cwd=folder, capture_output=True, check=False, timeout=SECONDS)
    printed = done.stdout.decode(errors="replace")
    if done.returncode != 0:
        found = [(path, int(line)) for path, line in _ERROR.findall(printed + done.stderr.decode(errors="replace"))]
        return {}, found or [("nowhere", 0)]
    return _functions(printed, package), []


_HEAD = re.compile(r"^(\S.*?) STEXT(?: (?:nosplit|dupok|wrapper|needctxt|reflectmethod))*", re.MULTILINE)
_STEP = re.compile(r"^\t0x[0-9a-f]+ (\d+) \([^)]*\)\t(.*)$", re.MULTILINE)
_SLOT = re.compile(r"(?:[^\s,(]+\+)?-?\d*\(SP\)|[^\s,(]+\(SP\)")
_CLOSURE = re.compile(r"type\.noalg\.struct \{[^}]*\}")  # its fields are called like the locals that it holds
_JUMP = re.compile(r"^(J\w+\t|CALL\t)(\d+)$")


def _functions(printed: str, package: str) -> dict[str, str]:
    """The steps of each function, with the numbers of places and stack slots made the same for the same code."""
    heads = list(_HEAD.finditer(printed))
    ends = [head.start() for head in heads[1:]] + [len(printed)]
    found: dict[str, str] = {}
    for head, end in zip(heads, ends, strict=True):
        name = head[1].removeprefix(f"{package}.").replace("(*", "").replace(")", "").split(".func")[0]
        found[name] = found.get(name, "") + _plain(printed[head.end() : end])
    return found


def _plain(body: str) -> str:
    steps = [
        (int(place), text)
        for place, text in _STEP.findall(body)
        if not text.startswith(("FUNCDATA", "PCDATA", "NOP", "TEXT"))
    ]
    slots: dict[str, str] = {}
    lines = []
    for _, text in steps:
        if jump := _JUMP.match(text):
            target = bisect_left(steps, (int(jump[2]), ""))  # or the step after one that is left out
            text = f"{jump[1]}to {target}"  # noqa: PLW2901 - the same step, in other words
        text = _CLOSURE.sub("type.closure", text)  # noqa: PLW2901
        lines.append(_SLOT.sub(lambda slot: slots.setdefault(slot[0], f"slot{len(slots)}"), text))
    return "\n".join(lines)


if __name__ == "__main__":
    result = judge()
    print(result)
    for wrong in result.disagreements if isinstance(result, Verdict) else ():
        print(wrong)
