"""What `rustc --emit=mir` makes of functions with equal structure keys: small ones around expressions made by chance.

Real functions do not compile apart from their crates. The texts of many groups are modules of one crate; those that the
compiler refuses are taken out, and the rest is compiled again.
"""

import json
import random
import re
import shutil
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from benchmarks.oracles import NotRun, Verdict
from benchmarks.oracles.spacing import expressions, groups, mutants

SEED = 20_264
PER_EXPRESSION = 14
AT_ONCE = 600  # modules of one crate
SECONDS = 300
MADE = """#![allow(warnings)]
pub struct T { pub f: i32, pub h: fn(i32) -> i32 }
impl T { fn g(&self, n: i32) -> i32 { n } fn h(&self, n: i32) -> i32 { n + 7 } }
fn f(n: i32) -> i32 { n }
"""


def judge(limit: int = 1_500) -> Verdict | NotRun:
    """Compare what has one key, for functions around some expressions and their mutants."""
    if shutil.which("rustc") is None:
        return NotRun("there is no Rust compiler on this machine")
    chance = random.Random(SEED)
    made = [
        text
        for expression in expressions("rust", chance, limit)
        for text in mutants(expression, "rust", chance, PER_EXPRESSION)
    ]
    found = groups(made, "rust")
    results = iter(compiled([text for group in found for text in group]))
    compared = [(group, [next(results) for _ in group]) for group in found]
    told = [(group, _again(group, codes)) for group, codes in compared if any(code != "error" for code in codes)]
    return Verdict(len(told), sum(len(group) - 1 for group, _ in told), [line for one in told for line in _wrong(*one)])


def disagreements(limit: int = 1_500) -> list[str]:
    """The pairs that have one key and are not one program; none where there is no compiler to tell."""
    verdict = judge(limit)
    return verdict.disagreements if isinstance(verdict, Verdict) else []


def _again(group: list[str], codes: list[str]) -> list[str]:
    """The codes; where they differ, each text is compiled by itself, for its neighbours may have had a part in it."""
    return codes if len(set(codes)) == 1 else [compiled([text])[0] for text in group]


def _wrong(group: list[str], codes: list[str]) -> Iterator[str]:
    for text, code in zip(group[1:], codes[1:], strict=True):
        if code != codes[0]:
            found = ["error found" if one == "error" else "compiles" for one in (codes[0], code)]
            yield f"{found[0]} / {found[1]}\n{group[0]}\n--- has the key of\n{text}"


def compiled(texts: list[str]) -> list[str]:
    """The code of each text, without the names of its locals; `error` for one that is refused."""
    codes: dict[int, str] = {}
    for first in range(0, len(texts), AT_ONCE):
        _compile(dict(enumerate(texts[first : first + AT_ONCE], first)), codes)
    return [codes[number] for number in range(len(texts))]


def _compile(left: dict[int, str], codes: dict[int, str]) -> None:
    """Compile modules until none is refused; where the compiler does not say which, half and half."""
    while left:
        made, wrong = _built(left)
        if not wrong:
            codes |= {number: made.get(number, "") for number in left}
            return
        accused = wrong & left.keys()
        if not accused and len(left) > 1:
            half = sorted(left)[: len(left) // 2]
            _compile({number: left.pop(number) for number in half}, codes)
            continue
        for number in accused or set(left):
            codes[number] = "error"
            del left[number]


def _built(left: dict[int, str]) -> tuple[dict[int, str], set[int]]:
    """The code of each module, and the modules with errors (-1: nobody knows where); only one of both."""
    text = MADE
    owner: dict[int, int] = {}  # by line
    for number, own in left.items():
        first = text.count("\n") + 1
        text += f"pub mod m{number} {{ use super::*;\n{own}\n}}\n"
        owner |= dict.fromkeys(range(first, text.count("\n") + 1), number)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "made.rs").write_text(text)
        done = subprocess.run(
            ["rustc", "--edition", "2021", "--crate-type", "lib", "--emit", "mir", "--error-format", "json", "made.rs"],
            cwd=folder, capture_output=True, check=False, timeout=SECONDS,
        )  # fmt: skip
        if done.returncode == 0:
            return _modules(Path(folder, "made.mir").read_text()), set()
    told = [json.loads(line) for line in done.stderr.splitlines() if line.startswith(b"{")]
    spans = [span for one in told if one["level"] == "error" for span in one["spans"] if span["is_primary"]]
    return {}, {owner.get(span["line_start"], -1) for span in spans} or {-1}


_NOISE = re.compile(r"//.*|made\.rs:\d+:\d+: \d+:\d+|^\s*debug .*$|\(#\d+\)", re.MULTILINE)
_CAPTURED = re.compile(r"(?<=[{,] )\w+(?=: (?:move|copy|&|const))")
_OWNER = re.compile(r"\bm(\d+)::")


def _modules(printed: str) -> dict[int, str]:
    """What the compiler printed, by module, without places and names."""
    found: defaultdict[int, str] = defaultdict(str)
    for item in re.split(r"^(?=\S.*\{$)", printed, flags=re.MULTILINE):
        if owner := _OWNER.search(item):
            lines = _OWNER.sub("", _NOISE.sub("", item)).split("\n")
            lines = [_CAPTURED.sub("", line) if "{closure@" in line else line for line in lines]
            found[int(owner[1])] += "\n".join(line.rstrip() for line in lines if line.strip()) + "\n"
    return found


if __name__ == "__main__":
    result = judge()
    print(result)
    for wrong in result.disagreements if isinstance(result, Verdict) else ():
        print(wrong)
