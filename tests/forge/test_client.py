"""The HTTP client of all hosts, against a server that answers what a test says."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from coderev.egress import Egress, NotPermitted
from coderev.forge.client import (
    HURRIED,
    MAX_ANSWER_BYTES,
    MAX_ENTRIES,
    MAX_LIST_BYTES,
    MAX_PATIENCE,
    PAGE_ENTRIES,
    Client,
    ForgeRejected,
    covered,
    next_page,
    open_client,
    retry_after,
)
from coderev.forge.errors import ForgeRefused, ForgeUnavailable, NotThere
from coderev.forge.secret_file import MAX_SECRET_BYTES, UnusableSecret, read_secret
from coderev.settings import Settings

Respond = Callable[[web.Request], Awaitable[web.StreamResponse]]
TOKEN = "glpat-this-is-the-token"
DATE = "Wed, 25 Nov 2026 12:00:00 GMT"
NOON = 1_795_608_000  # the same in seconds since 1970


def says(status: int = 200, body: Any = None, text: str | None = None, **headers: str) -> Respond:
    async def respond(_request: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if text is not None:
            return web.Response(status=status, text=text, headers=named)
        return web.json_response(body, status=status, headers=named)

    return respond


@asynccontextmanager
async def at(respond: Respond, **more: Any) -> AsyncIterator[Client]:
    """A client of a server whose every answer is the same."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", respond)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}/api"
    client = open_client("code", base, {"Authorization": f"Bearer {TOKEN}"}, Egress(Settings()), **more)
    try:
        yield client
    finally:
        await client.close()
        await runner.cleanup()


async def test_the_token_is_in_a_header_and_nowhere_else() -> None:
    seen: list[web.Request] = []

    async def respond(request: web.Request) -> web.StreamResponse:
        seen.append(request)
        return web.json_response(1)

    async with at(respond) as client:
        await client.get(("a",), int, {"q": "x y"})

        assert TOKEN not in repr(client)
    assert TOKEN not in str(seen[0].url)
    assert [name for name, value in seen[0].headers.items() if TOKEN in value] == ["Authorization"]
    assert seen[0].query == {"q": "x y"}


async def test_each_segment_of_a_place_stays_one_segment() -> None:
    paths: list[str] = []

    async def respond(request: web.Request) -> web.StreamResponse:
        paths.append(request.raw_path)
        return web.json_response(1)

    async with at(respond) as client:
        await client.get(("projects", "team/shop", "files", "a b/ä?#%2e.py"), int)

    assert paths == ["/api/projects/team%2Fshop/files/a%20b%2F%C3%A4%3F%23%252e.py"]


@pytest.mark.parametrize("segment", ["", ".", ".."])
async def test_a_segment_that_means_another_place_is_never_asked_for(segment: str) -> None:
    async with at(says(200, 1)) as client:
        with pytest.raises(NotThere):
            await client.get(("projects", segment), int)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, ForgeRejected),
        (401, ForgeRefused),
        (403, ForgeRefused),
        (404, NotThere),
        (408, ForgeUnavailable),
        (409, ForgeRejected),
        (410, NotThere),
        (422, ForgeRejected),
        (429, ForgeUnavailable),
        (500, ForgeUnavailable),
        (503, ForgeUnavailable),
        (301, NotThere),
        (307, NotThere),
    ],
)
async def test_each_status_is_the_error_of_who_must_act(status: int, error: type[Exception]) -> None:
    async with at(says(status, {"message": "why"}, Location="http://127.0.0.1:1/")) as client:
        with pytest.raises(error) as caught:
            await client.get(("a",), int)

    assert TOKEN not in str(caught.value)


