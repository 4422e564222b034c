"""What comments say to a person who reads them at eight in the morning."""

from datetime import UTC, datetime

import pytest
from stand_ins.results import (
    MODEL,
    a_coverage,
    a_finding,
    a_full_result,
    a_gate,
    a_result,
    an_incomplete_result,
)

from coderev.finding import FileCoverage, ModelCoverage, Step
from coderev.forge import answers
from coderev.forge.commands import Refusal, Unclear
from coderev.forge.wording import (
    LONGEST,
    LONGEST_STATUS,
    TOLD,
    Occasion,
    explanation,
    inline,
    status_line,
    summary,
    worst_first,
)
from coderev.store.records import REASONS, Dismissal, Reason, Repository, Scope

NOTHING = Occasion(dismissals={})
AT = datetime(2026, 11, 1, tzinfo=UTC)


def a_dismissal(reason: Reason = "mitigated", scope: Scope = "place", note: str = "") -> Dismissal:
    return Dismissal(
        repository=Repository(id=1, forge="memory", forge_id="1", path="clinic/records", tenant="memory/clinic"),
        number=7,
        scope=scope,
        fingerprint="5f1c0e6a9b7d42338e21f0a4c6d8b9e7",
        unit="u",
        rule="S608",
        path="clinic/appointments.py",
        reason=reason,
        author="bob",
        created=AT,
        expires=AT.replace(year=2027),
        note=note,
    )


def test_the_first_line_is_the_verdict_and_why() -> None:
    first = summary(a_full_result(), (), NOTHING).splitlines()[0]

    assert first == "## coderev: fail: 2 new findings at or above high"


def test_what_has_no_comment_at_its_line_is_told_with_the_reason() -> None:
    finding = a_finding()

    text = summary(a_result((finding,)), ((finding, "line"),), NOTHING)

    assert "**New findings: 1 (1 critical)**, 1 here." in text
    assert "- **critical** `clinic/appointments.py:42` SQL statement built" in text
    assert "(its line is not in the diff) · `5f1c0e6a9b7d`" in text
    assert "  Why: A caller of the page chooses `visit_id`," in text


def test_a_message_of_several_lines_is_one_here() -> None:
    first, finding = a_finding(fingerprint="a" * 32), a_finding(message="One ends.\nAnother begins.")

    text = summary(a_result((first, finding)), ((finding, "line"),), NOTHING)

    assert "  Why: One ends. Another begins.\n" in text
    assert "1 at its line and 1 here." in text


def test_a_doubted_finding_of_a_model_says_that_it_is_no_more_than_advice() -> None:
    finding = a_finding(source=MODEL, doubted=True, confidence="low")

    text = summary(a_result((finding,)), ((finding, "many"),), NOTHING)

    assert "(doubted, advisory, more comments would be noise)" in text


def test_more_than_a_person_reads_is_counted() -> None:
    findings = tuple(a_finding(fingerprint=f"{number:032x}") for number in range(TOLD + 5))

    text = summary(a_result(findings), tuple((each, "many") for each in findings), NOTHING)

    assert "- **5 more**, on the review's page" in text
    assert text.count("  Why:") == TOLD


def test_coverage_says_what_was_not_reviewed_and_why() -> None:
    text = summary(an_incomplete_result(), (), NOTHING)

    assert "no new findings in what was reviewed; the review is incomplete" in text
    assert "`clinic/dump.sql` (larger than `2097152` bytes)" in text
    assert "- models: 2 of 3 questions answered by small-coder" in text


def test_models_that_did_not_run_are_named() -> None:
    text = summary(a_result(coverage=a_coverage(models=ModelCoverage(status="not-configured"))), (), NOTHING)

    assert "- models: not run (none configured)" in text


def test_long_lists_of_coverage_are_counted() -> None:
    files = tuple(FileCoverage(path=f"data/{n}.bin", status="excluded", reason="binary") for n in range(30))

    text = summary(a_result(coverage=a_coverage(files=files)), (), NOTHING)

    assert "- excluded: 30" in text
    assert "more, on the review's page" in text


@pytest.mark.parametrize("scope", ["place", "file", "repository"])
def test_a_dismissed_finding_says_who_why_and_until_when(scope: Scope) -> None:
    finding = a_finding(status="dismissed")
    said = a_dismissal(scope=scope, note="the gateway @checks it")

    text = summary(a_result((finding,)), (), Occasion(dismissals={finding.fingerprint: said}))

    wider = {"place": "", "file": ", in this file", "repository": ", in this repository"}[scope]
    assert "**Dismissed: 1 (1 critical)**" in text
    assert f": mitigated{wider}, until 2027-11-01, by `bob`, who says: the gateway `@checks` it" in text


