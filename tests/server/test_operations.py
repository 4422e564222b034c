"""What operators look at: health, metrics and logs."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from stand_ins.model_server import ModelServer
from stand_ins.model_server import answer as saying
from stand_ins.postgres import Postgres
from stand_ins.service import Service, open_service
from stand_ins.site import write_site

from coderev.errors import Unavailable
from coderev.server.operations.logs import FACTS, AsJson, log_as_json
from coderev.store import records

SECRET = "correct horse battery staple"


class Away(Unavailable):
    message = "the database at {place} is away"
    hint = "start it"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged as JSON, of all loggers, until the test ends."""
    root, ours = logging.getLogger(), logging.getLogger("coderev")
    before, level, our_level = root.handlers[:], root.level, ours.level
    stream = io.StringIO()
    log_as_json(stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    ours.setLevel(our_level)
    logging.getLogger("aiohttp.access").disabled = False


def told(lines: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


async def test_a_process_that_answers_is_alive(service: Service) -> None:
    answer = await service.get("/healthz")
    assert (answer.status, answer.json) == (200, {"status": "alive"})


async def test_a_site_without_models_is_ready_and_says_so(service: Service) -> None:
    answer = await service.get("/readyz")
    assert (answer.status, answer.json) == (200, {"status": "ready", "database": "answers", "models": "static only"})


async def test_models_that_answer_are_ready_and_tell_what_they_did(server: Postgres, tmp_path: Path) -> None:
    with ModelServer(saying("{}", name="stand-in-1")) as model:
        async with open_service(server, folder=write_site(tmp_path, [model.endpoint])) as service:
            use = records.ModelUse(
                model="stand-in-1", questions=9, answered=8, tokens_in=100, tokens_out=50, seconds=2.5
            )
            review = await service.review(await service.repository())
            async with service.site.store.work() as work:
                await work.uses.add(review, [use], service.at)
            token = await service.token("operator")
            ready = await service.get("/readyz")
            (listed,) = (await service.get("/api/v1/models", token=token)).json["items"]
            metrics = (await service.get("/metrics", token=token)).body.decode()

    assert (ready.status, ready.json["models"]) == (200, "answers")
    assert (listed["id"], listed["status"], listed["questions"], listed["tokens_out"]) == (
        "stand-in-1",
        "answers",
        9,
        50,
    )
    assert 'coderev_model_seconds{model="stand-in-1"} 2.5' in metrics


async def test_models_of_which_none_answers_are_not_ready(server: Postgres, tmp_path: Path) -> None:
    async with open_service(server, folder=write_site(tmp_path, ["http://127.0.0.1:9"])) as service:
        answer = await service.get("/readyz")
    assert (answer.status, answer.json["models"]) == (503, "fails")


async def test_a_table_that_is_missing_is_not_ready(service: Service) -> None:
    async with service.site.store.work() as work:
        await work.connection.execute("ALTER TABLE access_record RENAME TO gone")
    answer = await service.get("/readyz")
    assert (answer.status, answer.json["database"]) == (503, "fails")


async def test_a_database_that_is_away_is_not_ready_and_alive(service: Service) -> None:
    await service.site.store.pool.close()  # type: ignore[attr-defined]

    ready, alive = await service.get("/readyz"), await service.get("/healthz")

    assert (ready.status, ready.json["database"]) == (503, "fails")
    assert alive.status == 200


async def test_probes_leave_no_access_records(service: Service) -> None:
    for path in ("/healthz", "/readyz", "/api/v1/openapi.json"):
        await service.get(path)
    assert await service.accesses() == ()


async def test_metrics_tell_what_happened(service: Service) -> None:
    await service.review(await service.repository())
    async with service.site.store.work() as work:
        await service.site.store.queue.enqueue(work, "submission", {}, lock=None, repository="a")
    token = await service.token("operator")
    await service.get("/api/v1/tokens", token=token)

    answer = await service.get("/metrics", token=token)

    text = answer.body.decode()
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert 'coderev_reviews{state="done",verdict="pass"} 1.0' in text
    assert 'coderev_findings{severity="critical",source="checks"} 1.0' in text
    assert 'coderev_queue_jobs{state="ready"} 1.0' in text
    assert 'coderev_http_requests_total{route="/api/v1/tokens",status="403"} 1.0' in text
    assert 'coderev_access_denied_total{action="tokens.list"} 1.0' in text
    for name in ("coderev_queue_age_seconds", "coderev_recall_total", "coderev_workers"):
        assert f"\n{name}" in text, name


async def test_metrics_are_not_for_everybody(service: Service) -> None:
    assert (await service.get("/metrics")).status == 401
    assert (await service.get("/metrics", token=await service.token("developer"))).status == 403


async def test_labels_are_ours_whatever_path_somebody_makes_up(service: Service) -> None:
    for number in range(20):
        await service.get(f"/made/up/{number}")
        await service.get(f"/api/v1/reviews/{number}")
    text = (await service.get("/metrics", token=await service.token("admin"))).body.decode()

    assert "/made/up" not in text
    assert 'route="none"' in text
    assert 'route="/api/v1/reviews/{id}"' in text


async def test_a_request_is_one_line_without_what_somebody_sent(service: Service, lines: io.StringIO) -> None:
    token = await service.token("admin")
    headers = {"User-Agent": SECRET, "Coderev-Reason": SECRET, "Referer": SECRET}

    answer = await service.get(f"/api/v1/reviews?text={SECRET}", token=token, headers=headers)

    (line,) = [each for each in told(lines) if each["what"] == "request"]
    assert line["request_id"] == answer.headers["Request-Id"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/api/v1/reviews", 200)
    assert str(line["who"]).startswith("token:")
    assert SECRET not in lines.getvalue()
    assert token not in lines.getvalue()


async def test_a_bug_is_logged_by_its_kind_and_places_under_the_requests_id(
    service: Service, lines: io.StringIO
) -> None:
    token = await service.token("admin")
    async with service.site.store.work() as work:
        await work.connection.execute("ALTER VIEW finding_row RENAME TO hidden_name")

    answer = await service.get(f"/api/v1/findings?text={SECRET}", token=token)

    (line,) = [each for each in told(lines) if each["what"] == "bug"]
    assert line["request_id"] == answer.headers["Request-Id"]
    assert line["level"] == "error"
    assert "UndefinedTable" in str(line["exception"])
    assert "findings.py" in str(line["exception"])
    assert SECRET not in lines.getvalue()


def test_words_of_another_library_are_logged_without_its_values(lines: io.StringIO) -> None:
    logging.getLogger("aiohttp.server").error("Error handling request from %s", SECRET)
    logging.getLogger("psycopg.pool").warning("error connecting in %r: %s", "pool-1", SECRET)
    assert SECRET not in lines.getvalue()
    assert "Error handling request" in lines.getvalue()


def test_our_errors_are_logged_with_their_words_and_others_without(lines: io.StringIO) -> None:
    log = logging.getLogger("coderev.server")
    for error in (Away(place="127.0.0.1\x1b[2J"), ValueError(SECRET)):
        try:
            raise error
        except (Away, ValueError):
            log.exception("it failed", extra={FACTS: {"job": 7}})

    first, second = told(lines)
    assert first["exception"]["says"] == "the database at 127.0.0.1U+001B[2J is away"  # type: ignore[index]
    assert first["job"] == 7
    assert second["exception"]["class"] == "builtins.ValueError"  # type: ignore[index]
    assert SECRET not in lines.getvalue()


def test_a_line_is_one_line_whatever_is_in_it() -> None:
    record = logging.LogRecord("coderev.server", logging.INFO, "x", 1, "a\nb\u2028\x1b[31m", (), None)
    line = AsJson().format(record)
    assert line.isascii()
    assert "\n" not in line
