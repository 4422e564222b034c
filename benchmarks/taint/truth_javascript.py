"""Whether a JavaScript or TypeScript program is vulnerable, by running it against stand-ins.

Each program runs in a context of its own inside of one node process (`worlds_javascript/judge.js`). `require` finds the
stand-ins of frameworks, drivers and node's own modules before real ones; their routing drives every handler with every
payload of the weakness in every field of a request, their sinks record what reaches them. A program is vulnerable when
for some payload what reached a sink has changed structure (`worlds_javascript/weaknesses.js`), else it is safe. Nothing
is opened, started or asked for. Types and JSX are erased first (`plain_javascript`).
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.taint.plain_javascript import plain
from coderev.process import run

JUDGE = Path(__file__).parent / "worlds_javascript" / "judge.js"
SECONDS = 600.0


class NotJudged(Exception):
    """The judging process did not answer: the stand-ins are broken, not the program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What running a program showed.

    `vulnerable`: some payload reached a sink of the weakness and was harmful there; then `payload`, the `key` of the
    request that held it (`*`: all of them), the kind of `sink` and the `value` that it got. `reached`: requests reach
    a sink of the weakness. `faults`: why the program cannot be judged: it has no entry, or uses what no stand-in
    covers. `runs` of the program, one for each request.
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
    """Run one program (file name to text) against the payloads of a weakness. Raises NotJudged, ProgramMissing."""
    return judge_all([(variant, cwe)])[0]


def judge_all(variants: Iterable[tuple[dict[str, str], str]]) -> list[Outcome]:
    """Run many programs, one after the other, in one process. Raises NotJudged, and ProgramMissing without node."""
    asked = [
        {"files": {path: plain(path, text) for path, text in files.items()}, "cwe": cwe} for files, cwe in variants
    ]
    done = run(["node", str(JUDGE)], stdin=json.dumps(asked).encode(), seconds=SECONDS)
    answers: Sequence[dict[str, object]] = [json.loads(line) for line in done.stdout.splitlines()]
    if done.status or len(answers) != len(asked):
        raise NotJudged(done.stderr.decode(errors="replace"))
    return [_outcome(answer) for answer in answers]


def _outcome(answer: dict[str, object]) -> Outcome:
    told = {name: str(answer.get(name, "")) for name in ("payload", "key", "sink", "value")}
    faults, runs = answer["faults"], answer["runs"]
    return Outcome(
        vulnerable=bool(answer["vulnerable"]),
        reached=bool(answer["reached"]),
        faults=tuple(map(str, faults)) if isinstance(faults, list) else (),
        runs=runs if isinstance(runs, int) else 0,
        **told,
    )
