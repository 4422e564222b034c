"""What only GitLab does, by the adapter against the paper GitLab, and its pure parts alone."""

import difflib
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stand_ins.paper_forge import PaperRequest
from stand_ins.paper_git import PaperDiff
from stand_ins.paper_gitlab import QUICK_ACTION, PaperGitLab
from stand_ins.paper_hosts import SECRET, opened

from coderev.finding import Fix
from coderev.forge.client import ForgeRejected
from coderev.forge.errors import BadWebhook, ForgeRefused, ForgeUnavailable, NotThere
from coderev.forge.hosts.gitlab import (
    MAX_DESCRIPTION,
    MAX_OWNERS_BYTES,
    MAX_SUGGESTED,
    harmless,
    permission_of,
    suggestion,
)
from coderev.forge.hosts.gitlab_answers import Member, ProtectedBranch, PushLevel
from coderev.forge.hosts.gitlab_diff import old_line
from coderev.forge.hosts.gitlab_webhook import read_webhook
from coderev.forge.values import Hint, Note, Project, Request, Standing

SHOP = "team/shop"
BEFORE = "".join(f"line {number}\n" for number in range(1, 41))
AFTER = BEFORE.replace("line 20\n", "line 20, changed\nline 20 and a half\n")
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
SIGNING = "whsec_" + "dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q="


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[PaperGitLab]:
    with PaperGitLab(tmp_path / "repositories") as forge:
        forge.hook("", SECRET)
        forge.project(SHOP, {"app.py": BEFORE})
        forge.member(SHOP, "ada", "write")
        yield forge


@pytest.fixture
def asked(paper: PaperGitLab) -> PaperRequest:
    return paper.open_merge_request(SHOP, "fix", {"app.py": AFTER}, author="ada")


@pytest.fixture
async def host(paper: PaperGitLab, tmp_path: Path) -> AsyncIterator[Any]:
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


def note(line: int, fix: Fix | None = None, body: str = "look") -> Note:
    return Note(key="f1", path="app.py", old_path="app.py", line=line, start_line=line, body=body, fix=fix)


def fixing(start: int, end: int, replacement: str) -> Fix:
    return Fix(start_line=start, end_line=end, replacement=replacement, safe=True)


# suggestions, and what GitLab obeys


@pytest.mark.parametrize(
    ("line", "fix", "expected"),
    [
        (5, fixing(5, 5, "new\n"), "\n\n```suggestion:-0+0\nnew\n```"),
        (5, fixing(3, 6, "new\n"), "\n\n```suggestion:-2+1\nnew\n```"),
        (5, fixing(5, 5, "new"), "\n\n```suggestion:-0+0\nnew\n```"),
        (5, fixing(5, 5, "new\r\n"), "\n\n```suggestion:-0+0\nnew\n```"),
        (5, fixing(5, 5, ""), "\n\n```suggestion:-0+0\n```"),
        (5, fixing(5, 5, "```\ncode\n````\n"), "\n\n`````suggestion:-0+0\n```\ncode\n````\n`````"),
        (5, fixing(5, 5, "  \n"), ""),  # GitLab would delete the line
        (5, fixing(5, 5, "/close\n"), ""),  # GitLab would close the merge request
        (5, fixing(6, 7, "new\n"), ""),  # below the comment
        (5, fixing(3, 4, "new\n"), ""),  # above it
        (200, fixing(200 - MAX_SUGGESTED - 1, 200, "new\n"), ""),
        (5, fixing(5, 5 + MAX_SUGGESTED + 1, "new\n"), ""),
    ],
)
def test_a_suggestion_says_the_fix_exactly_or_is_none(line: int, fix: Fix, expected: str) -> None:
    assert suggestion(note(line, fix)) == expected


