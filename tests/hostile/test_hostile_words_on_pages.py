"""An attacker writes wherever a repository, a model or a person may write, and people look at the pages."""

from html.parser import HTMLParser

import pytest
from stand_ins.hostile_pages import ATTACKS, hostile_pages

UNSEEN = set("\x00\x1b\x07\u202e\u2066\u2069\ud800")


class Tags(HTMLParser):
    def __init__(self, document: str) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(name for name, _ in attrs)))


HARMLESS = {name: Tags(page).found for name, page in hostile_pages("harmless").items()}


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_hostile_words_build_no_tag_and_no_attribute(attack: str) -> None:
    for name, page in hostile_pages(attack).items():
        assert Tags(page).found == HARMLESS[name], name


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_what_nobody_would_see_is_shown(attack: str) -> None:
    for name, page in hostile_pages(attack).items():
        assert not UNSEEN & set(page), name
        page.encode()


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_no_link_leads_to_where_an_attacker_says(attack: str) -> None:
    class Links(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            for name, value in attrs:
                if name in {"href", "action", "src"}:
                    assert str(value).startswith(("/", "#")), (tag, value)
                    assert not str(value).startswith("//")

    for page in hostile_pages(attack).values():
        Links().feed(page)


def test_a_page_of_long_words_stays_small() -> None:
    for name, page in hostile_pages("x" * 200_000).items():
        assert len(page) < 3_000_000, name
