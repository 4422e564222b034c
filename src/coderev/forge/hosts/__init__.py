"""One module for each host, and the dict that names how each is opened."""

from collections.abc import Awaitable, Callable

from coderev.egress import Egress
from coderev.forge.host import Forge
from coderev.forge.hosts.gitea import open_gitea
from coderev.forge.hosts.github import open_github
from coderev.forge.hosts.gitlab import open_gitlab
from coderev.settings import ForgeSettings

HOSTS: dict[str, Callable[[ForgeSettings, Egress], Awaitable[Forge]]] = {
    "gitlab": open_gitlab,
    "github": open_github,
    "gitea": open_gitea,
}