@pytest.mark.parametrize(
    ("fix", "expected"),
    [
        (fixing(20, 21, "line 20\n"), BEFORE),
        (fixing(21, 21, ""), BEFORE.replace("line 20\n", "line 20, changed\n")),
        (fixing(21, 22, "```\nline 21\n"), AFTER.replace("line 20 and a half\n", "```\n")),
    ],
)
async def test_pressing_the_button_of_a_suggestion_makes_the_fix(
    host: Any, paper: PaperGitLab, asked: PaperRequest, request_now: Request, fix: Fix, expected: str
) -> None:
    await host.annotate(request_now, [note(21, fix)])

    made = paper.apply_suggestion(asked.notes[0], asked)

    assert asked.head == made
    assert (paper.repositories.file(SHOP, made, "app.py") or b"").decode() == expected


async def test_no_comment_of_ours_is_obeyed_by_gitlab(
    host: Any, paper: PaperGitLab, asked: PaperRequest, request_now: Request
) -> None:
    made = await host.say(request_now, "hello\n/merge\n/close now")
    await host.say(request_now, "/approve", reply_to=made)
    await host.edit(request_now, made, "```\n/merge\n```\n/label ~security")
    await host.annotate(request_now, [note(20, fixing(20, 20, "/reopen\n"), "/assign @eve")])

    assert paper.obeyed == []
    assert len(asked.notes) == 3


@given(st.text(alphabet=st.sampled_from("/ `\n\\merg>ab-"), max_size=60))
def test_no_text_keeps_a_quick_action_and_the_rest_stays(text: str) -> None:
    made = harmless(text + "\n/merge")

    assert QUICK_ACTION.search(made) is None
    assert harmless(made) == made
    assert made.replace("\\/", "/") == (text + "\n/merge").replace("\\/", "/")


# positions


@given(st.lists(st.sampled_from("abc"), max_size=12), st.lists(st.sampled_from("abc"), max_size=12))
def test_the_old_number_of_a_line_is_what_the_diff_says(before: list[str], after: list[str]) -> None:
    lines = list(difflib.unified_diff(before, after, lineterm=""))[2:]
    diff = "".join(f"{line}\n" for line in lines)
    told = PaperDiff(old_path="a", new_path="a", text=diff, kind="M").lines()

    mapped = {new: old for old, new in told if new is not None}

    assert {line: old_line(diff, line) for line in mapped} == mapped
    assert old_line(diff, len(after) + 10) is None


@pytest.mark.parametrize(
    "diff", ["", "no hunk", "@@ -1 +1 @@", "@@ -9999999999 +1 @@\n+a", "\\ No newline at end of file"]
)
def test_a_diff_that_says_nothing_about_a_line_maps_none(diff: str) -> None:
    assert old_line(diff, 1) is None


async def test_a_position_has_both_numbers_for_an_unchanged_line_and_one_for_an_added(
    host: Any, asked: PaperRequest, request_now: Request
) -> None:
    await host.annotate(request_now, [note(20), note(23)])

    positions = [one.position or {} for one in asked.notes]
    assert [(at.get("old_line"), at["new_line"]) for at in positions] == [(None, 20), (22, 23)]
    assert {at["head_sha"] for at in positions} == {asked.head}


async def test_comments_stand_in_the_version_that_was_reviewed_though_a_newer_one_came(
    host: Any, paper: PaperGitLab, asked: PaperRequest, request_now: Request
) -> None:
    paper.push(SHOP, "fix", {"app.py": "nothing left\n"})

    await host.annotate(request_now, [note(20)])

    assert [(one.position or {})["head_sha"] for one in asked.notes] == [request_now.head]


async def test_a_diff_that_is_not_prepared_is_asked_for_later(
    host: Any, asked: PaperRequest, request_now: Request
) -> None:
    asked.versions.clear()

    with pytest.raises(ForgeUnavailable, match="prepared") as caught:
        await host.annotate(request_now, [note(20)])

    assert caught.value.retry_after == 5


async def test_resolving_what_was_just_listed_asks_once_each(
    host: Any, paper: PaperGitLab, request_now: Request
) -> None:
    made = await host.annotate(request_now, [note(20), Note(**{**msgspec.structs.asdict(note(21)), "key": "f2"})])
    await host.comments(request_now)
    before = len(paper.seen)

    for posted in made.values():
        await host.resolve(request_now, posted)

    assert [one.method for one in paper.seen[before:]] == ["PUT", "PUT"]


