"""What CPython makes of functions with equal structure keys: those of the standard library, and their mutants."""

import ast
import sys
import sysconfig
import textwrap
import time
import warnings
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from random import Random
from types import CodeType

from benchmarks.oracles import NotRun, Verdict
from benchmarks.oracles.bytecode import compiled, same
from benchmarks.oracles.rewriting import cosmetic, mutants
from coderev.syntax import structure_key

SEED = 20_261
PER_FUNCTION = 6  # mutants
SECONDS = 110.0  # of CPU, after which no more functions are read
MAX_SOURCE = 20_000  # bytes of a function


@dataclass
class Tally:
    """What was seen, for those who read it."""

    functions: int = 0
    texts: int = 0
    kept: int = 0  # texts that mean the same to CPython and have one key
    lost: int = 0  # texts that mean the same to CPython and have different keys
    groups: defaultdict[bytes, list[bytes]] = field(default_factory=lambda: defaultdict(list))


def judge(limit: int = 1_000) -> Verdict | NotRun:
    """Compare what has one key among some functions, spread over the standard library, and their variants."""
    return verdict(read(limit))


def disagreements(limit: int = 1_000) -> list[str]:
    """The pairs that have one key and are not one program."""
    found = judge(limit)
    return found.disagreements if isinstance(found, Verdict) else []


def read(limit: int, seconds: float = SECONDS) -> Tally:
    """Group some functions and their variants by key."""
    tally, deadline = Tally(), time.process_time() + seconds
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for source in functions(limit):
            if time.process_time() > deadline:
                break
            _add(tally, source, Random(SEED + tally.functions))
    return tally


def _add(tally: Tally, source: str, random: Random) -> None:
    key, code = _keep(tally, source), compiled(source.encode())
    if code is None:
        return
    tally.functions += 1
    for text in cosmetic(source, random):
        if (other := compiled(text.encode())) is not None and same(code, other):
            has_key = _keep(tally, text) == key
            tally.kept, tally.lost = tally.kept + has_key, tally.lost + (not has_key)
    for text in mutants(source, random, PER_FUNCTION):
        _keep(tally, text)


def _keep(tally: Tally, text: str) -> bytes | None:
    source = text.encode()
    key = structure_key(source, "python")
    tally.texts += 1
    if key is not None and source not in tally.groups[key]:
        tally.groups[key].append(source)
    return key


def verdict(tally: Tally) -> Verdict:
    """What CPython says of the groups."""
    groups = [group for group in tally.groups.values() if len(group) > 1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wrong = [line for group in groups for line in _disagreeing(group)]
    return Verdict(len(groups), sum(len(group) - 1 for group in groups), wrong)


def _disagreeing(group: list[bytes]) -> Iterator[str]:
    """What in a group is not the same program as its first."""
    codes = [compiled(source) for source in group]
    for source, code in zip(group[1:], codes[1:], strict=True):
        if not _agree(codes[0], code):
            yield f"{group[0].decode()}\n--- has the key of\n{source.decode()}"


def _agree(first: CodeType | None, second: CodeType | None) -> bool:
    return first is second if first is None or second is None else same(first, second)


def functions(limit: int, seed: int = SEED) -> Iterator[str]:
    """The text of functions and methods of the standard library, dedented, file by file in an order from a seed."""
    library = Path(sysconfig.get_path("stdlib"))
    paths = sorted(path for path in library.rglob("*.py") if not _FOREIGN & set(path.relative_to(library).parts))
    Random(seed).shuffle(paths)
    return islice(chain.from_iterable(map(_functions_in, paths)), limit)


_FOREIGN = {"site-packages", "test", "tests", "idle_test"}  # its tests are four times as long as itself


def _functions_in(path: Path) -> Iterator[str]:
    try:
        source = path.read_bytes().decode()
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return
    lines = source.splitlines(keepends=True)
    for node in _statements(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            text = textwrap.dedent("".join(lines[first - 1 : node.end_lineno]))
            if len(text) <= MAX_SOURCE:
                yield text


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """The statements in a node, without the expressions in them."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
            yield child
            yield from _statements(child)


def main(limit: int) -> int:
    """Print what was seen of some functions, and each disagreement. 1 if there is one."""
    started = time.process_time()
    tally = read(limit)
    found = verdict(tally)
    print("\n\n".join(found.disagreements))
    print(
        f"{tally.functions:,} functions, {tally.texts:,} texts in {time.process_time() - started:.0f} s of CPU: {found}"
    )
    print(f"texts that mean the same to CPython: {tally.kept:,} have one key, {tally.lost:,} have another")
    return min(len(found.disagreements), 1)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
