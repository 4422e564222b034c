"""A forge that is down, slow, cut off or in no mood delays what is to be said; nothing is lost, nothing said twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from stand_ins.paper_gitlab import PaperGitLab
from stand_ins.postgres import NoPostgres, Postgres
from stand_ins.service import databases
from stand_ins.whole_service import ours, verdict, whole_service

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
