"""Real formatters, each under several styles: what they make of a unit means the same."""

import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from benchmarks.variants.dialects import COMMENTS, STRINGS
from benchmarks.variants.sources import KEPT, Missing, run, unpacked
from benchmarks.variants.trees import Unit, walk

NODE_PACKAGES = ("prettier@3.6.2", "@babel/parser@7.28.0", "@babel/traverse@7.28.0")
CLANG_FORMAT = "clang-format==20.1.8"
READERS = Path(__file__).parent / "readers"

PRETTIER: dict[str, dict[str, object]] = {
    "prettier": {},
    "prettier_plain": {"semi": False, "singleQuote": True, "trailingComma": "none", "arrowParens": "avoid"},
    "prettier_narrow": {"printWidth": 60, "tabWidth": 4, "trailingComma": "all"},
    "prettier_wide": {"printWidth": 120, "useTabs": True, "bracketSpacing": False, "singleQuote": True},
}
CLANG: dict[str, str] = {
    "clang_google": "BasedOnStyle: Google",
    "clang_llvm_narrow": "BasedOnStyle: LLVM, ColumnLimit: 60",
    "clang_mozilla": "BasedOnStyle: Mozilla, ColumnLimit: 120",
    "clang_gnu": "BasedOnStyle: GNU",
    "clang_webkit": "BasedOnStyle: WebKit",
}
# only blanks and line ends may change: a string in two pieces, or other words in a comment, would be other tokens
CLANG_ONLY_LAYOUT = (
    "BreakStringLiterals: false, SortIncludes: Never, FixNamespaceComments: false, SortUsingDeclarations: false"
)
CLANG_NAMES = {"c": "x.c", "cpp": "x.cpp", "java": "X.java", "csharp": "X.cs"}
RUSTFMT: dict[str, str] = {
    "rustfmt": "max_width=100",
    "rustfmt_narrow": "max_width=60,use_small_heuristics=Off",
    "rustfmt_tabs": "hard_tabs=true,max_width=140",
}
RUFF: dict[str, list[str]] = {
    "ruff_format": ["--line-length", "88"],
    "ruff_format_narrow": ["--line-length", "50", "--config", "format.quote-style='single'"],
    "ruff_format_wide": ["--line-length", "140", "--config", "format.indent-style='tab'"],
}


def formatted(units: Sequence[Unit], language: str) -> dict[str, list[str | None]]:
    """For each style the text of each unit, None where the formatter refused it. Raises Missing."""
    if language in {"javascript", "typescript"}:
        return {style: _prettier(units, options) for style, options in PRETTIER.items()}
    if language in CLANG_NAMES:
        return {style: [_clang(unit, options) for unit in units] for style, options in CLANG.items()}
    if language == "go":
        return {"gofmt_shifted": [_gofmt(unit) for unit in units]}
    if language == "rust":
        return {style: [_rustfmt(unit, options) for unit in units] for style, options in RUSTFMT.items()}
    if language == "python":
        return {style: [_ruff(unit, options) for unit in units] for style, options in RUFF.items()}
    return {}


def _prettier(units: Sequence[Unit], options: dict[str, object]) -> list[str | None]:
    typescript = bool(units) and units[0].language == "typescript"
    asked = [{"source": unit.source.decode(), "typescript": typescript, "options": options} for unit in units]
    answers = ask_node(asked)
    return [_taken(unit, answer.get("text")) for unit, answer in zip(units, answers, strict=True)]


def ask_node(asked: Sequence[dict[str, object]]) -> list[dict[str, str]]:
    """The answers of `ecmascript.mjs`, in order. Raises Missing."""
    lines = "".join(f"{json.dumps({'id': number, **each})}\n" for number, each in enumerate(asked))
    printed = run(
        ["node", "--stack-size=4000", str(READERS / "ecmascript.mjs"), str(_node_packages())], KEPT, lines.encode()
    )
    return [json.loads(line) for line in printed.splitlines()]


@cache
def _node_packages() -> Path:
    folder = KEPT / "node"
    if not (folder / "node_modules").is_dir():
        draft = KEPT / "node.draft"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", *NODE_PACKAGES], draft)
        draft.rename(folder)
    return folder


@cache
def _clang_format() -> str:
    folder = KEPT / "clang-format"
    found = list(folder.rglob("bin/clang-format"))
    if not found:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder)]
        folder.parent.mkdir(parents=True, exist_ok=True)
        run([*pip, CLANG_FORMAT], folder.parent)
        found = [path for path in folder.rglob("bin/clang-format") if path.stat().st_size > 100_000]
    real = [path for path in found if path.stat().st_size > 100_000]
    if not real:
        raise Missing("the package clang-format holds no program")
    return str(real[0])


def _clang(unit: Unit, style: str) -> str | None:
    command = [_clang_format(), f"--style={{{style}, {CLANG_ONLY_LAYOUT}}}"]
    return _piped(unit, [*command, f"--assume-filename={CLANG_NAMES[unit.language]}"])


def _gofmt(unit: Unit) -> str | None:
    """gofmt's text of the unit without any indentation: the comments' columns and the blanks are gofmt's again."""
    return _piped(unit, [str(go_tree() / "bin" / "gofmt")])


@cache
def go_tree() -> Path:
    """The root of a Go that runs here. Raises Missing."""
    return unpacked("go-tree", "golang-1.19-go", "golang-1.19-src") / "usr" / "lib" / "go-1.19"


def _rustfmt(unit: Unit, options: str) -> str | None:
    return _piped(unit, ["rustfmt", "--edition", "2021", "--emit", "stdout", "--config", options])


def _ruff(unit: Unit, options: list[str]) -> str | None:
    ruff = Path(sys.executable).with_name("ruff")
    return _piped(unit, [str(ruff), "format", "--isolated", *options, "-"])


def _piped(unit: Unit, command: list[str]) -> str | None:
    if shutil.which(command[0]) is None:
        reason = f"{Path(command[0]).name} is not on this machine"
        raise Missing(reason)
    try:
        return _taken(unit, run(command, KEPT, unit.source).decode())
    except Missing:
        return None


def _taken(unit: Unit, text: str | None) -> str | None:
    """The unit's own part of a formatted text: a bare method comes out of its class, at the margin."""
    if text is None or not unit.method:
        return text
    around = Unit(unit.language, text, method=False)
    outer = next((node for node in around.root.children if node.type not in COMMENTS), None)
    body = outer.child_by_field_name("body") if outer is not None else None
    inside = body.named_children if body is not None else []
    if not inside or around.root.has_error:
        return None
    start = around.source.rfind(b"\n", 0, inside[0].start_byte) + 1
    end = max(node.end_byte for node in inside)
    rows = around.source[start:end].decode().split("\n")
    margin = rows[0][: len(rows[0]) - len(rows[0].lstrip())]
    top = around.source[:start].count(b"\n")
    kept = set(_string_rows(around, top))
    return "\n".join(row if at in kept else row.removeprefix(margin) for at, row in enumerate(rows)) + "\n"


def _string_rows(around: Unit, top: int) -> Iterator[int]:
    for node in walk(around.root):
        if node.type in STRINGS and not node.type.startswith("preproc"):
            yield from range(node.start_point[0] + 1 - top, node.end_point[0] + 1 - top)
