"""A merge request is fetched by real git over HTTP, with a token that nothing sees but git's question for it."""

import asyncio
import contextlib
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from dataclasses import replace as with_
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web
from msgspec.structs import replace
from stand_ins.paper_forge import PaperForge
from stand_ins.paper_git import http_backend
from stand_ins.paper_gitlab import PaperGitLab
from stand_ins.repository import PaperRepository

from coderev.egress import Egress
from coderev.forge import fetching, remotes
from coderev.forge.errors import ForgeRefused, ForgeUnavailable, NotThere
from coderev.forge.fetching import Commits, TooLargeToFetch, fetch, forget_unused
from coderev.forge.values import Project, Request
from coderev.git import Range, change_between, open_repository
from coderev.git import fetch as git
from coderev.settings import Connections, ForgeSettings, Limits, Settings, SshAccess

SHOP = "team/shop"


@dataclass(frozen=True)
class Site:
    """A paper forge with one merge request, and our account on it."""

    forge: PaperForge
    settings: ForgeSettings
    request: Request
    folder: Path
    token: str

    def fetch(
        self,
        *,
        request: Request | None = None,
        settings: Settings | None = None,
        ssh: SshAccess | None = None,
        **changes: Any,
    ) -> Any:
        wanted, site = replace(request or self.request, **changes), settings or Settings()
        return fetch(
            msgspec.structs.replace(self.settings, ssh=ssh), Egress(site), wanted, self.folder / "mirrors", site
        )

    def asked(self) -> list[str]:
        return [seen.path for seen in self.forge.seen if ".git/" in seen.path]


def the_request(forge: PaperForge, number: int = 1) -> Request:
    asked = forge.requests_of[SHOP][number]
    project = Project(id="1", path=SHOP, clone_url=f"{forge.url}/{SHOP}.git", default_branch="main")
    return Request(
        project=project,
        number=number,
        title=asked.title,
        author="ada",
        target="main",
        base=forge.repositories.branches(SHOP)["main"],
        head=asked.head,
        head_ref=forge.head_ref(number),
        state="open",
        target_protected=True,
        url="",
    )


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with PaperGitLab(tmp_path / "forge") as forge:
        forge.project(SHOP, {"app.py": "one = 1\n", "other.py": "x = 1\n"})
        forge.member(SHOP, "ada", "write")
        forge.open_merge_request(SHOP, "fix", {"app.py": "one = 2\n"}, author="ada")
        token = forge.token("coderev", SHOP)
        file = tmp_path / "token"
        file.write_text(f"{token}\n")
        file.chmod(0o600)
        settings = ForgeSettings(
            name="paper", kind="gitlab", url=forge.url, token_file=str(file), webhook_secret_file=str(file)
        )
        yield Site(forge, settings, the_request(forge), tmp_path, token)


def changed(path: Path, request: Request) -> list[str]:
    with open_repository(path, Limits()) as repository:
        change = change_between(repository, Range(f"{request.base}...{request.head}"))
        return [file.path for file in change.files]


async def test_what_was_fetched_is_the_change_from_the_merge_base(site: Site) -> None:
    site.forge.repositories.commit(SHOP, "main", {"other.py": "x = 2\n"})
    request = the_request(site.forge)

    async with site.fetch(request=request) as fetched:
        paths = changed(fetched.path, request)

    assert paths == ["app.py"]
    assert fetched.notes == ()


async def test_a_second_fetch_of_the_same_commits_asks_nobody(site: Site) -> None:
    async with site.fetch():
        pass
    before = len(site.asked())

    async with site.fetch() as fetched:
        paths = changed(fetched.path, site.request)

    assert paths == ["app.py"]
    assert len(site.asked()) == before > 0


async def test_a_later_push_brings_only_what_is_new(site: Site) -> None:
    site.forge.repositories.commit(SHOP, "main", {"noise.bin": os.urandom(400_000)})
    async with site.fetch(request=the_request(site.forge)):
        mirror = next((site.folder / "mirrors").glob("*.git"))
        before = git.Mirror(mirror).size
    site.forge.push(SHOP, "fix", {"app.py": "one = 3\n"})
    request = the_request(site.forge)

    async with site.fetch(request=request) as fetched:
        paths = changed(fetched.path, request)

    assert paths == ["app.py"]
    assert before > 400_000
    assert git.Mirror(mirror).size - before < 20_000


