"""Settings, queue, models, times: what the smaller pages decide."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from stand_ins.site_pages import DEAD, FRAME, MODELS, NOW, REVIEW, SETTINGS, WORKERS, tokens

from coderev.gateway import Checkup
from coderev.gateway.check import ModelCheck
from coderev.gateway.registry import Model
from coderev.server.pages import models, queue, settings
from coderev.server.pages.dismissals import DismissalSearch, render_dismissals
from coderev.server.pages.frame import ago, duration, link, plural
from coderev.server.pages.tokens import render_tokens
from coderev.settings import BundleSettings, Connections, DatabaseSettings, Exclusion, RecallSettings, Settings
from coderev.store import Job, records
from coderev.store.queue.values import JobState

SECRETIVE = replace(
    SETTINGS,
    exclude=(Exclusion(paths=("vendor/",), reason="not ours"),),
    database=DatabaseSettings(
        url="postgresql://crai:hunter2@db.internal/crai?password=hunter2",
        password_file="/etc/hunter2",
        key_file="/k/hunter2",
    ),
    recall=RecallSettings(store="rediss://:hunter2@cache.internal:6380", password_file="/hunter2", key_file="/hunter2"),
    connections=Connections(client_certificate="/pem/hunter2", client_key="/pem/hunter2", proxy="http://u:hunter2@p:1"),
    bundle=BundleSettings(last_step=("tell", "--token=hunter2"), scanner=("scan", "hunter2")),
)


def test_no_secret_and_no_place_of_one_is_on_the_page_of_settings() -> None:
    document = settings.render_settings(FRAME, SECRETIVE)

    assert "hunter2" not in document
    assert "hidden-" not in document
    assert "postgresql://db.internal/crai" in document
    assert "rediss://cache.internal:6380" in document
    assert "paths vendor/; reason not ours" in document


def test_every_setting_is_on_the_page_with_its_value() -> None:
    rows = {row.name: row for group in settings.groups(SETTINGS) for row in group.rows}

    assert rows["mode"].value == "private"
    assert rows["gate.fail_on"].usual
    assert rows["recall.similar.threshold"].value == "0.95"
    assert rows["database.keep_days.reviews"].value == "365"
    assert rows["forges[].url"].value == "https://code.clinic.internal"
    assert {name.partition(".")[0] for name in rows} >= set(Settings.__struct_fields__) - {"forges"}


@pytest.mark.parametrize("url", ["http://[::1", "http://a:b@[", "//u:p@h:9/x?y#z"])
def test_an_address_that_is_none_tells_no_secret(url: str) -> None:
    told = settings.without_secrets(url)

    assert told in {settings.HIDDEN, "//h:9/x"}


@pytest.mark.parametrize(
    ("counts", "workers", "said"),
    [
        (queue.QueueCounts(waiting=3, running=0, dead=1), WORKERS[1:], "3 jobs waiting and no worker is alive"),
        (queue.QueueCounts(waiting=3, running=0, dead=1), WORKERS, "1 job was given up"),
        (
            queue.QueueCounts(waiting=1, running=0, dead=0, oldest=timedelta(minutes=3)),
            WORKERS,
            "All is well. The longest wait is 3 min.",
        ),
        (queue.QueueCounts(waiting=0, running=0, dead=0), (), "All is well."),
    ],
)
def test_the_queue_says_first_what_a_person_must_do(
    counts: queue.QueueCounts, workers: tuple[queue.WorkerRow, ...], said: str
) -> None:
    assert queue.sentence(counts, workers).startswith(said)


@pytest.mark.parametrize("may", [True, False])
def test_a_button_is_there_for_those_who_may_use_it(may: bool) -> None:
    counts = queue.QueueCounts(waiting=0, running=0, dead=1)

    document = queue.render_queue(FRAME, counts, (), DEAD, WORKERS, may_replay=may)

    assert ('action="/queue/17/replay"' in document) is may


def test_what_is_over_offers_no_button() -> None:
    document = render_tokens(FRAME, tokens(), roles=("reader",))

    assert 'action="/tokens/3/revoke"' in document
    assert 'action="/tokens/2/revoke"' not in document


def test_nothing_dismissed_says_how_it_is_done() -> None:
    assert "@coderev dismiss" in render_dismissals(FRAME, (), asked=DismissalSearch())


def test_models_that_fail_are_said_first() -> None:
    assert models.sentence(MODELS) == "1 model does not answer: small-coder."
    assert models.sentence(MODELS[:1]) == "1 model, none of them failing."
    assert models.sentence(()) == "Static only."
    assert models.rows_of(Checkup(models=()), {}, {}) == models.rows_of(None, {}, {}) == ()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(3, "just now"), (61, "1 min ago"), (3_600, "1 h ago"), (40 * 3_600, "40 h ago"), (9 * 86_400, "9 days ago")],
)
def test_times_are_told_as_people_tell_them(seconds: int, said: str) -> None:
    assert ago(NOW - timedelta(seconds=seconds), NOW) == said
    assert ago(NOW + timedelta(seconds=seconds), NOW) in {f"in {said.removesuffix(' ago')}", "in a moment"}


def test_lengths_have_one_unit() -> None:
    told = [duration(timedelta(seconds=each)) for each in (0.04, 4.2, 59, 59.9, 90, 86_400 * 3)]

    assert told == ["0.0 s", "4.2 s", "59 s", "1 min", "2 min", "3 days"]


def test_a_link_keeps_hostile_words_in_their_place() -> None:
    assert link("/x", path='"><b>&start=9#\u202e', empty="", none=None) == (
        "/x?path=%22%3E%3Cb%3E%26start%3D9%23%E2%80%AE"
    )
    assert plural(1, "file") + plural(2_000, "file") == "1 file2,000 files"


def test_models_that_cannot_be_asked_are_not_told_to_be_none() -> None:
    document = models.render_models(FRAME, (), {}, known=False)

    assert "No model is configured" not in document
    assert "Static only" not in document


def test_a_model_is_told_with_what_its_endpoint_says_and_what_it_did() -> None:
    model = Model(
        id="m",
        provider="local",
        version="1",
        capabilities=("code-review",),
        endpoint="http://u:hunter2@m.internal/v1?k=hunter2",
    )
    use = records.ModelUse(model="m", questions=9, answered=8, tokens_in=7, tokens_out=6, seconds=5.0)
    well = Checkup(models=(ModelCheck(model=model, status="answers"),))
    ill = Checkup(models=(ModelCheck(model=model, status="fails", detail="refused"),))

    (answering,) = models.rows_of(well, {"m": use}, {"m": False})
    (failing,) = models.rows_of(ill, {}, {})
    (avoided,) = models.rows_of(well, {}, {"m": True})

    assert (answering.state, answering.answered, answering.where) == ("answers", 8, "http://m.internal/v1")
    assert (failing.mark, failing.why, failing.questions) == ("bad", "refused", 0)
    assert (avoided.state, avoided.mark) == ("left alone", "bad")


@pytest.mark.parametrize(
    ("state", "attempt", "shown"),
    [("todo", 1, ("queued", 0)), ("doing", 2, ("running", 2)), ("failed", 8, ("given up", 8))],
)
def test_a_job_is_told_in_words(state: JobState, attempt: int, shown: tuple[str, int]) -> None:
    job = Job(id=1, task="review", arguments={"review": "x"}, lock=None, repository="r", state=state, attempt=attempt)

    row = queue.job_row(job)

    assert (row.state, row.attempts) == shown
    assert row.review == ""
    assert queue.job_row(replace(job, arguments={"review": str(REVIEW)})).review == str(REVIEW)
