"""What a person may do at GitHub, and whether the author of a pull request can push to its target."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from stand_ins.paper_forge import PaperRequest
from stand_ins.paper_github import PaperGitHub
from stand_ins.paper_hosts import SECRET, opened

from coderev.forge.errors import ForgeRefused, NotThere
from coderev.forge.hosts.github_answers import Bypass, Held, Protection, Ruleset
from coderev.forge.values import Permission, Project

SHOP = "team/shop"


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[PaperGitHub]:
    with PaperGitHub(tmp_path / "repositories") as forge:
        forge.hook("", SECRET)
        forge.project(SHOP, {"app.py": "a\n"})
        forge.member(SHOP, "ada", "write")
        yield forge


@pytest.fixture
def asked(paper: PaperGitHub) -> PaperRequest:
    return paper.open_merge_request(SHOP, "fix", {"app.py": "b\n"}, author="ada")


@pytest.fixture
async def host(paper: PaperGitHub, tmp_path: Path) -> AsyncIterator[Any]:
    async with opened(paper, tmp_path / "secrets", SHOP) as forge:
        yield forge


@pytest.fixture
async def project(host: Any) -> Project:
    found: Project = await host.project(SHOP)
    return found


@pytest.mark.parametrize(
    ("permission", "role", "level"),
    [
        ("write", "maintain", "maintain"),
        ("write", "write", "write"),
        ("write", "a role of the site's own", "write"),
        ("read", "triage", "read"),
        ("admin", "admin", "admin"),
        ("none", "", "none"),
        ("owner", "owner", "none"),  # no word of GitHub's
        ("", "admin", "none"),
    ],
)
def test_a_permission_is_the_older_word_and_maintain_by_the_newer(permission: str, role: str, level: str) -> None:
    assert Held(permission=permission, role_name=role).level == level


async def test_a_suspended_person_may_nothing_though_they_keep_their_role(
    host: Any, paper: PaperGitHub, project: Project
) -> None:
    paper.member(SHOP, "eve", "admin").active = False

    assert await host.permission(project, "eve") == "none"


@pytest.mark.parametrize(
    ("level", "pushers", "protected"),
    [
        ("write", "maintain", True),
        ("write", "write", False),
        ("maintain", "maintain", False),
        ("maintain", None, True),
        ("admin", None, True),
        ("admin", "maintain", False),
        ("read", "write", True),
    ],
)
@pytest.mark.parametrize("ours", ["admin", "write"])
async def test_a_target_is_protected_by_a_ruleset_from_who_may_not_push_there(
    paper: PaperGitHub, asked: PaperRequest, tmp_path: Path, ours: Any, level: Any, pushers: Any, *, protected: bool
) -> None:
    paper.member(SHOP, "ada", level)
    paper.projects[SHOP].protected["main"] = pushers
    async with opened(paper, tmp_path / "s", SHOP, level=ours) as host:
        found = await host.request(await host.project(SHOP), asked.number)

    # who is no administrator is not told whom the rules do not bind, and takes maintainers to be let, and nobody else
    assumed = level in {"write", "read"}
    assert found.target_protected is (protected if ours == "admin" else assumed)


@pytest.mark.parametrize(("where", "protected"), [("/rules/", False), ("/rulesets/", True)])
async def test_what_an_older_github_does_not_tell_protects_nobody_but_the_rules_that_it_tells(
    host: Any, paper: PaperGitHub, project: Project, asked: PaperRequest, where: str, *, protected: bool
) -> None:
    paper.fail(1, 404, where=where)

    assert (await host.request(project, asked.number)).target_protected is protected


async def test_a_token_that_is_revoked_in_between_is_an_error(
    host: Any, paper: PaperGitHub, project: Project, asked: PaperRequest
) -> None:
    paper.fail(1, 401, where="/permission")

    with pytest.raises(ForgeRefused, match="401"):
        await host.request(project, asked.number)


ON: dict[str, Any] = {"enabled": True}


@pytest.mark.parametrize(
    ("protection", "ours", "protected"),
    [
        ({"required_pull_request_reviews": {}}, "admin", True),
        ({"required_pull_request_reviews": {}}, "write", False),  # what we are not told protects nobody
        ({}, "admin", False),  # it stops no push
        ({"lock_branch": ON}, "admin", True),
    ],
)
async def test_a_target_is_protected_by_the_older_kind_where_we_are_told(
    paper: PaperGitHub, asked: PaperRequest, tmp_path: Path, protection: dict[str, Any], ours: Any, *, protected: bool
) -> None:
    paper.projects[SHOP].protected.clear()
    paper.classic["main"] = protection
    async with opened(paper, tmp_path / "s", SHOP, level=ours) as host:
        found = await host.request(await host.project(SHOP), asked.number)

    assert found.target_protected is protected


ADA = {"users": [{"id": 1, "login": "Ada"}]}
TEAM = {"teams": [{"id": 1, "slug": "all"}]}


@pytest.mark.parametrize(
    ("told", "level", "expected"),
    [
        ({"restrictions": {}}, "write", True),
        ({"restrictions": ADA}, "write", False),
        ({"restrictions": TEAM}, "write", False),
        ({"restrictions": {}, "enforce_admins": ON}, "admin", False),  # administrators always may
        ({"restrictions": ADA, "required_pull_request_reviews": {}}, "write", True),
        ({"required_pull_request_reviews": {"bypass_pull_request_allowances": ADA}}, "write", False),
        ({"required_pull_request_reviews": {"bypass_pull_request_allowances": TEAM}}, "write", False),
        ({"required_pull_request_reviews": {}}, "admin", False),
        ({"required_pull_request_reviews": {}, "enforce_admins": ON}, "admin", True),
        ({"lock_branch": ON}, "maintain", True),
        ({"enforce_admins": ON}, "write", False),
    ],
)
def test_a_protection_of_the_older_kind_keeps_out_whom_it_names_nowhere(
    told: dict[str, Any], level: Permission, *, expected: bool
) -> None:
    assert msgspec.convert(told, Protection).keeps_out("ada", level) is expected


@pytest.mark.parametrize(
    ("actor", "level", "expected"),
    [
        (Bypass(actor_type="RepositoryRole", actor_id=5), "maintain", False),
        (Bypass(actor_type="RepositoryRole", actor_id=5), "admin", True),
        (Bypass(actor_type="RepositoryRole", actor_id=4), "write", True),
        (Bypass(actor_type="RepositoryRole", actor_id=77), "write", True),  # a role of the site's own: anybody
        (Bypass(actor_type="Team", actor_id=1), "write", True),
        (Bypass(actor_type="SomethingNew", actor_id=1), "write", True),
        (Bypass(actor_type="OrganizationAdmin", actor_id=1), "maintain", False),
        (Bypass(actor_type="EnterpriseOwner"), "admin", True),
        (Bypass(actor_type="Integration", actor_id=1), "admin", False),
        (Bypass(actor_type="DeployKey"), "admin", False),
        (Bypass(actor_type="Team", actor_id=1, bypass_mode="pull_request"), "admin", False),
    ],
)
def test_a_ruleset_does_not_bind_whom_it_names(actor: Bypass, level: Permission, *, expected: bool) -> None:
    assert actor.lets(level) is expected
    assert Ruleset(bypass_actors=(actor,)).keeps_out(level) is not expected


async def test_a_request_that_outlived_its_target_is_still_told(
    host: Any, paper: PaperGitHub, project: Project, asked: PaperRequest
) -> None:
    start = asked.versions[-1].start
    paper.repositories.git(SHOP, "update-ref", "-d", "refs/heads/main")

    assert (await host.request(project, asked.number)).base == start


async def test_a_request_that_lost_its_target_and_its_base_does_not_hide_the_others(
    host: Any, paper: PaperGitHub, project: Project, asked: PaperRequest
) -> None:
    paper.repositories.commit(SHOP, "gone", {"gone.py": "1\n"})
    lost = paper.open_merge_request(SHOP, "lost", {"lost.py": "1\n"}, author="ada", target="gone")
    lost.versions = [replace(lost.versions[-1], start="")]
    paper.repositories.git(SHOP, "update-ref", "-d", "refs/heads/gone")

    assert [one.number for one in await host.open_requests(project)] == [asked.number]


async def test_a_request_without_a_commit_is_not_there_and_in_no_list(
    host: Any, paper: PaperGitHub, project: Project, asked: PaperRequest
) -> None:
    whole = paper.open_merge_request(SHOP, "whole", {"b.py": "b\n"}, author="ada")
    asked.versions = [type(whole.versions[0])(1, "", "", "")]

    with pytest.raises(NotThere, match="commit"):
        await host.request(project, asked.number)

    assert [one.number for one in await host.open_requests(project)] == [whole.number]