def test_a_finding_that_nobody_knows_the_decision_about_is_still_named() -> None:
    text = summary(a_result((a_finding(status="dismissed"),)), (), NOTHING)

    assert "by a decision of this site" in text


def test_more_dismissals_than_a_person_reads_are_counted() -> None:
    findings = tuple(a_finding(status="dismissed", fingerprint=f"{number:032x}") for number in range(13))

    assert "- 3 more, on the review's page" in summary(a_result(findings), (), NOTHING)


def test_the_page_is_linked_and_how_to_talk_back_is_said_without_calling_anybody() -> None:
    finding = a_finding()
    occasion = Occasion(url="https://reviews.internal/reviews/1", name="review-bot", dismissals={})

    text = summary(a_result((finding,)), (), occasion)

    assert "[The whole review](https://reviews.internal/reviews/1)" in text
    assert "`@review-bot explain FINGERPRINT`" in text


def test_a_comment_at_a_line_says_what_why_how_and_by_whom() -> None:
    finding = a_full_result().findings[0]

    text = inline(finding, a_gate())

    assert text.startswith("**critical: SQL statement built")
    assert '1. `clinic/api.py:12` `visit_id = request.args["id"]` comes from the request' in text
    assert "Fix, safe:" in text
    assert "`S608` · `CWE-89` · high confidence · analyser `checks 1` · `5f1c0e6a9b7d`" in text
    assert "Reply `@coderev explain` or `@coderev dismiss REASON`." in text


def test_a_fix_that_the_host_offers_is_not_shown_twice() -> None:
    assert "Fix" not in inline(a_full_result().findings[0], a_gate(), suggested=True)


def test_a_models_fix_is_called_a_proposal() -> None:
    assert "Fix, a proposal to read before it is taken:" in inline(a_full_result().findings[2], a_gate())


def test_a_long_way_is_cut_and_counted() -> None:
    flow = tuple(Step(path="a.py", line=n, code="x", note="goes on") for n in range(14))

    assert "4 more steps" in inline(a_finding(flow=flow), a_gate())


def test_an_explanation_shows_the_code() -> None:
    text = explanation(a_full_result().findings[2], a_gate())

    assert "   51 |     for slot in range(1, slots):" in text


def test_an_explanation_counts_the_lines_that_it_leaves_out() -> None:
    text = explanation(a_finding(evidence="x = 1\n" * 30, end_line=72), a_gate())

    assert "19 more lines" in text


def test_the_status_is_one_line_that_every_host_takes() -> None:
    line = status_line(a_result(gate=a_gate(reason="x" * 500)))

    assert status_line(a_full_result()).startswith("fail: 2 new findings at or above high; new: 3")
    assert len(line) <= LONGEST_STATUS
    assert line.isprintable()


def test_the_worst_comes_first_and_one_fingerprint_once() -> None:
    low, high = a_finding(severity="low", fingerprint="a" * 32), a_finding(severity="high", fingerprint="b" * 32)
    again = a_finding(severity="critical", fingerprint="a" * 32)

    assert worst_first((low, high, again)) == (high, low)


def test_a_comment_is_never_longer_than_a_host_takes() -> None:
    findings = tuple(
        a_finding(fingerprint=f"{n:032x}", title="`" * 5000, message="\u202e" * 5000, path="`" * 4000)
        for n in range(60)
    )

    text = summary(a_result(findings), tuple((each, "many") for each in findings), NOTHING)

    assert len(text) <= LONGEST


@pytest.mark.parametrize("what", ["unknown", "several", "no finding", "no reason", "days"])
def test_an_unclear_command_is_answered_with_what_can_be_said(what: str) -> None:
    text = answers.unclear(Unclear(what), "coderev")  # type: ignore[arg-type] # the list above

    assert "`@coderev review`" in text
    assert all(reason in text for reason in REASONS)


def test_answers_name_facts_and_no_more() -> None:
    said = {
        answers.refused(Refusal("this needs the permission to write in this repository")),
        answers.no_such_finding(),
        answers.queued("https://reviews.internal/reviews/1"),
        answers.queued(""),
        *(answers.dismissed(a_dismissal(scope=scope)) for scope in ("place", "file", "repository")),
    }

    assert len(said) == 7
    assert all(text.endswith(".\n") for text in said)
