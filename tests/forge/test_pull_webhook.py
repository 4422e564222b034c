"""Webhooks of GitHub, Gitea and Forgejo: GitHub's own examples, and what an attacker posts."""

import hmac
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stand_ins.npm import npm_package

from coderev.forge.errors import BadWebhook, ForgedWebhook
from coderev.forge.hosts import pulls
from coderev.forge.hosts.github_answers import LineNote
from coderev.forge.hosts.pull_webhook import GITEA, GITHUB, MAX_WEBHOOK_BYTES, Dialect, read_webhook
from coderev.forge.values import Hint

SECRET = "a-secret-of-webhooks"
DIALECTS = {"github": GITHUB, "gitea": GITEA}
EXAMPLES = ("7.6.1", ("api.github.com", "ghes-31", "ghes-32", "ghes-33", "ghes-34", "ghes-35"))
OPENED = {"action": "opened", "number": 7, "pull_request": {"number": 7}, "repository": {"id": 5}}
SAID = {
    "action": "created",
    "issue": {"number": 7, "pull_request": {"url": "x"}},
    "comment": {"id": 99},
    "repository": {"id": 5},
}
SAID_AT_LINE = {"action": "created", "pull_request": {"number": 7}, "comment": {"id": 99}, "repository": {"id": 5}}


def signed(dialect: Dialect, body: bytes, event: str = "pull_request", secret: str = SECRET) -> dict[str, str]:
    return {
        dialect.events[0]: event,
        dialect.deliveries[0]: "d-1",
        dialect.signatures[0]: dialect.prefix + hmac.digest(secret.encode(), body, "sha256").hex(),
    }


def read(
    dialect: Dialect, told: Any, event: str = "pull_request", headers: dict[str, str] | None = None
) -> Hint | None:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    given_headers = {**signed(dialect, body, event), **(headers or {})}
    return read_webhook(given_headers, body, dialect=dialect, forge="code", secret=SECRET)


@pytest.fixture(params=sorted(DIALECTS))
def dialect(request: pytest.FixtureRequest) -> Dialect:
    return DIALECTS[request.param]


# GitHub's own examples


@pytest.fixture(scope="module")
def examples() -> list[tuple[str, dict[str, Any]]]:
    """Each event by its name, with a body of it that GitHub really sent."""
    version, servers = EXAMPLES
    folder = npm_package("@octokit/webhooks-examples", version)
    listed = [json.loads((folder / server / "index.json").read_text()) for server in servers]
    return [(event["name"], body) for events in listed for event in events for body in event["examples"]]


def test_each_example_of_each_event_is_read_without_an_error(examples: list[tuple[str, dict[str, Any]]]) -> None:
    told = {name for name, body in examples if read(GITHUB, body, name) is not None}

    assert len(examples) > 500
    assert told == {"pull_request", "pull_request_review_comment"}  # each example of `issue_comment` is on an issue


def test_the_hints_of_the_examples_are_what_they_say(examples: list[tuple[str, dict[str, Any]]]) -> None:
    pushed = {"opened", "reopened", "synchronize", "ready_for_review"}
    ours = [(body, read(GITHUB, body, name)) for name, body in examples if name == "pull_request"]

    assert {body["action"] for body, hint in ours if hint and hint.event == "pushed"} == pushed
    assert {body["action"] for body, hint in ours if hint and hint.event == "closed"} == {"closed"}
    assert all(hint is None or hint.number == body["number"] for body, hint in ours)
    assert all(hint is None or hint.repository == str(body["repository"]["id"]) for body, hint in ours)
    assert {hint for body, hint in ours if body["action"] not in {*pushed, "closed"}} == {None}


def test_an_example_of_a_comment_at_a_line_names_the_comment(examples: list[tuple[str, dict[str, Any]]]) -> None:
    made = [(body, read(GITHUB, body, name)) for name, body in examples if name == "pull_request_review_comment"]

    assert all((hint is not None) is (body["action"] == "created") for body, hint in made)
    assert all(hint is None or hint.comment == f"r{body['comment']['id']}" for body, hint in made)
    assert all(hint is None or hint.number == body["pull_request"]["number"] for body, hint in made)


def test_an_example_of_a_comment_is_heard_when_it_is_on_a_pull_request(
    examples: list[tuple[str, dict[str, Any]]],
) -> None:
    made = [body for name, body in examples if name == "issue_comment" and body["action"] == "created"]
    on_pulls = [{**body, "issue": {**body["issue"], "pull_request": {"url": "https://x"}}} for body in made]

    hints = [read(GITHUB, body, "issue_comment") for body in on_pulls]

    assert made
    assert [hint and (hint.event, hint.number, hint.comment) for hint in hints] == [
        ("commented", body["issue"]["number"], str(body["comment"]["id"])) for body in made
    ]


