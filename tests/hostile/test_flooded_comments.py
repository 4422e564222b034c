"""The attacker floods the comments of their own merge request, so that the review cannot be said there."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from stand_ins.paper_forge import PaperForge, PaperNote, PaperRequest
from stand_ins.paper_hosts import ACCOUNT, PAPER, opened

from coderev.forge.host import Forge
from coderev.forge.values import Request

MEGABYTE = "<" * 1024 * 1024  # what GitLab takes at most; hosts tell each `<` in six characters


@pytest.fixture(params=sorted(PAPER))
def paper(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PaperForge]:
    with PAPER[request.param](tmp_path / "repositories") as forge:
        forge.project("team/shop", {"app.py": "a\n"})
        forge.member("team/shop", "mallory", "write")
        yield forge


@pytest.fixture
def asked(paper: PaperForge) -> PaperRequest:
    return paper.open_merge_request("team/shop", "fix", {"app.py": "b\n"}, author="mallory")


@pytest.fixture
async def host(paper: PaperForge, tmp_path: Path) -> AsyncIterator[Forge]:
    async with opened(paper, tmp_path / "secrets", "team/shop") as forge:
        yield forge


@pytest.fixture
async def request_now(host: Forge, asked: PaperRequest) -> Request:
    return await host.request(await host.project("team/shop"), asked.number)


def flood(paper: PaperForge, asked: PaperRequest, *bodies: str) -> None:
    """Add comments, as many as there are, without telling of each."""
    mallory = paper.person("mallory")
    asked.notes += [PaperNote(at, f"{at:040x}", mallory, body) for at, body in enumerate(bodies, 10_000)]


async def test_giant_comments_do_not_keep_ours_from_being_found(
    host: Forge, paper: PaperForge, asked: PaperRequest, request_now: Request
) -> None:
    ours = await host.say(request_now, "a summary")
    flood(paper, asked, *[MEGABYTE * 2] * 20)

    found = await host.comments(request_now)

    assert [one.id for one in found if one.author == ACCOUNT] == [ours]
    assert len(found) == 21


async def test_many_comments_do_not_keep_ours_from_being_found(
    host: Forge, paper: PaperForge, asked: PaperRequest, request_now: Request
) -> None:
    flood(paper, asked, *["no"] * 2_500)
    ours = await host.say(request_now, "a summary")

    found = await host.comments(request_now)

    assert [one.id for one in found if one.ours] == [ours]