async def test_history_is_deepened_until_the_merge_base_is_there(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git, "DEPTHS", (1, 2, 16))
    for number in range(6):
        site.forge.repositories.commit(SHOP, "main", {"other.py": f"x = {number}0\n"})
    request = the_request(site.forge)

    async with site.fetch(request=request) as fetched:
        paths = changed(fetched.path, request)

    assert paths == ["app.py"]
    assert fetched.notes == ()
    assert sum("git-upload-pack" in path for path in site.asked()) > 2


async def test_a_history_that_is_cut_is_told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git, "DEPTHS", (1, 2))
    for number in range(6):
        site.forge.repositories.commit(SHOP, "main", {"other.py": f"x = {number}0\n"})

    async with site.fetch(request=the_request(site.forge)) as fetched:
        notes = fetched.notes

    assert notes == ("the history was cut at 2 commits before a merge base was found",)


async def test_what_a_review_sees_does_not_change_while_another_fetches(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        site.forge.repositories.commit(SHOP, "main", {"other.py": f"x = {number}0\n"})
    request = the_request(site.forge)
    site.forge.open_merge_request(SHOP, "second", {"second.py": "y = 1\n"}, author="ada")

    async with site.fetch(request=request) as fetched:
        monkeypatch.setattr(git, "DEPTHS", (1,))
        async with site.fetch(request=the_request(site.forge, 2)):
            paths = changed(fetched.path, request)

    assert paths == ["app.py"]


async def test_two_who_fetch_at_once_wait_for_each_other(site: Site) -> None:
    async def one() -> list[str]:
        async with site.fetch() as fetched:
            return await asyncio.to_thread(changed, fetched.path, site.request)

    found = await asyncio.gather(one(), one(), one())

    assert all(paths == ["app.py"] for paths in found)


@asynccontextmanager
async def served(site: Site, *, tls: Path | None = None, old: bool = False) -> AsyncIterator[Site]:
    """The paper forge's repositories at another address: over TLS, or by a server that speaks protocol 0 only."""
    context = None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls)

    async def serve(asked: web.Request) -> web.Response:
        headers = {name: value for name, value in asked.headers.items() if not (old and name == "Git-Protocol")}
        return await http_backend(site.folder / "forge", asked.clone(headers=headers), "coderev")

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    url = f"{'https' if tls else 'http'}://localhost:{runner.addresses[0][1]}"
    project = replace(site.request.project, clone_url=f"{url}/{SHOP}.git")
    try:
        yield with_(site, settings=replace(site.settings, url=url), request=replace(site.request, project=project))
    finally:
        await runner.cleanup()


def hand_out_no_commits(site: Site) -> None:
    """Let the server give what its references name, and nothing else."""
    site.forge.repositories.git(SHOP, "config", "uploadpack.allowAnySHA1InWant", "false")


async def test_the_references_are_asked_for_where_commits_are_not_handed_out(site: Site) -> None:
    hand_out_no_commits(site)
    site.forge.repositories.commit(SHOP, "main", {"other.py": "x = 2\n"})  # the base is no tip any more

    async with served(site, old=True) as strict, strict.fetch() as fetched:
        paths = changed(fetched.path, site.request)

    assert paths == ["app.py"]


async def test_references_that_moved_on_are_read_again_later(site: Site) -> None:
    hand_out_no_commits(site)
    site.forge.repositories.git(SHOP, "update-ref", "-d", "refs/heads/fix")
    site.forge.repositories.git(SHOP, "update-ref", site.forge.head_ref(1), site.request.base)

    async with served(site, old=True) as strict:
        with pytest.raises(ForgeUnavailable, match="have moved on"):
            async with strict.fetch():
                pass


