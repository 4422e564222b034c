"""The process that judges: programs come as JSON on standard input, judgements go as JSON to standard output.

Each program is judged in a fork, so that nothing it does outlives it. `[{"files": {path: text}, "cwe": "CWE-89"}, …]`
gives a list of as many objects: what `running.judge` says, or an `error` where the fork ended without an answer.
"""

import importlib
import json
import os
import pkgutil
import signal
import sys
import warnings
from pathlib import Path
from typing import Any

from benchmarks.taint.worlds_python import guard
from benchmarks.taint.worlds_python import library as patches
from benchmarks.taint.worlds_python import weaknesses as folder
from benchmarks.taint.worlds_python.program import Program, files
from benchmarks.taint.worlds_python.running import judge
from benchmarks.taint.worlds_python.weakness import Weakness

MODULES = Path(__file__).parent / "modules"
SECONDS = 20  # of CPU for one program


def main() -> None:
    """Judge all that is asked."""
    asked = json.loads(sys.stdin.read())
    known = _prepare({name for one in asked for name in _imports(one["files"])})
    sys.stdout.write(json.dumps([_forked(one["files"], known[one["cwe"]]) for one in asked]) + "\n")
    sys.stdout.flush()


def _imports(texts: dict[str, str]) -> list[str]:
    lines = [line.split() for text in texts.values() for line in text.splitlines()]
    return [words[1].split(",")[0] for words in lines if len(words) > 1 and words[0] in ("import", "from")]


def _prepare(names: set[str]) -> dict[str, Weakness]:
    """Load the stand-ins and what the programs import, replace what must be, and give the weaknesses by name."""
    sys.path.insert(0, str(MODULES))
    sys.meta_path.insert(0, files)
    warnings.simplefilter("ignore")
    for name in sorted(names):
        try:
            importlib.import_module(name)
        except ImportError:
            continue  # a file of a program, or its own fault, which its run tells
    known = [module.WEAKNESS for module in _modules(folder)]
    for module in _modules(patches):
        module.install()
    return {weakness.cwe: weakness for weakness in known}


def _modules(package: Any) -> list[Any]:
    return [
        importlib.import_module(f"{package.__name__}.{found.name}") for found in pkgutil.iter_modules(package.__path__)
    ]


def _forked(texts: dict[str, str], weakness: Weakness) -> dict[str, Any]:
    """Judge in a fork; what went wrong there is an `error`."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _answer(writing, texts, weakness)
    os.close(writing)
    answer = b"".join(iter(lambda: os.read(reading, 65_536), b""))
    os.close(reading)
    _, status = os.waitpid(child, 0)
    found: dict[str, Any] = json.loads(answer) if answer else {"error": f"ended with status {status}"}
    return found


def _answer(writing: int, texts: dict[str, str], weakness: Weakness) -> None:
    write, leave = os.write, os._exit
    try:
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        signal.setitimer(signal.ITIMER_REAL, 2 * SECONDS)
        guard.install()
        answer = dict(judge(Program.of(texts), weakness))
    except BaseException as error:  # noqa: BLE001 - the fork has no one else to tell
        answer = {"error": repr(error)}
    write(writing, json.dumps(answer).encode())
    leave(0)


main()
