"""What Mono's C# compiler makes of methods with equal structure keys: it knows C# 7 without patterns in `switch`.

The methods are our own (`Seeds.cs`), since real ones lean on libraries that are not there. All that share a key are
compiled at once, each in a namespace of its own, and what `monodis` shows of them is compared.
"""

import random
import re
import shutil
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from benchmarks.oracles import NotRun, Verdict
from benchmarks.oracles.braces import NAME, grouped, mutants, operations
from coderev.syntax import parse

SEED = 20_262
HERE = Path(__file__).parent
SECONDS = 600
ROUNDS = 12  # of leaving out what does not compile, so that the compiler says more
USINGS = (
    "using System; using System.Collections.Generic; using System.Linq; using System.Linq.Expressions;"
    " using System.Text; using System.IO;\n"
)
_ERROR = re.compile(rb"^V(\d+)\.cs\(\d+,\d+\): error .*", re.MULTILINE)
_NAMESPACE = re.compile(r"\.namespace V(\d+)\s*\n")
_ANONYMOUS = re.compile(r"'(<>__AnonType\d+)`\d+'")
_MADE_OF = re.compile(r"\.class [^\n]*'(<>__AnonType\d+)`\d+'(<[^\n]*>)")
_NUMBERED = re.compile(
    r"\b(V)\d+(?=\.)|(?<='<)\w+(?=>__\d+')|(?<=<>__TranspIdent)\d+"
)  # an iterator's locals among them
_SEPARATED = re.compile(r"\b\d\w*_")  # mcs takes `1_0L` for 100
_COMMENT = re.compile(r"//[^\n]*")


def judge(limit: int = 800) -> Verdict | NotRun:
    """Compare what has one key, for each method and its mutants, `limit` of each."""
    for program in ("mcs", "monodis"):
        if shutil.which(program) is None:
            return NotRun(f"there is no {program} on this machine (Debian's mono-mcs and mono-utils)")
    groups = list(_groups(limit))
    made = _compiled([text for group in groups for text in group])
    at, judged, pairs, wrong = 0, 0, 0, []
    for group in groups:
        results = made[at : at + len(group)]
        at += len(group)
        if any(result is not None for result in results):
            judged += 1
            pairs += len(group) - 1
            wrong += [
                f"{group[0]}\n--- has the key of\n{text}\n{results[0]}\n---\n{result}"
                for text, result in zip(group[1:], results[1:], strict=True)
                if result != results[0]
            ]
    return Verdict(judged, pairs, wrong)


def disagreements(limit: int = 800) -> list[str]:
    """The pairs that have one key and are not one program; none where there is no compiler."""
    verdict = judge(limit)
    return verdict.disagreements if isinstance(verdict, Verdict) else []


def _groups(limit: int) -> Iterator[list[str]]:
    """The different texts of a method that share a key, two or more of each."""
    source = (HERE / "Seeds.cs").read_text()
    lines, chance = source.split("\n"), random.Random(SEED)
    others = NAME.findall(source + (HERE / "World.cs").read_text())
    for unit in parse(source.encode(), "csharp").units:
        if unit.kind not in {"function", "method"}:
            continue
        text = "\n".join(lines[unit.start_line - 1 : unit.end_line])
        edited = (text, *mutants(text, "csharp", chance, others, limit))
        yield from grouped((variant for variant in edited if not _SEPARATED.search(variant)), "csharp")
    head = "object F(int a, int b, int c, bool p, bool q, bool r) { return "
    for texts in operations():
        yield from grouped((f"{head}{text}; }}" for text in texts), "csharp")


def _compiled(texts: list[str]) -> list[str | None]:
    """What each text is compiled to, without the names of namespaces; None for what does not compile."""
    failed: set[int] = set()
    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(texts):
            whole = f"namespace V{number} {{ {USINGS}class Seeds : World {{\n{text}\n}} }}\n"
            Path(folder, f"V{number}.cs").write_text(whole, newline="")
        for _ in range(ROUNDS):
            left = [f"V{number}.cs" for number in range(len(texts)) if number not in failed]
            done = _run(["mcs", "-nologo", "-unsafe", "-warn:0", "-debug-", "-target:library", "-out:all.dll",
                         "-langversion:latest", str(HERE / "World.cs"), *left], folder)  # fmt: skip
            if done.returncode == 0:
                break
            told = {int(number) for number in _ERROR.findall(done.stdout + done.stderr)}
            if not told:
                raise RuntimeError((done.stdout + done.stderr).decode(errors="replace")[:2_000])
            failed |= told
        shown = _run(["monodis", "all.dll"], folder).stdout.decode(errors="replace")
    made_of = dict(_MADE_OF.findall(shown))  # anonymous types are numbered through all that is compiled at once
    shown = _ANONYMOUS.sub(lambda found: made_of[found[1]], shown)
    parts = _NAMESPACE.split(_COMMENT.sub("", shown))
    codes: defaultdict[int, str] = defaultdict(str)
    for name, code in zip(parts[1::2], parts[2::2], strict=True):
        codes[int(name)] += _NUMBERED.sub(r"\1", code.partition("\n}\n")[0])
    return [None if number in failed else codes[number] for number in range(len(texts))]


def _run(command: list[str], folder: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=SECONDS)


if __name__ == "__main__":
    result = judge()
    print(result)
    for wrong in result.disagreements if isinstance(result, Verdict) else ():
        print(wrong)