async def test_a_refusal_of_githubs_limit_is_a_matter_of_patience() -> None:
    limits = {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": str(NOON + 30), "Date": DATE}
    async with at(says(403, {}, **limits)) as client:
        with pytest.raises(ForgeUnavailable) as caught:
            await client.get(("a",), int)

    assert caught.value.retry_after == 30


async def test_a_refusal_that_says_when_to_come_again_is_a_matter_of_patience() -> None:
    async with at(says(403, {}, Retry_After="60")) as client:
        with pytest.raises(ForgeUnavailable) as caught:
            await client.get(("a",), int)

    assert caught.value.retry_after == 60


async def test_the_hosts_words_are_short_printable_and_without_our_token() -> None:
    async with at(says(400, text=f"bad \x1b[31m{TOKEN}\u202e" + "x" * 10_000)) as client:
        with pytest.raises(ForgeRejected) as caught:
            await client.get(("a",), int)

    told = str(caught.value)
    assert told.isprintable()
    assert TOKEN not in told
    assert len(told) < 400


@pytest.mark.parametrize("text", ["", "{", "null", '{"a": 1}', '"1"', "[" * 100_000, "1e400", "\ufeff1"])
async def test_an_answer_of_another_form_is_an_error_of_the_host(text: str) -> None:
    async with at(says(200, text=text)) as client:
        with pytest.raises(ForgeUnavailable, match="documents"):
            await client.get(("a",), int)


async def test_an_endless_answer_is_cut_off() -> None:
    async def respond(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(MAX_ANSWER_BYTES // 65536 + 2):
            await response.write(b" " * 65536)
        return response

    async with at(respond) as client:
        with pytest.raises(ForgeUnavailable, match="longer than"):
            await client.get(("a",), int)


async def test_a_packed_answer_is_not_unpacked() -> None:
    async with at(says(200, text="1", Content_Encoding="gzip")) as client:
        with pytest.raises(ForgeUnavailable, match="packed"):
            await client.get(("a",), int)


async def test_a_host_that_does_not_answer_in_time_is_unavailable() -> None:
    async def respond(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"[")
        await asyncio.sleep(2)
        return response

    async with at(respond, times=aiohttp.ClientTimeout(total=0.2)) as client:
        with pytest.raises(ForgeUnavailable, match="too long"):
            await client.get(("a",), list[int])


async def test_a_host_that_is_not_there_is_unavailable() -> None:
    async with at(says(200, 1)) as client:
        base = client.base
    gone = open_client("code", base, {}, Egress(Settings()))

    with pytest.raises(ForgeUnavailable, match="no connection"):
        await gone.get(("a",), int)

    await gone.close()


async def test_a_host_outside_the_site_is_not_permitted() -> None:
    with pytest.raises(NotPermitted):
        open_client("code", "https://gitlab.example.com/api/v4", {}, Egress(Settings()))


async def test_a_list_that_never_ends_is_an_error() -> None:
    asked: list[str] = []

    async def respond(request: web.Request) -> web.StreamResponse:
        asked.append(request.query.get("page", "1"))
        return web.json_response([1], headers={"x-next-page": str(len(asked) + 1)})

    async with at(respond) as client:
        with pytest.raises(ForgeUnavailable, match="than is read"):
            await client.pages(("a",), int)

    assert len(asked) == MAX_ENTRIES // PAGE_ENTRIES


async def test_a_page_that_is_too_long_is_asked_for_in_shorter_pages() -> None:
    lengths: list[int] = []

    async def respond(request: web.Request) -> web.StreamResponse:
        number, length = int(request.query.get("page", "1")), int(request.query["per_page"])
        lengths.append(length)
        entries = ["x" * (MAX_ANSWER_BYTES // 20)] * min(30 - (number - 1) * length, length)
        following = str(number + 1) if number * length < 30 else ""
        return web.json_response(entries, headers={"x-next-page": following})

    async with at(respond) as client:
        found = await client.pages(("a",), str)

    assert len(found) == 30
    assert lengths == [100, 10, 10, 10]


async def test_entries_of_many_megabytes_are_read_one_by_one() -> None:
    async def respond(request: web.Request) -> web.StreamResponse:
        number, length = int(request.query.get("page", "1")), int(request.query["per_page"])
        entries = ["x" * (MAX_ANSWER_BYTES // 2)] * min(3 - (number - 1) * length, length)
        following = str(number + 1) if number * length < 3 else ""
        return web.json_response(entries, headers={"x-next-page": following})

    async with at(respond) as client:
        assert len(await client.pages(("a",), str)) == 3


async def test_a_list_that_is_too_long_as_a_whole_is_an_error() -> None:
    async def respond(request: web.Request) -> web.StreamResponse:
        number = int(request.query.get("page", "1"))
        return web.json_response(["x" * (MAX_ANSWER_BYTES - 100)], headers={"x-next-page": str(number + 1)})

    async with at(respond) as client:
        with pytest.raises(ForgeUnavailable, match="than is read"):
            await client.pages(("a",), str)

    assert MAX_LIST_BYTES // MAX_ANSWER_BYTES < 10


async def test_a_list_that_comes_in_one_answer_may_be_as_long_as_any_list() -> None:
    entry = "x" * (MAX_ANSWER_BYTES + 1)

    async with at(says(200, [entry])) as client:
        assert [len(one) for one in await client.whole(("a",), str)] == [len(entry)]


async def test_a_list_in_one_answer_that_is_too_long_is_an_error() -> None:
    async def respond(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(MAX_LIST_BYTES // 2**20 + 1):
            await response.write(b"0," * 2**19)
        return response

    async with at(respond) as client:
        with pytest.raises(ForgeUnavailable, match="longer"):
            await client.whole(("a",), int)


async def test_a_list_without_a_next_page_ends_with_an_empty_one_where_the_host_numbers_pages() -> None:
    async def respond(request: web.Request) -> web.StreamResponse:
        page = int(request.query.get("page", "1"))
        return web.json_response([page] if page < 4 else None if page > 4 else [])

    async with at(respond, numbered=True) as client:
        assert await client.pages(("a",), int) == [1, 2, 3]
    async with at(respond) as client:
        assert await client.pages(("a",), int) == [1]


async def test_a_link_is_believed_though_the_host_numbers_pages() -> None:
    async with at(says(200, [1], Link='<x?page=1>; rel="first"'), numbered=True) as client:
        assert await client.pages(("a",), int) == [1]


async def test_a_numbered_list_that_never_ends_is_an_error() -> None:
    async with at(says(200, [1] * 100), numbered=True) as client:
        with pytest.raises(ForgeUnavailable, match="more"):
            await client.pages(("a",), int)


@pytest.mark.parametrize("status", [403, 422])
async def test_githubs_words_for_too_fast_are_a_matter_of_patience(status: int) -> None:
    async with at(says(status, {"message": "You have exceeded a secondary rate limit"})) as client:
        with pytest.raises(ForgeUnavailable) as caught:
            await client.get(("a",), int)

    assert caught.value.retry_after == HURRIED


async def test_a_refusal_says_by_which_status() -> None:
    for status in (401, 403):
        async with at(says(status, {"message": "no"})) as client:
            with pytest.raises(ForgeRefused) as caught:
                await client.get(("a",), int)

        assert caught.value.facts["status"] == status


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"X-Next-Page": ""}, None),
        ({"X-Next-Page": "3"}, {"per_page": "2", "page": "3"}),
        ({"X-Next-Page": "../../etc"}, None),
        ({"Link": '<https://h.test/a?page=2&per_page=2>; rel="next"'}, {"page": "2", "per_page": "2"}),
        (
            {"Link": '<https://h.test/a?page=1>; rel="prev", <https://h.test/a?id_after=42>; rel="next"'},
            {"id_after": "42"},
        ),
        ({"Link": '<https://h.test/a?page=1>; rel="first"'}, None),
        ({"Link": '<https://h.test/a>; rel="next"'}, None),
        ({"Link": "nonsense"}, None),
    ],
)
def test_the_next_page_is_what_the_host_says(headers: Mapping[str, str], expected: Mapping[str, str] | None) -> None:
    assert next_page(headers, {"per_page": "2"}) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "99999999"}, MAX_PATIENCE),
        ({"Retry-After": "-7"}, None),
        ({"Retry-After": "Wed, 25 Nov 2026 12:00:10 GMT", "Date": DATE}, 10),
        ({"Retry-After": "Wed, 25 Nov 2026 11:00:00 GMT", "Date": DATE}, 0),
        ({"Retry-After": "soon", "Date": DATE}, None),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": str(NOON + 5), "Date": DATE}, 5),
        ({"RateLimit-Remaining": "4", "RateLimit-Reset": str(NOON + 5), "Date": DATE}, None),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": str(NOON + 5)}, None),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": "9" * 400, "Date": DATE}, None),
    ],
)
def test_how_long_to_wait_is_counted_by_the_hosts_clock(headers: Mapping[str, str], expected: float | None) -> None:
    assert retry_after(headers) == expected


