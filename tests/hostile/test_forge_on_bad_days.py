"""A forge that is down, slow, cut off or in no mood delays what is to be said; nothing is lost, nothing said twice."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from msgspec.structs import replace
from stand_ins.paper_forge import Fault
from stand_ins.paper_gitlab import PaperGitLab
from stand_ins.postgres import NoPostgres, Postgres
from stand_ins.service import databases
from stand_ins.whole_service import WholeService, ours, settings_of, until, verdict, whole_service

from coderev.egress import Egress
from coderev.files import now
from coderev.forge import opening
from coderev.store import Job

APP = "from flask import Flask\n\napp = Flask(__name__)\n"
LISTING = """

def listing(name):
    import subprocess

    return subprocess.run("ls " + name, shell=True, check=True)
"""


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


async def test_a_forge_that_answers_500_for_long_delays_and_loses_nothing(
    server: Postgres, forge: PaperGitLab, tmp_path: Path
) -> None:
    async with whole_service(server, tmp_path, forge) as service:
        forge.fail(times=12)
        forge.fail(times=4, status=503, where=".git/")
        asked = forge.open_merge_request("team/clinic", "topic", {"app.py": APP + LISTING}, author="ada")
        await service.until(lambda: verdict(forge, asked) == "failed")
        await service.idle()
        (review,) = await service.reviews()

    assert (len(ours(asked, inline=True)), len(ours(asked, inline=False))) == (1, 1)
    assert (review.state, review.verdict, review.failure) == ("done", "fail", "")


async def test_a_forge_that_asks_for_patience_is_not_asked_again_before(
    server: Postgres, forge: PaperGitLab, tmp_path: Path
) -> None:
    async with whole_service(server, tmp_path, forge) as service:
        forge.fail(status=429, retry_after="2")
        asked = forge.open_merge_request("team/clinic", "topic", {"app.py": APP + LISTING}, author="ada")
        (waiting,) = await service.until(lambda: _waiting(service))
        before = len(forge.seen)
        await asyncio.sleep((waiting.due - datetime.now(UTC)).total_seconds() - 0.2)
        asked_meanwhile = len(forge.seen) - before
        await service.until(lambda: verdict(forge, asked) == "failed")

    assert asked_meanwhile == 0
    assert len(ours(asked, inline=True)) == 1


async def _waiting(service: WholeService) -> list[Job]:
    return [job for job in await service.jobs() if job.state == "todo" and job.attempt > 1]


@pytest.mark.parametrize("befalls", ["lost", "cut"])
async def test_whichever_answer_is_lost_each_thing_is_said_once(
    server: Postgres, forge: PaperGitLab, tmp_path: Path, befalls: str
) -> None:
    async with whole_service(server, tmp_path, forge) as service:
        said, struck = [], []
        for nth in range(1, 6):
            forge.faults[:] = [NthFault(befalls, nth)]
            asked = forge.open_merge_request("team/clinic", f"topic-{nth}", {"app.py": APP + LISTING}, author="ada")
            await service.until(lambda asked=asked: verdict(forge, asked) == "failed")
            await service.idle()
            said.append((len(ours(asked, inline=True)), len(ours(asked, inline=False))))
            struck.append(not forge.faults[0].times)

    assert said == [(1, 1)] * 5
    assert struck == [True] * 4 + [False]  # status, comment, summary, status


class NthFault(Fault):
    """Befalls the nth request that changes something, and no other."""

    def __init__(self, kind: Any, nth: int) -> None:
        super().__init__(kind, 1)
        self._left = nth

    def meant(self, request: web.Request) -> bool:
        if self.times and request.method in {"POST", "PUT"} and "/api/" in request.raw_path:
            self._left -= 1
            return self._left == 0
        return False


async def test_what_is_heard_again_while_it_is_being_said_is_said_to_the_end(
    server: Postgres, forge: PaperGitLab, tmp_path: Path
) -> None:
    async with whole_service(server, tmp_path, forge) as service:
        forge.fail(times=3, method="POST", where="/discussions")
        asked = forge.open_merge_request("team/clinic", "topic", {"app.py": APP + LISTING}, author="ada")
        await service.until(lambda: _done(service))
        await service.until(lambda: _waiting(service))
        forge.close(asked)
        forge.reopen(asked)
        forge.recover()
        await service.idle()
        reviews = await service.reviews()

    assert verdict(forge, asked) == "failed"
    assert (len(ours(asked, inline=True)), len(ours(asked, inline=False))) == (1, 1)
    assert [review.state for review in reviews] == ["done"]


async def _done(service: WholeService) -> bool:
    return any(review.state == "done" for review in await service.reviews())


async def test_a_forge_that_is_down_when_the_service_starts_joins_and_its_pushes_are_found(
    server: Postgres, forge: PaperGitLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "AGAIN", 0.3)
    forge.fail(times=1_000)
    async with whole_service(server, tmp_path, forge) as service:
        async with service.site.store.work() as work:
            project = forge.projects["team/clinic"]
            await work.repositories.see(forge.kind, str(project.id), project.path, "gitlab/team/clinic", now())
        asked = forge.open_merge_request("team/clinic", "topic", {"app.py": APP + LISTING}, author="ada")
        await asyncio.to_thread(forge.settle)
        answer = await service.hook(forge.deliveries[0])
        forge.recover()
        await service.until(lambda: forge.kind in service.site.forges)
        await service.keep_up()
        await service.until(lambda: verdict(forge, asked) == "failed")

    assert forge.deliveries[0].answers == [503]
    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert len(ours(asked, inline=True)) == 1


async def test_one_forge_that_refuses_us_keeps_no_other_away(
    server: Postgres, forge: PaperGitLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "AGAIN", 0.1)
    forge.fail(times=1)
    with PaperGitLab(tmp_path / "other") as other:
        other.fail(times=1)
        settings = settings_of(server, tmp_path, forge, "none")
        (tmp_path / "revoked").touch(mode=0o600)
        (tmp_path / "revoked").write_text("revoked")
        (good,) = settings.forges
        bad = replace(good, name="bad", url=other.url, token_file=str(tmp_path / "revoked"))
        async with opening.open_forges((bad, good), Egress(settings)) as forges:
            before = set(forges)
            await until(lambda: good.name in forges)
            after = set(forges)

    assert (before, after) == (set(), {good.name})


async def test_upkeep_does_not_press_a_forge_that_asks_for_patience(
    server: Postgres, forge: PaperGitLab, tmp_path: Path
) -> None:
    async with whole_service(server, tmp_path, forge) as service:
        async with service.site.store.work() as work:
            for number in range(30):
                await work.repositories.see(forge.kind, str(900 + number), f"team/{number}", "t", now())
        forge.fail(times=1_000, status=429, retry_after="60")
        before = len(forge.seen)
        await service.keep_up()
        asked = len(forge.seen) - before

    assert asked <= 2
