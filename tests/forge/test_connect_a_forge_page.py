"""The page `docs/howto/connect-a-forge.md` says what is so."""

import re
from pathlib import Path

from coderev.forge.hosts import HOSTS, gitea, github
from coderev.forge.hosts.gitlab import STATES, STATUS
from coderev.forge.hosts.gitlab_webhook import EVENTS, MAX_AGE, SIGNING
from coderev.forge.hosts.pull_webhook import GITHUB
from coderev.settings import Settings, read_yaml

PAGE = (Path(__file__).parents[2] / "docs/howto/connect-a-forge.md").read_text(encoding="utf-8")


def test_each_block_of_settings_can_be_read_and_names_a_host_that_is_there() -> None:
    blocks = [re.sub("(?m)^   ", "", block) for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]

    forges = [forge for block in blocks for forge in read_yaml(block.encode(), "page", Settings).forges]

    assert {forge.kind for forge in forges} == set(HOSTS)


def test_the_address_of_the_webhook_bears_the_name_in_the_settings() -> None:
    names = re.findall(r"- name: (\w+)", PAGE)

    assert len(names) == PAGE.count("/hooks/") == len(HOSTS)
    assert all(f"/hooks/{name}`" in PAGE for name in names)


def test_what_gitlab_shows_and_sends_is_named() -> None:
    shown = {STATES[state] for state in ("pass", "fail", "incomplete")}

    assert all(f"`{word}`" in PAGE for word in (*shown, STATUS))
    assert {"Merge Request Hook", "Note Hook"} < EVENTS
    assert all(f"**{trigger}**" in PAGE for trigger in ("Merge request events", "Comments"))


def test_the_signing_token_and_its_time_are_as_the_page_says() -> None:
    assert f"`{SIGNING}…`" in PAGE
    assert (MAX_AGE, "an hour" in PAGE) == (3600, True)


def test_what_github_and_gitea_show_and_need_is_named() -> None:
    assert gitea.STATES == github.STATES
    assert gitea.STATUS == github.STATUS == STATUS
    assert all(f"`{word}`" in PAGE for word in github.STATES.values())
    assert "`X-Hub-Signature-256`" in PAGE
    assert GITHUB.signatures == ("x-hub-signature-256",)
    assert set(GITHUB.commented) == {"issue_comment", "pull_request_review_comment"}
    assert all(f"**{event}**" in PAGE for event in ("Pull requests", "Issue comments", "Pull request review comments"))
