"""Every paper forge by the name of what it stands for, and an adapter opened on one.

async with opened(forge, folder, "team/shop") as host:
    … `host` is the real adapter, logged in at the paper forge as `coderev` …
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from stand_ins.paper_forge import Level, PaperForge
from stand_ins.paper_gitea import PaperForgejo, PaperGitea
from stand_ins.paper_github import PaperGitHub
from stand_ins.paper_gitlab import PaperGitLab

from coderev.egress import Egress
from coderev.forge.host import Forge
from coderev.forge.hosts import HOSTS
from coderev.settings import ForgeSettings, Settings

PAPER: Mapping[str, type[PaperForge]] = {
    "gitlab": PaperGitLab,
    "github": PaperGitHub,
    "gitea": PaperGitea,
    "forgejo": PaperForgejo,
}
ACCOUNT = "coderev"
SECRET = "a-secret-of-webhooks"


def settings_for(forge: PaperForge, folder: Path, token: str, *, secret: str = SECRET, **more: object) -> ForgeSettings:
    """The settings of a paper forge, with its two secret files in a folder."""
    folder.mkdir(exist_ok=True)
    for name, content in (("token", token), ("secret", secret)):
        file = folder / name
        file.write_text(f"{content}\n")
        file.chmod(0o600)
    files = {"token_file": str(folder / "token"), "webhook_secret_file": str(folder / "secret")}
    return ForgeSettings(name="code", kind=forge.kind, url=forge.url, **files, **more)  # type: ignore[arg-type]


@asynccontextmanager
async def opened(
    forge: PaperForge, folder: Path, *paths: str, level: Level | None = None, secret: str = SECRET, **more: object
) -> AsyncIterator[Forge]:
    """The real adapter at a paper forge, with a token of the account `coderev`, which is a member of these."""
    token = forge.token(ACCOUNT, *paths, level=level or forge.account_level)
    if not forge.secret:
        forge.hook("", secret)
    host = await HOSTS[forge.kind](settings_for(forge, folder, token, secret=secret, **more), Egress(Settings()))
    try:
        yield host
    finally:
        await host.close()
