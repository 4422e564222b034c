"""What GCC makes of C and C++ functions with equal structure keys, each compiled in the file that it stands in.

The functions are real ones, the files are those that compile here. All members of a group are compared in assembly
without debug information, and since compiling is slow, many functions of a file are tried at once: only where the
file then differs, or does not compile, is each tried alone. Groups without the function itself are tried one by one.
"""

import random
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.oracles import NotRun, Verdict, batches
from benchmarks.oracles.braces import EDITS, NAME, bracketed, tokens_of
from benchmarks.variants.sources import Missing, Package, fetched
from coderev.files import monotonic
from coderev.syntax import parse, structure_key

SEED = 20_263
PER_FUNCTION = 60  # edits
MAX_FILE = 60_000  # bytes
_ATTRIBUTES = (
    "CONST PURE MALLOC RETURNS_NONNULL NODISCARD MAYBE_UNUSED COLD NOTHROW DEALLOC_FREE FALLTHROUGH DEPRECATED"
    " ALWAYS_INLINE NONNULL(x) DEALLOC(f,i) ALLOC_SIZE(x) FORMAT(x) SENTINEL(x)"
)
CONFIGURED = (
    "#define _GL_CONFIG_H_INCLUDED 1\n#include <stdbool.h>\n"
    + "".join(f"#define _GL_ATTRIBUTE_{name}\n" for name in _ATTRIBUTES.split())
    + "#define _GL_ARG_NONNULL(x)\n#define _GL_INLINE_HEADER_BEGIN\n#define _GL_INLINE_HEADER_END\n"
    "#define _GL_INLINE static inline\n#define _GL_EXTERN_INLINE static inline\n#define _Noreturn\n"
)
SECONDS = 60  # for one run of the compiler
_DEFINES = re.compile(r"^[ \t]*#[ \t]*(?:define|undef)\b(?:[^\\\n]|\\.|\\\n)*\n", re.MULTILINE)
_DIRECTORY = re.compile(r"^\s*\.(?:file|ident)\b.*\n", re.MULTILINE)


@dataclass(frozen=True)
class Code:
    """Where real code comes from: a package, the files in it (a pattern), and the folders that headers are found in."""

    package: Package
    files: str
    headers: tuple[str, ...]


@dataclass(frozen=True)
class Compiler:
    """How the files of one language are compiled."""

    language: str
    program: str
    code: tuple[Code, ...]
    arguments: tuple[str, ...]  # for that code
    newest: str  # the standard that our own seeds are written in

    @property
    def command(self) -> list[str]:
        """Assembly without debug information; lines, which a key forgets, are all the same."""
        language = "c++" if self.language == "cpp" else "c"
        return [self.program, "-S", "-O0", "-g0", "-w", "-DNDEBUG", "-D__LINE__=1", "-x", language]


@dataclass(frozen=True, eq=False)
class Function:
    """A function in its file, whose lines it has from `first` to before `last`, and groups of texts with one key."""

    first: int
    last: int
    groups: list[list[str]]


