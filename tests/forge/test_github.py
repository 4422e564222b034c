"""What only GitHub does, by the adapter against the paper GitHub, and its pure parts alone."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stand_ins.paper_forge import PaperRequest
from stand_ins.paper_github import SUGGESTION, PaperGitHub
from stand_ins.paper_hosts import ACCOUNT, SECRET, opened

from coderev.finding import Fix
from coderev.forge.client import HURRIED, ForgeRejected
from coderev.forge.errors import ForgeRefused, ForgeUnavailable, NotThere
from coderev.forge.hosts.github import MAX_DESCRIPTION, MAX_SARIF_BYTES
from coderev.forge.hosts.github_lines import positioned, suggestion
from coderev.forge.hosts.pulls import MAX_OWNERS_BYTES
from coderev.forge.values import Note, Project, Request, Standing

SHOP = "team/shop"
BEFORE = "".join(f"line {number}\n" for number in range(1, 41))
AFTER = BEFORE.replace("line 20\n", "line 20, changed\nline 20 and a half\n")


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[PaperGitHub]:
    with PaperGitHub(tmp_path / "repositories") as forge:
        forge.hook("", SECRET)
        forge.project(SHOP, {"app.py": BEFORE})
        forge.member(SHOP, "ada", "write")
        yield forge


@pytest.fixture
def asked(paper: PaperGitHub) -> PaperRequest:
    return paper.open_merge_request(SHOP, "fix", {"app.py": AFTER}, author="ada")


@pytest.fixture
async def host(paper: PaperGitHub, tmp_path: Path) -> AsyncIterator[Any]:
    async with opened(paper, tmp_path / "secrets", SHOP) as forge:
        yield forge


@pytest.fixture
async def project(host: Any) -> Project:
    found: Project = await host.project(SHOP)
    return found


@pytest.fixture
async def request_now(host: Any, project: Project, asked: PaperRequest) -> Request:
    found: Request = await host.request(project, asked.number)
    return found


def note(line: int, fix: Fix | None = None, *, start: int = 0, key: str = "f1") -> Note:
    return Note(key=key, path="app.py", old_path="app.py", line=line, start_line=start or line, body="look", fix=fix)


def fixing(start: int, end: int, replacement: str) -> Fix:
    return Fix(start_line=start, end_line=end, replacement=replacement, safe=True)


# suggestions


@pytest.mark.parametrize(
    ("line", "fix", "expected"),
    [
        (5, fixing(5, 5, "new\n"), "\n\n```suggestion\nnew\n```"),
        (5, fixing(3, 5, "new"), "\n\n```suggestion\nnew\n```"),
        (5, fixing(5, 5, ""), "\n\n```suggestion\n```"),
        (5, fixing(5, 5, "```\ncode\n````\n"), "\n\n`````suggestion\n```\ncode\n````\n`````"),
        (5, fixing(4, 6, "new\n"), ""),  # it would replace another line
        (5, fixing(3, 4, "new\n"), ""),
        (5, fixing(6, 5, "new\n"), ""),
        (5, Fix(start_line=5, end_line=5, replacement="new\n"), ""),  # not safe
    ],
)
def test_a_suggestion_says_the_fix_exactly_or_is_none(line: int, fix: Fix, expected: str) -> None:
    assert suggestion(note(line, fix)) == expected


@given(st.text(alphabet=st.sampled_from("`\n ab~"), max_size=40).map(lambda text: f"{text}\n"))
def test_no_replacement_closes_its_own_fence(replacement: str) -> None:
    found = SUGGESTION.search(suggestion(note(5, fixing(5, 5, replacement))))

    assert found is not None
    assert found[2] == replacement


@pytest.mark.parametrize(
    ("given_note", "start"),
    [
        (note(5), None),
        (note(5, start=3), 3),
        (note(5, fixing(4, 5, "x\n"), start=3), 4),
        (note(5, fixing(5, 5, "x\n"), start=3), None),
    ],
)
def test_a_comment_spans_the_lines_that_it_is_about_or_that_its_suggestion_replaces(
    given_note: Note, start: int | None
) -> None:
    told = positioned(given_note, "a" * 40)

    assert (told["line"], told["side"], told.get("start_line")) == (5, "RIGHT", start)
    assert told.get("start_side") == ("RIGHT" if start else None)


@pytest.mark.parametrize(
    ("fix", "expected"),
    [
        (fixing(20, 21, "line 20\n"), BEFORE),
        (fixing(21, 21, ""), BEFORE.replace("line 20\n", "line 20, changed\n")),
        (fixing(21, 21, "```\nline 21\n"), AFTER.replace("line 20 and a half\n", "```\nline 21\n")),
    ],
)
async def test_pressing_the_button_of_a_suggestion_makes_the_fix(
    host: Any, paper: PaperGitHub, asked: PaperRequest, request_now: Request, fix: Fix, expected: str
) -> None:
    await host.annotate(request_now, [note(21, fix)])

    made = paper.apply_suggestion(asked.notes[0], asked)

    assert (paper.repositories.file(SHOP, made, "app.py") or b"").decode() == expected


# comments


async def test_comments_of_both_kinds_with_one_number_are_told_apart(
    host: Any, asked: PaperRequest, request_now: Request
) -> None:
    whole = await host.say(request_now, "a summary")
    line = (await host.annotate(request_now, [note(20)]))["f1"]
    asked.notes[1].id = int(whole)  # GitHub counts the two kinds apart

    await host.edit(request_now, f"r{whole}", "at the line")

    assert line.startswith("r")
    assert {(one.id, one.body) for one in await host.comments(request_now)} == {
        (whole, "a summary"),
        (f"r{whole}", "at the line"),
    }


async def test_who_may_write_could_change_anybodys_comment_and_we_do_not(
    host: Any, paper: PaperGitHub, asked: PaperRequest, request_now: Request
) -> None:
    hers = paper.comment_as("ada", asked, "mine")
    changes = [one for one in paper.seen if one.method == "PATCH"]

    with pytest.raises(ForgeRefused, match="another wrote it"):
        await host.edit(request_now, str(hers.id), "not mine")

    assert changes == [one for one in paper.seen if one.method == "PATCH"]


@pytest.mark.parametrize("id", ["", "r", "x7", "7r", "r7/../8", "-7", "7 ", "9" * 40, "٧"])
async def test_what_is_no_id_is_not_there(host: Any, request_now: Request, id: str) -> None:  # noqa: A002 - the host's own word
    with pytest.raises(NotThere):
        await host.comment(request_now, id)


async def test_a_comment_on_another_pull_request_is_not_there(
    host: Any, paper: PaperGitHub, project: Project, request_now: Request
) -> None:
    other = paper.open_merge_request(SHOP, "other", {"app.py": AFTER}, author="ada")
    await host.annotate(await host.request(project, other.number), [note(20)])
    paper.comment_as("ada", other, "@coderev dismiss")

    for each in other.notes:
        with pytest.raises(NotThere):
            await host.comment(request_now, paper.told_id(each))


async def test_a_comment_of_a_deleted_account_is_a_ghosts(
    host: Any, paper: PaperGitHub, asked: PaperRequest, request_now: Request
) -> None:
    paper.comment_as("ada", asked, "gone")
    paper.deleted.add("ada")

    (found,) = await host.comments(request_now)

    assert (found.author, found.ours) == ("ghost", False)


async def test_an_answer_goes_to_the_thread_whichever_of_its_comments_it_answers(
    host: Any, paper: PaperGitHub, asked: PaperRequest, request_now: Request
) -> None:
    made = (await host.annotate(request_now, [note(20)]))["f1"]
    hers = paper.comment_as("ada", asked, "why?", reply_to=asked.notes[0])

    answer = await host.say(request_now, "so", reply_to=paper.told_id(hers))

    assert (await host.comment(request_now, answer)).reply_to == made
    assert (await host.comment(request_now, paper.told_id(hers))).reply_to == made


async def test_an_answer_whose_first_comment_was_removed_is_still_read(
    host: Any, paper: PaperGitHub, asked: PaperRequest, request_now: Request
) -> None:
    await host.annotate(request_now, [note(20)])
    hers = paper.comment_as("ada", asked, "why?", reply_to=asked.notes[0])
    again = paper.comment_as("bob", asked, "yes, why?", reply_to=asked.notes[0])
    del asked.notes[0]

    found = await host.comment(request_now, paper.told_id(hers))

    said = await host.say(request_now, "so", reply_to=paper.told_id(hers))

    assert (found.body, found.reply_to) == ("why?", "")
    assert said == str(asked.notes[-1].id)
    assert [one.id for one in await host.comments(request_now)] == [
        paper.told_id(one) for one in (hers, again, asked.notes[-1])
    ]


async def test_lines_that_github_refuses_one_by_one_leave_the_others(
    host: Any, asked: PaperRequest, request_now: Request
) -> None:
    notes = [note(20, start=2, key="spans"), note(20, key="good"), note(38, key="far")]

    assert set(await host.annotate(request_now, notes)) == {"good"}
    assert len(asked.notes) == 1


async def test_a_commit_that_a_push_took_out_takes_no_comment(
    host: Any, paper: PaperGitHub, asked: PaperRequest, request_now: Request
) -> None:
    del asked.versions[:]
    paper.push(SHOP, "fix", {"app.py": BEFORE + "more\n"})

    assert await host.annotate(request_now, [note(20)]) == {}


@pytest.mark.parametrize("status", [400, 409])
async def test_another_refusal_of_a_comment_is_an_error(
    host: Any, paper: PaperGitHub, request_now: Request, status: int
) -> None:
    paper.fail(1, status, method="POST")

    with pytest.raises(ForgeRejected):
        await host.annotate(request_now, [note(20)])


# threads


async def test_a_thread_that_a_person_resolved_is_told_with_its_answers(
    host: Any, paper: PaperGitHub, asked: PaperRequest, request_now: Request
) -> None:
    await host.annotate(request_now, [note(20), note(21, key="f2")])
    paper.comment_as("ada", asked, "done", reply_to=asked.notes[0])
    asked.notes[0].resolved = True

    assert [one.resolved for one in await host.comments(request_now)] == [True, False, True]


async def test_threads_are_read_over_several_pages(
    host: Any, paper: PaperGitHub, asked: PaperRequest, request_now: Request
) -> None:
    await host.annotate(request_now, [note(line, key=str(line)) for line in (18, 19, 20, 21, 22)])
    asked.notes[4].resolved = True
    paper.page_entries = 2

    assert [one.resolved for one in await host.comments(request_now)] == [False] * 4 + [True]


async def test_nothing_is_asked_of_graphql_where_nothing_stands_at_a_line(
    host: Any, paper: PaperGitHub, request_now: Request
) -> None:
    await host.say(request_now, "a summary")

    await host.comments(request_now)

    assert not [one for one in paper.seen if "graphql" in one.path]


async def test_a_comment_on_the_whole_has_no_thread_to_resolve(host: Any, request_now: Request) -> None:
    made = await host.say(request_now, "a summary")

    with pytest.raises(NotThere, match="thread"):
        await host.resolve(request_now, made)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("RATE_LIMITED", ForgeUnavailable),
        ("NOT_FOUND", NotThere),
        ("FORBIDDEN", ForgeRefused),
        ("INSUFFICIENT_SCOPES", ForgeRefused),
        ("", ForgeRejected),
        ("\x1b[2J", ForgeRejected),
    ],
)
async def test_what_graphql_says_went_wrong_is_the_error_that_a_status_would_be(
    host: Any, paper: PaperGitHub, request_now: Request, kind: str, error: type[Exception]
) -> None:
    made = (await host.annotate(request_now, [note(20)]))["f1"]
    paper.graphql = [{"data": None, "errors": [{"type": kind, "message": "no\x1b[31m"}]}]

    with pytest.raises(error) as caught:
        await host.resolve(request_now, made)

    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("data", [None, {}, {"repository": None}, {"repository": {"pullRequest": None}}])
async def test_threads_of_a_pull_request_that_is_gone_are_not_there(
    host: Any, paper: PaperGitHub, request_now: Request, data: Any
) -> None:
    await host.annotate(request_now, [note(20)])
    paper.graphql = [{"data": data}]

    with pytest.raises(NotThere):
        await host.comments(request_now)


async def test_threads_without_end_are_an_error(host: Any, paper: PaperGitHub, request_now: Request) -> None:
    await host.annotate(request_now, [note(20)])
    page = {"reviewThreads": {"nodes": [None], "pageInfo": {"hasNextPage": True, "endCursor": "again"}}}
    paper.graphql = [{"data": {"repository": {"pullRequest": page}}}] * 1000

    with pytest.raises(ForgeUnavailable, match="threads"):
        await host.comments(request_now)


async def test_a_thread_that_is_gone_is_not_resolved(host: Any, paper: PaperGitHub, request_now: Request) -> None:
    made = (await host.annotate(request_now, [note(20)]))["f1"]
    page = {"reviewThreads": {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}}
    paper.graphql = [{"data": {"repository": {"pullRequest": page}}}]

    with pytest.raises(NotThere, match="thread"):
        await host.resolve(request_now, made)


async def test_an_answer_of_ours_is_resolved_with_its_thread(
    host: Any, asked: PaperRequest, request_now: Request
) -> None:
    made = (await host.annotate(request_now, [note(20)]))["f1"]
    answer = await host.say(request_now, "so", reply_to=made)

    await host.resolve(request_now, answer)

    assert asked.notes[0].resolved


# limits


@pytest.mark.parametrize(
    ("status", "words", "after"),
    [
        (403, "You have exceeded a secondary rate limit. Please wait", ""),
        (403, "You have exceeded a secondary rate limit", "9"),
        (403, "You have triggered an abuse detection mechanism", ""),
        (422, "Validation Failed: was submitted too quickly", ""),
        (429, "slow down", "9"),
    ],
)
async def test_a_limit_is_patience_and_never_a_refusal(
    host: Any, paper: PaperGitHub, request_now: Request, status: int, words: str, after: str
) -> None:
    paper.refuse_with = words
    paper.fail(1, status, method="POST", Retry_After=after)

    with pytest.raises(ForgeUnavailable) as caught:
        await host.annotate(request_now, [note(20)])

    assert caught.value.retry_after == float(after or HURRIED)


# the status and SARIF


async def test_a_status_fits_and_names_no_page_where_there_is_none(
    host: Any, paper: PaperGitHub, request_now: Request
) -> None:
    await host.show(request_now, Standing(state="pass", head=request_now.head, summary="x" * 999, url=""))

    (status,) = paper.statuses
    assert (status.state, status.url, len(status.description)) == ("success", "", MAX_DESCRIPTION)


async def test_an_incomplete_review_looks_like_neither_success_nor_failure(
    host: Any, paper: PaperGitHub, request_now: Request
) -> None:
    await host.show(request_now, Standing(state="incomplete", head=request_now.head, summary="", url=""))

    assert [one.state for one in paper.statuses] == ["error"]


async def test_sarif_is_handed_over_where_code_scanning_is_on(
    host: Any, paper: PaperGitHub, request_now: Request
) -> None:
    document = json.dumps({"version": "2.1.0", "runs": []}).encode()
    paper.scanning = True

    assert await host.upload_sarif(request_now, document) is True
    assert paper.sarifs == [(request_now.head, "refs/pull/1/head", document)]


@pytest.mark.parametrize("status", [403, 404, 413])
async def test_where_code_scanning_takes_nothing_it_is_said_so(
    host: Any, paper: PaperGitHub, request_now: Request, status: int
) -> None:
    paper.fail(1, status, method="POST")

    assert await host.upload_sarif(request_now, b"{}") is False


async def test_a_document_that_is_too_large_when_packed_is_not_sent(
    host: Any, paper: PaperGitHub, request_now: Request
) -> None:
    paper.scanning = True
    dense = Random(7).randbytes(MAX_SARIF_BYTES)  # packing makes it no smaller

    assert await host.upload_sarif(request_now, dense) is False
    assert paper.sarifs == []


@pytest.mark.parametrize(("status", "error"), [(401, ForgeRefused), (400, ForgeRejected), (500, ForgeUnavailable)])
async def test_a_document_that_could_not_be_handed_over_is_an_error(
    host: Any, paper: PaperGitHub, request_now: Request, status: int, error: type[Exception]
) -> None:
    paper.fail(1, status, method="POST")

    with pytest.raises(error):
        await host.upload_sarif(request_now, b"{}")


# code owners


async def test_githubs_own_folder_of_code_owners_comes_first(host: Any, paper: PaperGitHub, project: Project) -> None:
    for place in ("docs/CODEOWNERS", "CODEOWNERS", ".github/CODEOWNERS"):
        paper.push(SHOP, "main", {place: f"* @{place.replace('/', '-')}\n"})

        assert await host.code_owners(project, "main") == f"* @{place.replace('/', '-')}\n".encode()


async def test_code_owners_are_never_read_from_a_tag_of_the_branchs_name(
    host: Any, paper: PaperGitHub, project: Project
) -> None:
    paper.push(SHOP, "main", {"CODEOWNERS": "* @mia\n"})
    evil = paper.push(SHOP, "evil", {"CODEOWNERS": "* @eve\n"})
    paper.repositories.git(SHOP, "tag", "main", evil)

    assert await host.code_owners(project, "main") == b"* @mia\n"


async def test_a_giant_file_of_code_owners_is_an_error(host: Any, paper: PaperGitHub, project: Project) -> None:
    paper.push(SHOP, "main", {"CODEOWNERS": b"#" * (MAX_OWNERS_BYTES + 1)})

    with pytest.raises(ForgeUnavailable):
        await host.code_owners(project, "main")


# opening


async def test_each_request_names_the_version_of_the_api_and_bears_the_token_in_a_header_only(
    host: Any, paper: PaperGitHub, request_now: Request
) -> None:
    await host.say(request_now, "hello")

    asked = [one for one in paper.seen if "/api/" in one.path]
    assert {one.headers.get("x-github-api-version") for one in asked} == {"2022-11-28"}
    assert all(one.headers["authorization"].startswith("Bearer ") for one in asked)
    assert host.account == ACCOUNT


async def test_a_wrong_token_is_refused_at_once(paper: PaperGitHub, tmp_path: Path) -> None:
    paper.fail(1, 401)

    with pytest.raises(ForgeRefused):
        async with opened(paper, tmp_path / "s", SHOP):
            pass