async def test_a_comment_of_another_request_is_not_there_though_it_was_just_listed(
    host: Any, paper: PaperGitLab, project: Project, request_now: Request
) -> None:
    other = paper.open_merge_request(SHOP, "other", {"app.py": AFTER}, author="ada")
    hers = paper.comment_as("ada", other, "here")
    await host.comments(await host.request(project, other.number))

    with pytest.raises(NotThere):
        await host.say(request_now, "there", reply_to=str(hers.id))


# the status


async def test_the_status_hangs_on_the_source_branch(host: Any, paper: PaperGitLab, request_now: Request) -> None:
    await host.show(request_now, Standing(state="pass", head=request_now.head, summary="x" * 999, url=""))

    (status,) = paper.statuses
    assert (status.ref, status.state, status.url) == ("fix", "success", "")
    assert len(status.description) == MAX_DESCRIPTION


async def test_the_status_of_a_fork_never_hangs_on_a_branch_of_the_same_name_here(
    host: Any, paper: PaperGitLab, project: Project
) -> None:
    paper.fork("eve/shop", SHOP)
    paper.member("eve/shop", "eve", "admin")
    asked = paper.open_merge_request(SHOP, "main", {"app.py": AFTER}, author="eve", source="eve/shop")
    request = await host.request(project, asked.number)

    await host.show(request, Standing(state="fail", head=request.head, summary="", url=""))

    assert [(one.ref, one.state) for one in paper.statuses] == [("refs/merge-requests/1/head", "failed")]


async def test_an_incomplete_review_looks_like_neither_success_nor_failure(
    host: Any, paper: PaperGitLab, request_now: Request
) -> None:
    await host.show(request_now, Standing(state="incomplete", head=request_now.head, summary="", url=""))

    assert [one.state for one in paper.statuses] == ["canceled"]


async def test_a_verdict_that_gitlab_refuses_is_an_error(host: Any, paper: PaperGitLab, request_now: Request) -> None:
    paper.fail(2, 400, method="POST")

    for state in ("pass", "running"):  # the second refusal says nothing of a status that stands
        with pytest.raises(ForgeRejected):
            await host.show(request_now, Standing(state=state, head=request_now.head, summary="", url=""))


async def test_no_sarif_is_taken(host: Any, request_now: Request) -> None:
    assert await host.upload_sarif(request_now, b"{}") is False


# protection


@pytest.mark.parametrize(
    ("level", "pushers", "protected"),
    [
        ("write", "maintain", True),
        ("write", "write", False),
        ("maintain", "maintain", False),
        ("maintain", None, True),
        ("admin", "maintain", False),
        ("none", "write", True),
    ],
)
@pytest.mark.parametrize("ours", ["maintain", "write"])
async def test_a_target_is_protected_from_who_may_not_push_there(
    paper: PaperGitLab, asked: PaperRequest, tmp_path: Path, ours: Any, level: Any, pushers: Any, *, protected: bool
) -> None:
    paper.member(SHOP, "ada", level)
    paper.projects[SHOP].protected["main"] = pushers
    async with opened(paper, tmp_path / "s", SHOP, level=ours) as host:
        found = await host.request(await host.project(SHOP), asked.number)

    # without a maintainer's eyes, a maintainer who may not push looks like one who may
    assert found.target_protected is (protected and not (ours == "write" and pushers is None))


@pytest.mark.parametrize(
    ("level", "member", "expected"),
    [
        (PushLevel(access_level=40), Member(id=1, access_level=30), False),
        (PushLevel(access_level=40), Member(id=1, access_level=40), True),
        (PushLevel(access_level=0), Member(id=1, access_level=50), False),
        (PushLevel(access_level=40, user_id=1), Member(id=1, access_level=10), True),
        (PushLevel(access_level=40, user_id=2), Member(id=1, access_level=50), False),
        (PushLevel(access_level=40, group_id=9), Member(id=1, access_level=10), True),
        (PushLevel(access_level=40, deploy_key_id=3), Member(id=1, access_level=50), False),
    ],
)
def test_who_may_push_is_a_role_a_person_or_perhaps_a_group(
    level: PushLevel, member: Member, *, expected: bool
) -> None:
    assert level.lets(member) is expected