class File:
    """A file that compiles, and what it compiles to."""

    def __init__(self, compiler: Compiler, path: Path, folders: list[str]) -> None:
        self.path, self.compiler = path, compiler
        self.command = [*compiler.command, *compiler.arguments, *folders]
        self.lines = path.read_text(encoding="utf-8", errors="surrogateescape").splitlines(keepends=True)
        self.assembly = self.compiled({})

    def compiled(self, changes: dict[Function, str]) -> str | None:
        """What the file is in assembly with some functions changed; None if it does not compile."""
        lines = self.lines.copy()
        for function, text in sorted(changes.items(), key=lambda change: -change[0].first):
            lines[function.first : function.last] = [text]
        source = "".join(lines).encode(errors="surrogateescape")
        command = [*self.command, f"-I{self.path.parent}", "-", "-o", "-"]
        try:
            done = subprocess.run(command, input=source, capture_output=True, check=False, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            return None
        return _DIRECTORY.sub("", done.stdout.decode(errors="replace")) if done.returncode == 0 else None


def judge(compiler: Compiler, limit: int) -> Verdict | NotRun:
    """Compare what has one key, for `limit` seconds and then among the edits of our seeds, `limit` times five of each.

    The files come in an order of chance that is always the same.
    """
    if shutil.which(compiler.program) is None:
        return NotRun(f"there is no {compiler.program} on this machine")
    command = [*compiler.command, compiler.newest, "-fmax-errors=0", "-", "-o", "-"]
    until = monotonic() + limit
    groups, pairs, wrong = 0, 0, []
    with tempfile.TemporaryDirectory() as folder:
        try:
            files = list(_files(compiler, Path(folder)))
        except Missing as missing:
            return NotRun(str(missing))
        for file in files:
            if monotonic() > until:
                break
            verdict = _of_file(file, until)
            groups, pairs = groups + verdict.groups, pairs + verdict.pairs
            wrong += verdict.disagreements
    seeds = batches.judge(compiler.language, command, random.Random(SEED), limit * 5)
    return Verdict(groups + seeds.groups, pairs + seeds.pairs, wrong + seeds.disagreements)


def _files(compiler: Compiler, folder: Path) -> Iterator[tuple[Compiler, Path, list[str]]]:
    """The files of all packages, unpacked; a small `config.h` is there for gnulib, which wants one."""
    (folder / "empty").mkdir()
    (folder / "empty" / "config.h").write_text(CONFIGURED, encoding="utf-8")
    found = []
    for code in compiler.code:
        place = folder / code.package.name
        _unpack(fetched(code.package), place)
        folders = [f"-I{folder / 'empty'}", *(f"-I{place / header}" for header in code.headers)]
        paths = sorted(place.glob(code.files))
        found += [(compiler, path, folders) for path in paths if path.stat().st_size <= MAX_FILE]
    random.Random(SEED).shuffle(found)
    yield from found


def _unpack(archive: Path, place: Path) -> None:
    if archive.suffix == ".deb":
        subprocess.run(["dpkg-deb", "-x", str(archive), str(place)], check=True)
        return
    with tarfile.open(archive) as opened:
        opened.extractall(place, filter="data")


def _of_file(found: tuple[Compiler, Path, list[str]], until: float) -> Verdict:
    """Compare the groups of all functions of one file."""
    file = File(*found)
    if file.assembly is None:
        return Verdict(0, 0)
    chance = random.Random(f"{SEED}{file.path.name}")
    functions = list(_functions(file, chance))
    own = [function for function in functions if function.groups[0]]
    wrong = []
    groups, pairs = len(own), sum(len(function.groups[0]) - 1 for function in own)
    for turn in range(1, max((len(function.groups[0]) for function in own), default=0)):
        changes = {function: function.groups[0][turn] for function in own if turn < len(function.groups[0])}
        wrong += list(_blamed(file, changes))
    for function in functions:
        for group in function.groups[1:]:
            if monotonic() > until:
                break
            first, *rest = (file.compiled({function: text}) for text in group[:3])
            if first is not None or any(rest):
                groups, pairs = groups + 1, pairs + len(rest)
                wrong += [
                    _said(file, group[0], text)
                    for text, result in zip(group[1:], rest, strict=False)
                    if result != first
                ]
    return Verdict(groups, pairs, wrong)


def _blamed(file: File, changes: dict[Function, str]) -> Iterator[str]:
    """Which of some changes make the file another; none if all together do not."""
    if file.compiled(changes) == file.assembly:
        return
    if len(changes) > 1:
        halves = list(changes.items())
        for half in (halves[: len(halves) // 2], halves[len(halves) // 2 :]):
            yield from _blamed(file, dict(half))
        return
    for function, text in changes.items():
        yield _said(file, "".join(file.lines[function.first : function.last]), text)


def _said(file: File, first: str, second: str) -> str:
    return f"{file.path.name}:\n{first}\n--- has the key of\n{second}"


def _functions(file: File, chance: random.Random) -> Iterator[Function]:
    """The functions of a file with the groups of their edits: first the group of the function itself."""
    language = file.compiler.language
    source = "".join(file.lines)
    parsed = parse(source.encode(errors="surrogateescape"), language)
    names = sorted(set(NAME.findall(source)))
    head = "".join(_DEFINES.findall(source))
    for unit in parsed.units:
        first, last = unit.start_line - 1, unit.end_line
        if unit.kind in {"function", "method"} and parsed.structure(unit.start_line, unit.end_line) is not None:
            text = "".join(file.lines[first:last])
            groups = _groups(text, head, language, names, chance)
            yield Function(first, last, groups)


def _groups(text: str, head: str, language: str, names: list[str], chance: random.Random) -> list[list[str]]:
    """The texts that share a key, of a function and its edits; the first group is that of the function."""
    found: dict[bytes, dict[str, None]] = defaultdict(dict)
    own = _key(text, head, language)
    for edit in dict.fromkeys([text, *_edits(text, language, names, chance)]):
        key = _key(edit, head, language)
        if key is not None:
            found[key][edit] = None
    first = list(found.pop(own, ())) if own is not None else []
    return [first, *(list(group) for group in found.values() if len(group) > 1)]


def _key(text: str, head: str, language: str) -> bytes | None:
    """The key of a function in a file that has the macros of its own."""
    source = (head + text).encode(errors="surrogateescape")
    if not head:
        return structure_key(source, language)
    parsed = parse(source, language)
    structure = parsed.structure(head.count("\n") + 1, parsed.lines)
    return None if structure is None else structure.key


def _edits(text: str, language: str, names: list[str], chance: random.Random) -> Iterator[str]:
    yield from bracketed(text, language, chance, ("", ""))
    tokens = tokens_of(text)
    for _ in range(PER_FUNCTION):
        edited = chance.choice(EDITS)(tokens, chance, names)
        if chance.random() < 0.2:
            edited = chance.choice(EDITS)(edited, chance, names)
        yield "".join(edited)
