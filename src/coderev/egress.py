"""What may connect: decided when configuration loads, without DNS, and again on the address that is connected to.

`spec/egress.md` holds the clauses; their numbers stand at the code. The HTTP client here is the only one.
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from coderev.errors import InputError, TrustError
from coderev.settings import PRIVATE_NETWORKS, Settings

if TYPE_CHECKING:
    import ssl

    import aiohttp

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[list[str]]]
Side = Literal["inside", "outside", "nowhere"]

INSIDE_SUFFIXES = (".internal", ".local", ".svc", ".svc.cluster.local")
NOWHERE = tuple(  # clause 2.4
    map(
        ip_network,
        (
            "0.0.0.0/8",  # this host
            "169.254.0.0/16",  # link-local, and most metadata services
            "100.100.100.200/32",  # more metadata services
            "168.63.129.16/32",
            "192.0.0.192/32",
            "fd00:ec2::254/128",
            "fd20:ce::254/128",
            "224.0.0.0/3",  # multicast, reserved, broadcast
            "::/8",  # unspecified, and translations that hide an IPv4 address: NAT64, compatible, SIIT
            "2001::/32",  # Teredo, which hides one too
            "2002::/16",  # 6to4, the same
            "fe80::/9",  # link-local, and the site-local that came before fc00::/7
            "ff00::/8",  # multicast
        ),
    )
)
WEB = {"http": 80, "https": 443}  # schemes of the HTTP client, with their ports
STORES = {"redis": 6379, "rediss": 6379, "postgresql": 5432}  # of what connects by itself, inside only (clause 3.6)
MAX_NAME = 253  # characters of a host name
_LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_NUMERIC = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?")  # what some resolver reads as an IPv4 address
_BRACKETS = re.compile(r"\[[^]]*:[^]]*\](?::[0-9]*)?")
_FORBIDDEN = re.compile(r"[^!-~]|[\\#]")  # parsers disagree about what these mean
_USER = re.compile(r"(?<=//)[^/?]*@")
KEEP_SECONDS = 4.0  # for which an idle connection is kept: some servers close theirs after 5


class NotPermitted(TrustError):
    """An address is outside of what this site's mode permits."""

    message = "{url} is not permitted: {reason}"
    hint = "name a host inside the site, or add its domain or network to `site` in coderev.yaml"


class ProxyRefused(TrustError):
    """A forwarding proxy is configured in a mode in which nothing may leave."""

    message = "connections.proxy is set, and mode {mode} permits no proxy"
    hint = "remove connections.proxy from coderev.yaml"


class BadCertificateFile(InputError):
    """A file of certificates or keys cannot be used."""

    message = "{path} cannot be used: {reason}"
    hint = "connections.ca_bundle, client_certificate and client_key name PEM files that this user may read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A URL that the site's mode permits, before its name is resolved."""

    url: str
    host: str  # lower case, without a dot at its end
    port: int
    inside: bool


