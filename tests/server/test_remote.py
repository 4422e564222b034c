"""`coderev review --server URL`: what a person's command says to a service, and to whom it says nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from aiohttp import web
from stand_ins.results import a_finding, a_result
from stand_ins.service import Service

from coderev.cli.remote import (
    TOKENS_FILE,
    BadServer,
    NoServerToken,
    Remote,
    ServerDisagrees,
    ServerRefused,
    ServerUnavailable,
    checked_url,
    patch_submission,
    range_submission,
    review_remotely,
    token_for,
)
from coderev.egress import Egress, NotPermitted
from coderev.settings import Configuration, Settings
from coderev.store import records

PATCH = patch_submission(b"--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a = 1\n+a = 2\n", ask=True)


async def work_off(service: Service, *, failing: str = "") -> None:
    """What a worker does to the first review that waits."""
    while True:
        await asyncio.sleep(0.1)
        async with service.site.store.work() as work:
            found = await work.reviews.search(records.ReviewFilter(tenants=None, state="queued"))
            for review in found:
                await work.reviews.start(review.id, service.at)
                if failing:
                    await work.reviews.end(review.id, service.at, "failed", failing)
                    return
                result = msgspec.json.encode(a_result((a_finding(),)))
                await work.reviews.finish(review.id, service.at, result, "fail", 1, 1, b"", b"{}")
                return


def remote(service: Service, token: str, submission: dict[str, object] = PATCH) -> Remote:
    return Remote(url=service.url, token=token, submission=submission)


async def test_a_patch_is_reviewed_there_and_its_result_is_here(service: Service) -> None:
    told: list[str] = []
    asked = remote(service, await service.token("developer"))

    result, _ = await asyncio.gather(review_remotely(asked, Egress(Settings()), told.append), work_off(service))

    assert [each.rule for each in result.findings] == ["S608"]
    assert told[0] == "queued"
    assert told[-1] == "done"


async def test_a_review_that_failed_says_why(service: Service) -> None:
    asked = remote(service, await service.token("developer"))
    with pytest.raises(ServerUnavailable, match="the forge is away"):
        await asyncio.gather(review_remotely(asked, Egress(Settings())), work_off(service, failing="the forge is away"))


async def test_what_the_server_refuses_is_said_in_its_words(service: Service) -> None:
    wrong = remote(service, "cr_" + "A" * 43)
    reader = remote(service, await service.token("reader"))
    unreadable = remote(service, await service.token("developer"), patch_submission(b"@@", ask=True))
    elsewhere = remote(
        service, await service.token("developer"), range_submission("no", "such/one", ("main", "topic"), ask=True)
    )
    egress = Egress(Settings())

    for asked, error in (
        (wrong, ServerRefused),
        (reader, ServerRefused),
        (elsewhere, ServerRefused),
        (unreadable, ServerDisagrees),
    ):
        with pytest.raises(error) as refused:
            await review_remotely(asked, egress)
        assert service.url in str(refused.value)
        assert asked.token not in str(refused.value)


@asynccontextmanager
async def answering(answer: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def saying(status: int, body: bytes, **headers: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=body, headers=headers)

    return answer


@pytest.mark.parametrize(
    "answer",
    [
        saying(302, b"", Location="http://127.0.0.1:9/"),
        saying(200, b"<html>"),
        saying(202, b'{"id": "../../admin"}'),
        saying(202, msgspec.json.encode({"id": uuid4()})),
        saying(500, b"\xff"),
        saying(202, b"[" * 100_000),
    ],
    ids=range(6),
)
async def test_a_server_that_speaks_otherwise_is_one_error(
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> None:
    async with answering(answer) as url:
        with pytest.raises(ServerUnavailable):
            await review_remotely(Remote(url=url, token="cr_x", submission=PATCH), Egress(Settings()))


async def test_a_redirect_gets_neither_code_nor_token() -> None:
    seen: list[str] = []

    async def elsewhere(request: web.Request) -> web.StreamResponse:
        seen.append(request.headers.get("Authorization", ""))
        return web.Response()

    async with answering(elsewhere) as other, answering(saying(307, b"", Location=other)) as url:
        with pytest.raises(ServerUnavailable, match="redirects"):
            await review_remotely(Remote(url=url, token="cr_x", submission=PATCH), Egress(Settings()))

    assert seen == []


async def test_a_server_outside_the_site_is_sent_nothing() -> None:
    asked = Remote(url="https://review.example.com", token="cr_x", submission=PATCH)
    with pytest.raises(NotPermitted):
        await review_remotely(asked, Egress(Settings()))


@pytest.mark.parametrize(
    "url",
    [
        "http://review.internal",
        "http://10.0.0.1",
        "ftp://127.0.0.1",
        "https://alice:secret@review.internal",
        "https://review.internal/path",
        "https://review.internal?x=1",
        "review.internal",
        "",
        "https://[",
        "https://x:99999",
    ],
)
def test_code_goes_over_https_or_to_this_machine(url: str) -> None:
    with pytest.raises(BadServer) as refused:
        checked_url(url)
    assert "secret" not in str(refused.value)


def test_an_address_is_taken_without_its_slash() -> None:
    assert checked_url("https://review.internal/") == "https://review.internal"
    assert checked_url("http://127.0.0.1:8080") == "http://127.0.0.1:8080"
    assert checked_url("http://[::1]:8080") == "http://[::1]:8080"


def configured(folder: Path, text: str, mode: int = 0o600) -> Configuration:
    file = folder / TOKENS_FILE
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return Configuration(settings=Settings(), folders=(folder,))


def test_a_token_goes_to_the_server_that_stands_beside_it_and_no_other(tmp_path: Path) -> None:
    configuration = configured(tmp_path, "https://a.internal cr_a\nhttps://b.internal/  cr_b\n")

    assert token_for("https://a.internal", configuration) == "cr_a"
    assert token_for("https://b.internal", configuration) == "cr_b"
    with pytest.raises(NoServerToken, match="does not name"):
        token_for("https://a.internal.evil", configuration)


def test_a_file_of_tokens_that_others_may_read_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(NoServerToken, match="only its owner"):
        token_for("https://a.internal", configured(tmp_path, "https://a.internal cr_a\n", 0o644))


def test_without_a_file_the_hint_says_what_to_write() -> None:
    with pytest.raises(NoServerToken) as refused:
        token_for("https://a.internal", Configuration(settings=Settings()))
    assert TOKENS_FILE in refused.value.next_step
