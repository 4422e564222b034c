"""JUnit XML: a suite per changed file, a case per finding, so that a build server's test page shows a review.

A new finding that the gate counts is a failure; what was not reviewed is an error; what did not run is skipped.
Existing findings are only counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from coderev.finding import Coverage, Finding, Result, gated
from coderev.report.excerpt import shortened
from coderev.report.facts import counted, exclusions, failures, not_run, of_status, verdict
from coderev.report.manner import Manner
from coderev.report.visible import visible

SHOWN = 4000  # characters of the evidence
REST = "coverage"  # the suite of what belongs to no file
OUTCOMES = ("failure", "error", "skipped")

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    suite: str
    name: str
    outcome: Literal["passed", "failure", "error", "skipped"] = "passed"
    message: str = ""
    text: str = ""


def render(result: Result, _manner: Manner) -> str:
    """The document, with the verdict and the counts as properties of its first suite."""
    coverage = result.coverage
    suites: dict[str, list[_Case]] = {REST: []}
    for case in (*_findings(result), *_failed(coverage), *_files(coverage), *_left_out(coverage)):
        suites.setdefault(case.suite, []).append(case)
    cases = [case for suite in suites.values() for case in suite]
    body = [_suite(name, suites[name], _properties(result) if name == REST else "") for name in suites]
    root = _element("testsuites", {"name": result.tool.name, **_totals(cases)}, *body)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}\n'


def _findings(result: Result) -> Iterator[_Case]:
    for finding in of_status(result, "new"):
        yield _Case(
            suite=finding.path,
            name=f"{finding.rule} at line {finding.start_line}",
            outcome="failure" if gated(finding, result.gate.fail_on, models=result.gate.models) else "passed",
            message=f"{finding.severity}: {finding.title}",
            text=_told(finding),
        )


def _told(finding: Finding) -> str:
    doubted = ", doubted" if finding.doubted else ""
    about = f"{finding.severity}, {finding.confidence} confidence{doubted}: {finding.title}"
    place = f"{finding.path}:{finding.start_line}"
    return "\n".join(
        (
            visible(place),
            visible(about),
            "",
            shortened(finding.evidence, SHOWN),
            "",
            finding.message,
            finding.fingerprint,
        )
    )


def _failed(coverage: Coverage) -> Iterator[_Case]:
    for failure in failures(coverage):
        yield _Case(
            suite=failure.path or REST, name=failure.what, outcome="error", message=f"incomplete: {failure.reason}"
        )


def _files(coverage: Coverage) -> Iterator[_Case]:
    yield from (_Case(suite=file.path, name="review") for file in coverage.files if file.status == "reviewed")


def _left_out(coverage: Coverage) -> Iterator[_Case]:
    for what, gaps in (("excluded", exclusions(coverage)), ("not run", not_run(coverage))):
        for gap in gaps:
            yield _Case(suite=gap.path or REST, name=gap.what, outcome="skipped", message=f"{what}: {gap.reason}")


def _properties(result: Result) -> str:
    values = {
        "verdict": verdict(result),
        "new": counted(of_status(result, "new")),
        "existing": counted(of_status(result, "existing", "baseline")),
    }
    return _element("properties", {}, *(_element("property", {"name": n, "value": v}) for n, v in values.items()))


def _suite(name: str, cases: list[_Case], properties: str) -> str:
    return _element("testsuite", {"name": name, **_totals(cases), "time": "0"}, properties, *map(_case, cases))


def _totals(cases: list[_Case]) -> dict[str, str]:
    names = zip(("failures", "errors", "skipped"), OUTCOMES, strict=True)
    return {
        "tests": str(len(cases)),
        **{name: str(sum(c.outcome == outcome for c in cases)) for name, outcome in names},
    }


def _case(case: _Case) -> str:
    attributes = {"classname": case.suite, "name": case.name, "time": "0"}
    if case.outcome == "passed":
        return _element("testcase", attributes, _element("system-out", {}, _text(case.text)) if case.text else "")
    return _element("testcase", attributes, _element(case.outcome, {"message": case.message}, _text(case.text)))


def _element(name: str, attributes: dict[str, str], *content: str) -> str:
    """An element; `content` is XML already, the attributes are not."""
    told = "".join(f' {key}="{visible(value).translate(_ENTITIES)}"' for key, value in attributes.items())
    inside = "\n".join(filter(None, content))
    return f"<{name}{told}>{inside}</{name}>" if inside else f"<{name}{told}/>"


def _text(text: str) -> str:
    return visible(text, keep="\n\t").translate(_ENTITIES)