async def _getaddrinfo(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class Egress:
    """Decides for everybody what connects, and counts the bytes that went outside. One for each event loop.

    Raises NotPermitted and ProxyRefused for the configured proxy.
    """

    def __init__(self, settings: Settings, resolve: Resolve = _getaddrinfo) -> None:
        self._mode, self._connections, self._resolve = settings.mode, settings.connections, resolve
        self._may_leave = settings.mode in {"cloud", "hybrid"}
        self._networks = tuple(map(ip_network, settings.site.networks or PRIVATE_NETWORKS))
        domains = (f".{domain.strip('.').lower()}" for domain in settings.site.domains)
        self._suffixes = (*INSIDE_SUFFIXES, *domains)
        self.outside_bytes = 0  # of request bodies (clause 6.1)
        self.denied = 0  # judgements that refused an address (clause 6.2)
        if self._connections.proxy is not None:  # clause 4.1
            if not self._may_leave:
                raise ProxyRefused(mode=settings.mode)
            self.judge(self._connections.proxy)

    def judge(self, url: str) -> Destination:
        """Decide about a URL of the HTTP client, without DNS (clauses 1 and 2). Raises NotPermitted."""
        return self._judged(url, WEB)

    def judge_store(self, url: str) -> Destination:
        """Decide about a store of the site, without DNS (clause 3.6). Raises NotPermitted."""
        return self._judged(url, STORES)

    def _judged(self, url: str, ports: Mapping[str, int]) -> Destination:
        try:
            return self._decided(url, ports)
        except NotPermitted:
            self.denied += 1
            raise

    def _decided(self, url: str, ports: Mapping[str, int]) -> Destination:
        scheme, spelled, port = _parsed(url, ports)
        address, host = _literal(url, spelled), spelled.removesuffix(".")
        side = self._side_of_name(host) if address is None else self._side_of(address)
        if side == "nowhere":
            raise _refused(url, "this address is neither of a site nor of the public internet")
        if side == "outside" and not self._may_leave:
            raise _refused(url, f"it is outside the site, and mode {self._mode} keeps everything inside")
        if side == "outside" and scheme != "https":  # clause 2.6
            raise _refused(url, "outside the site only https is used")
        return Destination(url=url, host=host, port=port, inside=side == "inside")

    async def permit(self, url: str) -> tuple[str, ...]:
        """The addresses that a program or a store's client may connect to for a URL, resolved now (clauses 3.2, 3.6).

        Raises NotPermitted; OSError when there is none.
        """
        destination = self._judged(url, WEB | STORES)
        if _literal(url, destination.host) is not None:  # judged already, and there is nothing to resolve
            return (destination.host,)
        return await self._addresses(destination.host, destination.port)

    def proxy_for(self, url: str) -> str | None:
        """The proxy for a URL: only what is outside goes through it (clause 4.2). Raises NotPermitted."""
        return None if self.judge(url).inside else self._connections.proxy

    def client(self) -> "aiohttp.ClientSession":
        """The HTTP client: it judges every request and connects only to addresses that were judged.

        The caller closes it, and sets limits of time. Raises BadCertificateFile.
        """
        import aiohttp

        proxy_for = lru_cache(maxsize=256)(self.proxy_for)  # the same URL has the same judgement, and no DNS is in it
        return aiohttp.ClientSession(
            connector=_connector(proxy_for, self._addresses, self.tls),
            cookie_jar=aiohttp.DummyCookieJar(),  # clause 3.5
            trust_env=False,  # clause 4.3
            timeout=aiohttp.ClientTimeout(),
            trace_configs=[self._count()] if self._may_leave else None,
        )

    def _count(self) -> "aiohttp.TraceConfig":
        import aiohttp

        async def count(_session: Any, _context: Any, sent: aiohttp.TraceRequestChunkSentParams) -> None:
            if not self.judge(str(sent.url)).inside:
                self.outside_bytes += len(sent.chunk)

        trace = aiohttp.TraceConfig()
        trace.on_request_chunk_sent.append(count)
        return trace

    @cached_property
    def tls(self) -> "ssl.SSLContext | Literal[True]":
        """What servers are verified by (clause 5), made once; True: the machine's list, without our certificate.

        Raises BadCertificateFile.
        """
        wanted = self._connections
        certificate = wanted.client_certificate or wanted.client_key  # one file may hold both
        if wanted.ca_bundle is None and certificate is None:
            return True
        import ssl

        path = wanted.ca_bundle
        try:
            context = ssl.create_default_context(cafile=path)
            if certificate is not None:
                path = certificate
                context.load_cert_chain(certificate, wanted.client_key, password="")  # never ask for one
        except OSError as error:  # SSLError is one
            raise BadCertificateFile(path=path, reason=error.strerror or error) from error
        return context

    async def _addresses(self, host: str, port: int) -> tuple[str, ...]:
        """All addresses of a name, each of which must be on the name's side (clause 3.2)."""
        expected = self._side_of_name(host)
        found = await self._resolve(host, port)
        for text in found:
            address = _unmapped(ip_address(text))
            if self._side_of(address) != expected:
                self.denied += 1
                raise _refused(host, f"its name is {expected} the site, and leads to {address}")
        return tuple(dict.fromkeys(found))

    def _side_of_name(self, host: str) -> Side:  # clause 2.1
        return "inside" if "." not in host or f".{host}".endswith(self._suffixes) else "outside"

    def _side_of(self, address: Address) -> Side:  # clauses 2.2 to 2.4
        if address.is_loopback:
            return "inside"
        if any(address in network for network in NOWHERE):
            return "nowhere"
        if any(address in network for network in self._networks):
            return "inside"
        return "outside" if address.is_global else "nowhere"


def _connector(
    proxy_for: Callable[[str], str | None], addresses: Callable[[str, int], Awaitable[tuple[str, ...]]], tls: Any
) -> "aiohttp.TCPConnector":
    """What aiohttp connects by: every request passes here, redirected and on a connection that stands, and every name.

    Nothing that aiohttp does on its own, such as reading a literal address, goes past `connect` (clause 3.4).
    """
    import aiohttp

    class Resolver(aiohttp.abc.AbstractResolver):
        async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> Any:
            del family
            return [_entry(host, address, port) for address in await addresses(host.removesuffix("."), port)]

        async def close(self) -> None:
            """Nothing is open."""

    class Connector(aiohttp.TCPConnector):
        async def connect(self, req: Any, *rest: Any, **named: Any) -> Any:
            given, wanted = str(req.proxy or ""), proxy_for(str(req.url)) or ""
            if given.rstrip("/") != wanted.rstrip("/"):  # clause 4.2
                raise _refused(str(req.url), f"the proxy for it is {wanted or 'none'}, not {given or 'none'}")
            return await super().connect(req, *rest, **named)

    return Connector(resolver=Resolver(), ssl=tls, use_dns_cache=False, limit=0, keepalive_timeout=KEEP_SECONDS)


def _parsed(url: str, ports: Mapping[str, int]) -> tuple[str, str, int]:
    """Scheme, host and port (clause 1)."""
    if _FORBIDDEN.search(url):
        raise _refused(url, "it holds characters that no address needs")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _refused(url, str(error)) from error
    if parts.scheme not in ports or not parts.hostname or port == 0:
        raise _refused(url, f"only {' and '.join(ports)} with a host are used")
    if "@" in parts.netloc:
        raise _refused(url, "it holds a user name or a password")
    if "[" in parts.netloc and not _BRACKETS.fullmatch(parts.netloc):
        raise _refused(url, "it spells an address in an odd way")
    return parts.scheme, parts.hostname, port or ports[parts.scheme]


def _literal(url: str, host: str) -> Address | None:
    """The address that a host spells; an odd spelling of one is refused (clause 2.5), and so is what is no name."""
    try:
        if "%" not in host:
            return _unmapped(ip_address(host))
    except ValueError:
        pass
    if ":" in host or "%" in host or _NUMERIC.fullmatch(host):
        raise _refused(url, "it spells an address in an odd way")
    if len(host) > MAX_NAME or not _NAME.fullmatch(host):
        raise _refused(url, "its host is no name")
    return None


def _unmapped(address: Address) -> Address:
    return getattr(address, "ipv4_mapped", None) or address


def _refused(url: str, reason: str) -> NotPermitted:  # clause 1.5
    return NotPermitted(url=_USER.sub("…@", url), reason=reason)


def _entry(host: str, address: str, port: int) -> dict[str, Any]:
    return {
        "hostname": host,
        "host": address,
        "port": port,
        "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
        "proto": 0,
        "flags": socket.AI_NUMERICHOST,
    }