def test_what_github_really_tells_has_the_shapes_that_the_api_is_read_in(
    examples: list[tuple[str, dict[str, Any]]],
) -> None:
    shapes: dict[tuple[str, str], Any] = {
        ("pull_request", "pull_request"): pulls.Pull,
        ("pull_request", "repository"): pulls.Repository,
        ("pull_request", "sender"): pulls.User,
        ("issue_comment", "comment"): pulls.Note,
        ("pull_request_review_comment", "comment"): LineNote,
    }

    read_as = [
        (body[part], msgspec.convert(body[part], form))
        for name, body in examples
        for (event, part), form in shapes.items()
        if event == name
    ]

    assert len(read_as) > 150
    assert all(found.id == told["id"] for told, found in read_as if not isinstance(found, pulls.Pull))
    assert all(
        (found.author, found.head.sha, found.base.ref)
        == (told["user"]["login"], told["head"]["sha"], told["base"]["ref"])
        for told, found in read_as
        if isinstance(found, pulls.Pull)
    )
    assert all(
        found.on(int(told["pull_request_url"].rpartition("/")[2]))
        for told, found in read_as
        if isinstance(found, LineNote)
    )


# what is our business


@pytest.mark.parametrize(
    ("name", "action", "changes", "event"),
    [
        ("github", "opened", {}, "pushed"),
        ("github", "synchronize", {}, "pushed"),
        ("github", "edited", {"base": {"ref": {"from": "main"}}}, "pushed"),
        ("github", "edited", {"title": {"from": "x"}}, None),
        ("github", "edited", {"ref": {"from": "x"}}, None),
        ("github", "converted_to_draft", {}, None),
        ("github", "closed", {}, "closed"),
        ("github", "", {}, None),
        ("gitea", "opened", {}, "pushed"),
        ("gitea", "synchronized", {}, "pushed"),
        ("gitea", "edited", {"ref": {"from": "main"}}, "pushed"),
        ("gitea", "edited", {"body": {"from": "x"}}, None),
        ("gitea", "label_updated", {}, None),
        ("gitea", "closed", {}, "closed"),
    ],
)
def test_an_action_is_our_business_if_it_moves_the_change(
    name: str, action: str, changes: dict[str, Any], event: str | None
) -> None:
    hint = read(DIALECTS[name], {**OPENED, "action": action, "changes": changes})

    assert (hint.event if hint else None) == event


@pytest.mark.parametrize("action", ["edited", "deleted"])
def test_a_comment_is_heard_once_when_it_is_made(dialect: Dialect, action: str) -> None:
    assert read(dialect, {**SAID, "action": action}, "issue_comment") is None


def test_a_comment_on_an_issue_is_none_of_our_business(dialect: Dialect) -> None:
    assert read(dialect, {**SAID, "issue": {"number": 7}}, "issue_comment") is None
    assert read(dialect, {**SAID, "issue": {"number": 7, "pull_request": None}}, "issue_comment") is None


def test_comments_on_the_whole_and_at_lines_are_named_apart() -> None:
    whole, at_line = read(GITHUB, SAID, "issue_comment"), read(GITHUB, SAID_AT_LINE, "pull_request_review_comment")

    assert [hint and hint.comment for hint in (whole, at_line)] == ["99", "r99"]


def test_a_review_of_gitea_names_no_comment_and_is_not_read() -> None:
    assert read(GITEA, {**OPENED, "action": "reviewed"}, "pull_request_comment") is None


def test_forgejos_own_headers_are_read() -> None:
    body = json.dumps(OPENED).encode()
    headers = {name.replace("gitea", "forgejo"): value for name, value in signed(GITEA, body).items()}

    hint = read_webhook(headers, body, dialect=GITEA, forge="code", secret=SECRET)

    assert hint is not None
    assert (hint.delivery, hint.number) == ("d-1", 7)


def test_a_webhook_that_is_sent_as_a_form_says_what_to_change() -> None:
    with pytest.raises(BadWebhook, match="a form, not JSON"):
        read(GITHUB, b"payload=%7B%7D")


# hostile


@pytest.mark.parametrize(
    "given_signature",
    [
        "",
        " ",
        "sha256=",
        "sha1=" + "0" * 40,
        "0" * 64,
        "sha256=" + "0" * 64,
        "SHA256=" + "0" * 64,
        "\udcff",
        "x" * 10_000,
    ],
)
def test_a_signature_that_is_none_is_refused(dialect: Dialect, given_signature: str) -> None:
    with pytest.raises(ForgedWebhook):
        read(dialect, OPENED, headers={dialect.signatures[0]: given_signature})


def test_no_signature_and_the_older_one_are_refused() -> None:
    body = json.dumps(OPENED).encode()
    headers = signed(GITHUB, body)
    headers["x-hub-signature"] = f"sha1={hmac.digest(SECRET.encode(), body, 'sha1').hex()}"
    del headers["x-hub-signature-256"]

    with pytest.raises(ForgedWebhook, match="no signature"):
        read_webhook(headers, body, dialect=GITHUB, forge="code", secret=SECRET)


