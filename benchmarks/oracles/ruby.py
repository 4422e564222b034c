"""What Ruby makes of methods with equal structure keys: those of its own library, and expressions made by chance."""

import json
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from benchmarks.oracles import NotRun, Verdict
from benchmarks.oracles.spacing import expressions, groups, mutants
from benchmarks.variants.sources import Missing, sources
from coderev.syntax import parse

SEED = 20_262
PER_METHOD = 60  # edits
PER_EXPRESSION = 12
JUDGE = Path(__file__).with_name("judge.rb")
SECONDS = 600


def judge(limit: int = 400) -> Verdict | NotRun:
    """Compare what has one key, for some methods, as many expressions, and the mutants of both."""
    if shutil.which("ruby") is None:
        return NotRun("there is no Ruby on this machine")
    try:
        found = [group for texts in _families(limit) for group in groups(texts, "ruby")]
    except Missing as missing:
        return NotRun(str(missing))
    made = iter(compiled([text for group in found for text in group]))
    compared = [(group, [next(made) for _ in group]) for group in found]
    told = [
        (group, results) for group, results in compared if not all(result.startswith("error") for result in results)
    ]
    return Verdict(len(told), sum(len(group) - 1 for group, _ in told), [line for one in told for line in _wrong(*one)])


def disagreements(limit: int = 400) -> list[str]:
    """The pairs that have one key and are not one program; none where there is no Ruby to tell."""
    verdict = judge(limit)
    return verdict.disagreements if isinstance(verdict, Verdict) else []


def _wrong(group: list[str], results: list[str]) -> Iterator[str]:
    for text, result in zip(group[1:], results[1:], strict=True):
        if result != results[0]:
            yield f"{results[0]} / {result}\n{group[0]}\n--- has the key of\n{text}"


def _families(limit: int) -> Iterator[list[str]]:
    """The texts among which a key may be shared: the mutants of one method, and those of all expressions."""
    chance = random.Random(SEED)
    files = list(sources("ruby"))
    for file in chance.sample(files, min(limit, len(files))):
        units = [unit for unit in parse(file.text, "ruby").units if unit.kind in {"function", "method"}]
        lines = file.text.decode(errors="replace").split("\n")
        for unit in chance.sample(units, min(1, len(units))):
            yield list(
                mutants("\n".join(lines[unit.start_line - 1 : unit.end_line]) + "\n", "ruby", chance, PER_METHOD)
            )
    yield [
        text
        for expression in expressions("ruby", chance, limit * 10)
        for text in mutants(expression, "ruby", chance, PER_EXPRESSION)
    ]


def compiled(texts: list[str]) -> list[str]:
    """The digest of what Ruby makes of each text, or `error` and why."""
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    done = subprocess.run(
        ["ruby", "-Ku", str(JUDGE)], input=lines.encode(), capture_output=True, check=True, timeout=SECONDS
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


if __name__ == "__main__":
    result = judge()
    print(result)
    for wrong in result.disagreements if isinstance(result, Verdict) else ():
        print(wrong)
