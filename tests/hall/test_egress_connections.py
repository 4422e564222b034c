"""Proxies, certificates, and what is counted: clauses 4 to 6 of `spec/egress.md`, on real connections."""

import asyncio
import contextlib
import re
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from stand_ins.model_server import ModelServer, Wire, answer, status

from coderev.egress import BadCertificateFile, Egress, NotPermitted, ProxyRefused
from coderev.settings import Connections, Mode, Settings

OUTSIDE = "https://models.example.com"


def an_egress(mode: Mode = "private", **connections: str) -> Egress:
    return Egress(Settings(mode=mode, connections=Connections(**connections)))


def a_client(egress: Egress) -> aiohttp.ClientSession:
    return egress.client()


async def fetched(client: aiohttp.ClientSession, url: str) -> int:
    async with client.get(url) as response:
        await response.read()
        return response.status


async def posted(client: aiohttp.ClientSession, url: str, proxy: str | None = None) -> int:
    async with client.post(url, data=b"question", proxy=proxy) as response:
        await response.read()
        return response.status


# clause 4: proxies


@pytest.mark.parametrize("mode", ["private", "air-gapped"])
def test_a_proxy_is_refused_where_nothing_may_leave(mode: Mode) -> None:
    with pytest.raises(ProxyRefused, match=mode):
        Egress(Settings(mode=mode, connections=Connections(proxy="http://proxy.internal:3128")))


@pytest.mark.parametrize("proxy", ["http://proxy.example.com:3128", "http://user:pw@proxy.internal", "http://0x7f.1"])
def test_a_proxy_is_judged_as_every_address_is(proxy: str) -> None:
    with pytest.raises(NotPermitted):
        Egress(Settings(mode="cloud", connections=Connections(proxy=proxy)))


def test_only_what_is_outside_goes_through_the_proxy() -> None:
    egress = Egress(Settings(mode="cloud", connections=Connections(proxy="http://proxy.internal:3128")))

    assert egress.proxy_for(OUTSIDE) == "http://proxy.internal:3128"
    assert egress.proxy_for("http://model.internal") is None
    assert an_egress("cloud").proxy_for(OUTSIDE) is None


async def test_the_client_takes_no_other_proxy_than_the_sites() -> None:
    with ModelServer(answer("x")) as server:
        proxy = f"http://127.0.0.1:{server.port}"
        hybrid = Egress(Settings(mode="hybrid", connections=Connections(proxy="http://proxy.internal:3128")))
        for egress, url, through in (
            (an_egress(), "http://127.0.0.1/", proxy),
            (an_egress("cloud"), OUTSIDE, proxy),
            (hybrid, OUTSIDE, proxy),
            (hybrid, OUTSIDE, None),
            (hybrid, "http://model.internal/", "http://proxy.internal:3128"),
        ):
            async with a_client(egress) as client:
                with pytest.raises(NotPermitted, match="the proxy for it is"):
                    await client.get(url, proxy=through)

    assert server.requests == []


async def test_the_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    with ModelServer(answer("x")) as server:
        async with a_client(an_egress()) as client:
            assert await fetched(client, f"http://127.0.0.1:{server.port}/v1/models") == 200


# clause 5: who the other side is


@pytest.mark.parametrize("setting", ["ca_bundle", "client_certificate", "client_key"])
@pytest.mark.parametrize("content", [None, b"", b"not PEM\n", b"\xff\x00"])
async def test_a_file_that_is_no_certificate_is_refused(setting: str, content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "file.pem"
    if content is not None:
        path.write_bytes(content)
    egress = Egress(Settings(connections=Connections(**{setting: str(path)})))

    with pytest.raises(BadCertificateFile, match=r"file\.pem cannot be used: ."):
        egress.client()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost and its key, in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost,DNS:models.example.com"]
    made = ["openssl", *request.split(), *names, "-keyout", str(folder / "key"), "-out", str(folder / "certificate")]
    subprocess.run(made, check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_bytes((folder / "certificate").read_bytes() + (folder / "key").read_bytes())
    return both


@contextlib.asynccontextmanager
async def a_tls_server(certificate: Path) -> AsyncIterator[int]:
    """A port that answers 200 over TLS to whoever shows a certificate that it trusts."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(certificate))
    context.load_cert_chain(certificate)
    context.verify_mode = ssl.CERT_REQUIRED

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            if length := re.search(rb"content-length: (\d+)", head):
                await reader.readexactly(int(length[1]))
            await Wire(reader, writer).whole(200, b"", "Connection: close")
        writer.close()

    server = await asyncio.start_server(reply, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_a_server_is_verified_by_the_sites_bundle_and_shown_the_sites_certificate(certificate: Path) -> None:
    both = str(certificate)
    known = Connections(ca_bundle=both, client_certificate=both)

    async with a_tls_server(certificate) as port, a_client(Egress(Settings(connections=known))) as client:
        assert await fetched(client, f"https://localhost:{port}/") == 200


@pytest.mark.parametrize("shown", [True, False])
async def test_a_stranger_is_refused_on_either_side(certificate: Path, *, shown: bool) -> None:
    both = str(certificate)
    partly = Connections(client_certificate=both) if shown else Connections(ca_bundle=both)

    async with a_tls_server(certificate) as port, a_client(Egress(Settings(connections=partly))) as client:
        with pytest.raises((aiohttp.ClientError, OSError)):
            await fetched(client, f"https://localhost:{port}/")


def test_the_certificates_are_read_once(certificate: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(certificate.read_bytes())
    egress = Egress(Settings(connections=Connections(ca_bundle=str(bundle))))
    first = egress.tls

    bundle.unlink()

    assert egress.tls is first


# clause 6: what is counted


@contextlib.asynccontextmanager
async def a_proxy(port: int, asked: list[str]) -> AsyncIterator[str]:
    """A forwarding proxy that leads every tunnel to one port of this machine."""
    tunnels: list[asyncio.Task[None] | None] = []

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(65_536):
                writer.write(chunk)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tunnels.append(asyncio.current_task())
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode().splitlines()[0])
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        await asyncio.gather(pipe(reader, far_writer), pipe(far_reader, writer))

    async with await asyncio.start_server(tunnel, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await asyncio.gather(*filter(None, tunnels))


async def test_what_goes_outside_through_the_proxy_is_counted(certificate: Path) -> None:
    asked: list[str] = []
    both = str(certificate)

    async with a_tls_server(certificate) as port, a_proxy(port, asked) as proxy:
        egress = an_egress("hybrid", proxy=proxy, ca_bundle=both, client_certificate=both)
        async with a_client(egress) as client:
            assert await posted(client, f"{OUTSIDE}/v1", egress.proxy_for(OUTSIDE)) == 200

    assert asked == ["CONNECT models.example.com:443 HTTP/1.1"]
    assert egress.outside_bytes == len(b"question")


async def test_nothing_is_counted_for_a_model_inside() -> None:
    egress = an_egress("cloud")
    with ModelServer(status(200)) as server:
        async with a_client(egress) as client:
            await posted(client, f"{server.endpoint}/chat/completions")

    assert egress.outside_bytes == 0
