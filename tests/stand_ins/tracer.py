"""A stand-in for the taint engine that follows words instead of values.

`receive(word)` is a source, `pass_on(word)` a step and `run(word)` a sink of all flows of that word, in whatever files
they stand; where any file has `check(word)` the word is harmless. `debug(word)` is a wrong configuration.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from coderev.analysis.taint.flow import Flow, FlowStep, Traced
from coderev.analysis.taint.pack import RuleRow
from coderev.syntax import language_of, parse

CALL = re.compile(rb"(?<!def )\b(receive|pass_on|run|check|debug)\((\w+)\)")
NOTES = {"receive": "comes from a parameter of the request", "pass_on": "is handed on"}
RUNS = RuleRow(
    id="command-injection",
    cwe="CWE-78",
    title="Shell command made from untrusted input",
    severity="critical",
    message="the request reaches run",
    advice="call the program with a list of arguments",
    safe='subprocess.run(["convert", "--", name], check=True)',
)
DEBUGS = RuleRow(
    id="debug-mode",
    cwe="CWE-489",
    title="Debug mode is on",
    severity="medium",
    message="the debugger runs what anybody types",
    advice="switch it off",
)


class _Call(NamedTuple):
    path: str
    start: int
    end: int
    unit: str


class WordTracer:
    """Meets `Trace`, and counts how many files each call was given."""

    def __init__(self) -> None:
        self.given: list[frozenset[str]] = []

    def __call__(self, files: Mapping[str, bytes], /, *, packs: Path | None = None) -> Traced:
        """All flows of all words."""
        del packs
        self.given.append(frozenset(files))
        calls: defaultdict[tuple[str, bytes], list[_Call]] = defaultdict(list)
        for path in sorted(files):
            for name, word, call in _calls(path, files[path]):
                calls[name, word].append(call)
        words = sorted({word for _, word in calls})
        flows = [flow for word in words for flow in _flows(calls, word)]
        unread = {path: "syntax errors in line 1" for path, source in files.items() if source.startswith(b"def (")}
        return Traced(flows=tuple(flows), unread=unread)


def _calls(path: str, source: bytes) -> Iterator[tuple[str, bytes, _Call]]:
    parsed = parse(source, language_of(path, source) or "python")
    for found in CALL.finditer(source):
        unit = parsed.unit_at(source[: found.start()].count(b"\n") + 1).name
        yield found[1].decode(), found[2], _Call(path, found.start(), found.end(), unit)


def _flows(calls: Mapping[tuple[str, bytes], list[_Call]], word: bytes) -> Iterator[Flow]:
    for call in calls.get(("debug", word), ()):
        yield Flow(
            rule=DEBUGS, path=call.path, start=call.start, end=call.end, confidence="high", message=DEBUGS.message
        )
    if calls.get(("check", word)):
        return
    for source in calls.get(("receive", word), ()):
        for sink in calls.get(("run", word), ()):
            between = calls.get(("pass_on", word), ())
            yield Flow(
                rule=RUNS,
                path=sink.path,
                start=sink.start,
                end=sink.end,
                confidence="medium" if between else "high",
                message=RUNS.message,
                steps=(
                    _step(source, NOTES["receive"]),
                    *(_step(each, NOTES["pass_on"]) for each in between),
                    _step(sink, "reaches a shell"),
                ),
                source=f"{source.unit}\0request",
            )


def _step(call: _Call, note: str) -> FlowStep:
    return FlowStep(path=call.path, start=call.start, end=call.end, note=note)