@pytest.mark.parametrize(
    ("level", "permission"),
    [
        *((level, "none") for level in (-1, 0, 5, 10, 15)),
        *((level, "read") for level in (20, 25)),
        *((30, "write"), (40, "maintain"), (50, "admin"), (60, "admin")),
    ],
)
def test_each_role_of_gitlab_is_a_permission_and_what_is_between_is_the_lower(level: int, permission: str) -> None:
    assert permission_of(level) == permission


@pytest.mark.parametrize(
    ("rule", "branch", "expected"),
    [
        ("main", "main", True),
        ("ma.n", "main", False),
        ("*-stable", "1/2-stable", True),
        ("*", "x", True),
        ("m", "main", False),
    ],
)
def test_a_rule_covers_branches_by_its_stars(rule: str, branch: str, *, expected: bool) -> None:
    assert ProtectedBranch(name=rule).covers(branch) is expected


async def test_a_request_that_outlived_its_target_is_still_told(
    host: Any, paper: PaperGitLab, project: Project, asked: PaperRequest
) -> None:
    start = asked.versions[-1].start
    paper.repositories.git(SHOP, "update-ref", "-d", "refs/heads/main")

    found = await host.request(project, asked.number)

    assert (found.base, found.target_protected) == (start, False)


async def test_an_open_request_that_lost_its_target_does_not_hide_the_others(
    host: Any, paper: PaperGitLab, project: Project, asked: PaperRequest
) -> None:
    paper.repositories.commit(SHOP, "gone", {"gone.py": "1\n"})
    paper.open_merge_request(SHOP, "lost", {"lost.py": "1\n"}, author="ada", target="gone")
    paper.repositories.git(SHOP, "update-ref", "-d", "refs/heads/gone")

    assert [one.number for one in await host.open_requests(project)] == [asked.number]


async def test_code_owners_are_never_read_from_a_tag_of_the_branchs_name(
    host: Any, paper: PaperGitLab, project: Project
) -> None:
    paper.push(SHOP, "main", {"CODEOWNERS": "* @mia\n"})
    evil = paper.push(SHOP, "evil", {"CODEOWNERS": "* @eve\n"})
    paper.repositories.git(SHOP, "tag", "main", evil)

    assert await host.code_owners(project, "main") == b"* @mia\n"


async def test_a_giant_file_of_code_owners_is_an_error(host: Any, paper: PaperGitLab, project: Project) -> None:
    paper.push(SHOP, "main", {"CODEOWNERS": b"#" * (MAX_OWNERS_BYTES + 1)})

    with pytest.raises(ForgeUnavailable):
        await host.code_owners(project, "main")


async def test_code_owners_of_a_branch_that_is_not_there_are_not_there(host: Any, project: Project) -> None:
    with pytest.raises(NotThere):
        await host.code_owners(project, "no-such-branch")


async def test_a_request_without_a_commit_is_not_there_and_in_no_list(
    host: Any, project: Project, asked: PaperRequest
) -> None:
    asked.versions.clear()  # GitLab prepares it

    with pytest.raises(NotThere, match="commit"):
        await host.request(project, asked.number)

    assert await host.open_requests(project) == ()


# opening


async def test_a_wrong_token_is_refused_at_once(paper: PaperGitLab, tmp_path: Path) -> None:
    paper.fail(1, 401)

    with pytest.raises(ForgeRefused):
        async with opened(paper, tmp_path / "s", SHOP):
            pass


# webhooks


def read(headers: dict[str, str], body: dict[str, Any], secret: str = SECRET) -> Hint | None:
    told = {"x-gitlab-event": "Merge Request Hook", "x-gitlab-token": SECRET, **headers}
    return read_webhook(told, json.dumps(body).encode(), forge="code", secret=secret, at=NOW)


def changed(action: str | None, **more: Any) -> dict[str, Any]:
    attributes = {"id": 99, "iid": 7, "action": action, **more}
    return {"object_kind": "merge_request", "project": {"id": 5}, "object_attributes": attributes}


