"""What `javac -g:none` makes of Java methods with equal structure keys: the JDK's own, each inside its module."""

import random
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.oracles import NotRun, Verdict
from benchmarks.oracles.braces import NAME, grouped, mutants, operations
from benchmarks.variants.sources import Missing, Source, sources
from coderev.syntax import parse

SEED = 20_261
MAX_FILE = 40_000  # bytes: a whole file is compiled for each of its variants
PER_METHOD = 60  # edits
DRIVER = Path(__file__).with_name("Judge.java")
SECONDS = 600


@dataclass(frozen=True)
class Case:
    """One text of a method, in its file, by the key of its group."""

    path: str
    text: str
    whole: bytes


def judge(limit: int = 100) -> Verdict | NotRun:
    """Compare what has one key, for some methods and their mutants."""
    if shutil.which("javac") is None:
        return NotRun("there is no Java compiler on this machine")
    try:
        groups = [*_operations(), *(group for case in _methods(limit) for group in _groups(*case))]
    except Missing as missing:
        return NotRun(str(missing))
    made = iter(_compiled([case for group in groups for case in group]))
    compared = [(group, [next(made) for _ in group]) for group in groups]
    told = [one for one in compared if not all(result.startswith("error") for result in one[1])]
    wrong = [line for group, results in told for line in _disagreeing(group, results)]
    return Verdict(len(told), sum(len(group) - 1 for group, _ in told), wrong)


def _disagreeing(group: list[Case], results: list[str]) -> Iterator[str]:
    """What in a group does not compile to the same as its first."""
    for case, result in zip(group[1:], results[1:], strict=True):
        if _code(result) != _code(results[0]):
            yield f"{case.path}: {results[0]} / {result}\n{group[0].text}\n--- has the key of\n{case.text}"


def disagreements(limit: int = 100) -> list[str]:
    """The pairs that have one key and are not one program. Raises nothing where there is no compiler: it finds none."""
    verdict = judge(limit)
    return verdict.disagreements if isinstance(verdict, Verdict) else []


def _code(result: str) -> str:
    return "error" if result.startswith("error") else result


def _methods(limit: int) -> Iterator[tuple[Source, int, int, random.Random]]:
    """Some methods: the file, the first and the last line."""
    chance = random.Random(SEED)
    files = [file for file in sources("java") if len(file.text) < MAX_FILE and file.text.isascii()]
    for file in chance.sample(files, min(limit, len(files))):
        units = [unit for unit in parse(file.text, "java").units if unit.kind in {"function", "method"}]
        for unit in chance.sample(units, min(2, len(units))):
            yield file, unit.start_line, unit.end_line, chance


def _groups(file: Source, first: int, last: int, chance: random.Random) -> Iterator[list[Case]]:
    """The different texts of a method that share a key, two or more of each."""
    lines = file.text.decode().split("\n")
    before, text, after = "\n".join(lines[: first - 1]), "\n".join(lines[first - 1 : last]), "\n".join(lines[last:])
    others = NAME.findall(file.text.decode())
    path = file.path.partition("java.base/")[2]
    for alike in grouped((text, *mutants(text, "java", chance, others, PER_METHOD)), "java"):
        yield [Case(path, variant, f"{before}\n{variant}\n{after}".encode()) for variant in alike]


def _operations() -> Iterator[list[Case]]:
    """The groups of each two operators."""
    head = "Object f(int a, int b, int c, boolean p, boolean q, boolean r) { return "
    for texts in operations():
        for alike in grouped((f"{head}{text}; }}" for text in texts), "java"):
            yield [
                Case("java/lang/Seed.java", text, f"package java.lang; class Seed {{ {text} }}".encode())
                for text in alike
            ]


def _compiled(cases: list[Case]) -> list[str]:
    """The digest of the class files of each case, or `error` and why."""
    with tempfile.TemporaryDirectory() as folder:
        rows = []
        for number, case in enumerate(cases):
            (text := Path(folder, f"{number}.txt")).write_bytes(case.whole)
            rows.append(f"{folder}/patch\t{case.path}\t{text}\n")
        done = subprocess.run(
            ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", str(DRIVER)],
            input="".join(rows).encode(), capture_output=True, check=True, timeout=SECONDS,
        )  # fmt: skip
    return done.stdout.decode().splitlines()


if __name__ == "__main__":
    result = judge()
    print(result)
    for wrong in result.disagreements if isinstance(result, Verdict) else ():
        print(wrong)