def programs(stop: threading.Event) -> list[bytes]:
    """Arguments and environments of all that run while a fetch goes on, ours left out."""
    seen: list[bytes] = []
    while not stop.is_set():
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                told = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
                if b"askpass" in told and process.name != str(os.getpid()):
                    seen.append(told)
        time.sleep(0.002)
    return seen


async def test_a_name_that_is_not_found_delays(site: Site) -> None:
    async def resolve(_host: str, _port: int) -> list[str]:
        raise OSError(-2, "Name or service not known")

    url = "https://code.internal"
    request = replace(site.request, project=replace(site.request.project, clone_url=f"{url}/{SHOP}.git"))
    with pytest.raises(ForgeUnavailable, match="its name is not found"):
        async with fetch(
            replace(site.settings, url=url), Egress(Settings(), resolve), request, site.folder / "m", Settings()
        ):
            pass


async def test_repositories_of_sha_256_are_fetched_too(site: Site, tmp_path: Path) -> None:
    work = PaperRepository(tmp_path / "work", "--object-format=sha256")
    work.write("app.py", "one = 1\n")
    base = work.commit()
    work.write("app.py", "one = 2\n")
    head = work.commit()
    bare = site.forge.repositories.bare(SHOP)
    shutil.rmtree(bare)
    work.git("clone", "--quiet", "--bare", ".", str(bare))
    PaperRepository(bare, "--bare").git("config", "http.receivepack", "true")

    async with site.fetch(base=base, head=head) as fetched:
        paths = changed(fetched.path, replace(site.request, base=base, head=head))

    assert paths == ["app.py"]


async def test_the_token_stands_in_no_argument_no_setting_and_no_environment(site: Site) -> None:
    site.forge.slow(0.2, 3, where=".git/")
    stop = threading.Event()
    watched = asyncio.create_task(asyncio.to_thread(programs, stop))

    async with site.fetch() as fetched:
        stop.set()
        files = [*fetched.path.parent.rglob("*"), *(site.folder / "mirrors").rglob("*")]
        holding = [path.name for path in files if path.is_file() and site.token.encode() in path.read_bytes()]

    seen = await watched
    assert any(b"remote-http" in told for told in seen)
    assert not any(site.token.encode() in told for told in seen)
    assert holding == []


@pytest.mark.parametrize(
    ("prompt", "answers"),
    [
        ("Username for '{url}': ", "oauth2"),
        ("Password for '{user}': ", "the token"),
        ("Username for 'http://proxy.internal:3128': ", ""),
        ("Password for 'http://oauth2@127.0.0.1.evil.example': ", ""),
        ("Password for the key: ", ""),
    ],
)
async def test_the_program_that_git_asks_answers_for_the_forge_alone(
    site: Site, tmp_path: Path, prompt: str, answers: str
) -> None:
    at = remotes.Site(egress=Egress(Settings()), connections=Connections())
    secrets = tmp_path / "secrets"
    secrets.mkdir(mode=0o700)
    remote = await remotes.over_http(site.settings, site.request.project.clone_url, secrets, at)

    asked = prompt.format(url=site.forge.url, user=site.forge.url.replace("://", "://oauth2@"))
    program = remote.environment["GIT_ASKPASS"]
    done = await asyncio.to_thread(subprocess.run, [program, asked], check=False, capture_output=True)

    assert done.stdout.decode().strip() == (site.token if answers == "the token" else answers)
    assert {path.name: path.stat().st_mode & 0o777 for path in secrets.iterdir()} == {"token": 0o600, "askpass": 0o700}


async def test_a_revoked_token_is_refused(site: Site) -> None:
    site.forge.revoke(site.token)

    with pytest.raises(ForgeRefused):
        async with site.fetch():
            pass


async def test_a_repository_that_our_account_may_not_read_is_not_there(site: Site) -> None:
    site.forge.member(SHOP, "coderev", "none")

    with pytest.raises(NotThere):
        async with site.fetch():
            pass


async def test_a_forge_that_is_down_delays(site: Site) -> None:
    site.forge.fail(3, 502, where=".git/")

    with pytest.raises(ForgeUnavailable):
        async with site.fetch():
            pass
    site.forge.recover()
    async with site.fetch() as fetched:
        paths = changed(fetched.path, site.request)

    assert paths == ["app.py"]


