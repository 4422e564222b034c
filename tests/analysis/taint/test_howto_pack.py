"""`docs/howto/add-a-rule-pack.md`, followed to the letter: its pack is read, and finds what the page says."""

import re
from pathlib import Path

import pytest

from coderev.analysis.taint import trace
from coderev.analysis.taint.catalogue import Catalogue
from coderev.analysis.taint.loading import packs
from coderev.settings import BadConfiguration

PAGE = Path(__file__).parents[3] / "docs" / "howto" / "add-a-rule-pack.md"


def block(name: str) -> str:
    """The block of the page that is the file of a name."""
    found = re.search(
        rf"^```\w+\n(# file: {re.escape(name)}\n.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert found is not None
    return found[1]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "harbour.yaml").write_text(block("harbour.yaml"), encoding="utf-8")
    return tmp_path


def test_the_pack_of_the_page_is_read_after_the_built_in_ones(site: Path) -> None:
    read = packs(site)

    assert read[-1].name == "harbour"
    assert len(read) == len(packs()) + 1


def test_the_catalogue_knows_what_the_page_says(site: Path) -> None:
    catalogue = Catalogue(packs(site), "python")

    connect = catalogue.named("harbour.Dock.registry")
    asked = catalogue.named("harbour.Registry.ask")

    assert connect is not None
    assert connect.result == "harbour.Registry"
    assert asked is not None
    assert [row.rule for row in asked.sinks] == ["sql-injection"]
    assert {"label", "ask", "berth"} <= catalogue.source_words | catalogue.sink_words | catalogue.other_words


def test_the_program_of_the_page_has_the_two_findings_that_it_names(site: Path) -> None:
    program = block("app.py").encode()

    found = trace({"app.py": program}, packs=site).flows

    wrong, right = program.index(b"def show"), program.index(b"def crate")
    assert sorted(flow.rule.id for flow in found) == ["cross-site-scripting", "sql-injection"]
    assert all(wrong < flow.start < right for flow in found)
    assert {flow.confidence for flow in found} == {"high"}


def test_without_the_pack_nothing_is_known_of_the_framework() -> None:
    assert trace({"app.py": block("app.py").encode()}).flows == ()


def test_what_is_wrong_is_one_error_as_the_page_shows_it(site: Path) -> None:
    wrong = block("harbour.yaml").replace("context: sql", "context: squeal")
    (site / "harbour.yaml").write_text(wrong, encoding="utf-8")
    shown = re.search(r"^harbour\.yaml:.*$", PAGE.read_text("utf-8"), re.MULTILINE)

    with pytest.raises(BadConfiguration) as caught:
        packs(site)

    assert shown is not None
    assert str(caught.value) == f"{site}/{shown[0]}"
