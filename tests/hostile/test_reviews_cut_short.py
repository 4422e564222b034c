"""Reviews that something cuts short: a newer push, a closed merge request, a dead worker, a refusal, a model away."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from stand_ins.model_server import ModelServer, answer, late
from stand_ins.paper_gitlab import PaperGitLab
from stand_ins.postgres import NoPostgres, Postgres
from stand_ins.service import databases
from stand_ins.site import write_site
from stand_ins.whole_service import PACE, PATIENCE, WholeService, ours, verdict, whole_service

from coderev.files import monotonic
from coderev.store import Job

APP = "from flask import Flask\n\napp = Flask(__name__)\n"
LISTING = """

def listing(name):
    import subprocess

    return subprocess.run("ls " + name, shell=True, check=True)
"""
NOTHING = '{"findings": []}'


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    try:
        with databases() as running:
            yield running
    except NoPostgres as reason:
        pytest.skip(str(reason))


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[PaperGitLab]:
    with PaperGitLab(tmp_path / "forge") as forge:
        forge.project("team/clinic", {"app.py": APP})
        forge.member("team/clinic", "ada", "write")
        yield forge


async def asking(model: ModelServer, service: WholeService, questions: int = 0) -> None:
    """Wait until a review asks its model."""
    await service.until(lambda: len(model.questions) > questions)


async def states(service: WholeService) -> list[str]:
    return [review.state for review in await service.reviews()]


async def test_a_newer_push_ends_the_older_review_within_two_seconds_and_it_says_nothing(
    server: Postgres, forge: PaperGitLab, tmp_path: Path
) -> None:
    with ModelServer([late(NOTHING, 30), answer(NOTHING)]) as model:
        folders = [write_site(tmp_path / "models", [model.endpoint], timeout_ms=60_000)]
        async with whole_service(server, tmp_path, forge, folders=folders) as service:
            asked = forge.open_merge_request("team/clinic", "topic", {"app.py": APP + LISTING}, author="ada")
            await asking(model, service)
            older, started = asked.head, monotonic()
            forge.push("team/clinic", "topic", {"app.py": APP + LISTING.replace('"ls " + name', '"ls"')})
            await service.until(lambda: _has(service, "cancelled"))
            seconds = monotonic() - started
            await service.until(lambda: verdict(forge, asked))
            await service.idle()
            found = await states(service)

    assert seconds < 2
    assert found == ["done", "cancelled"]
    assert [status.state for status in forge.statuses if status.sha == older] == ["running"]
    assert not any("name" in body for body in ours(asked, inline=True))
    assert len(ours(asked, inline=False)) == 1


async def _has(service: WholeService, state: str) -> bool:
    return state in await states(service)


async def test_of_ten_pushes_in_a_second_the_last_is_reviewed_and_said_once(
    server: Postgres, forge: PaperGitLab, tmp_path: Path
) -> None:
    async with whole_service(server, tmp_path, forge) as service:
        asked = forge.open_merge_request("team/clinic", "topic", {"app.py": APP + LISTING}, author="ada")
        for number in range(10):
            forge.push("team/clinic", "topic", {"app.py": APP + LISTING, "n.txt": f"{number}\n"})
        await service.until(lambda: verdict(forge, asked) == "failed")
        await service.idle()
        newest, *others = await service.reviews()

    assert (newest.state, newest.head) == ("done", asked.head)
    assert {review.state for review in others} <= {"cancelled", "done"}
    assert (len(ours(asked, inline=True)), len(ours(asked, inline=False))) == (1, 1)


async def test_a_merge_request_that_is_closed_while_it_is_reviewed_is_left_alone(
    server: Postgres, forge: PaperGitLab, tmp_path: Path
) -> None:
    with ModelServer([late(NOTHING, 30), answer(NOTHING)]) as model:
        folders = [write_site(tmp_path / "models", [model.endpoint], timeout_ms=60_000)]
        async with whole_service(server, tmp_path, forge, folders=folders) as service:
            asked = forge.open_merge_request("team/clinic", "topic", {"app.py": APP + LISTING}, author="ada")
            await asking(model, service)
            forge.close(asked)
            await service.idle()
            closed, said, status = await states(service), asked.said("coderev"), forge.status(asked.head)
            forge.reopen(asked)
            await service.until(lambda: verdict(forge, asked) == "failed")
            await service.idle()

    assert (closed, said) == (["cancelled"], [])
    assert status is not None
    assert (status.state, "closed before" in status.description) == ("canceled", True)
    assert len(ours(asked, inline=True)) == 1


async def test_a_review_that_does_not_end_before_its_worker_stops_is_given_back_and_said_once(
    server: Postgres, forge: PaperGitLab, tmp_path: Path
) -> None:
    with ModelServer([late(NOTHING, 30), answer(NOTHING)]) as model:
        folders = [write_site(tmp_path / "models", [model.endpoint], timeout_ms=60_000)]
        async with whole_service(server, tmp_path, forge, folders=folders) as service:
            asked = forge.open_merge_request("team/clinic", "topic", {"app.py": APP + LISTING}, author="ada")
            await asking(model, service)
            started = monotonic()
            await service.rest()
            seconds = monotonic() - started
            (job,), left = await service.jobs(), await states(service)
            service.work()
            await service.until(lambda: verdict(forge, asked) == "failed")
            await service.idle()
            after = await states(service)

    assert seconds < PACE.grace + 3
    assert (job.state, job.attempt, left, after) == ("todo", 1, ["running"], ["done"])
    assert (len(ours(asked, inline=True)), len(ours(asked, inline=False))) == (1, 1)


async def died(service: WholeService, deaths: int, *, cancelled: bool) -> UUID:
    """Leave the newest job and its review as a worker leaves them that is killed while it reviews."""
    (job,) = await service.jobs()
    async with service.site.store.work() as work:
        await work.connection.execute(
            "WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')"
            " RETURNING id) UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT id FROM dead),"
            " abort_requested = %s, args = args || jsonb_build_object('deaths', %s::int) WHERE id = %s",
            [cancelled, deaths, job.id],
        )
    return UUID(job.arguments["review"])


async def cut_short(service: WholeService, model: ModelServer) -> None:
    """Let a review begin, and its worker go without a word."""
    await asking(model, service)
    worker = service.workers.pop()
    async with service.site.store.work() as work:  # as far as anybody can see
        await work.connection.execute(b"UPDATE procrastinate_jobs SET worker_id = NULL WHERE lock <> 'upkeep'")
    await worker.leave()


async def test_a_review_that_cost_too_many_workers_has_failed_and_is_told_until_a_person_replays_it(
    server: Postgres, forge: PaperGitLab, tmp_path: Path
) -> None:
    with ModelServer([late(NOTHING, 30), answer(NOTHING)]) as model:
        folders = [write_site(tmp_path / "models", [model.endpoint], timeout_ms=60_000)]
        async with whole_service(server, tmp_path, forge, folders=folders) as service:
            asked = forge.open_merge_request("team/clinic", "topic", {"app.py": APP + LISTING}, author="ada")
            await cut_short(service, model)
            left = await states(service)
            review = await died(service, PATIENCE.deaths - 1, cancelled=False)
            service.work()
            await service.idle()
            await service.keep_up()
            (ended,), status = await service.reviews(), forge.status(asked.head)
            await _replay_all(service)
            await service.idle()
            (after,) = await service.reviews()

    assert (left, ended.id) == (["running"], review)
    assert (ended.state, ended.stage, ended.failure) == ("failed", "", "its worker died")
    assert status is not None
    assert status.state == "canceled"
    assert (after.id, after.state) == (review, "done")
    assert len(ours(asked, inline=True)) == 1


async def test_a_review_that_was_cancelled_when_its_worker_died_is_ended_and_its_commit_reviewed(
    server: Postgres, forge: PaperGitLab, tmp_path: Path
) -> None:
    with ModelServer([late(NOTHING, 30), answer(NOTHING)]) as model:
        folders = [write_site(tmp_path / "models", [model.endpoint], timeout_ms=60_000)]
        async with whole_service(server, tmp_path, forge, folders=folders) as service:
            asked = forge.open_merge_request("team/clinic", "topic", {"app.py": APP + LISTING}, author="ada")
            await cut_short(service, model)
            await died(service, 0, cancelled=True)
            service.work()
            await service.idle()
            left = await states(service)
            await service.keep_up()
            await service.until(lambda: verdict(forge, asked) == "failed")
            await service.idle()
            after = await states(service)

    assert (left, after) == (["running"], ["done", "cancelled"])
    assert len(ours(asked, inline=True)) == 1


async def _replay_all(service: WholeService) -> int:
    async with service.site.store.work() as work:
        return len([await service.site.store.queue.replay(work, job.id) for job in await _dead(service)])


async def _dead(service: WholeService) -> list[Job]:
    return [job for job in await service.jobs() if job.state == "failed"]


async def test_a_review_that_a_newer_push_overtook_while_its_worker_was_dead_spoils_no_verdict(
    server: Postgres, forge: PaperGitLab, tmp_path: Path
) -> None:
    with ModelServer([late(NOTHING, 30), answer(NOTHING)]) as model:
        folders = [write_site(tmp_path / "models", [model.endpoint], timeout_ms=60_000)]
        async with whole_service(server, tmp_path, forge, folders=folders) as service:
            asked = forge.open_merge_request("team/clinic", "topic", {"app.py": APP + LISTING}, author="ada")
            await cut_short(service, model)
            await died(service, 0, cancelled=False)
            forge.push("team/clinic", "topic", {"n.txt": "1\n"})
            await asyncio.to_thread(forge.settle)
            service.work()
            await service.until(lambda: verdict(forge, asked) == "failed")
            await service.idle()
            before = await states(service)
            await service.keep_up()
            after = await states(service)

    assert (before, after) == (["done", "running"], ["done", "cancelled"])
    assert verdict(forge, asked) == "failed"
    assert len(ours(asked, inline=True)) == 1


async def test_a_review_that_a_forge_refuses_has_failed_with_its_reason_until_a_person_replays_it(
    server: Postgres, forge: PaperGitLab, tmp_path: Path
) -> None:
    async with whole_service(server, tmp_path, forge) as service:
        forge.fail(times=1, status=403, where=".git/")
        asked = forge.open_merge_request("team/clinic", "topic", {"app.py": APP + LISTING}, author="ada")
        await service.until(lambda: _dead(service))
        (failed,), status = await service.reviews(), forge.status(asked.head)
        await service.keep_up()
        kept = await states(service)
        await _replay_all(service)
        await service.until(lambda: verdict(forge, asked) == "failed")
        await service.idle()
        (replayed,) = await service.reviews()

    assert (failed.state, "refused" in failed.failure) == ("failed", True)
    assert status is not None
    assert status.state == "canceled"
    assert kept == ["failed"]
    assert (replayed.id, replayed.state, replayed.attempts) == (failed.id, "done", 2)
    assert len(ours(asked, inline=True)) == 1


async def test_a_model_that_is_down_leaves_a_review_that_says_it_is_incomplete(
    server: Postgres, forge: PaperGitLab, tmp_path: Path
) -> None:
    folders = [write_site(tmp_path / "models", ["http://127.0.0.1:9/v1"])]
    async with whole_service(server, tmp_path, forge, folders=folders) as service:
        asked = forge.open_merge_request("team/clinic", "topic", {"app.py": APP + "X = 1\n"}, author="ada")
        await service.until(lambda: verdict(forge, asked))
        await service.idle()
        (review,), ready = await service.reviews(), await service.get("/readyz")
        alive = await service.get("/healthz")

    assert (review.state, review.verdict) == ("done", "incomplete")
    assert verdict(forge, asked) == "canceled"
    assert "incomplete" in "".join(ours(asked, inline=False)).lower()
    assert (ready.status, ready.json["models"], alive.status) == (503, "fails", 200)
