"""The forge, or who speaks in its name, says where to clone from: nothing is connected to but the forge itself."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from stand_ins.memory_forge import a_request
from stand_ins.paper_gitlab import PaperGitLab

from coderev.egress import Egress, NotPermitted
from coderev.errors import CoderevError
from coderev.forge.errors import ForgeRefused
from coderev.forge.fetching import HostileObjects, fetch
from coderev.forge.remotes import ForeignClone, clone_problem
from coderev.forge.values import Request
from coderev.git import fetch as git
from coderev.settings import ForgeSettings, Settings

FORGE = "https://code.internal"
SHOP = "team/shop"


def settings_of(url: str, token_file: str = "/nowhere") -> ForgeSettings:
    return ForgeSettings(name="paper", kind="gitlab", url=url, token_file=token_file, webhook_secret_file="/nowhere")


@pytest.fixture
def token_file(tmp_path: Path) -> str:
    path = tmp_path / "token"
    path.write_text("not-a-real-token\n")
    path.chmod(0o600)
    return str(path)


async def fetching(settings: ForgeSettings, request: Request, folder: Path, egress: Egress | None = None) -> None:
    async with fetch(settings, egress or Egress(Settings()), request, folder, Settings()):
        pass


def from_url(url: str) -> Request:
    request = a_request()
    return replace(request, project=replace(request.project, clone_url=url))


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc",
        "/etc",
        "../other",
        "ext::sh -c touch% /tmp/owned",
        "fd::17",
        "--upload-pack=touch /tmp/owned",
        "-u./payload",
        "ssh://-oProxyCommand=id/x",
        "git@code.internal:team/shop.git",
        "git://code.internal/team/shop.git",
        "ftp://code.internal/team/shop.git",
        "http://code.internal/team/shop.git",
        "https://code.internal:8443/team/shop.git",
        "https://code.internal.evil.example/team/shop.git",
        "https://evil.example/team/shop.git",
        "https://user:pass@code.internal/team/shop.git",
        "https://code.internal@evil.example/team/shop.git",
        "https://evil.example#@code.internal/team/shop.git",
        "https://code.internal\\@evil.example/team/shop.git",
        "https://code.internal/team/../../admin.git",
        "https://code.internal/team/%2e%2e/admin.git",
        "https://code.internal/team/shop.git?service=git-receive-pack",
        "https://code.internal/team/shop.git#x",
        "https://code.internal//evil.example/shop.git",
        "https://code.internal/team/sh op.git",
        "https://code.internal/team/shop\n.git",
        "https://code.internal/-/../x.git",
        "https://[::1/x",
        "",
    ],
)
async def test_only_the_forges_own_address_is_cloned_from(url: str, tmp_path: Path) -> None:
    with pytest.raises(ForeignClone) as refused:
        await fetching(settings_of(FORGE), from_url(url), tmp_path / "mirrors")

    assert "pass@" not in str(refused.value)
    assert not (tmp_path / "mirrors").exists()


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "127.0.0.1.",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "100.100.100.200",
        "168.63.129.16",
        "[64:ff9b::7f00:1]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:7f00:1::]",
        "[2002:a9fe:a9fe::1]",
        "[::ffff:169.254.169.254]",
        "[::127.0.0.1]",
        "[fe80::1]",
        "0.0.0.0",
        "evil.example",
        "8.8.8.8",
    ],
)
async def test_an_address_that_is_not_of_the_site_is_not_connected_to(host: str, tmp_path: Path) -> None:
    url = f"https://{host}"

    with pytest.raises(NotPermitted):
        await fetching(settings_of(url), from_url(f"{url}/clinic/records.git"), tmp_path / "mirrors")

    assert list((tmp_path / "mirrors").glob("*.git/objects/pack/*")) == []


@pytest.mark.parametrize("address", ["169.254.169.254", "8.8.8.8", "64:ff9b::7f00:1", "fd00:ec2::254"])
async def test_a_name_that_leads_elsewhere_is_not_connected_to(address: str, tmp_path: Path, token_file: str) -> None:
    async def resolve(_host: str, _port: int) -> list[str]:
        await asyncio.sleep(0)
        return [address]

    with pytest.raises(NotPermitted):
        await fetching(
            settings_of(FORGE, token_file),
            from_url(f"{FORGE}/clinic/records.git"),
            tmp_path / "mirrors",
            Egress(Settings(), resolve),
        )


@pytest.mark.parametrize(
    "changes",
    [
        {"head": "--upload-pack=touch /tmp/owned"},
        {"base": "HEAD"},
        {"head": "9ab2"},
        {"head": "9ab2" * 16},
        {"head_ref": "--upload-pack=touch"},
        {"head_ref": "refs/heads/x:refs/heads/main"},
        {"head_ref": "refs/../../config"},
        {"head_ref": "refs/heads/a b"},
        {"target": "*"},
        {"target": "x\n"},
    ],
)
async def test_what_is_asked_for_is_a_commit_and_a_reference(changes: dict[str, str], tmp_path: Path) -> None:
    request = replace(from_url(f"{FORGE}/clinic/records.git"), **changes)

    with pytest.raises(ForeignClone):
        await fetching(settings_of(FORGE), request, tmp_path / "mirrors")

    assert not (tmp_path / "mirrors").exists()


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_no_path_of_any_kind_leaves_the_forge(path: str) -> None:
    problem = clone_problem(settings_of(f"{FORGE}/git"), f"{FORGE}/git/{path}")

    assert problem is not None or (
        path.isascii()
        and path.isprintable()
        and not set(path) & set(" %?#\\@:*'\"$`;&|<>(){}[]!^,=")
        and "/." not in f"/{path}"
    )


async def test_a_redirect_is_not_followed_and_the_other_place_never_asked(tmp_path: Path, token_file: str) -> None:
    asked: list[str] = []

    async def elsewhere(request: web.Request) -> web.Response:
        asked.append(request.headers.get("Authorization", "nobody"))
        return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="x"'})

    async def forge(request: web.Request) -> web.Response:
        place = f"http://127.0.0.1:{ports[0]}{request.path_qs}"
        raise web.HTTPFound(place)

    runners, ports = [], list[int]()
    for answer in (elsewhere, forge):
        app = web.Application()
        app.router.add_route("*", "/{any:.*}", answer)
        runners.append(web.AppRunner(app, access_log=None))
        await runners[-1].setup()
        await web.TCPSite(runners[-1], "127.0.0.1", 0).start()
        ports.append(runners[-1].addresses[0][1])
    url = f"http://127.0.0.1:{ports[1]}"

    with pytest.raises(ForgeRefused, match="302"):
        await fetching(settings_of(url, token_file), from_url(f"{url}/clinic/records.git"), tmp_path / "mirrors")

    assert asked == []
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[PaperGitLab]:
    with PaperGitLab(tmp_path / "forge") as made:
        made.project(SHOP, {"app.py": "one = 1\n"})
        made.member(SHOP, "ada", "write")
        made.open_merge_request(SHOP, "fix", {"app.py": "one = 2\n"}, author="ada")
        yield made


def asked_of(forge: PaperGitLab, token_file: Path) -> tuple[ForgeSettings, Request]:
    token_file.write_text(forge.token("coderev", SHOP))
    token_file.chmod(0o600)
    request = from_url(f"{forge.url}/{SHOP}.git")
    asked = forge.requests_of[SHOP][1]
    sides = {"base": forge.repositories.branches(SHOP)["main"], "head": asked.head, "head_ref": forge.head_ref(1)}
    return settings_of(forge.url, str(token_file)), replace(request, **sides)


async def test_git_connects_to_the_address_that_was_permitted_and_looks_no_name_up(
    forge: PaperGitLab, tmp_path: Path
) -> None:
    async def resolve(_host: str, _port: int) -> list[str]:
        await asyncio.sleep(0)
        return ["127.0.0.1"]

    settings, request = asked_of(forge, tmp_path / "token")
    url = forge.url.replace("127.0.0.1", "code.internal")  # a name that no resolver has
    request = replace(request, project=replace(request.project, clone_url=f"{url}/{SHOP}.git"))

    async with fetch(
        replace(settings, url=url), Egress(Settings(), resolve), request, tmp_path / "mirrors", Settings()
    ) as fetched:
        known = git.Mirror(fetched.path).has(git.Sides(base=request.base, head=request.head, base_ref="", head_ref=""))

    assert known


async def test_configuration_hooks_and_helpers_of_this_machine_do_not_run(
    forge: PaperGitLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owned = tmp_path / "owned"
    home = tmp_path / "home"
    (home / "hooks").mkdir(parents=True)
    hook = home / "hooks" / "reference-transaction"
    hook.write_text(f"#!/bin/sh\ntouch {owned}\n")
    hook.chmod(0o700)
    (home / ".gitconfig").write_text(
        f"[core]\n\thooksPath = {hook.parent}\n\taskPass = /bin/true\n[credential]\n\thelper = !touch {owned}\n"
        f'[url "https://evil.example/"]\n\tinsteadOf = {forge.url}/\n'
    )
    for name, value in {
        "HOME": str(home),
        "GIT_ASKPASS": "/bin/false",
        "GIT_SSH_COMMAND": f"touch {owned}",
        "http_proxy": "http://127.0.0.1:9",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "credential.helper",
        "GIT_CONFIG_VALUE_0": f"!touch {owned}",
    }.items():
        monkeypatch.setenv(name, value)
    settings, request = asked_of(forge, tmp_path / "token")

    await fetching(settings, request, tmp_path / "mirrors")

    assert not owned.exists()


async def test_objects_that_break_gits_rules_are_refused(forge: PaperGitLab, tmp_path: Path) -> None:
    repositories = forge.repositories
    bare = repositories._bare(SHOP)
    oid = bare.git("hash-object", "-w", "--stdin", stdin=b"[submodule]\n")
    tree = bare.git(
        "hash-object", "-w", "-t", "tree", "--literally", "--stdin", stdin=b"100644 .git\0" + bytes.fromhex(oid)
    )
    head = bare.git("commit-tree", tree, "-p", "refs/heads/main", "-m", "evil")
    bare.git("update-ref", forge.head_ref(1), head)
    settings, request = asked_of(forge, tmp_path / "token")

    with pytest.raises(HostileObjects):
        await fetching(settings, replace(request, head=head), tmp_path / "mirrors")


async def test_a_forge_that_speaks_nonsense_is_an_error_with_a_hint(tmp_path: Path, token_file: str) -> None:
    async def nonsense(_: web.Request) -> web.Response:
        return web.Response(
            body=b"\x1b[31m" + b"x" * 100_000, content_type="application/x-git-upload-pack-advertisement"
        )

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", nonsense)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"

    with pytest.raises(CoderevError) as refused:
        await fetching(settings_of(url, token_file), from_url(f"{url}/clinic/records.git"), tmp_path / "mirrors")

    await runner.cleanup()
    assert refused.value.next_step
    assert len(str(refused.value)) < 500
