"""Whether the author of a pull request can push to its target, by GitHub's two kinds of protection.

A protection of the older kind is told to administrators only; the rules of rulesets to everybody, and whom they do not
bind to those who may change them. Source: GitHub's description of its REST API (branches, branch protection, rules).
"""

from contextlib import suppress

from coderev.forge.client import Client
from coderev.forge.errors import ForgeRefused, NotThere
from coderev.forge.hosts import github_answers as told
from coderev.forge.hosts.pulls import place_of
from coderev.forge.values import Permission, Project


async def stopping_rules(client: Client, project: Project, branch: str) -> list[told.Rule]:
    """The rules in force that keep commits from being pushed to a branch. Raises as `Client.get` does."""
    with suppress(NotThere):  # before GitHub Enterprise Server 3.11
        place = ("v3", *place_of(project, "rules", "branches", branch))
        return [rule for rule in await client.pages(place, told.Rule) if rule.stops_pushes]
    return []


async def keeps_out(
    client: Client, project: Project, branch: told.Branch, rules: list[told.Rule], author: tuple[str, Permission]
) -> bool:
    """Whether an author, who may write, cannot push to a branch. What our account may not read keeps nobody out."""
    login, level = author
    if branch.protected and (await _protection(client, project, branch.name)).keeps_out(login, level):
        return True
    for number in dict.fromkeys(rule.ruleset_id for rule in rules):
        ruleset = await _ruleset(client, project, number) if number else told.Ruleset()
        if ruleset.keeps_out(level):
            return True
    return False


async def _protection(client: Client, project: Project, branch: str) -> told.Protection:
    with suppress(NotThere, ForgeRefused):  # our account is no administrator
        place = ("v3", *place_of(project, "branches", branch, "protection"))
        return await client.get(place, told.Protection)
    return told.Protection()


async def _ruleset(client: Client, project: Project, number: int) -> told.Ruleset:
    with suppress(NotThere, ForgeRefused):
        return await client.get(("v3", *place_of(project, "rulesets", number)), told.Ruleset)
    return told.Ruleset()
