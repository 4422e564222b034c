"""The attacker posts webhooks: forged, replayed, giant, malformed. Here at the level of the hosts' adapters.

Each host's reader is a row of `READERS`: how it reads, and how its host signs. What is not genuine is refused before a
byte of it is read; what is genuine may still be written by somebody who named a branch or wrote a comment.
"""

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coderev.forge.errors import BadWebhook, ForgedWebhook
from coderev.forge.hosts import gitlab_webhook
from coderev.forge.values import Hint

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
SECRET = "a-secret-of-webhooks"
KEY = b"thirty-two bytes of a key, these"
SIGNING = f"whsec_{base64.b64encode(KEY).decode()}"


@dataclass(frozen=True)
class Reader:
    """How one kind of host's webhooks are read, and the headers that it sends with a body."""

    read: Callable[[Mapping[str, str], bytes], Hint | None]
    sign: Callable[[bytes], dict[str, str]]
    opened: Mapping[str, Any]  # the body of a webhook that says that a merge request was opened
    signs_body: bool  # else the secret itself is sent


def _gitlab(secret: str, at: datetime = NOW) -> Callable[[Mapping[str, str], bytes], Hint | None]:
    def read(headers: Mapping[str, str], body: bytes) -> Hint | None:
        return gitlab_webhook.read_webhook(headers, body, forge="code", secret=secret, at=at)

    return read


def _with_token(_body: bytes) -> dict[str, str]:
    return {"x-gitlab-event": "Merge Request Hook", "x-gitlab-token": SECRET, "idempotency-key": "d-1"}


def _with_signature(body: bytes, *, key: bytes = KEY, at: datetime = NOW) -> dict[str, str]:
    time = str(int(at.timestamp()))
    signature = base64.b64encode(hmac.digest(key, f"d-1.{time}.".encode() + body, "sha256")).decode()
    named = {"webhook-id": "d-1", "webhook-timestamp": time, "webhook-signature": f"v1,{signature}"}
    return {"x-gitlab-event": "Merge Request Hook", **named}


GITLAB: dict[str, Any] = {
    "object_kind": "merge_request",
    "project": {"id": 5},
    "object_attributes": {"id": 99, "iid": 7, "action": "open"},
}
READERS = {
    "gitlab token": Reader(_gitlab(SECRET), _with_token, GITLAB, signs_body=False),
    "gitlab signing": Reader(_gitlab(SIGNING), _with_signature, GITLAB, signs_body=True),
}
SIGNED = {name: reader for name, reader in READERS.items() if reader.signs_body}


@pytest.fixture(params=sorted(READERS))
def reader(request: pytest.FixtureRequest) -> Reader:
    return READERS[request.param]


@pytest.fixture
def body(reader: Reader) -> bytes:
    return json.dumps(reader.opened).encode()


def test_what_the_host_sends_is_read(reader: Reader, body: bytes) -> None:
    hint = reader.read(reader.sign(body), body)

    assert hint is not None
    assert (hint.event, hint.number, hint.delivery) == ("pushed", 7, "d-1")


def test_no_header_means_no_reading(reader: Reader, body: bytes) -> None:
    kept = {name: value for name, value in reader.sign(body).items() if name == "x-gitlab-event"}

    with pytest.raises(ForgedWebhook):
        reader.read(kept, body)


@pytest.mark.parametrize("given", ["", " ", SECRET[:-1], f"{SECRET} ", SECRET.upper(), "\udcff", "ключ", SECRET * 1000])
def test_a_token_that_is_nearly_ours_is_refused(given: str) -> None:
    body = json.dumps(GITLAB).encode()

    with pytest.raises(ForgedWebhook):
        _gitlab(SECRET)({**_with_token(body), "x-gitlab-token": given}, body)


def test_the_refusal_does_not_tell_the_secret(reader: Reader, body: bytes) -> None:
    headers = {
        name: "wrong" if "token" in name or "signature" in name else value for name, value in reader.sign(body).items()
    }

    with pytest.raises(ForgedWebhook) as caught:
        reader.read(headers, body)

    assert SECRET not in f"{caught.value} {caught.value.facts}"
    assert SIGNING not in f"{caught.value} {caught.value.facts}"


def test_a_forged_webhook_is_refused_though_it_is_no_json(reader: Reader) -> None:
    with pytest.raises(ForgedWebhook):
        reader.read({"x-gitlab-event": "Merge Request Hook"}, b"\xff not json")


