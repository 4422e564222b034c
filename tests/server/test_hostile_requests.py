"""Requests of an attacker: giant, slow, malformed, by a wrong name, and with headers that want to be believed."""

import asyncio
import gzip
import json
import logging
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from msgspec.structs import replace
from stand_ins.postgres import Postgres
from stand_ins.service import Service, open_service

from coderev.server import bodies
from coderev.server.access.actions import Action
from coderev.server.app import make_app
from coderev.server.asking import Ask, Route
from coderev.server.listening import running
from coderev.settings import ServerSettings, Settings

SMALL = replace(Settings(), server=ServerSettings(request_bytes=1 << 16))
HOSTILE = "<script>alert(1)</script>\u202e"


async def raw(service: Service, request: bytes, seconds: float = 5.0) -> bytes:
    """What the service answers to bytes, until it closes."""
    host, port = service.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(request)
        await writer.drain()
        async with asyncio.timeout(seconds):
            return await reader.read()
    finally:
        writer.close()


async def test_a_giant_body_is_refused_before_it_is_read(server: Postgres) -> None:
    async with open_service(server, settings=SMALL) as service:
        token = await service.token("developer")
        patch = {"kind": "patch", "patch": "x" * (1 << 17)}
        answer = await service.ask("POST", "/api/v1/reviews", token=token, json=patch)

    assert (answer.status, answer.json["title"]) == (413, "body too large")


async def test_a_giant_body_that_does_not_say_its_length_is_cut(server: Postgres) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b" " * (1 << 14)

    async with open_service(server, settings=SMALL) as service:
        headers = {"Content-Type": "application/json"}
        answer = await service.ask(
            "POST", "/api/v1/reviews", token=await service.token("developer"), data=endless(), headers=headers
        )

    assert answer.status == 413


async def test_a_slow_body_is_given_up(server: Postgres) -> None:
    async def read(ask: Ask) -> web.StreamResponse:
        await bodies.read_body(ask.request, "application/json", 1_000, seconds=0.3)
        return web.Response()

    route = Route(method="POST", path="/api/slow", action=Action.SEE_DOCUMENTS, handler=read)
    head = "POST /api/slow HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
    async with open_service(server, routes=(route,)) as service:
        answer = await raw(service, head.encode())

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert bodies.BODY_SECONDS <= 60


async def test_headers_that_never_end_are_given_up(service: Service) -> None:
    async with running(make_app(service.site), service.site.settings.server, idle_seconds=0.4) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        await writer.drain()
        async with asyncio.timeout(5):
            answer = await reader.read()
        writer.close()

    assert answer == b""


async def test_a_bomb_is_not_unpacked(service: Service) -> None:
    bomb = gzip.compress(b" " * (1 << 24))
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = await service.ask(
        "POST", "/api/v1/reviews", token=await service.token("developer"), data=bomb, headers=headers
    )
    assert answer.status == 415


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_a_body_that_a_form_of_another_site_can_send_is_no_json(service: Service, media: str) -> None:
    token = await service.token("developer")
    headers = {"Content-Type": media} if media else {}
    body = json.dumps({"kind": "patch", "patch": "x"}).encode()
    answer = await service.ask("POST", "/api/v1/reviews", token=token, data=body, headers=headers)
    assert answer.status == 415


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe",
        b'{"kind": "patch", "patch": "\\ud800"}',
        b"[" * 50_000,
        b'{"a":' * 50_000,
        b"",
        b"{",
        b"NaN",
        b'"\\u0000"',
    ],
    ids=range(8),
)
async def test_json_that_is_none_is_one_problem(service: Service, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await service.ask(
        "POST", "/api/v1/reviews", token=await service.token("developer"), data=body, headers=headers
    )
    assert answer.status == 400


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "169.254.169.254", "[::2]"]
)
async def test_a_name_that_is_rebound_to_our_address_reaches_nothing(service: Service, host: str) -> None:
    answer = await service.get("/api/v1/reviews", headers={"Host": host}, token=await service.token("admin"))
    assert answer.status == 421


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:9", "127.0.0.1:1", "[::1]:8080"])
async def test_a_name_of_ours_with_any_port_is_ours(service: Service, host: str) -> None:
    answer = await service.get("/api/v1/reviews", headers={"Host": host}, token=await service.token("admin"))
    assert answer.status == 200


