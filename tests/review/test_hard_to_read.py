"""A file that the parser gives up on is still reviewed, and never takes the review of the others with it."""

import asyncio
from pathlib import Path

import pytest
from stand_ins.model_server import ModelServer, answer
from stand_ins.repository import PaperRepository
from stand_ins.site import a_site

from coderev.finding import Result
from coderev.gateway import open_gateway
from coderev.git import Range, change_between, open_repository
from coderev.review import Order, review
from coderev.review.material import try_to_parse
from coderev.syntax import parse
from coderev.syntax.trees import TooHard

HARD = "(" * 5_000 + "\n"
CALLS = "def page(rows):\n    return book(rows)\n"


@pytest.fixture
def paper(tmp_path: Path) -> PaperRepository:
    paper = PaperRepository(tmp_path / "repository")
    paper.write("README", "honest\n")
    paper.commit()
    paper.branch("topic")
    return paper


def reviewed(paper: PaperRepository, server: ModelServer) -> Result:
    async def go() -> Result:
        configuration = a_site(paper.folder.parent / "site", [server.endpoint])
        with open_repository(paper.folder, configuration.settings.limits) as repository:
            change = change_between(repository, Range("main..topic"))
            async with open_gateway(configuration) as gateway:
                return await review(change, repository, configuration.settings, Order(), gateway=gateway)

    return asyncio.run(go())


def test_a_file_that_is_too_hard_to_parse_has_no_syntax() -> None:
    with pytest.raises(TooHard):
        parse(HARD.encode(), "python")

    assert try_to_parse(HARD.encode(), "python") is None


def test_it_is_asked_about_by_lines_and_the_other_file_by_units(paper: PaperRepository) -> None:
    paper.write("hard.py", HARD)
    paper.write("page.py", CALLS + "\n\ndef gather(rows=[]):\n    return rows\n")
    paper.commit()

    with ModelServer(answer('{"findings": []}')) as server:
        result = reviewed(paper, server)

    units = {(unit.path, unit.name): unit.status for unit in result.coverage.units}
    assert units[("hard.py", "lines 1-1")] == "reviewed"
    assert units[("page.py", "gather")] == "reviewed"
    assert "ruff/B006" in {finding.rule for finding in result.findings}


def test_a_hard_file_around_a_unit_fails_that_unit_by_name_and_no_other(paper: PaperRepository) -> None:
    paper.checkout("main")
    paper.write("book.py", f"def book(rows):\n    return rows\n\n\n{HARD}")
    paper.commit()
    paper.git("branch", "--force", "topic")
    paper.checkout("topic")
    paper.write("page.py", CALLS)
    paper.write("alone.py", "def alone():\n    return 1\n")
    paper.commit()

    with ModelServer(answer('{"findings": []}')) as server:
        result = reviewed(paper, server)

    units = {unit.name: (unit.status, unit.reason or "") for unit in result.coverage.units}
    assert units["alone"] == ("reviewed", "")
    assert units["page"][0] == "failed"
    assert "too hard to read" in units["page"][1]
    assert result.verdict == "incomplete"
