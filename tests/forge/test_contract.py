"""What every host does, whichever it is: each test runs on each adapter, against that host's paper forge."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Literal

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from stand_ins.paper_forge import Delivery, PaperForge, PaperRequest
from stand_ins.paper_hosts import ACCOUNT, PAPER, SECRET, opened
from stand_ins.repository import PaperRepository

from coderev.finding import Fix
from coderev.forge.errors import ForgedWebhook, ForgeRefused, ForgeUnavailable, NotThere
from coderev.forge.host import Forge
from coderev.forge.values import Hint, Note, Project, Request, Standing

State = Literal["running", "pass", "fail", "incomplete"]

SHOP = "team/shop"
BEFORE = "".join(f"line {number}\n" for number in range(1, 41))
AFTER = BEFORE.replace("line 20\n", "line 20, changed\nline 20 and a half\n")  # lines 20 and 21 are added


@pytest.fixture(params=sorted(PAPER))
def paper(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PaperForge]:
    with PAPER[request.param](tmp_path / "repositories") as forge:
        forge.hook("", SECRET)
        forge.project(SHOP, {"app.py": BEFORE, "kept.py": "kept = 1\n"})
        forge.member(SHOP, "ada", "write")
        yield forge


@pytest.fixture
def asked(paper: PaperForge) -> PaperRequest:
    return paper.open_merge_request(SHOP, "fix", {"app.py": AFTER}, author="ada", title="Change a line")


@pytest.fixture
async def host(paper: PaperForge, tmp_path: Path) -> AsyncIterator[Forge]:
    async with opened(paper, tmp_path / "secrets", SHOP) as forge:
        yield forge


@pytest.fixture
async def project(host: Forge) -> Project:
    return await host.project(SHOP)


@pytest.fixture
async def request_now(host: Forge, project: Project, asked: PaperRequest) -> Request:
    return await host.request(project, asked.number)


def note(line: int, *, key: str = "f1", path: str = "app.py", fix: Fix | None = None, body: str = "look") -> Note:
    return Note(key=key, path=path, old_path=path, line=line, start_line=line, body=body, fix=fix)


def read(host: Forge, delivery: Delivery) -> str | None:
    hint = host.read_webhook(delivery.lower, delivery.body)
    return None if hint is None else hint.event


# who and what is there


async def test_our_account_is_read_from_the_host(host: Forge) -> None:
    assert (host.name, host.account) == ("code", ACCOUNT)


async def test_a_repository_is_the_same_by_id_and_by_path(host: Forge) -> None:
    by_path = await host.project(SHOP)
    by_id = await host.project(by_path.id)

    assert by_id == by_path
    assert (by_path.path, by_path.default_branch) == (SHOP, "main")


async def test_a_repository_is_fetched_from_the_address_in_settings_whatever_the_host_says(
    host: Forge, paper: PaperForge
) -> None:
    assert (await host.project(SHOP)).clone_url == f"{paper.url}/{SHOP}.git"


@pytest.mark.parametrize("path", ["team/other", "team/nothing", "../user", "team/shop/../other", "", "."])
async def test_a_repository_that_we_may_not_read_is_not_there(host: Forge, paper: PaperForge, path: str) -> None:
    paper.project("team/other", {"a.py": "a\n"})

    with pytest.raises(NotThere):
        await host.project(path)


async def test_a_repository_that_the_site_leaves_out_is_not_there(paper: PaperForge, tmp_path: Path) -> None:
    paper.project("team/other", {"a.py": "a\n"})
    async with opened(paper, tmp_path / "s", SHOP, "team/other", repositories=("team/o*",)) as host:
        with pytest.raises(NotThere, match="team/shop"):
            await host.project(SHOP)

        assert (await host.project("team/other")).path == "team/other"


async def test_a_merge_request_is_told_as_it_stands(
    host: Forge, paper: PaperForge, project: Project, asked: PaperRequest
) -> None:
    found = await host.request(project, asked.number)

    assert (found.number, found.title, found.author, found.state) == (1, "Change a line", "ada", "open")
    assert (found.target, found.base) == ("main", paper.repositories.branches(SHOP)["main"])
    assert (found.head, found.head_ref) == (asked.head, paper.head_ref(1))
    assert found.url.startswith(paper.url)


async def test_a_push_is_seen_when_it_is_asked_for_again(
    host: Forge, paper: PaperForge, project: Project, asked: PaperRequest
) -> None:
    first = await host.request(project, asked.number)
    before = await host.is_current(first)

    pushed = paper.push(SHOP, "fix", {"app.py": BEFORE})

    assert (await host.request(project, asked.number)).head == pushed != first.head
    assert (before, await host.is_current(first)) == (True, False)


async def test_a_merged_and_a_closed_request_say_so(host: Forge, paper: PaperForge, project: Project) -> None:
    merged = paper.open_merge_request(SHOP, "one", {"one.py": "1\n"}, author="ada")
    closed = paper.open_merge_request(SHOP, "two", {"two.py": "2\n"}, author="ada")

    paper.merge(merged)
    paper.close(closed)

    ended = [await host.request(project, each.number) for each in (merged, closed)]
    assert [each.state for each in ended] == ["merged", "closed"]
    assert not any([await host.is_current(each) for each in ended])


async def test_all_open_requests_are_listed_over_several_pages(
    host: Forge, paper: PaperForge, project: Project
) -> None:
    made = [paper.open_merge_request(SHOP, f"b{at}", {f"{at}.py": "1\n"}, author="ada") for at in range(5)]
    paper.close(made[1])
    paper.page_entries = 2

    found = await host.open_requests(project)

    assert sorted(request.number for request in found) == [1, 3, 4, 5]
    assert {request.head for request in found} == {one.head for one in made if one is not made[1]}


async def test_a_request_that_is_not_there_is_said_so(host: Forge, project: Project) -> None:
    with pytest.raises(NotThere):
        await host.request(project, 99)


@pytest.mark.parametrize(("level", "least"), [("none", "none"), ("read", "read"), ("write", "write")])
async def test_a_person_may_what_their_role_says(
    host: Forge, paper: PaperForge, project: Project, level: str, least: str
) -> None:
    paper.member(SHOP, "eve", level)  # type: ignore[arg-type]

    assert await host.permission(project, "eve") == least


async def test_maintainers_and_owners_are_told_apart(host: Forge, paper: PaperForge, project: Project) -> None:
    paper.member(SHOP, "mia", "maintain")
    paper.member(SHOP, "otto", "admin")

    told = [paper.told_levels.get(level, level) for level in ("maintain", "admin")]
    assert [await host.permission(project, login) for login in ("mia", "otto")] == told


async def test_a_stranger_and_who_does_not_exist_may_nothing(host: Forge, paper: PaperForge, project: Project) -> None:
    paper.person("stranger")

    assert [await host.permission(project, login) for login in ("stranger", "no-such-login")] == ["none", "none"]


async def test_a_blocked_person_may_nothing(host: Forge, paper: PaperForge, project: Project) -> None:
    paper.member(SHOP, "eve", "admin").active = False

    assert await host.permission(project, "eve") == ("none" if paper.tells_blocked else "admin")


async def test_the_target_is_protected_from_an_author_who_cannot_push_to_it(
    host: Forge, paper: PaperForge, project: Project, asked: PaperRequest
) -> None:
    paper.repositories.commit(SHOP, "own", {"own.py": "1\n"})
    own = paper.open_merge_request(SHOP, "more", {"more.py": "1\n"}, author="ada", target="own")

    assert (await host.request(project, asked.number)).target_protected
    assert not (await host.request(project, own.number)).target_protected


async def test_code_owners_are_read_at_the_branch(host: Forge, paper: PaperForge, project: Project) -> None:
    before = await host.code_owners(project, "main")
    paper.push(SHOP, "main", {"docs/CODEOWNERS": "* @mia\n"})

    assert (before, await host.code_owners(project, "main")) == (None, b"* @mia\n")


# webhooks


@pytest.mark.usefixtures("asked")
async def test_a_webhook_says_where_to_look(host: Forge, paper: PaperForge, project: Project) -> None:
    delivery = paper.deliveries[-1]

    hint = host.read_webhook(delivery.lower, delivery.body)

    assert hint is not None
    assert (hint.forge, hint.event, hint.repository, hint.number) == ("code", "pushed", project.id, 1)
    assert hint.delivery
    assert hint.comment is None


async def test_what_happens_to_a_request_is_told_in_our_words(host: Forge, paper: PaperForge) -> None:
    asked = paper.open_merge_request(SHOP, "fix", {"app.py": AFTER}, author="ada")
    paper.repositories.commit(SHOP, "next", {"next.py": "1\n"})
    paper.push(SHOP, "fix", {"app.py": BEFORE})
    paper.retarget(asked, "next")
    paper.close(asked)
    paper.reopen(asked)
    paper.comment_as("ada", asked, "hello")
    paper.merge(asked)

    told = [read(host, delivery) for delivery in paper.deliveries]

    assert told == ["pushed", "pushed", "pushed", "closed", "pushed", "commented", "closed"]


async def test_a_webhook_of_a_comment_names_it(
    host: Forge, paper: PaperForge, asked: PaperRequest, request_now: Request
) -> None:
    said = paper.comment_as("ada", asked, "@coderev explain")
    delivery = paper.deliveries[-1]

    hint = host.read_webhook(delivery.lower, delivery.body)

    assert hint is not None
    assert hint.comment is not None
    comment = await host.comment(request_now, hint.comment)
    assert (comment.id, comment.author, comment.body) == (paper.told_id(said), "ada", "@coderev explain")
    assert not comment.ours


@pytest.mark.usefixtures("asked")
async def test_deliveries_differ_and_one_that_comes_again_does_not(host: Forge, paper: PaperForge) -> None:
    paper.push(SHOP, "fix", {"app.py": BEFORE})

    hints = [host.read_webhook(one.lower, one.body) for one in (*paper.deliveries, paper.deliveries[0])]

    ids = [hint.delivery for hint in hints if hint is not None]
    assert len(ids) == 3
    assert ids[0] == ids[2] != ids[1]


async def test_a_webhook_with_another_secret_is_refused(host: Forge, paper: PaperForge, asked: PaperRequest) -> None:
    paper.hook("", "another secret")
    paper.close(asked)

    with pytest.raises(ForgedWebhook):
        read(host, paper.deliveries[-1])


async def test_a_webhook_without_a_secret_is_refused(host: Forge, paper: PaperForge, asked: PaperRequest) -> None:
    paper.hook("", "")
    paper.close(asked)

    with pytest.raises(ForgedWebhook):
        read(host, paper.deliveries[-1])


async def test_webhooks_arrive_over_http_in_order_and_again_when_they_are_sent_again(
    host: Forge, paper: PaperForge
) -> None:
    heard: list[Hint | None] = []

    async def receive(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        heard.append(host.read_webhook(headers, await request.read()))
        return web.Response(status=202)

    app = web.Application()
    app.router.add_post("/hooks/code", receive)
    async with TestServer(app) as server:
        paper.hook(str(server.make_url("/hooks/code")), SECRET)
        asked = paper.open_merge_request(SHOP, "fix", {"app.py": AFTER}, author="ada")
        paper.close(asked)
        paper.redeliver(paper.deliveries[0])
        await asyncio.to_thread(paper.settle)

    assert [hint.event for hint in heard if hint is not None] == ["pushed", "closed", "pushed"]
    assert heard[0] == heard[2]
    assert [one.answers for one in paper.deliveries] == [[202, 202], [202]]


# comments


async def test_a_comment_is_posted_edited_and_listed(
    host: Forge, asked: PaperRequest, request_now: Request, paper: PaperForge
) -> None:
    paper.comment_as("ada", asked, "what now?")

    made = await host.say(request_now, "a summary")
    await host.edit(request_now, made, "a new summary")

    found = await host.comments(request_now)
    assert [(one.author, one.body, one.ours) for one in found] == [
        ("ada", "what now?", False),
        (ACCOUNT, "a new summary", True),
    ]
    assert found[1].id == made


async def test_comments_are_listed_over_several_pages_oldest_first(
    host: Forge, asked: PaperRequest, request_now: Request, paper: PaperForge
) -> None:
    for at in range(7):
        paper.comment_as("ada", asked, f"comment {at}")
    paper.page_entries = 3

    found = await host.comments(request_now)

    assert [one.body for one in found] == [f"comment {at}" for at in range(7)]


async def test_a_comment_of_another_cannot_be_edited(
    host: Forge, asked: PaperRequest, request_now: Request, paper: PaperForge
) -> None:
    hers = paper.comment_as("ada", asked, "mine")

    with pytest.raises(ForgeRefused):
        await host.edit(request_now, paper.told_id(hers), "not mine")

    assert hers.body == "mine"


async def test_an_added_and_an_unchanged_line_take_a_comment(
    host: Forge, asked: PaperRequest, request_now: Request
) -> None:
    taken = await host.annotate(request_now, [note(21, key="added"), note(23, key="kept"), note(18, key="above")])

    assert set(taken) == {"added", "kept", "above"}
    assert [one.body for one in asked.notes] == ["look"] * 3


async def test_a_line_outside_the_diff_is_left_out_and_the_rest_is_posted(
    host: Forge, paper: PaperForge, asked: PaperRequest, request_now: Request
) -> None:
    notes = [
        note(2, key="far"),
        note(20, key="near"),
        note(1, key="elsewhere", path="kept.py"),
        note(999, key="beyond"),
    ]

    taken = await host.annotate(request_now, notes)

    assert list(taken) == ["near"]
    assert [paper.told_id(one) for one in asked.notes] == list(taken.values())


async def test_a_line_of_a_renamed_file_takes_a_comment(host: Forge, paper: PaperForge, project: Project) -> None:
    asked = paper.open_merge_request(SHOP, "move", {"app.py": None, "new name.py": AFTER}, author="ada")
    request = await host.request(project, asked.number)
    moved = Note(key="f", path="new name.py", old_path="app.py", line=23, start_line=23, body="moved")

    assert set(await host.annotate(request, [moved])) == {"f"}


async def test_nothing_is_asked_when_there_is_nothing_to_annotate(
    host: Forge, paper: PaperForge, request_now: Request
) -> None:
    before = len(paper.seen)

    assert await host.annotate(request_now, []) == {}
    assert len(paper.seen) == before


async def test_a_safe_fix_is_a_suggestion_in_the_hosts_own_form(
    host: Forge, asked: PaperRequest, request_now: Request
) -> None:
    fix = Fix(start_line=20, end_line=21, replacement="line 20\n", safe=True)

    await host.annotate(request_now, [note(21, fix=fix)])

    assert "suggestion" in asked.notes[0].body
    assert "\nline 20\n" in asked.notes[0].body


async def test_a_fix_that_is_not_safe_is_no_suggestion(host: Forge, asked: PaperRequest, request_now: Request) -> None:
    fix = Fix(start_line=20, end_line=21, replacement="line 20\n")

    await host.annotate(request_now, [note(21, fix=fix)])

    assert asked.notes[0].body == "look"


async def test_a_reply_stands_in_the_thread_of_our_comment(
    host: Forge, asked: PaperRequest, request_now: Request, paper: PaperForge
) -> None:
    made = (await host.annotate(request_now, [note(20)]))["f1"]
    hers = paper.comment_as("ada", asked, "@coderev explain", reply_to=asked.notes[0])

    answer = await host.say(request_now, "because", reply_to=paper.told_id(hers))

    found = {one.id: one for one in await host.comments(request_now)}
    assert [found[one].reply_to for one in (made, paper.told_id(hers), answer)] == ["", made, made]
    assert asked.notes[0].thread == asked.notes[2].thread


async def test_a_thread_of_another_is_not_ours(
    host: Forge, asked: PaperRequest, request_now: Request, paper: PaperForge
) -> None:
    first = paper.comment_as("ada", asked, "hm")
    paper.comment_as("bob", asked, "yes?", reply_to=first)

    assert [one.reply_to for one in await host.comments(request_now)] == ["", ""]


async def test_a_thread_is_resolved(host: Forge, request_now: Request) -> None:
    made = await host.annotate(request_now, [note(20), note(21, key="f2")])

    await host.resolve(request_now, made["f1"])
    await host.resolve(request_now, made["f1"])

    resolved = {one.id: one.resolved for one in await host.comments(request_now)}
    assert (resolved[made["f1"]], resolved[made["f2"]]) == (True, False)


async def test_a_comment_that_is_gone_is_not_there(host: Forge, request_now: Request) -> None:
    for work in (
        host.comment(request_now, "77"),
        host.resolve(request_now, "77"),
        host.edit(request_now, "77", "x"),
        host.say(request_now, "x", reply_to="77"),
    ):
        with pytest.raises(NotThere):
            await work


# the status


async def test_a_status_goes_from_running_to_its_end_and_to_running_again(
    host: Forge, paper: PaperForge, request_now: Request
) -> None:
    seen: list[str] = []
    states: tuple[State, ...] = ("running", "running", "pass", "running", "fail", "incomplete")
    for state in states:
        await host.show(
            request_now, Standing(state=state, head=request_now.head, summary="two new", url="https://c.test/r/1")
        )
        seen += [status.state for status in (paper.status(request_now.head),) if status is not None]

    assert seen[0] == seen[1] == seen[3]
    assert len({seen[0], seen[2], seen[4], seen[5]}) == 4  # each is shown apart from the others
    assert {(one.name, one.url, one.description) for one in paper.statuses} == {
        ("coderev", "https://c.test/r/1", "two new")
    }


# a host in trouble


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_a_host_in_trouble_is_unavailable(host: Forge, paper: PaperForge, status: int) -> None:
    paper.fail(1, status)

    with pytest.raises(ForgeUnavailable, match=str(status)):
        await host.project(SHOP)

    assert (await host.project(SHOP)).path == SHOP


async def test_how_long_to_wait_is_what_the_host_says(host: Forge, paper: PaperForge) -> None:
    paper.limit = (1, 17)
    await host.project(SHOP)

    with pytest.raises(ForgeUnavailable) as caught:
        await host.project(SHOP)

    assert caught.value.retry_after is not None
    assert 15 <= caught.value.retry_after <= 18


async def test_an_answer_that_breaks_off_is_unavailable(host: Forge, paper: PaperForge, request_now: Request) -> None:
    paper.cut(10)

    with pytest.raises(ForgeUnavailable):
        await host.say(request_now, "hello")


async def test_a_comment_whose_answer_was_lost_is_not_sent_again_by_itself(
    host: Forge, paper: PaperForge, asked: PaperRequest, request_now: Request
) -> None:
    paper.lose(1)

    with pytest.raises(ForgeUnavailable):
        await host.say(request_now, "once")

    assert asked.said(ACCOUNT) == ["once"]
    assert [one.body for one in await host.comments(request_now)] == ["once"]


async def test_a_revoked_token_is_refused_and_never_told(
    host: Forge, paper: PaperForge, caplog: pytest.LogCaptureFixture
) -> None:
    (token,) = paper.tokens
    paper.revoke(token)

    with pytest.raises(ForgeRefused) as caught:
        await host.project(SHOP)

    assert token not in f"{caught.value!r} {caught.value.facts} {caught.value.__cause__!r} {caplog.text} {host!r}"
    assert all(token not in one.path for one in paper.seen)


async def test_a_role_that_is_too_low_is_refused(paper: PaperForge, asked: PaperRequest, tmp_path: Path) -> None:
    async with opened(paper, tmp_path / "s", SHOP, level="read") as host:
        request = await host.request(await host.project(SHOP), asked.number)

        with pytest.raises(ForgeRefused):
            await host.show(request, Standing(state="pass", head=request.head, summary="", url=""))


async def test_a_redirect_is_not_followed(host: Forge, paper: PaperForge) -> None:
    paper.fail(1, 302, Location="http://127.0.0.1:1/steal")

    with pytest.raises(NotThere):
        await host.project(SHOP)


# webhooks


async def test_what_we_say_ourselves_is_not_told_to_us(host: Forge, paper: PaperForge, asked: PaperRequest) -> None:
    ours = paper.comment_as("coderev", asked, "@coderev explain")
    theirs = paper.comment_as("ada", asked, "@coderev explain")

    hints = [host.read_webhook(each.lower, each.body) for each in paper.deliveries[-2:]]

    assert hints[0] is None
    assert hints[1] is not None
    assert hints[1].comment == paper.told_id(theirs) != paper.told_id(ours)


# commits


async def test_a_branch_and_an_id_name_a_commit(host: Forge, asked: PaperRequest) -> None:
    project = await host.project(SHOP)

    found = [await host.commit(project, name) for name in ("fix", asked.head)]

    assert found == [asked.head, asked.head]
    for name in ("no-such-branch", "0" * 40):
        with pytest.raises(NotThere):
            await host.commit(project, name)


# git


def test_the_head_of_a_request_is_fetched_with_a_token_and_not_without(
    paper: PaperForge, asked: PaperRequest, tmp_path: Path
) -> None:
    token = paper.token(ACCOUNT, SHOP)
    clone = PaperRepository(tmp_path / "clone")

    def fetched(who: str) -> str:
        url = f"{paper.url}/{SHOP}.git".replace("://", f"://{who}")
        clone.git("fetch", "--quiet", url, f"{paper.head_ref(1)}:refs/got/{len(who)}", check=False)
        return clone.git("rev-parse", "--verify", "--quiet", f"refs/got/{len(who)}", check=False)

    assert [fetched(who) for who in ("", "oauth2:wrong@", f"oauth2:{token}@")] == ["", "", asked.head]


def test_what_a_person_pushes_over_http_moves_their_request(
    paper: PaperForge, asked: PaperRequest, tmp_path: Path
) -> None:
    url = f"{paper.url}/{SHOP}.git".replace("://", f"://ada:{paper.token('ada')}@")
    clone = PaperRepository(tmp_path / "clone")
    clone.git("fetch", "--quiet", url, "fix")
    clone.git("checkout", "--quiet", "-B", "fix", "FETCH_HEAD")
    clone.write("app.py", BEFORE)

    pushed = clone.commit()
    clone.git("push", "--quiet", url, "fix")

    assert asked.head == pushed
    assert len(paper.deliveries) == 2
