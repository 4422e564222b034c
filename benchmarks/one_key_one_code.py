"""Ask each language's compiler: sources that have one structure key compile to the same code."""

from collections.abc import Iterator
from importlib import import_module

from benchmarks.measure import Row
from benchmarks.oracles import NotRun

COMPILERS = {
    "python": "CPython's bytecode",
    "javascript": "V8's bytecode",
    "java": "javac -g:none",
    "go": "go tool compile -S",
    "c": "gcc -O0 -S",
    "cpp": "g++ -O0 -S",
    "csharp": "mcs, in IL",
    "rust": "rustc, in MIR",
    "ruby": "RubyVM's instructions",
}


def rows() -> Iterator[Row]:
    for language, compiler in COMPILERS.items():
        verdict = import_module(f"benchmarks.oracles.{language}").judge()
        what, goal = f"one key, one code, in {language}", "0 disagreements"
        if isinstance(verdict, NotRun):
            yield Row(what, compiler, goal, f"not run: {verdict.reason}", met=False)
        else:
            yield Row(what, compiler, goal, str(verdict), not verdict.disagreements)