async def test_a_slow_forge_is_not_waited_for_longer_than_the_cap(site: Site) -> None:
    site.forge.slow(30, where=".git/")
    began = time.monotonic()

    with pytest.raises(ForgeUnavailable, match="did not finish within 1 s"):
        async with site.fetch(settings=Settings(limits=Limits(process_seconds=1))):
            pass

    assert time.monotonic() - began < 8


async def test_a_fetch_that_nobody_wants_any_more_ends_git(site: Site) -> None:
    site.forge.slow(30, where=".git/")

    async def one() -> None:
        async with site.fetch():
            pass

    task = asyncio.create_task(one())
    await asyncio.sleep(0.5)
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert time.monotonic() - began < 2


async def test_a_repository_that_is_too_large_is_not_fetched(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MAX_FETCH_BYTES", 100_000)
    monkeypatch.setattr(fetching, "LOOK_SECONDS", 0.001)
    site.forge.repositories.commit(SHOP, "main", {"noise.bin": os.urandom(8_000_000)})

    with pytest.raises(TooLargeToFetch):
        async with site.fetch(request=the_request(site.forge)):
            pass


async def test_what_an_ended_process_left_is_taken_away(site: Site) -> None:
    async with site.fetch():
        mirror = next((site.folder / "mirrors").glob("*.git"))
    (mirror / "shallow.lock").write_text("")
    (mirror / "objects" / "pack" / "tmp_pack_x").write_bytes(b"half")
    site.forge.push(SHOP, "fix", {"app.py": "one = 3\n"})
    request = the_request(site.forge)

    async with site.fetch(request=request) as fetched:
        paths = changed(fetched.path, request)

    assert paths == ["app.py"]
    assert not (mirror / "objects" / "pack" / "tmp_pack_x").exists()


async def test_a_mirror_of_many_packs_is_begun_anew_unless_somebody_looks_at_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with site.fetch() as fetched:
        monkeypatch.setattr(git, "MAX_PACKS", 0)
        async with site.fetch() as second:
            paths = [changed(each.path, site.request) for each in (fetched, second)]
    before = len(site.asked())
    async with site.fetch():
        anew = len(site.asked()) - before

    assert paths == [["app.py"], ["app.py"]]
    assert anew > 0


async def test_mirrors_that_nobody_uses_are_forgotten(site: Site) -> None:
    mirrors = site.folder / "mirrors"
    async with site.fetch():
        used = forget_unused(mirrors, datetime.now(UTC) + timedelta(days=1))
    unused = forget_unused(mirrors, datetime.now(UTC) + timedelta(days=1))

    assert (used, unused) == (0, 1)
    assert list(mirrors.glob("*.git")) == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost and its key, in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    asked = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    done = subprocess.run(["openssl", *asked.split(), "-keyout", "-"], check=True, capture_output=True)
    path.write_bytes(done.stdout)
    return path


@pytest.mark.parametrize("trusted", [True, False])
async def test_the_forge_is_verified_by_the_sites_own_authority(
    site: Site, certificate: Path, *, trusted: bool
) -> None:
    settings = Settings(connections=Connections(ca_bundle=str(certificate) if trusted else None))

    async with served(site, tls=certificate) as there:
        try:
            async with there.fetch(settings=settings) as fetched:
                said = changed(fetched.path, site.request)
        except ForgeUnavailable as error:
            said = [str(error)]

    assert (said == ["app.py"]) is trusted
    assert trusted or "certificate" in said[0]


async def test_two_commits_are_fetched_without_a_merge_request(site: Site) -> None:
    commits = Commits(project=site.request.project, base=site.request.base, head=site.request.head)

    async with fetch(site.settings, Egress(Settings()), commits, site.folder / "mirrors", Settings()) as fetched:
        paths = changed(fetched.path, site.request)

    assert paths == ["app.py"]


# over ssh


@dataclass(frozen=True)
class Ssh:
    """A real sshd for the paper forge's repositories, on loopback."""

    access: SshAccess
    other_key: Path

    def shows_another_key(self) -> None:
        """Let the forge be known by a key that it does not have."""
        public = self.other_key.with_suffix(".pub").read_text()
        Path(self.access.known_hosts_file).write_text(f"127.0.0.1 {public}")


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Ssh]:
    program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("sshd is not installed")
    folder = tmp_path / "sshd folder"
    folder.mkdir()
    for name in ("host", "user", "other"):
        key = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(folder / name)]
        subprocess.run(key, check=True)
    serve = tmp_path / "serve"
    path = '$(echo "$2" | tr -d "\'")'
    serve.write_text(f'#!/bin/sh\nset -- $SSH_ORIGINAL_COMMAND\nexec git-upload-pack "{tmp_path}/forge{path}"\n')
    serve.chmod(0o755)
    public = (folder / "user.pub").read_text()
    keys = tmp_path / "authorized"
    keys.write_text(f'restrict,command="{serve}" {public}')
    (folder / "known").write_text(f"127.0.0.1 {(folder / 'host.pub').read_text()}")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = tmp_path / "sshd_config"
    config.write_text(
        f'ListenAddress 127.0.0.1:{port}\nHostKey "{folder / "host"}"\nAuthorizedKeysFile {keys}\nPidFile none\n'
        "StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin forced-commands-only\n"
    )
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    with subprocess.Popen([program, "-D", "-e", "-f", str(config)], stderr=subprocess.DEVNULL) as server:
        access = SshAccess(
            key_file=str(folder / "user"),
            known_hosts_file=str(folder / "known"),
            user=pwd.getpwuid(os.getuid()).pw_name,
            port=port,
        )
        try:
            wait_for(port)
            yield Ssh(access, folder / "other")
        finally:
            server.terminate()