def said(**more: Any) -> dict[str, Any]:
    attributes = {"id": 1244, "noteable_type": "MergeRequest", "action": "create", **more}
    return {
        "object_kind": "note",
        "project": {"id": 5},
        "object_attributes": attributes,
        "merge_request": {"id": 70, "iid": 7},
    }


@pytest.mark.parametrize(
    ("action", "more", "event"),
    [
        ("open", {}, "pushed"),
        ("reopen", {}, "pushed"),
        ("update", {"oldrev": "a" * 40}, "pushed"),
        ("update", {}, None),
        ("close", {}, "closed"),
        ("merge", {}, "closed"),
        ("approved", {}, None),
        ("unapproval", {}, None),
        (None, {}, None),
    ],
)
def test_an_action_is_our_business_if_it_moves_the_change(
    action: str | None, more: dict[str, Any], event: str | None
) -> None:
    hint = read({}, changed(action, **more))

    assert (hint.event if hint else None) == event


@pytest.mark.parametrize(
    "more",
    [{"noteable_type": "Issue"}, {"noteable_type": "Commit"}, {"system": True}, {"action": "update"}],
)
def test_other_comments_are_none_of_our_business(more: dict[str, Any]) -> None:
    assert read({"x-gitlab-event": "Note Hook"}, said(**more)) is None


def test_a_comment_of_a_gitlab_that_names_no_action_is_a_new_one() -> None:
    hint = read({"x-gitlab-event": "Note Hook"}, said(action=None))

    assert hint is not None
    assert (hint.event, hint.repository, hint.number, hint.comment) == ("commented", "5", 7, "1244")


@pytest.mark.parametrize("event", ["Push Hook", "Pipeline Hook", "", "merge request hook"])
def test_other_events_are_none_of_our_business(event: str) -> None:
    assert read({"x-gitlab-event": event}, changed("open")) is None


def test_a_system_hook_tells_of_merge_requests_too() -> None:
    assert read({"x-gitlab-event": "System Hook"}, changed("open")) is not None
    assert read({"x-gitlab-event": "System Hook"}, {"object_kind": "push", "event_name": "project_create"}) is None


def test_a_delivery_is_known_by_what_stays_when_it_is_sent_again() -> None:
    first = read({"idempotency-key": "k-1", "x-gitlab-event-uuid": "e-1"}, changed("open"))
    again = read({"idempotency-key": "k-1", "x-gitlab-event-uuid": "e-2"}, changed("open"))
    other = read({"idempotency-key": "k-2", "x-gitlab-event-uuid": "e-1"}, changed("open"))

    assert first is not None
    assert again is not None
    assert other is not None
    assert first.delivery == again.delivery == "k-1" != other.delivery


def test_a_delivery_of_an_old_gitlab_is_known_by_its_body() -> None:
    first, again = (read({"x-gitlab-event-uuid": uuid}, changed("open")) for uuid in ("e-1", "e-2"))
    other = read({"x-gitlab-event-uuid": "e-1"}, changed("open", oldrev="a" * 40))

    assert first is not None
    assert first == again != other


def test_a_comment_on_no_request_is_bad() -> None:
    with pytest.raises(BadWebhook):
        read({"x-gitlab-event": "Note Hook"}, {**said(), "merge_request": None})


def test_a_delivery_whose_id_is_none_is_bad() -> None:
    with pytest.raises(BadWebhook):
        read({"idempotency-key": "a\x1b[31m"}, changed("open"))


async def test_a_webhook_with_a_signing_token_is_read(paper: PaperGitLab, tmp_path: Path) -> None:
    paper.signing_time = int(datetime.now(UTC).timestamp())
    paper.hook("", SIGNING)
    asked = paper.open_merge_request(SHOP, "signed", {"app.py": AFTER}, author="ada")
    delivery = paper.deliveries[-1]
    async with opened(paper, tmp_path / "s", SHOP, secret=SIGNING) as host:
        hint = host.read_webhook(delivery.lower, delivery.body)

    assert hint is not None
    assert (hint.number, hint.delivery) == (asked.number, delivery.headers["webhook-id"])
