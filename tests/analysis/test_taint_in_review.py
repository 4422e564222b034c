"""What a review makes of flows: which are new, which are shown, and what coverage says."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from stand_ins.changes import PaperRepository
from stand_ins.tracer import RUNS, WordTracer

from coderev.analysis import ANALYSERS, Analysis, Choice, UnknownAnalyser, analyse, remedy, taint, tracing
from coderev.analysis.all_analysers import NAMES
from coderev.analysis.ruff import Ruff
from coderev.analysis.rules import structural_rules
from coderev.analysis.taint.flow import Traced
from coderev.analysis.weaknesses import covers
from coderev.diff import parse_patch
from coderev.errors import InputError
from coderev.finding import Finding
from coderev.syntax import parse

FLOW = "taint/command-injection"
SINK = b"def start(job):\n    run(name)\n"
SOURCE = b"def page():\n    receive(name)\n"
HONEST = b"def page():\n    return 1\n"
MIDDLE = b"def between():\n    pass_on(name)\n"
PEM = b"-----BEGIN RSA PRIVATE KEY-----"

Files = Mapping[str, bytes]


def review(
    base: Files, head: Files, *, unchanged: Files | None = None, trace: WordTracer | None = None, **choice: object
) -> Analysis:
    """The analysis of a change in a repository that holds some unchanged files too."""
    repository = PaperRepository()
    change = repository.change(base, head)
    around = repository.change({}, {**(unchanged or {}), **head})
    listed = [(file.path, file.head.oid, len(repository.blobs[file.head.oid])) for file in around.files if file.head]
    return analyse(
        change,
        repository.read,
        msgspec.convert(choice, Choice),
        lambda _: listed,
        trace=trace or WordTracer(),
    )


def flows(analysis: Analysis) -> list[Finding]:
    return [each for each in analysis.findings if each.source.name == "taint"]


def only(analysis: Analysis) -> Finding:
    (found,) = flows(analysis)
    return found


def taint_line(analysis: Analysis) -> tuple[str, str | None]:
    (line,) = [each for each in analysis.coverage if each.name == "taint"]
    return line.status, line.reason


def test_a_flow_that_a_change_brings_is_new_with_every_step_and_its_code() -> None:
    analysis = review({"a.py": HONEST}, {"a.py": SOURCE + b"\n\n" + SINK})

    finding = only(analysis)

    assert (finding.rule, finding.status, finding.severity, finding.confidence) == (FLOW, "new", "critical", "high")
    assert (finding.path, finding.start_line, finding.start_column, finding.end_column) == ("a.py", 6, 5, 14)
    assert (finding.cwe, finding.category, finding.title) == ("CWE-78", "security", RUNS.title)
    assert [(step.line, step.code, step.note) for step in finding.flow] == [
        (2, "receive(name)", "comes from a parameter of the request"),
        (6, "run(name)", "reaches a shell"),
    ]
    assert finding.message == f"{RUNS.message}; {RUNS.advice}"


def test_a_flow_from_an_unchanged_file_into_a_changed_one_is_found() -> None:
    finding = only(review({"b.py": HONEST}, {"b.py": SINK}, unchanged={"a.py": SOURCE}))

    assert (finding.path, finding.status) == ("b.py", "new")
    assert [step.path for step in finding.flow] == ["a.py", "b.py"]


def test_a_flow_that_a_hunk_opens_in_an_unchanged_file_is_told_there_with_the_hunk() -> None:
    analysis = review({"a.py": HONEST}, {"a.py": b"\n\n" + SOURCE}, unchanged={"deep/b.py": SINK})

    finding = only(analysis)

    assert (finding.path, finding.start_line, finding.status) == ("deep/b.py", 2, "new")
    assert "the change opens this at a.py:4" in finding.message
    assert finding.evidence == "    run(name)"


def test_a_file_that_is_added_opens_a_flow_in_an_unchanged_one() -> None:
    finding = only(review({}, {"a.py": SOURCE}, unchanged={"b.py": SINK}))

    assert (finding.path, finding.status) == ("b.py", "new")
    assert "the change opens this at a.py:2" in finding.message


def test_a_flow_that_a_removed_check_opens_names_the_hunk_that_removed_it() -> None:
    checked = b"def page(job):\n    receive(name)\n    if job:\n        print(job)\n        check(name)\n    return 1\n"

    finding = only(
        review({"a.py": checked}, {"a.py": checked.replace(b"        check(name)\n", b"")}, unchanged={"b.py": SINK})
    )

    assert finding.status == "new"
    assert "the change opens this at a.py:4" in finding.message


def test_a_flow_in_unchanged_files_alone_is_not_told() -> None:
    analysis = review({"c.py": b""}, {"c.py": b"x = 1\n"}, unchanged={"a.py": SOURCE, "b.py": SINK})

    assert flows(analysis) == []


def test_a_change_in_the_middle_of_a_flow_leaves_it_existing_and_touched() -> None:
    analysis = review(
        {"m.py": MIDDLE}, {"m.py": MIDDLE + b"    pass_on(name)\n"}, unchanged={"a.py": SOURCE, "b.py": SINK}
    )

    finding = only(analysis)

    assert (finding.path, finding.status, finding.touched) == ("b.py", "existing", True)
    assert "opens" not in finding.message


def test_a_flow_on_untouched_lines_of_a_changed_file_is_existing_and_not_touched() -> None:
    finding = only(review({"a.py": SOURCE + SINK}, {"a.py": b"import os\n\n" + SOURCE + SINK}))

    assert (finding.status, finding.touched) == ("existing", False)


def test_the_same_statement_reached_from_another_source_is_new() -> None:
    other = b"def form():\n    receive(name)\n"

    finding = only(review({"a.py": SOURCE}, {"a.py": other}, unchanged={"b.py": SINK}))

    assert finding.status == "new"


def test_a_statement_that_is_rewritten_on_an_untouched_line_is_another_sink() -> None:
    sink = b"def start(job):\n    job.do(\n        run(name),\n        %s\n    )\n"

    finding = only(review({"b.py": sink % b"1"}, {"b.py": sink % b"2"}, unchanged={"a.py": SOURCE}))

    assert finding.status == "new"


@pytest.mark.parametrize(
    "head",
    [
        {"a.py": SINK.replace(b"start", b"begin").replace(b"run", b"receive(name)\n    run")},
        {"moved.py": SINK.replace(b"run", b"receive(name)\n    run")},
        {
            "a.py": b"class Job:\n    def start(job):\n        receive(name)\n        run( name )\n".replace(
                b"( name )", b"(name)"
            )
        },
    ],
    ids=["renamed", "moved", "indented"],
)
def test_a_function_that_is_moved_or_renamed_keeps_its_flow(head: Files) -> None:
    base = {"a.py": SINK.replace(b"run", b"receive(name)\n    run")}

    finding = only(review(base, head))

    assert finding.status == "existing"


def test_a_copied_flow_is_new_once() -> None:
    whole = b"def page():\n    receive(name)\n    run(name)\n"

    found = flows(
        review({"a.py": whole.replace(b"name", b"one")}, {"a.py": whole.replace(b"name", b"one"), "b.py": whole})
    )

    assert [(each.path, each.status) for each in found] == [("b.py", "new")]


def test_several_sources_of_one_sink_are_one_finding_that_counts_them() -> None:
    sources = b"".join(b"def page%d():\n    receive(name)\n" % number for number in range(3))

    finding = only(review({}, {"a.py": sources, "b.py": SINK}))

    assert f"{RUNS.message}; 2 more ways lead here; {RUNS.advice}" == finding.message


def test_of_an_old_and_a_new_way_to_one_sink_the_new_one_is_shown_and_counts() -> None:
    finding = only(
        review(
            {"z.py": HONEST},
            {"z.py": HONEST + b"\n\ndef form():\n    receive(name)\n"},
            unchanged={"a.py": SOURCE, "b.py": SINK},
        )
    )

    assert finding.status == "new"
    assert finding.flow[0].path == "z.py"
    assert "1 more way leads here" in finding.message


def test_two_sources_in_one_function_are_one_identity() -> None:
    again = SOURCE + b"    receive(name)\n"

    finding = only(review({"a.py": SOURCE}, {"a.py": again}, unchanged={"b.py": SINK}))

    assert (finding.status, finding.touched) == ("existing", True)


def test_in_test_code_a_flow_does_not_stop_a_merge() -> None:
    assert only(review({}, {"tests/a.py": SOURCE + SINK})).severity == "medium"


def test_a_wrong_configuration_has_no_flow_and_is_matched_like_any_rule() -> None:
    found = flows(review({"a.py": b"debug(one)\n"}, {"a.py": b"debug(one)\nx = 1\ndebug(two)\n"}))

    assert [(each.rule, each.start_line, each.status, each.flow) for each in found] == [
        ("taint/debug-mode", 1, "existing", ()),
        ("taint/debug-mode", 3, "new", ()),
    ]


def test_what_another_analyser_says_of_the_same_weakness_is_told_once() -> None:
    shell = (
        b"import subprocess\n\n\ndef page():\n    receive(name)\n    subprocess.run(f'ls {run(name)}', shell=True)\n"
    )

    analysis = review({}, {"a.py": shell})

    assert [each.rule for each in analysis.findings if each.cwe == "CWE-78"] == [FLOW]


def test_an_existing_flow_hides_no_new_finding_of_another_analyser() -> None:
    flow = b"import subprocess\n\n\ndef page(x):\n    receive(name)\n    %s\n    run(name)\n"
    head = flow % b"subprocess.run(f'ls {x}{pass_on(name)}', shell=True)"

    analysis = review({"a.py": flow % b"print(x)"}, {"a.py": head})

    assert {each.rule: each.status for each in analysis.findings if each.cwe == "CWE-78"} == {
        FLOW: "existing",
        "structural/py-shell-built": "new",
    }


def test_no_step_shows_more_than_four_characters_of_a_secret() -> None:
    key = b"AKIA" + b"QYLPMN5HFIQR7XYA"
    step = b"def between():\n    pass_on(name), '" + key + b"', 'end'\n"

    finding = only(review({"b.py": b""}, {"b.py": SINK}, unchanged={"a.py": SOURCE, "m.py": step}))

    assert finding.flow[1].code == "pass_on(name), 'AKIA…', 'end'"


def test_both_sides_are_traced_whole_and_nothing_else_is_read() -> None:
    tracer = WordTracer()
    others = {"a.py": SOURCE, "web/b.ts": b"run(one);\n", "page.html": b"<p>", "notes.md": b"# x"}

    review({"c.py": b"", "gone.py": b""}, {"c.py": b"x = 1\n"}, unchanged=others, trace=tracer)

    assert tracer.given == [{"a.py", "web/b.ts", "c.py"}, {"a.py", "web/b.ts", "c.py", "gone.py"}]


def test_without_a_base_only_head_is_traced() -> None:
    tracer = WordTracer()

    review({}, {"a.py": SOURCE}, trace=tracer)

    assert tracer.given == [{"a.py"}]


def test_a_program_without_an_ending_is_traced_by_its_first_line() -> None:
    analysis = review({}, {"bin/start": b"#!/usr/bin/env python3\n" + SOURCE + SINK, "LICENSE": b"run(name)\n"})

    assert [each.path for each in flows(analysis)] == ["bin/start"]


def test_where_there_is_no_room_the_nearest_files_are_traced_and_the_others_named() -> None:
    tracer = WordTracer()
    others = {"far/a.py": b"", "app/sub/b.py": b"", "app/c.py": b""}

    analysis = review({"app/d.py": b""}, {"app/d.py": b"x = 1\n"}, unchanged=others, trace=tracer, files=3)

    assert tracer.given[0] == {"app/d.py", "app/c.py", "app/sub/b.py"}
    (note,) = [note for note in analysis.notes if "far/a.py" in note]
    assert note == (
        "taint does not know all of what did not change: "
        "far/a.py (there is no room for it beside what is nearer to the change)"
    )


def test_a_change_in_no_language_of_the_engine_is_not_traced() -> None:
    tracer = WordTracer()

    analysis = review({"a.go": b""}, {"a.go": b"package a\n"}, unchanged={"a.py": SOURCE}, trace=tracer)

    assert tracer.given == []
    assert taint_line(analysis) == ("not-run", "no file in its languages")


def test_taint_can_be_switched_off_and_is_known_by_name() -> None:
    analysis = review({}, {"a.py": SOURCE + SINK}, without=["taint"])

    assert flows(analysis) == []
    assert taint_line(analysis) == ("not-run", "switched off")
    assert (*ANALYSERS, "taint") == NAMES
    with pytest.raises(UnknownAnalyser, match="no analyser tainted") as refused:
        Choice(without=frozenset({"tainted"}))
    assert refused.value.next_step.endswith("taint")


def test_the_lines_of_a_patch_alone_are_not_traced() -> None:
    patch = parse_patch(b"--- a/a.py\n+++ b/a.py\n@@ -1 +1,2 @@\n-x\n+receive(name)\n+run(name)\n")

    analysis = analyse(patch, lambda _: {}, Choice(), trace=WordTracer())

    assert taint_line(analysis) == ("not-run", "no file")


def test_an_engine_that_raises_has_failed_and_takes_nothing_with_it() -> None:
    def broken(files: Files, /, *, packs: Path | None = None) -> Traced:
        del packs
        raise RecursionError(len(files))

    repository = PaperRepository()
    change = repository.everything({"a.py": b"def run(text):\n    return eval(text)\n"})

    analysis = analyse(change, repository.read, Choice(), trace=broken)

    assert taint_line(analysis) == ("failed", "RecursionError: 1")
    assert "ruff/S307" in {each.rule for each in analysis.findings}


def test_a_wrong_pack_of_the_site_is_an_error() -> None:
    class WrongPack(InputError):
        message = "packs/site.yaml:1: $: no"
        hint = "mend it"

    def refusing(files: Files, /, *, packs: Path | None = None) -> Traced:
        del files, packs
        raise WrongPack

    repository = PaperRepository()

    with pytest.raises(WrongPack):
        analyse(repository.everything({"a.py": SOURCE}), repository.read, Choice(), trace=refusing)


def test_what_was_not_read_in_full_is_in_coverage_with_its_reason() -> None:
    broken = b"def (\n" + SOURCE

    analysis = review({"a.py": broken}, {"a.py": broken + b"\n"}, unchanged={"old.py": b"def (\n"})

    (line,) = [each for each in analysis.coverage if each.name == "taint"]
    assert [(each.path, each.status, each.reason) for each in line.failed] == [
        ("a.py", "failed", "syntax errors in line 1")
    ]
    assert "a.py: base not judged by taint: syntax errors in line 1" in analysis.notes
    assert "taint does not know all of what did not change: old.py (syntax errors in line 1)" in analysis.notes


def test_no_finding_is_told_in_an_unchanged_file_that_the_site_excludes() -> None:
    analysis = review({"a.py": HONEST}, {"a.py": SOURCE}, unchanged={"vendor/b.py": SINK}, exclude=["vendor/"])

    assert flows(analysis) == []


def test_the_languages_that_are_traced_are_those_of_the_engine() -> None:
    assert frozenset(taint.LANGUAGES) == tracing.LANGUAGES


def test_every_rule_that_is_covered_exists() -> None:
    known = {f"ruff/{code}" for code in Ruff(60).codes()} | {each.rule.id for each in structural_rules()}
    named = {rule for number in range(1400) for rule in covers(f"CWE-{number}")}

    assert len(named) > 40
    assert named - known == set()


def test_a_remedy_is_known_for_the_rules_that_have_one() -> None:
    assert "execute(" in remedy("taint/sql-injection")
    assert "await" in remedy("structural/js-forgotten-await")
    assert [remedy(name) for name in ("taint/unheard", "structural/unheard", "ruff/S101", "")] == [""] * 4


CALLS = st.sampled_from([b"receive(a)", b"run(a)", b"receive(b)", b"run(b)", b"pass_on(a)", b"check(b)", b"pass"])
UNITS = st.dictionaries(st.sampled_from(["f", "g", "h"]), st.lists(CALLS, min_size=1, max_size=3), max_size=2)
TREES = st.dictionaries(st.sampled_from(["a.py", "b.py", "c.py"]), UNITS, max_size=3)
Tree = dict[str, dict[str, list[bytes]]]


def written(tree: Tree) -> dict[str, bytes]:
    """The files of a tree of functions."""
    return {
        path: b"\n\n".join(
            b"def %s():\n    %s\n" % (name.encode(), b"\n    ".join(calls)) for name, calls in units.items()
        )
        for path, units in tree.items()
    }


def ends(files: Files) -> dict[tuple[str, int], set[tuple[str, bytes]]]:
    """The sinks, each with the source units and kinds (of a source in the sink's own unit, the kind) and the code."""
    found: defaultdict[tuple[str, int], set[tuple[str, bytes]]] = defaultdict(set)
    for flow in WordTracer()(files).flows:
        source, *_, sink = flow.steps
        units = {(step.path, unit_of(files, step.path, step.start)) for step in (source, sink)}
        name = "request" if len(units) == 1 else flow.source
        line = files[sink.path][: sink.start].count(b"\n") + 1
        found[sink.path, line].add((name, files[sink.path][sink.start : sink.end]))
    return found


def unit_of(files: Files, path: str, at: int) -> str:
    return parse(files[path], "python").unit_at(files[path][:at].count(b"\n") + 1).name


@settings(deadline=None, max_examples=300)
@example(  # a source in a unit that has the name of the sink's own
    {"a.py": {"f": [b"receive(b)"]}, "b.py": {"h": [b"receive(b)", b"run(b)", b"receive(a)"]}},
    {"a.py": {"h": [b"receive(b)"]}, "b.py": {"h": [b"receive(b)", b"run(b)", b"receive(a)"]}},
)
@given(TREES, TREES)
def test_a_review_calls_no_more_flows_old_than_base_had(base: Tree, head: Tree) -> None:
    before, after = written(base), written(head)
    repository = PaperRepository()
    change = repository.change(before, after)
    listed = [(file.path, file.head.oid, 1) for file in repository.everything(after).files if file.head]

    found = analyse(change, repository.read, Choice(), lambda _: listed, trace=WordTracer()).findings

    new = {(each.path, each.start_line) for each in found if each.rule == FLOW and each.status == "new"}
    old = Counter(end for sink, there in ends(after).items() if sink not in new for end in there)
    assert old <= Counter(end for there in ends(before).values() for end in there)
    assert before != after or not new


@settings(deadline=None, max_examples=50)
@given(TREES)
def test_every_sink_of_a_tree_is_told_once(tree: Tree) -> None:
    files = written(tree)
    repository = PaperRepository()

    found = analyse(repository.everything(files), repository.read, Choice(), trace=WordTracer()).findings

    sinks = {(flow.path, files[flow.path][: flow.start].count(b"\n") + 1) for flow in WordTracer()(files).flows}
    assert sorted((each.path, each.start_line) for each in found if each.rule == FLOW) == sorted(sinks)