def wait_for(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return


async def test_a_merge_request_is_fetched_over_ssh_too(site: Site, sshd: Ssh) -> None:
    async with site.fetch(ssh=sshd.access) as fetched:
        paths = changed(fetched.path, site.request)

    assert paths == ["app.py"]
    assert site.asked() == []


async def test_a_host_that_shows_another_key_is_refused(site: Site, sshd: Ssh) -> None:
    sshd.shows_another_key()

    with pytest.raises(ForgeRefused, match="Host key verification failed"):
        async with site.fetch(ssh=sshd.access):
            pass


async def test_a_key_that_the_forge_does_not_know_is_refused(site: Site, sshd: Ssh) -> None:
    with pytest.raises(ForgeRefused, match="Permission denied"):
        async with site.fetch(ssh=msgspec.structs.replace(sshd.access, key_file=str(sshd.other_key))):
            pass


@pytest.mark.parametrize(
    "changes",
    [
        {"user": "-oProxyCommand=id"},
        {"user": "git\nProxyCommand id"},
        {"key_file": "relative"},
        {"key_file": '/a"\nProxyCommand "id'},
        {"known_hosts_file": "/a\\b"},
    ],
)
async def test_ssh_is_told_nothing_that_it_reads_otherwise(site: Site, changes: dict[str, str]) -> None:
    access = SshAccess(**{"key_file": "/key", "known_hosts_file": "/known", **changes})  # type: ignore[arg-type]

    with pytest.raises(remotes.UnusableSsh):
        async with site.fetch(ssh=access):
            pass


@pytest.mark.parametrize(
    ("ref", "is_one"),
    [
        ("refs/heads/übung", True),
        ("refs/heads/feature/x+y@2", True),
        ("refs/heads/a..b", False),
        ("refs/heads/a b", False),
        ("refs/heads/a:refs/heads/b", False),
        ("refs/heads/*", False),
        ("refs/heads/x.lock", False),
        ("--upload-pack=touch", False),
        ("heads/main", False),
    ],
)
def test_a_reference_is_asked_for_where_git_would_give_its_name(ref: str, *, is_one: bool) -> None:
    sides = git.Sides(base="0" * 40, head="1" * 40, base_ref=ref, head_ref="refs/heads/main")

    assert (sides.problem() is None) == is_one
