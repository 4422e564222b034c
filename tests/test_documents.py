"""Documents are tests: a page that is made from the code is what the code says now, and every link leads somewhere."""

import re
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from docs.generate import PAGES  # noqa: E402 - the folder is no package

DOCUMENTS = sorted(path for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("spec/*.md")])


@pytest.mark.parametrize("page", PAGES)
def test_a_generated_page_is_what_the_code_says(page: str) -> None:
    assert (ROOT / page).read_text(encoding="utf-8") == PAGES[page](), "run `make docs`"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_link_leads_to_a_file(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in link]

    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_yaml_block_is_yaml(document: Path) -> None:
    blocks = re.findall(r"^( *)```yaml\n(.*?)^\1```", document.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)

    for _, block in blocks:
        assert yaml.safe_load(block) is not None


def test_every_command_of_the_readme_exists() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = (ROOT / "docs/reference/commands.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"\bmake (\w+)", readme))
    options = set(re.findall(r"(?<=\s)--[a-z-]+", readme))

    assert {target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)} == set()
    assert {option for option in options if option not in commands} == set()


@pytest.mark.parametrize("page", ["docs/tour.md", "docs/explanation/the-guide.md", "docs/glossary.md"])
def test_a_file_that_a_page_names_is_there(page: str) -> None:
    """A proof that no longer exists proves nothing."""
    named = re.findall(
        r"`((?:src|tests|docs|spec|benchmarks|scripts|examples)/[^`*]+)`", (ROOT / page).read_text("utf-8")
    )

    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_glossary_is_in_order_and_has_each_word_once() -> None:
    words = re.findall(r"^\| ([^|]+) \|", (ROOT / "docs/glossary.md").read_text("utf-8"), re.MULTILINE)[1:]

    assert words == sorted(set(words), key=str.lower)
