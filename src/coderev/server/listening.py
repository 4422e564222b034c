"""Where the service listens, and what it is called: loopback, or TLS."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

from coderev.errors import InputError
from coderev.settings import ServerSettings

IDLE_SECONDS = 30.0  # that a connection may be silent, or take for its headers
MOST_HEADERS = 64
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


class BadListen(InputError):
    """`server.listen` is not an address that can be listened on."""

    message = "server.listen is {listen!r}: {reason}"
    hint = "write host:port, such as 127.0.0.1:8080 or [::1]:8080"


class OpenWithoutTls(InputError):
    """The service would listen beyond this machine without TLS."""

    message = "server.listen is {listen}, which others can reach, and there is no TLS"
    hint = "set server.certificate and server.key in coderev.yaml, or listen on 127.0.0.1"


class BadCertificate(InputError):
    """The service's own certificate or key cannot be used."""

    message = "{path} cannot be used: {reason}"
    hint = "server.certificate and server.key name PEM files that belong together and that this user may read"


class CannotListen(InputError):
    """The address is taken, or is not of this machine."""

    message = "cannot listen on {listen}: {reason}"
    hint = "stop what listens there, or name another address in server.listen"


class WrongHost(InputError):
    """A request calls this service by a name that is not its own."""

    http_status = 421
    message = "this service is not called {host}"
    hint = "use the address of `server.url` in coderev.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where the service listens. `port` 0: a free one."""

    host: str
    port: int
    tls: bool
    url: str  # what people reach it by; without a path
    hosts: frozenset[str] | None  # as `Host` may call it, without a port; None: any, where nobody said


def listening(settings: ServerSettings) -> Listening:
    """Where to listen. Raises BadListen, and OpenWithoutTls for what others can reach without TLS."""
    host, colon, port = settings.listen.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65_535:  # noqa: PLR2004 - ports end there
        raise BadListen(listen=settings.listen, reason="no host:port")
    bare = host.strip("[]")
    try:
        address = ip_address("127.0.0.1" if bare == "localhost" else bare)
    except ValueError:
        raise BadListen(listen=settings.listen, reason="the host is not an address") from None
    tls = settings.certificate is not None
    if not address.is_loopback and not tls:
        raise OpenWithoutTls(listen=settings.listen)
    shown = f"[{address}]" if address.version == 6 else str(address)  # noqa: PLR2004 - IPv6
    url = settings.url or f"http{'s' if tls else ''}://{shown}:{port}"
    hosts = (
        None if address.is_unspecified and settings.url is None else _hosts(url, shown, loopback=address.is_loopback)
    )
    return Listening(host=str(address), port=int(port), tls=tls, url=url.rstrip("/"), hosts=hosts)


def _hosts(url: str, shown: str, *, loopback: bool) -> frozenset[str]:
    return frozenset({_bare(urlsplit(url).netloc), shown, *(LOOPBACK_NAMES if loopback else ())})


def _bare(host: str) -> str:
    """A host without its port."""
    name = host.lower()
    return name[: name.index("]") + 1] if name.startswith("[") and "]" in name else name.partition(":")[0]


def is_our_host(place: Listening, host: str) -> bool:
    """Whether the `Host` of a request is a name of ours: a page that rebinds its name to our address has another."""
    return place.hosts is None or _bare(host) in place.hosts


def tls_context(settings: ServerSettings) -> ssl.SSLContext | None:
    """TLS 1.2 or newer with the service's certificate; None without one. Raises BadCertificate."""
    if settings.certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(settings.certificate, settings.key, password="")  # never ask for one
    except OSError as error:  # SSLError is one
        raise BadCertificate(path=settings.certificate, reason=error.strerror or error) from error
    return context


@asynccontextmanager
async def running(
    app: web.Application, settings: ServerSettings, *, stop_seconds: float = 10.0, idle_seconds: float = IDLE_SECONDS
) -> AsyncIterator[str]:
    """Listen, and yield the address that people open. Requests under way have `stop_seconds` to end.

    A connection may be silent, or take for its headers, `idle_seconds`.

    Raises BadListen, OpenWithoutTls, BadCertificate, CannotListen.
    """
    place = listening(settings)
    runner = web.AppRunner(
        app,
        access_log=None,
        auto_decompress=False,  # a compressed body is refused: it would be a bomb
        keepalive_timeout=idle_seconds,
        lingering_time=2.0,
        max_headers=MOST_HEADERS,
        shutdown_timeout=stop_seconds,
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, place.host, place.port, ssl_context=tls_context(settings))
        try:
            await site.start()
        except OSError as error:
            raise CannotListen(listen=settings.listen, reason=error.strerror or error) from error
        port = runner.addresses[0][1]
        yield place.url if place.port else place.url.removesuffix(":0") + f":{port}"
    finally:
        await runner.cleanup()
