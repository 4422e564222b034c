import re

import pytest
from msgspec.structs import replace
from stand_ins.results import a_finding, a_result, an_incomplete_result
from stand_ins.site_pages import ADDRESS, FRAME, RECORD, a_large_result, a_review, stored, the_result

from coderev.server.pages.record import moments, recalled, render_record, speakers
from coderev.server.pages.review import PAGE, Closed, FindingChoice, headline, render_review
from coderev.server.pages.reviews import ReviewSearch, named, render_reviews, sentence

CHOICE = FindingChoice(review=ADDRESS)
LARGE = a_large_result()


def shown(document: str) -> list[int]:
    return [int(number) for number in re.findall(r'<article class="finding" id="finding-(\d+)"', document)]


def test_the_first_line_is_the_verdict_and_why() -> None:
    document = render_review(FRAME, a_review(), the_result(), CHOICE)

    first = re.search(r"<h1[^>]*>(.*?)</h1>", document)
    assert first
    assert first[1] == "fail: 2 new findings at or above high"


def test_an_incomplete_review_never_looks_like_a_clean_one() -> None:
    document = render_review(FRAME, a_review(verdict="incomplete"), an_incomplete_result(), CHOICE)

    assert '<h1 class="verdict incomplete">incomplete: 4 things were not reviewed</h1>' in document
    assert "no new findings in what was reviewed; the review is incomplete" in document
    assert 'class="alarm"><dt>failed</dt>' in document


def test_a_way_is_unfolded_step_by_step_in_its_order() -> None:
    document = render_review(FRAME, a_review(), the_result(), CHOICE)

    way = document.partition('<ol class="flow">')[2].partition("</ol>")[0]
    assert re.findall(r'class="place">([^<]+)<', way) == [
        "clinic/api.py:12",
        "clinic/api.py:14",
        "clinic/appointments.py:39",
        "clinic/appointments.py:42",
    ]


def test_the_pages_of_a_choice_hold_each_finding_once() -> None:
    seen: list[int] = []

    for start in range(0, 2_000, PAGE):
        seen += shown(render_review(FRAME, a_review(), LARGE, replace_choice(start=start)))

    assert seen == list(range(1, 2_001))


@pytest.mark.parametrize("start", [1_990, 2_000, 10**9])
def test_a_start_past_the_end_shows_the_last_page(start: int) -> None:
    assert shown(render_review(FRAME, a_review(), LARGE, replace_choice(start=start)))[-1] == 2_000


def test_a_filter_shows_what_it_says_and_counts_the_rest() -> None:
    document = render_review(
        FRAME, a_review(), LARGE, replace_choice(severity="low", path_is="src/package_6/module_6.py")
    )

    assert len(shown(document)) == 7
    assert ">all <b>2,000</b></a>" in document


def test_another_choice_starts_at_its_first_finding() -> None:
    assert replace_choice(start=50).path(severity="high") == f"{ADDRESS}?severity=high"


def test_the_search_looks_into_title_rule_and_message() -> None:
    result = a_result((a_finding(title="Über"), a_finding(rule="X1"), a_finding(message="uses MD5")))

    assert shown(render_review(FRAME, a_review(), result, replace_choice(text="über"))) == [1]
    assert shown(render_review(FRAME, a_review(), result, replace_choice(text="x1"))) == [2]
    assert shown(render_review(FRAME, a_review(), result, replace_choice(text="md5"))) == [3]


def test_without_a_reason_no_word_of_the_code_is_on_the_page() -> None:
    document = render_review(FRAME, a_review(), Closed(stored=stored(), sealed=True), CHOICE)

    assert 'name="reason" required' in document
    assert "SELECT" not in document
    assert "SQL statement" not in document


def test_a_given_reason_stays_in_every_link_of_the_review() -> None:
    document = render_review(FRAME, a_review(), the_result(), replace_choice(reason="incident 4711"))

    links = re.findall(rf'href="({ADDRESS}[^"#]*)', document)
    assert len(links) > 5
    assert [link for link in links if "reason=incident%204711" not in link] == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"state": "queued", "verdict": None}, "The review is waiting for its turn"),
        ({"state": "running", "verdict": None}, "The review is running"),
        ({"state": "failed", "verdict": None, "failure": "the forge is down"}, "broke off: the forge is down"),
        ({"state": "cancelled", "verdict": None}, "cancelled: no reason was kept"),
        ({}, "fail: 3 new findings of 4"),
    ],
)
def test_a_review_without_a_result_says_where_it_is(changes: dict[str, object], said: str) -> None:
    assert headline(a_review(**changes), None) == said


def test_the_list_says_first_what_a_person_must_know() -> None:
    assert sentence((a_review(), a_review(verdict="incomplete"), a_review(state="running", verdict=None))) == (
        "Of 3 reviews on this page: 1 failed the gate, 1 incomplete, 1 running."
    )


def test_a_review_is_called_by_its_merge_request_or_its_commit() -> None:
    assert named(a_review()) == "clinic/appointments !12"
    assert named(a_review(number=None)) == "clinic/appointments at 9ab29ab29ab2"
    assert named(a_review(repository=None, number=None)) == "a change that was handed in"


def test_a_search_keeps_its_words_on_the_next_page() -> None:
    document = render_reviews(FRAME, (a_review(),), ReviewSearch(text="a b&c", state="done"), older="cursor")

    assert 'href="/reviews?text=a%20b%26c&amp;state=done&amp;cursor=cursor"' in document


def test_who_said_what_counts_models_that_found_nothing_too() -> None:
    silent = replace(the_result(), findings=())

    assert [(each.name, each.units, each.new) for each in speakers(silent)] == [("small-coder", 2, 0)]
    assert [each.name for each in speakers(the_result())] == ["small-coder", "checks"]


def test_the_time_line_tells_how_long_each_step_took() -> None:
    assert [(each.what, each.after and each.after.total_seconds()) for each in moments(a_review(attempts=2))] == [
        ("asked for by forge:gitlab alice", None),
        ("started, attempt 2", 5.0),
        ("verdict: fail", 4.0),
    ]


def test_a_number_of_the_record_leads_to_the_page_of_its_finding() -> None:
    document = render_record(FRAME, a_review(), LARGE, RECORD)

    assert f'href="{ADDRESS}#finding-1"' in document
    assert "and 1980 more" in document


@pytest.mark.parametrize("record", [{}, {"recall": 3}, {"recall": {"counts": [], "served": {}, "notes": 1}}])
def test_a_record_of_another_form_says_nothing_of_recall(record: dict[str, object]) -> None:
    found = recalled(record)

    assert (found.counts, found.notes, found.served) == ({}, (), ())


def replace_choice(**changes: object) -> FindingChoice:
    return FindingChoice(review=ADDRESS, **changes)  # type: ignore[arg-type]
