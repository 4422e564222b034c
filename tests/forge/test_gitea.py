"""What only Gitea and Forgejo do, by the adapter against paper ones of several ages, and its pure parts alone."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stand_ins.paper_forge import PaperRequest
from stand_ins.paper_gitea import PaperForgejo, PaperGitea, PaperOldGitea
from stand_ins.paper_hosts import ACCOUNT, SECRET, opened

from coderev.finding import Fix
from coderev.forge.client import MAX_ANSWER_BYTES, ForgeRejected
from coderev.forge.errors import ForgeRefused, ForgeUnavailable, NotThere
from coderev.forge.hosts.gitea import MAX_DESCRIPTION
from coderev.forge.hosts.gitea_answers import Held, LineNote, Protection, Version
from coderev.forge.hosts.gitea_lines import RESOLVED, Threads, in_diff, shown_lines, suggestion, taken_of
from coderev.forge.hosts.pulls import MAX_OWNERS_BYTES, User
from coderev.forge.values import Note, Project, Request, Standing

SHOP = "team/shop"
BEFORE = "".join(f"line {number}\n" for number in range(1, 41))
AFTER = BEFORE.replace("line 20\n", "line 20, changed\nline 20 and a half\n")
AGES: Mapping[str, type[PaperGitea]] = {"newest": PaperGitea, "old": PaperOldGitea, "forgejo": PaperForgejo}


@pytest.fixture(params=sorted(AGES))
def paper(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PaperGitea]:
    with AGES[request.param](tmp_path / "repositories") as forge:
        forge.hook("", SECRET)
        forge.project(SHOP, {"app.py": BEFORE})
        forge.member(SHOP, "ada", "write")
        yield forge


only = pytest.mark.parametrize("paper", ["newest"], indirect=True)  # what does not depend on the age


@pytest.fixture
def asked(paper: PaperGitea) -> PaperRequest:
    return paper.open_merge_request(SHOP, "fix", {"app.py": AFTER}, author="ada")


@pytest.fixture
async def host(paper: PaperGitea, tmp_path: Path) -> AsyncIterator[Any]:
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


def note(line: int, *, key: str = "f1", body: str = "look", fix: Fix | None = None, path: str = "app.py") -> Note:
    return Note(key=key, path=path, old_path=path, line=line, start_line=line, body=body, fix=fix)


def fixing(start: int, end: int, replacement: str) -> Fix:
    return Fix(start_line=start, end_line=end, replacement=replacement, safe=True)


# threads, in each age


async def test_a_resolved_finding_is_resolved_or_said_to_be_so_once(
    host: Any, paper: PaperGitea, asked: PaperRequest, request_now: Request
) -> None:
    made = (await host.annotate(request_now, [note(20)]))["f1"]

    for _ in range(3):
        await host.resolve(request_now, made)

    said = [one.body for one in asked.notes[1:]]
    assert said == ([] if "resolve" in paper.knows else [RESOLVED.format(number=made)])
    assert {one.resolved for one in await host.comments(request_now) if one.id == made} == {True}
    assert bool(paper.resolvers) is ("resolve" in paper.knows)


async def test_an_answer_stands_in_the_thread_and_so_does_what_follows(
    host: Any, paper: PaperGitea, asked: PaperRequest, request_now: Request
) -> None:
    made = (await host.annotate(request_now, [note(20)]))["f1"]
    hers = paper.comment_as("ada", asked, "why?", reply_to=asked.notes[0])
    first = await host.say(request_now, "so", reply_to=str(hers.id))
    again = paper.comment_as("ada", asked, "oh", reply_to=asked.notes[0])

    found = {one.id: one.reply_to for one in await host.comments(request_now)}

    assert found == {made: "", str(hers.id): made, first: made, str(again.id): made}
    assert len({one.thread for one in asked.notes}) == 1


async def test_a_resolution_is_of_one_comment_though_two_stand_at_one_line(host: Any, request_now: Request) -> None:
    taken = await host.annotate(request_now, [note(20, body="one"), note(20, key="f2", body="two")])

    await host.resolve(request_now, taken["f2"])

    resolved = {one.id: one.resolved for one in await host.comments(request_now)}
    assert (resolved[taken["f1"]], resolved[taken["f2"]]) == (False, True)


@only
async def test_another_error_of_resolving_is_an_error(host: Any, paper: PaperGitea, request_now: Request) -> None:
    made = (await host.annotate(request_now, [note(20)]))["f1"]

    for status, error in ((400, ForgeRejected), (403, ForgeRefused), (500, ForgeUnavailable)):
        paper.fail(1, status, method="POST")
        with pytest.raises(error):
            await host.resolve(request_now, made)


@only
async def test_another_error_of_an_answer_is_an_error(host: Any, paper: PaperGitea, request_now: Request) -> None:
    made = (await host.annotate(request_now, [note(20)]))["f1"]
    paper.fail(1, 400, method="POST")

    with pytest.raises(ForgeRejected):
        await host.say(request_now, "so", reply_to=made)


@only
async def test_a_comment_on_the_whole_has_no_thread_to_resolve(host: Any, request_now: Request) -> None:
    made = await host.say(request_now, "a summary")

    with pytest.raises(NotThere, match="thread"):
        await host.resolve(request_now, made)


# reviews


@only
async def test_all_comments_at_lines_come_as_one_review(
    host: Any, paper: PaperGitea, asked: PaperRequest, request_now: Request
) -> None:
    await host.annotate(request_now, [note(20), note(21, key="f2"), note(22, key="f3")])

    assert len(paper.reviews) == 1
    assert [one.body for one in asked.notes] == ["look"] * 3


@only
async def test_what_an_earlier_run_left_half_said_is_not_said_with_the_next(
    host: Any, paper: PaperGitea, asked: PaperRequest, request_now: Request
) -> None:
    half = paper.pending(asked, paper.person(ACCOUNT))
    paper.add(half, {"path": "app.py", "new_position": 20, "body": "half"})
    assert await host.comments(request_now) == ()

    taken = await host.annotate(request_now, [note(20)])

    assert [(str(one.id), one.body) for one in asked.notes] == [(taken["f1"], "look")]


@only
async def test_a_pending_review_of_another_is_left_alone(
    host: Any, paper: PaperGitea, asked: PaperRequest, request_now: Request
) -> None:
    hers = paper.pending(asked, paper.person("ada"))

    await host.annotate(request_now, [note(20)])

    assert paper.reviews[hers][2] == "PENDING"


@only
async def test_our_threads_are_found_among_many_reviews_of_others(
    host: Any, paper: PaperGitea, asked: PaperRequest, request_now: Request
) -> None:
    for number in range(120):
        paper.reviews[50_000 + number] = (asked, paper.person("mallory"), "COMMENT")
    made = (await host.annotate(request_now, [note(20)]))["f1"]

    assert [one.id for one in await host.comments(request_now)] == [made]


@only
async def test_a_comment_in_anothers_review_is_found_and_in_no_thread_of_ours(
    host: Any, paper: PaperGitea, asked: PaperRequest, request_now: Request
) -> None:
    await host.annotate(request_now, [note(20)])
    review = paper.pending(asked, paper.person("ada"))
    hers = paper.add(review, {"path": "app.py", "new_position": 22, "body": "@coderev review"})
    paper.reviews[review] = (asked, paper.person("ada"), "COMMENT")
    later = paper.pending(asked, paper.person("bob"))
    paper.add(later, {"path": "app.py", "new_position": 21, "body": "hm"})
    paper.reviews[later] = (asked, paper.person("bob"), "COMMENT")

    found = await host.comment(request_now, str(hers.id))

    assert (found.author, found.body, found.reply_to, found.ours) == ("ada", "@coderev review", "", False)


@only
async def test_a_line_past_the_end_of_the_file_does_not_break_the_review(
    host: Any, asked: PaperRequest, request_now: Request
) -> None:
    taken = await host.annotate(request_now, [note(999, key="beyond"), note(20), note(20, key="else", path="no.py")])

    assert list(taken) == ["f1"]
    assert len(asked.notes) == 1


@only
async def test_a_diff_that_is_too_long_to_read_takes_no_comment(host: Any, paper: PaperGitea, project: Project) -> None:
    giant = "x" * 1023 + "\n"
    asked = paper.open_merge_request(
        SHOP, "giant", {"a.txt": giant * (MAX_ANSWER_BYTES // 1024 + 1), "app.py": AFTER}, author="ada"
    )

    assert await host.annotate(await host.request(project, asked.number), [note(20)]) == {}
    assert asked.notes == []


@only
async def test_a_diff_that_is_not_to_be_had_is_an_error(host: Any, paper: PaperGitea, request_now: Request) -> None:
    paper.fail(1, 500, where=".diff")

    with pytest.raises(ForgeUnavailable):
        await host.annotate(request_now, [note(20)])


@only
async def test_who_may_write_could_change_anybodys_comment_and_we_do_not(
    host: Any, paper: PaperGitea, asked: PaperRequest, request_now: Request
) -> None:
    hers = paper.comment_as("ada", asked, "mine")

    with pytest.raises(ForgeRefused, match="another wrote it"):
        await host.edit(request_now, str(hers.id), "not mine")

    assert not [one for one in paper.seen if one.method == "PATCH"]


@only
async def test_our_comment_at_a_line_is_changed(host: Any, asked: PaperRequest, request_now: Request) -> None:
    made = (await host.annotate(request_now, [note(20)]))["f1"]

    await host.edit(request_now, made, "other words")

    assert [one.body for one in asked.notes] == ["other words"]


@only
@pytest.mark.parametrize("id", ["", "r7", "7/../8", "-7", "٧", "9" * 40])
async def test_what_is_no_id_is_not_there(host: Any, request_now: Request, id: str) -> None:  # noqa: A002 - the host's own word
    with pytest.raises(NotThere):
        await host.comment(request_now, id)


@only
async def test_a_comment_on_another_pull_request_is_not_there(
    host: Any, paper: PaperGitea, project: Project, request_now: Request
) -> None:
    other = paper.open_merge_request(SHOP, "other", {"app.py": AFTER}, author="ada")
    await host.annotate(await host.request(project, other.number), [note(20)])
    paper.comment_as("ada", other, "@coderev dismiss")

    for each in other.notes:
        with pytest.raises(NotThere):
            await host.comment(request_now, str(each.id))


# the pure parts


@pytest.mark.parametrize(
    ("fix", "expected"),
    [
        (None, ""),
        (Fix(start_line=5, end_line=5, replacement="new\n"), ""),
        (fixing(5, 5, "new\n"), "\n\nSafe suggestion for line 5:\n\n```\nnew\n```"),
        (fixing(3, 5, "```\n"), "\n\nSafe suggestion for lines 3 to 5:\n\n````\n```\n````"),
        (fixing(5, 5, ""), "\n\nSafe suggestion: remove line 5."),
    ],
)
def test_a_safe_fix_is_shown_as_text(fix: Fix | None, expected: str) -> None:
    assert suggestion(note(5, fix=fix)) == expected


PATCH = b"""diff --git a/app.py b/app.py
--- a/app.py
+++ b/app.py
@@ -4,3 +4,4 @@ def f():
 one
