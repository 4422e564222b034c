"""What is said, said through each real adapter to that host's paper forge, over HTTP that fails."""

import hashlib
import hmac
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from stand_ins.paper_forge import PaperForge, PaperRequest
from stand_ins.paper_hosts import ACCOUNT, PAPER, opened, settings_for
from stand_ins.results import a_coverage, a_finding, a_gate, a_result

from coderev.diff import Change
from coderev.egress import Egress
from coderev.finding import FileCoverage, Finding, Fix, Result
from coderev.forge.errors import ForgeUnavailable
from coderev.forge.fetching import fetch
from coderev.forge.host import Forge
from coderev.forge.markers import Marks
from coderev.forge.planning import Telling
from coderev.forge.publishing import Book, Published, answer, publish
from coderev.forge.values import Request
from coderev.forge.wording import Occasion
from coderev.git import Range, change_between, open_repository
from coderev.settings import Limits, Settings
from coderev.store.records import Publication

SHOP = "team/shop"
BEFORE = "".join(f"line {number}\n" for number in range(1, 41))
AFTER = BEFORE.replace("line 20\n", "line 20, changed\nline 20 and a half\n")


@pytest.fixture(params=sorted(PAPER))
def paper(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PaperForge]:
    with PAPER[request.param](tmp_path / "repositories") as forge:
        forge.project(SHOP, {"app.py": BEFORE})
        forge.member(SHOP, "ada", "write")
        yield forge


@pytest.fixture
def asked(paper: PaperForge) -> PaperRequest:
    return paper.open_merge_request(SHOP, "fix", {"app.py": AFTER}, author="ada", title="Change a line")


@pytest.fixture
async def host(paper: PaperForge, tmp_path: Path, asked: PaperRequest) -> AsyncIterator[Forge]:
    del asked
    async with opened(paper, tmp_path / "secrets", SHOP) as forge:
        yield forge


def mac(value: bytes) -> bytes:
    return hmac.new(b"the site's key", value, hashlib.sha256).digest()


def a_flaw(line: int = 20, number: int = 1, fix: Fix | None = None) -> Finding:
    return a_finding(path="app.py", start_line=line, end_line=line, fix=fix, fingerprint=f"{number:032x}")


def result_of(*findings: Finding) -> Result:
    coverage = a_coverage(files=(FileCoverage(path="app.py", status="reviewed"),))
    verdict = "fail" if findings else "pass"
    return a_result(findings, verdict=verdict, gate=a_gate(reason="so it is"), coverage=coverage)


@dataclass
class Site:
    """A site with its database in a dict."""

    paper: PaperForge
    host: Forge
    folder: Path
    recorded: dict[tuple[str, str], Publication] = field(default_factory=dict)

    async def record(self, publication: Publication) -> None:
        self.recorded[publication.kind, publication.key] = publication

    async def request(self) -> Request:
        return await self.host.request(await self.host.project(SHOP), 1)

    def book(self) -> Book:
        return Book(known=tuple(self.recorded.values()), record=self.record, mac=mac)

    async def change(self, request: Request) -> Change:
        token = next(iter(self.paper.tokens))
        settings, site = settings_for(self.paper, self.folder / "git", token), Settings()
        async with fetch(settings, Egress(site), request, self.folder / "mirrors", site) as fetched:
            with open_repository(fetched.path, Limits()) as repository:
                return change_between(repository, Range(f"{request.base}...{request.head}"))

    async def publish(self, *findings: Finding) -> Published:
        request = await self.request()
        occasion = Occasion(url="https://reviews.internal/1", dismissals={})
        telling = Telling(result=result_of(*findings), change=await self.change(request), occasion=occasion)
        return await publish(self.host, request, telling, self.book())

    async def until_it_succeeds(self, *findings: Finding) -> Published:
        for _ in range(10):
            try:
                return await self.publish(*findings)
            except ForgeUnavailable:
                self.recorded = {}  # the database went too
        return await self.publish(*findings)

    async def stands(self, kind: str) -> list[tuple[str, bool]]:
        request = await self.request()
        marks = Marks(request, self.host.name, mac)
        comments = await self.host.comments(request)
        found = [(marks.read(comment), comment.resolved) for comment in comments]
        return [(marker.key, resolved) for marker, resolved in found if marker and marker.kind == kind]


@pytest.fixture
def site(paper: PaperForge, host: Forge, tmp_path: Path) -> Site:
    return Site(paper, host, tmp_path)


async def test_found_told_fixed_resolved(site: Site, asked: PaperRequest) -> None:
    first = await site.publish(a_flaw(), a_flaw(line=2, number=2))
    said = asked.said(ACCOUNT)
    site.paper.push(SHOP, "fix", {"app.py": AFTER.replace("changed", "mended")})
    second = await site.publish()

    assert (first.posted, second.resolved) == (1, 1)
    assert any("its line is not in the diff" in body for body in said)
    assert await site.stands("inline") == [(f"{1:032x}", True)]
    assert len(await site.stands("summary")) == 1
    status = site.paper.status(asked.head)
    assert status is not None


@pytest.mark.parametrize("fault", ["lose", "cut", "fail"])
async def test_whatever_the_network_does_nothing_is_said_twice(site: Site, fault: str) -> None:
    findings = [a_flaw(line=20, number=1), a_flaw(line=21, number=2), a_flaw(line=2, number=3)]
    for _ in range(3):
        getattr(site.paper, fault)(1, method="POST")

    await site.until_it_succeeds(*findings)
    await site.publish(*findings)

    assert sorted(await site.stands("inline")) == [(f"{1:032x}", False), (f"{2:032x}", False)]
    assert len(await site.stands("summary")) == 1


async def test_a_suggestion_is_offered_and_the_comment_still_known(site: Site, asked: PaperRequest) -> None:
    fix = Fix(start_line=20, end_line=20, replacement="line 20, mended\n", safe=True)

    await site.publish(a_flaw(fix=fix))
    site.recorded = {}
    again = await site.publish(a_flaw(fix=fix))

    assert again == Published()
    assert any("suggestion" in body for body in asked.said(ACCOUNT))


async def test_a_question_in_a_thread_is_answered_there_once(site: Site, asked: PaperRequest) -> None:
    await site.publish(a_flaw())
    ours = next(note for note in asked.notes if note.position)
    site.paper.comment_as("ada", asked, "@coderev explain", reply_to=ours)
    request = await site.request()
    comments = await site.host.comments(request)
    question = next(comment for comment in comments if comment.body == "@coderev explain")

    for _ in range(2):
        await answer(site.host, request, question, "because", site.book())
        site.recorded = {}

    assert Marks(request, site.host.name, mac).finding_of(question, comments) == f"{1:032x}"
    assert sum("because" in body for body in asked.said(ACCOUNT)) == 1