@given(st.dictionaries(st.sampled_from(["Retry-After", "Date", "RateLimit-Reset", "X-RateLimit-Remaining"]), st.text()))
def test_no_header_makes_us_wait_for_ever(headers: dict[str, str]) -> None:
    asked = retry_after(headers)

    assert asked is None or 0 <= asked <= MAX_PATIENCE


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [((), True), (("team/*",), True), (("TEAM/shop",), True), (("other/*", "team/s?op"), True), (("other/*",), False)],
)
def test_the_site_says_which_repositories_are_covered(patterns: tuple[str, ...], *, expected: bool) -> None:
    assert covered("team/shop", patterns) is expected


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_secret_is_read_from_a_file_of_its_owner(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "token"
    file.write_text("abc\r\n")
    file.chmod(mode)

    assert read_secret(str(file), "forges[].token_file") == "abc"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o666])
def test_a_secret_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "token"
    file.write_text("abc")
    file.chmod(mode)

    with pytest.raises(UnusableSecret, match="others"):
        read_secret(str(file), "forges[].token_file")


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"two\nlines", b"a b", b"\xff", "schlüssel".encode(), b"a\0", b"x" * (MAX_SECRET_BYTES + 1)]
)
def test_a_secret_that_no_header_can_hold_is_refused_and_not_told(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)
    file.chmod(0o600)

    with pytest.raises(UnusableSecret) as caught:
        read_secret(str(file), "forges[].token_file")

    assert not content.strip() or content.decode(errors="replace") not in str(caught.value)


@pytest.mark.parametrize("place", ["nothing-there", "folder", "pipe"])
def test_what_is_no_file_is_no_secret_and_does_not_make_us_wait(tmp_path: Path, place: str) -> None:
    (tmp_path / "folder").mkdir(mode=0o700)
    os.mkfifo(tmp_path / "pipe", 0o600)

    with pytest.raises(UnusableSecret):
        read_secret(str(tmp_path / place), "forges[].token_file")
