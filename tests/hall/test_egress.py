"""What may connect. Each test names the clause of `spec/egress.md` that it holds."""

import contextlib
import re
from collections.abc import AsyncIterator
from ipaddress import ip_address, ip_network
from pathlib import Path

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stand_ins.model_server import ModelServer, answer, status
from yarl import URL

from coderev.egress import NOWHERE, Egress, NotPermitted
from coderev.settings import MODES, PRIVATE_NETWORKS, Mode, Settings, Site

NAME = "model.internal"  # inside by its name; the stand-in resolver says where it leads
OUTSIDE = "https://models.example.com"


class PaperDns:
    """A resolver that answers as written, one list of addresses a look-up; the last one repeats."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append((host, port))
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def an_egress(mode: Mode = "private", *, site: Site | None = None, dns: PaperDns | None = None) -> Egress:
    return Egress(Settings(mode=mode, site=site or Site()), dns or PaperDns(["127.0.0.1"]))


def refusal(egress: Egress, url: str) -> str:
    with pytest.raises(NotPermitted) as caught:
        egress.judge(url)
    return str(caught.value.facts["reason"])


# clause 1: what an address looks like


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("http://model", "model", 80),
        ("https://model", "model", 443),
        ("HTTP://Model.Internal./v1", "model.internal", 80),
        ("http://model.internal:/v1", "model.internal", 80),
        ("http://vllm_1:8000/v1?a=b@c", "vllm_1", 8000),
        ("http://[::1]:8080/", "::1", 8080),
        ("http://10.0.0.1:8080", "10.0.0.1", 8080),
    ],
)
def test_an_address_is_read_in_one_way(url: str, host: str, port: int) -> None:
    destination = an_egress().judge(url)

    assert (destination.host, destination.port, destination.inside) == (host, port, True)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "model",
        "//model/v1",
        "ftp://model/",
        "file:///etc/passwd",
        "unix:///var/run/docker.sock",
        "http://",
        "http:///v1",
        "http://model:99999/",
        "http://model:0/",
        "http://model:-1/",
        "http://model:٨٠/",
        "http://user@model/",
        "http://user:password@model/",
        "http://@model/",
        "http://evil.example.com#@model/",
        "http://model/#",
        "http://model\\@evil.example.com/",
        "http://evil.example.com\\.internal/",
        "http://mo\tdel/",
        "http://model/\r\nHost: evil",
        " http://model/",
        "http://model /",
        "http://model\x00/",
        "http://model\x7f/",
        "http://mödel.internal/",
        "http://ⓜodel/",
        "http://evil。internal/",
        "http://evil.example.com%2finternal/",
        "http://evil.example.com%2einternal/",
        "http://evil.example.com%00.internal/",
        "http://model..internal/",
        "http://.internal/",
        "http://./",
        "http://-model/",
        "http://model-.internal/",
        "http://mod!el.internal/",
        f"http://{'a' * 64}.internal/",
        f"http://{'a.' * 130}internal/",
        "http://[v1.internal]/",
        "http://[::1/",
        "http://[model]/",
        "http://[::1]evil.internal/",
    ],
)
@pytest.mark.parametrize("mode", MODES)
def test_what_parsers_disagree_about_is_refused_in_every_mode(url: str, mode: Mode) -> None:
    with pytest.raises(NotPermitted):
        an_egress(mode).judge(url)


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "127.0.0.01",
        "127.0.0.1.",
        "10.0.0.0x1",
        "10.0.0.256",
        "1.internal.7",
        "[::1%25lo]",
        "[fd00::1%25eth0]",
        "[::127.0.0.1]",
    ],
)
@pytest.mark.parametrize("mode", MODES)
def test_an_odd_spelling_of_an_address_is_refused_even_of_one_inside(host: str, mode: Mode) -> None:
    with pytest.raises(NotPermitted):
        an_egress(mode).judge(f"http://{host}/")


def test_a_refusal_never_shows_a_password() -> None:
    with pytest.raises(NotPermitted) as caught:
        an_egress().judge("http://user:hush@h@model/")

    assert str(caught.value).startswith("http://…@model/ is not permitted")


URLS = st.one_of(
    st.from_regex(r"\Ahttps?://[!-~]{1,30}\Z"),
    st.from_regex(r"\Ahttps?://[a-z0-9.:\[\]%@_-]{1,20}(/[!-~]{0,8})?\Z"),
    st.builds("http://{}.internal{}".format, st.text(max_size=8), st.text(max_size=8)),
)


@settings(max_examples=400, deadline=None)
@given(URLS)
def test_what_is_permitted_leads_the_http_client_to_the_very_same_place(url: str) -> None:
    try:
        destination = an_egress("cloud").judge(url)
    except NotPermitted:
        return

    told = URL(url)

    assert (told.raw_host or "").removesuffix(".") == destination.host
    assert (told.port, told.user, told.password) == (destination.port, None, None)


# clause 2: what is inside


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "model",
        "model.internal",
        "a.b.internal",
        "model.local",
        "model.models.svc",
        "model.models.svc.cluster.local",
        "gpu.corp.example",
        "corp.example",
        "127.0.0.1",
        "127.255.255.254",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:10.1.2.3]",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "[fd12::1]",
    ],
)
def test_inside_is_known_without_dns(host: str) -> None:
    dns = PaperDns([])
    egress = an_egress(site=Site(domains=("Corp.Example.",)), dns=dns)

    assert egress.judge(f"http://{host}/v1").inside
    assert dns.asked == []


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "internal.example.com",
        "xinternal.com",
        "evilcorp.example",
        "model.internal.example.com",
        "local.example",
        "8.8.8.8",
        "172.32.0.1",
        "11.0.0.1",
        "[2a00::1]",
        "[::ffff:8.8.8.8]",
    ],
)
@pytest.mark.parametrize("mode", ["private", "air-gapped"])
def test_what_is_outside_is_refused_where_nothing_may_leave(host: str, mode: Mode) -> None:
    reason = refusal(an_egress(mode, site=Site(domains=("corp.example",))), f"https://{host}/")

    assert reason == f"it is outside the site, and mode {mode} keeps everything inside"


@pytest.mark.parametrize("mode", ["cloud", "hybrid"])
def test_what_is_outside_needs_https_where_it_is_permitted(mode: Mode) -> None:
    egress = an_egress(mode)

    assert not egress.judge("https://api.example.com/v1").inside
    assert not egress.judge("https://8.8.8.8/v1").inside
    assert egress.judge("http://model.internal").inside
    assert refusal(egress, "http://api.example.com/v1") == "outside the site only https is used"


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "[::ffff:169.254.169.254]",
        "[::ffff:a9fe:a9fe]",
        "[::169.254.169.254]",
        "[64:ff9b::a9fe:a9fe]",
        "[64:ff9b:1::1]",
        "[64:ff9b::10.0.0.1]",
        "[2002:a9fe:a9fe::1]",
        "[2002:0a00:0001::1]",
        "[2001:0:1::1]",
        "[fd00:ec2::254]",
        "[fd20:ce::254]",
        "100.100.100.200",
        "192.0.0.192",
        "168.63.129.16",
        "[fe80::1]",
        "[fec0::1]",
        "[ff02::1]",
        "224.0.0.1",
        "255.255.255.255",
        "0.0.0.0",
        "[::]",
    ],
)
@pytest.mark.parametrize("mode", MODES)
def test_some_addresses_are_permitted_nowhere_whatever_the_site_says(host: str, mode: Mode) -> None:
    everything = Site(networks=("0.0.0.0/0", "::/0"))

    reason = refusal(an_egress(mode, site=everything), f"https://{host}/")

    assert reason == "this address is neither of a site nor of the public internet"


@pytest.mark.parametrize("host", ["100.64.0.1", "192.0.2.1", "198.18.0.1", "[2001:db8::1]", "10.0.0.1", "[fd00::1]"])
def test_an_address_that_is_neither_inside_nor_public_is_refused_in_the_cloud_too(host: str) -> None:
    elsewhere = Site(networks=("203.0.113.0/24",))

    assert "neither" in refusal(an_egress("cloud", site=elsewhere), f"https://{host}/")


def test_a_sites_networks_replace_the_private_ones() -> None:
    egress = an_egress(site=Site(networks=("100.64.0.0/10", "2001:db8:7::/48")))

    assert egress.judge("http://100.64.0.1").inside
    assert egress.judge("http://[2001:db8:7::1]").inside
    assert egress.judge("http://127.0.0.1").inside  # loopback always is
    assert refusal(egress, "http://10.0.0.1")


@settings(max_examples=300, deadline=None)
@given(st.ip_addresses())
def test_in_a_private_site_an_address_is_permitted_exactly_when_it_is_loopback_or_of_a_network(address: object) -> None:
    parsed = ip_address(str(address))
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    inside = any(parsed in ip_network(network) for network in PRIVATE_NETWORKS)
    expected = parsed.is_loopback or (inside and not any(parsed in network for network in NOWHERE))

    host = f"[{address}]" if ":" in str(address) else str(address)
    try:
        permitted = an_egress().judge(f"http://{host}/").inside
    except NotPermitted:
        permitted = False

    assert permitted == expected


# clause 3: at connect, on the address that is connected to


async def test_permit_gives_the_addresses_of_a_name_each_once() -> None:
    dns = PaperDns(["10.0.0.2", "10.0.0.1", "10.0.0.2", "fd00::1"])

    assert await an_egress(dns=dns).permit("http://Model.internal.:8000/v1") == ("10.0.0.2", "10.0.0.1", "fd00::1")
    assert dns.asked == [("model.internal", 8000)]


@pytest.mark.parametrize(
    ("url", "addresses"),
    [
        (f"http://{NAME}", ["8.8.8.8"]),
        (f"http://{NAME}", ["10.0.0.1", "8.8.8.8"]),
        (f"http://{NAME}", ["169.254.169.254"]),
        (f"http://{NAME}", ["::ffff:169.254.169.254"]),
        (f"http://{NAME}", ["fe80::1%eth0"]),
        ("http://metadata.google.internal", ["169.254.169.254"]),
        (OUTSIDE, ["10.0.0.1"]),
        (OUTSIDE, ["127.0.0.1"]),
        (OUTSIDE, ["8.8.8.8", "::1"]),
        (OUTSIDE, ["2002:7f00:1::1"]),
        (OUTSIDE, ["100.64.0.1"]),
        (OUTSIDE, ["192.0.2.1"]),
    ],
)
async def test_a_name_that_leads_to_the_other_side_is_refused(url: str, addresses: list[str]) -> None:
    with pytest.raises(NotPermitted, match="leads to"):
        await an_egress("hybrid", dns=PaperDns(addresses)).permit(url)


async def test_an_outside_name_leads_to_public_addresses() -> None:
    assert await an_egress("cloud", dns=PaperDns(["8.8.8.8"])).permit(OUTSIDE) == ("8.8.8.8",)


async def test_the_real_resolver_knows_localhost() -> None:
    assert await Egress(Settings()).permit("http://localhost:80") <= ("127.0.0.1", "::1")


@contextlib.asynccontextmanager
async def a_client(egress: Egress) -> AsyncIterator[aiohttp.ClientSession]:
    async with egress.client() as client:
        yield client


async def fetched(client: aiohttp.ClientSession, url: str) -> int:
    async with client.get(url) as response:
        await response.read()
        return response.status


async def posted(client: aiohttp.ClientSession, url: str) -> None:
    async with client.post(url, data=b"question") as response:
        await response.read()


async def test_the_client_connects_to_the_address_that_was_judged() -> None:
    dns = PaperDns(["127.0.0.1"])

    with ModelServer(answer("x")) as server:
        async with a_client(an_egress(dns=dns)) as client:
            assert await fetched(client, f"http://{NAME}.:{server.port}/v1/models") == 200

    assert dns.asked == [(NAME, server.port)]  # once: nobody looks it up a second time


async def test_a_name_that_is_bound_anew_is_refused_at_the_next_connection() -> None:
    dns = PaperDns(["127.0.0.1"], ["203.0.113.1"], ["169.254.169.254"], ["127.0.0.1"])

    with ModelServer(status(200, "", "Connection: close")) as server:
        url = f"http://{NAME}:{server.port}/v1"
        async with a_client(an_egress(dns=dns)) as client:
            await posted(client, url)
            for elsewhere in ("203.0.113.1", "169.254.169.254"):
                with pytest.raises(NotPermitted, match=f"leads to {elsewhere}"):
                    await posted(client, url)
            await posted(client, url)

    assert len(server.requests) == 2


async def test_a_connection_that_stands_is_reused_without_a_look_up() -> None:
    dns = PaperDns(["127.0.0.1"], ["203.0.113.1"])

    with ModelServer(answer("x")) as server:
        async with a_client(an_egress(dns=dns)) as client:
            answers = [await fetched(client, f"http://{NAME}:{server.port}/v1/models") for _ in range(3)]

    assert answers == [200, 200, 200]
    assert len(dns.asked) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://203.0.113.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://2130706433/",
        "https://example.com/",
    ],
)
async def test_the_client_judges_every_request(url: str) -> None:
    dns = PaperDns(["127.0.0.1"])

    async with a_client(an_egress(dns=dns)) as client:
        for _ in range(2):
            with pytest.raises((NotPermitted, aiohttp.InvalidURL)):
                await fetched(client, url)

    assert dns.asked == []


@pytest.mark.parametrize("elsewhere", ["http://203.0.113.1/", "http://169.254.169.254/", "https://example.com/x"])
async def test_a_redirect_to_the_outside_is_not_followed(elsewhere: str) -> None:
    dns = PaperDns(["127.0.0.1"])

    with ModelServer(status(307, "", f"Location: {elsewhere}")) as server:
        async with a_client(an_egress(dns=dns)) as client:
            with pytest.raises(NotPermitted):
                await client.post(f"http://127.0.0.1:{server.port}/v1", data=b"secret")

    assert dns.asked == []


async def test_a_name_without_an_address_is_an_os_error() -> None:
    async def nothing(_host: str, _port: int) -> list[str]:
        raise OSError(-2, "Name or service not known")

    async with Egress(Settings(), nothing).client() as client:
        with pytest.raises(aiohttp.ClientConnectorDNSError):
            await fetched(client, f"http://{NAME}/")


def test_every_clause_that_the_code_names_stands_in_the_specification() -> None:
    root = Path(__file__).parents[2]
    code = (root / "src/coderev/egress.py").read_text(encoding="utf-8")
    clauses = re.findall(
        r"^(?:## )?(\d(?:\.\d)?)\b", (root / "spec/egress.md").read_text(encoding="utf-8"), re.MULTILINE
    )

    named = [
        number
        for found in re.findall(r"clauses? ([\d.]*\d(?:(?: and| to) [\d.]*\d)?)", code)
        for number in re.findall(r"[\d.]+", found)
    ]

    assert len(named) >= 10
    assert set(named) <= set(clauses)


@pytest.mark.parametrize("url", ["redis://127.0.0.1:6379", "rediss://10.1.2.3", "postgresql://[fd00::1]/reviews"])
async def test_the_address_of_a_store_that_is_spelled_out_needs_no_look_up(url: str) -> None:
    found = await an_egress(dns=PaperDns([])).permit(url)

    assert found == (Egress(Settings()).judge_store(url).host,)


@pytest.mark.parametrize(
    "url",
    ["redis://8.8.8.8", "rediss://cache.example.com", "redis://169.254.169.254", "redis://user:pw@cache", "unix:///a"],
)
@pytest.mark.parametrize("mode", ["private", "cloud"])
def test_a_store_is_inside_in_every_mode_or_refused(mode: str, url: str) -> None:
    with pytest.raises(NotPermitted):
        an_egress(mode).judge_store(url)  # type: ignore[arg-type]