-two
+two, changed
+and a half
 three
diff --git "a/n\\303\\244.py" "b/n\\303\\244.py"
new file mode 100644
--- /dev/null
+++ "b/n\\303\\244.py"
@@ -0,0 +1 @@
+x
"""


@pytest.mark.parametrize(
    ("path", "line", "expected"),
    [
        ("app.py", 4, True),
        ("app.py", 7, True),
        ("app.py", 3, False),
        ("app.py", 8, False),
        ("nä.py", 1, True),
        ("nä.py", 2, False),
        ("else.py", 1, False),
    ],
)
def test_a_diff_shows_the_lines_of_its_hunks(path: str, line: int, *, expected: bool) -> None:
    assert in_diff(note(line, path=path), shown_lines(PATCH)) is expected


@given(st.binary(max_size=200).map(lambda some: PATCH[:90] + some))
def test_no_diff_is_worse_than_one_that_shows_nothing(patch: bytes) -> None:
    shown = shown_lines(patch)

    assert all(isinstance(lines, range) for runs in shown.values() for lines in runs)


def test_a_diff_that_contradicts_itself_shows_nothing() -> None:
    assert shown_lines(PATCH.replace(b"+4,4", b"+4,9")) == {}


ME, ADA = User(id=1, login="coderev"), User(id=2, login="ada")


def line_note(number: int, *, by: User | None = ME, body: str = "x", line: int = 5, review: int = 1) -> LineNote:
    return LineNote(id=number, body=body, user=by, path="app.py", position=line, review=review)


def test_nobody_else_can_say_in_our_name_that_a_comment_is_resolved() -> None:
    said = RESOLVED.format(number=10)
    forged = [line_note(10), line_note(11, by=ADA, body=said), line_note(12, body=f"quoted\n{said}"), line_note(13)]

    assert not any(Threads(forged, ME.id, forgejo=False).resolved(each) for each in forged)
    assert Threads([*forged, line_note(14, body=said)], ME.id, forgejo=False).resolved(forged[0])


def test_forgejo_keeps_threads_of_two_reviews_apart_at_one_line() -> None:
    notes = [line_note(10), line_note(11, review=2), line_note(12, by=ADA), line_note(13, by=None, review=2)]

    apart, together = (Threads(notes, ME.id, forgejo=forgejo) for forgejo in (True, False))

    assert [apart.began(each).id for each in notes] == [10, 11, 10, 11]
    assert [together.began(each).id for each in notes] == [10, 10, 10, 10]


def test_ids_are_matched_by_place_and_words_and_each_once() -> None:
    notes = [note(5, key="a", body="same"), note(5, key="b", body="same"), note(6, key="c"), note(7, key="d")]
    others = [line_note(1, body="else"), line_note(5, body="look", line=8)]
    held = [line_note(3, body="same\r\n"), line_note(2, body="same"), line_note(4, body="look", line=6), *others]

    assert taken_of(notes, held) == {"a": "2", "b": "3", "c": "4"}


@pytest.mark.parametrize(
    ("permission", "level"),
    [("owner", "admin"), ("admin", "admin"), ("write", "write"), ("read", "read"), ("none", "none"), ("god", "none")],
)
def test_an_owner_is_an_administrator(permission: str, level: str) -> None:
    assert Held(permission=permission).level == level


@pytest.mark.parametrize(
    ("version", "expected"),
    [("1.26.0", False), ("11.0.1+gitea-1.22.0", True), ("1.27.0+dev-12-gabc", False), ("", False)],
)
def test_forgejo_is_known_by_its_version(version: str, *, expected: bool) -> None:
    assert Version(version=version).forgejo is expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Protection(enable_push=False), True),
        (Protection(enable_push=True), False),
        (Protection(enable_push=True, enable_push_whitelist=True), True),
        (Protection(enable_push=True, enable_push_whitelist=True, push_whitelist_usernames=("Ada",)), False),
        (Protection(enable_push=True, enable_push_whitelist=True, push_whitelist_teams=("all",)), False),
        (Protection(enable_push=False, push_whitelist_usernames=("ada",)), True),
    ],
)
def test_a_rule_keeps_out_whom_it_does_not_name(rule: Protection, *, expected: bool) -> None:
    assert rule.keeps_out("ada") is expected


# who may do what


@only
@pytest.mark.parametrize(
    ("level", "pushers", "protected"),
    [
        ("write", "maintain", True),
        ("write", "write", False),
        ("maintain", "maintain", False),
        ("maintain", None, True),
        ("admin", None, True),
        ("read", "write", True),
    ],
)
@pytest.mark.parametrize("ours", ["admin", "write"])
async def test_a_target_is_protected_from_who_may_not_push_there(
    paper: PaperGitea, asked: PaperRequest, tmp_path: Path, ours: Any, level: Any, pushers: Any, *, protected: bool
) -> None:
    paper.member(SHOP, "ada", level)
    paper.projects[SHOP].protected["main"] = pushers
    async with opened(paper, tmp_path / "s", SHOP, level=ours) as host:
        found = await host.request(await host.project(SHOP), asked.number)

    assert found.target_protected is (protected and ours == "admin")  # what we are not told protects nobody


@only
async def test_what_a_person_may_do_is_told_to_administrators_only(
    paper: PaperGitea, asked: PaperRequest, tmp_path: Path
) -> None:
    async with opened(paper, tmp_path / "s", SHOP, level="write") as host:
        with pytest.raises(ForgeRefused):
            await host.permission(await host.project(SHOP), asked.author.login)


@only
async def test_a_token_that_is_revoked_in_between_protects_nobody_and_is_an_error(
    host: Any, paper: PaperGitea, project: Project, asked: PaperRequest
) -> None:
    paper.fail(1, 401, where="/permission")

    with pytest.raises(ForgeRefused, match="401"):
        await host.request(project, asked.number)


@only
async def test_a_request_that_outlived_its_target_is_still_told(
    host: Any, paper: PaperGitea, project: Project, asked: PaperRequest
) -> None:
    start = asked.versions[-1].base
    paper.repositories.git(SHOP, "update-ref", "-d", "refs/heads/main")

    found = await host.request(project, asked.number)

    assert (found.base, found.target_protected) == (start, False)


@only
async def test_an_open_request_that_lost_its_target_and_its_base_does_not_hide_the_others(
    host: Any, paper: PaperGitea, project: Project, asked: PaperRequest
) -> None:
    paper.repositories.commit(SHOP, "gone", {"gone.py": "1\n"})
    lost = paper.open_merge_request(SHOP, "lost", {"lost.py": "1\n"}, author="ada", target="gone")
    lost.versions = [replace(lost.versions[-1], base="")]
    paper.repositories.git(SHOP, "update-ref", "-d", "refs/heads/gone")

    assert [one.number for one in await host.open_requests(project)] == [asked.number]


@only
async def test_a_request_without_a_commit_is_not_there_and_in_no_list(
    host: Any, paper: PaperGitea, project: Project, asked: PaperRequest
) -> None:
    whole = paper.open_merge_request(SHOP, "whole", {"b.py": "b\n"}, author="ada")
    asked.versions = [type(whole.versions[0])(1, "", "", "")]

    with pytest.raises(NotThere, match="commit"):
        await host.request(project, asked.number)

    assert [one.number for one in await host.open_requests(project)] == [whole.number]


@only
async def test_what_can_be_no_name_of_a_commit_names_none(host: Any, paper: PaperGitea, project: Project) -> None:
    paper.fail(1, 422)

    with pytest.raises(NotThere, match="no commit"):
        await host.commit(project, "a..b")


# the status, files


@only
async def test_a_status_fits_and_incomplete_is_neither_success_nor_failure(
    host: Any, paper: PaperGitea, request_now: Request
) -> None:
    await host.show(request_now, Standing(state="incomplete", head=request_now.head, summary="x" * 999, url=""))

    (status,) = paper.statuses
    assert (status.state, status.url, len(status.description)) == ("error", "", MAX_DESCRIPTION)


@only
async def test_no_sarif_is_taken(host: Any, request_now: Request) -> None:
    assert await host.upload_sarif(request_now, b"{}") is False


async def test_the_folder_of_forgejo_is_looked_into_at_a_forgejo_only(
    host: Any, paper: PaperGitea, project: Project
) -> None:
    paper.push(SHOP, "main", {".forgejo/CODEOWNERS": ".* @mia\n"})

    found = await host.code_owners(project, "main")

    assert found == (b".* @mia\n" if "gitea" in paper.version else None)


@only
async def test_a_giant_file_of_code_owners_is_an_error(host: Any, paper: PaperGitea, project: Project) -> None:
    paper.push(SHOP, "main", {"CODEOWNERS": b"#" * (MAX_OWNERS_BYTES + 1)})

    with pytest.raises(ForgeUnavailable):
        await host.code_owners(project, "main")


@only
async def test_a_wrong_token_is_refused_at_once(paper: PaperGitea, tmp_path: Path) -> None:
    paper.fail(1, 401)

    with pytest.raises(ForgeRefused):
        async with opened(paper, tmp_path / "s", SHOP):
            pass