def test_an_empty_header_is_not_made_up_for_by_the_next() -> None:
    body = json.dumps(OPENED).encode()
    good = signed(GITEA, body)

    with pytest.raises(ForgedWebhook):
        read_webhook(
            {**good, "x-gitea-signature": "", "x-forgejo-signature": good["x-gitea-signature"]},
            body,
            dialect=GITEA,
            forge="code",
            secret=SECRET,
        )


def test_another_secret_is_refused_and_ours_is_not_told(dialect: Dialect) -> None:
    body = json.dumps(OPENED).encode()

    with pytest.raises(ForgedWebhook) as caught:
        read_webhook(signed(dialect, body, secret="other"), body, dialect=dialect, forge="code", secret=SECRET)

    assert SECRET not in f"{caught.value} {caught.value.facts}"


@given(st.sampled_from(sorted(DIALECTS)), st.data())
def test_one_flipped_bit_of_the_body_is_refused(name: str, data: st.DataObject) -> None:
    body = json.dumps(OPENED).encode()
    at = data.draw(st.integers(0, len(body) * 8 - 1))
    flipped = bytearray(body)
    flipped[at // 8] ^= 1 << at % 8

    with pytest.raises(ForgedWebhook):
        read_webhook(signed(DIALECTS[name], body), bytes(flipped), dialect=DIALECTS[name], forge="code", secret=SECRET)


def test_a_forged_webhook_is_refused_though_it_is_no_json(dialect: Dialect) -> None:
    with pytest.raises(ForgedWebhook):
        read(dialect, b"\xff not json", headers={dialect.signatures[0]: dialect.prefix + "0" * 64})


def test_a_giant_webhook_is_refused_before_it_is_read(dialect: Dialect) -> None:
    with pytest.raises(BadWebhook, match="longer"):
        read_webhook({}, b"a" * (MAX_WEBHOOK_BYTES + 1), dialect=dialect, forge="code", secret=SECRET)


@pytest.mark.parametrize("delivery", ["", "a\x1b[31m", "a" * 129, "a b"])
def test_a_delivery_whose_id_is_none_is_bad(dialect: Dialect, delivery: str) -> None:
    with pytest.raises(BadWebhook):
        read(dialect, OPENED, headers={dialect.deliveries[0]: delivery})


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe{\x00}\x00",
        b"[" * 1_000_000,
        b'{"a":' * 200_000,
        b'{"action": 1}',
        b'{"action": "opened"}',
        b'{"action": "opened", "repository": {"id": 5}}',
        b'{"action": "opened", "pull_request": {"number": 7}}',
    ],
)
def test_a_malformed_webhook_is_bad_and_nothing_worse(dialect: Dialect, text: bytes) -> None:
    with pytest.raises(BadWebhook):
        read(dialect, text)


@pytest.mark.parametrize("lost", ["issue", "comment", "repository"])
def test_a_comment_that_does_not_say_where_it_is_is_bad(dialect: Dialect, lost: str) -> None:
    with pytest.raises(BadWebhook):
        read(dialect, {**SAID, lost: None}, "issue_comment")


ODD = [0, -1, 2**53, 2**64, 10**400, 1.5, "7", "7; drop", None, True, [], {}, "../1", "\u202e7"]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("where", ["repository", "pull_request"])
def test_an_odd_number_is_refused(dialect: Dialect, odd: object, where: str) -> None:
    field = "id" if where == "repository" else "number"

    with pytest.raises(BadWebhook):
        read(dialect, {**OPENED, where: {field: odd}})


def test_a_replay_is_the_same_hint(dialect: Dialect) -> None:
    assert read(dialect, OPENED) == read(dialect, dict(OPENED))


@pytest.mark.parametrize("text", ["<img src=//beacon>", "\x1b[2J", "\u202e", "a" * 1_000_000, "'; drop table reviews"])
def test_nothing_that_people_write_is_in_the_hint(dialect: Dialect, text: str) -> None:
    told = {**OPENED["pull_request"], "title": text, "body": text, "head": {"ref": text}}  # type: ignore[dict-item]

    hint = read(dialect, {**OPENED, "pull_request": told, "sender": {"login": text}})

    assert hint is not None
    assert text not in repr(hint)


NAMES = ["action", "repository", "pull_request", "issue", "comment", "changes", "is_pull", "number"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200)
@given(
    st.sampled_from(sorted(DIALECTS)),
    st.sampled_from(["pull_request", "issue_comment", "pull_request_review_comment"]),
    st.dictionaries(st.sampled_from(NAMES), JSON),
)
def test_no_json_makes_anything_but_a_hint_or_an_error(name: str, event: str, changed: dict[str, Any]) -> None:
    try:
        hint = read(DIALECTS[name], {**OPENED, **SAID, **changed}, event)
    except BadWebhook:
        return

    assert hint is None or msgspec.convert(msgspec.to_builtins(hint), Hint) == hint