async def test_a_probe_reaches_health_by_any_name(service: Service) -> None:
    assert (await service.get("/healthz", headers={"Host": "10.1.2.3:8080"})).status == 200


async def test_nobody_chooses_their_request_id_or_address(service: Service) -> None:
    headers = {"X-Request-Id": "mine", "Request-Id": "mine", "X-Forwarded-For": "10.0.0.1", "Forwarded": "for=10.0.0.1"}
    answer = await service.get("/api/v1/reviews", headers=headers)

    (record,) = await service.accesses()
    assert answer.headers["Request-Id"] not in {"mine", ""}
    assert record.source == "127.0.0.1"
    assert record.request_id == answer.headers["Request-Id"]


@pytest.mark.parametrize("path", ["/api/v1/reviews", "/nothing", "/api/nothing", "/healthz", "/enter", "/api/docs"])
async def test_every_answer_carries_the_headers_that_harden_it(service: Service, path: str) -> None:
    answer = await service.get(path)

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"]
    assert answer.headers["Server"] == "coderev"


@pytest.mark.parametrize("path", ["/nothing/" + HOSTILE, "/api/v1/reviews/" + HOSTILE, "/api/v1/reviews?" + HOSTILE])
async def test_what_somebody_sent_never_comes_back_as_markup(service: Service, path: str) -> None:
    answer = await service.get(path, token=await service.token("admin"))
    assert b"<script>" not in answer.body or answer.headers["Content-Type"] == "application/problem+json"
    assert "\u202e".encode() not in answer.body
    assert answer.status in {400, 404}


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 100_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"A: a\r\n" * 5_000 + b"\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"<script> HTTP/9.9\r\nAccept: text/html\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/v1/reviews HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\0" * 1_000,
    ],
    ids=range(9),
)
async def test_what_is_no_http_is_refused_and_the_service_goes_on(service: Service, request_: bytes) -> None:
    answer = await raw(service, request_)

    assert answer[:6] == b"HTTP/1"
    assert b" 400 Bad Request\r\nContent-Type: text/plain" in answer
    assert b"Traceback" not in answer
    assert (await service.get("/healthz")).status == 200


async def test_a_method_that_a_path_does_not_have_is_said_with_those_that_it_has(service: Service) -> None:
    answer = await service.ask("PATCH", "/api/v1/reviews", token=await service.token("admin"))
    assert answer.status == 405
    assert set(answer.headers["Allow"].split(",")) == {"GET", "HEAD", "POST"}


async def test_a_fault_of_ours_says_its_id_and_nothing_else(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    token = await service.token("admin")
    review = await service.review(await service.repository())
    async with service.site.store.work() as work:
        await work.connection.execute("ALTER VIEW finding_row RENAME TO hidden_name")

    with caplog.at_level(logging.ERROR, "coderev.server"):
        answer = await service.get("/api/v1/findings", token=token)

    assert answer.status == 500
    assert answer.json == {
        "type": "about:blank",
        "title": "coderev met a fault of its own",
        "status": 500,
        "hint": "look for the request id in the logs",
        "request_id": answer.headers["Request-Id"],
    }
    assert b"finding" not in answer.body
    assert str(review) not in caplog.text


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/reviews/../reviews",
        "/api/v1/reviews/%2e%2e/tokens",
        "//api/v1/tokens",
        "/api/v1/tokens/",
        "/API/V1/TOKENS",
        "/api/v1/tokens/..;/",
        "/api/v1/reviews/" + "a" * 5_000,
    ],
)
async def test_another_spelling_of_a_path_opens_nothing(service: Service, path: str) -> None:
    answer = await service.get(path)
    assert answer.status in {401, 404}


async def test_uuids_have_one_spelling(service: Service) -> None:
    review = await service.review(await service.repository())
    token = await service.token("admin")
    for spelled in (review.hex, f"{{{review}}}", f"urn:uuid:{review}"):
        assert (await service.get(f"/api/v1/reviews/{spelled}", token=token)).status == 404