@given(st.sampled_from(sorted(SIGNED)), st.data())
def test_one_flipped_bit_of_a_signed_body_is_refused(name: str, data: st.DataObject) -> None:
    reader = SIGNED[name]
    body = json.dumps(reader.opened).encode()
    at = data.draw(st.integers(0, len(body) * 8 - 1))
    flipped = bytearray(body)
    flipped[at // 8] ^= 1 << at % 8

    with pytest.raises(ForgedWebhook):
        reader.read(reader.sign(body), bytes(flipped))


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("value", ["", "x", "1", "v1,", "v1a,AAAA", "v2,AAAA", "\udcff"])
def test_one_changed_header_of_a_signed_webhook_is_refused(name: str, value: str) -> None:
    body = json.dumps(GITLAB).encode()

    with pytest.raises(ForgedWebhook):
        _gitlab(SIGNING)({**_with_signature(body), name: value}, body)


def test_a_signature_by_another_key_is_refused_also_among_many() -> None:
    body = json.dumps(GITLAB).encode()
    other = _with_signature(body, key=b"another")["webhook-signature"]

    with pytest.raises(ForgedWebhook):
        _gitlab(SIGNING)({**_with_signature(body), "webhook-signature": " ".join([other] * 50)}, body)


def test_the_good_one_of_several_signatures_is_enough() -> None:
    body = json.dumps(GITLAB).encode()
    good = _with_signature(body)
    other = _with_signature(body, key=b"another")["webhook-signature"]

    assert _gitlab(SIGNING)({**good, "webhook-signature": f"{other} {good['webhook-signature']}"}, body) is not None


def test_a_host_that_signs_cannot_be_answered_with_a_token_instead() -> None:
    body = json.dumps(GITLAB).encode()

    with pytest.raises(ForgedWebhook):
        _gitlab(SIGNING)({**_with_token(body), "x-gitlab-token": SIGNING}, body)


@pytest.mark.parametrize("secret", ["whsec_", "whsec_===", "whsec_no base64"])
def test_a_signing_token_without_a_key_signs_nothing(secret: str) -> None:
    body = json.dumps(GITLAB).encode()

    with pytest.raises(ForgedWebhook):
        _gitlab(secret)(_with_signature(body, key=b""), body)


@pytest.mark.parametrize("away", [timedelta(hours=2), timedelta(hours=-2), timedelta(days=400)])
def test_a_signed_webhook_of_another_time_is_refused(away: timedelta) -> None:
    body = json.dumps(GITLAB).encode()

    with pytest.raises(ForgedWebhook, match="time"):
        _gitlab(SIGNING)(_with_signature(body, at=NOW + away), body)


def test_a_replay_bears_the_id_of_the_first(reader: Reader, body: bytes) -> None:
    headers = reader.sign(body)

    first, again = reader.read(headers, body), reader.read(dict(headers), bytes(body))

    assert first == again


def test_a_replay_of_a_signed_webhook_cannot_bear_another_id() -> None:
    body = json.dumps(GITLAB).encode()

    with pytest.raises(ForgedWebhook):
        _gitlab(SIGNING)({**_with_signature(body), "webhook-id": "d-2"}, body)


def test_a_giant_webhook_is_refused_before_it_is_read(reader: Reader) -> None:
    giant = b'"' + b"a" * gitlab_webhook.MAX_WEBHOOK_BYTES + b'"'

    with pytest.raises(BadWebhook, match="longer"):
        reader.read(reader.sign(b""), giant)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"[]",
        b'"merge_request"',
        b"{",
        b'{"object_kind": "merge_request"',
        b"\xff\xfe{\x00}\x00",
        b"[" * 1_000_000,
        b'{"a":' * 200_000,
        b'{"object_kind": 1}',
        b'{"object_kind": "merge_request"}',
        b'{"object_kind": "merge_request", "object_kind": "note"}',
        b'{"object_kind": "merge_request", "project": {"id": 5}}',
    ],
)
def test_a_malformed_webhook_is_bad_and_nothing_worse(reader: Reader, text: bytes) -> None:
    with pytest.raises(BadWebhook):
        reader.read(reader.sign(text), text)


ODD = [0, -1, 2**53, 2**64, 10**400, 1.5, "7", "7; drop", None, True, [], {}, "../1", "\u202e7"]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("where", ["project", "request"])
def test_an_odd_number_is_refused(reader: Reader, odd: object, where: str) -> None:
    happened = {"id": 99, "iid": odd if where == "request" else 7, "action": "open"}
    told = {**reader.opened, "project": {"id": odd if where == "project" else 5}, "object_attributes": happened}
    body = json.dumps(told).encode()

    with pytest.raises(BadWebhook):
        reader.read(reader.sign(body), body)


@given(st.sampled_from(sorted(READERS)), st.binary(max_size=200))
def test_no_bytes_make_anything_but_a_hint_or_an_error(name: str, body: bytes) -> None:
    reader = READERS[name]

    try:
        hint = reader.read(reader.sign(body), body)
    except BadWebhook:
        return

    assert hint is None or hint.number > 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = ["object_kind", "project", "object_attributes", "merge_request", "changes", "user"]


@settings(max_examples=200)
@given(st.sampled_from(sorted(READERS)), st.dictionaries(st.sampled_from(NAMES), JSON))
def test_no_json_makes_anything_but_a_hint_or_an_error(name: str, changed: dict[str, Any]) -> None:
    reader = READERS[name]
    body = json.dumps({**reader.opened, **changed}).encode()

    try:
        hint = reader.read(reader.sign(body), body)
    except BadWebhook:
        return

    assert hint is None or msgspec.convert(msgspec.to_builtins(hint), Hint) == hint


@pytest.mark.parametrize("text", ["<img src=//beacon>", "\x1b[2J", "\u202e", "a" * 1_000_000, "'; drop table reviews"])
def test_nothing_that_people_write_is_in_the_hint(reader: Reader, text: str) -> None:
    people = {"title": text, "description": text, "source_branch": text, "target_branch": text}
    told = {
        **reader.opened,
        "user": {"name": text},
        "object_attributes": {**reader.opened["object_attributes"], **people},
    }
    body = json.dumps(told).encode()

    hint = reader.read(reader.sign(body), body)

    assert hint is not None
    assert text not in repr(hint)


def test_no_description_is_so_long_that_its_change_is_not_heard_of() -> None:
    long = "<" * 1024 * 1024  # the most that GitLab takes
    described = {**GITLAB["object_attributes"], "description": long, "action": "update", "oldrev": "a" * 40}
    changes = {"description": {"previous": long, "current": long}}
    told = json.dumps({**GITLAB, "object_attributes": described, "changes": changes}).replace("<", "\\u003c").encode()

    hint = READERS["gitlab token"].read(_with_token(told), told)

    assert len(told) > 18_000_000
    assert hint is not None
