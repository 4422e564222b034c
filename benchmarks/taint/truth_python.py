"""Whether a Python program is vulnerable, by running it against stand-ins: `worlds_python` says how."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from coderev.process import run

ROOT = Path(__file__).parents[2]
SECONDS = 600.0
_PROGRAM = "benchmarks.taint.worlds_python"


class NotJudged(Exception):
    """The judging process did not answer: the stand-ins are broken, not the program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What running a program showed.

    `vulnerable`: some payload reached a sink of the weakness and was harmful there; then `payload`, the `key` of the
    request that held it, the `sink` and the `value` that it got. `reached`: harmless requests reach a sink of the
    weakness. `faults`: why the program cannot be judged: it failed on every harmless request, or did what no stand-in
    covers. `runs` of the program with payloads.
    """

    vulnerable: bool
    payload: str = ""
    key: str = ""
    sink: str = ""
    value: str = ""
    reached: bool = False
    faults: tuple[str, ...] = ()
    runs: int = 0


def judge(variant: dict[str, str], cwe: str) -> Outcome:
    """Run one program (file name to text) against the payloads of a weakness. Raises NotJudged."""
    return judge_all([(variant, cwe)])[0]


def judge_all(variants: Iterable[tuple[dict[str, str], str]]) -> list[Outcome]:
    """Run many programs, one after the other, in one process that forks for each. Raises NotJudged."""
    asked = json.dumps([{"files": files, "cwe": cwe} for files, cwe in variants])
    argv = [sys.executable, "-B", "-m", _PROGRAM]
    done = run(argv, stdin=asked.encode(), folder=ROOT, env={"PYTHONHASHSEED": "0"}, seconds=SECONDS)
    if done.status:
        raise NotJudged(done.stderr.decode(errors="replace"))
    answers: Sequence[dict[str, object]] = json.loads(done.stdout.splitlines()[-1])
    return [_outcome(answer) for answer in answers]


def _outcome(answer: dict[str, object]) -> Outcome:
    if "error" in answer:
        return Outcome(vulnerable=False, faults=(str(answer["error"]),))
    told = {name: str(answer.get(name, "")) for name in ("payload", "key", "sink", "value")}
    errors, runs = answer["errors"], answer["runs"]
    return Outcome(
        vulnerable=bool(answer["vulnerable"]),
        reached=bool(answer["reached"]),
        faults=tuple(map(str, errors)) if isinstance(errors, list) else (),
        runs=runs if isinstance(runs, int) else 0,
        **told,
    )
