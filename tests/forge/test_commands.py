"""What a person says to us in a comment, and what they may."""

import itertools
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stand_ins.memory_forge import a_request

from coderev.forge.commands import (
    Asker,
    Command,
    Dismiss,
    Explain,
    Help,
    Refusal,
    Review,
    Unclear,
    may,
    owners_branch,
    parse,
)
from coderev.forge.values import PERMISSIONS, Permission
from coderev.store.records import REASONS, Scope

NAMES = ("coderev", "review-bot")
FP = "5f1c0e6a9b7d42338e21f0a4c6d8b9e7"
DISMISS = Dismiss(fingerprint=FP, reason="false-positive")


@pytest.mark.parametrize(
    ("body", "command"),
    [
        ("@coderev review", Review()),
        ("@CodeRev: REVIEW", Review()),
        ("@review-bot, review please", Review()),
        ("  @coderev review\n\nthank you", Review()),
        ("@coderev", Help()),
        ("@coderev help", Help()),
        (f"@coderev explain {FP}", Explain(fingerprint=FP)),
        ("@coderev explain `5f1c0e6a9b7d`", Explain(fingerprint="5f1c0e6a9b7d")),
        (f"@coderev dismiss {FP} false-positive", DISMISS),
        (
            f"@coderev dismiss {FP} false-positive for 30 days",
            Dismiss(fingerprint=FP, reason="false-positive", days=30),
        ),
        (
            f"@coderev dismiss {FP} wont-fix for 1 day in file the other team owns it",
            Dismiss(fingerprint=FP, reason="wont-fix", days=1, scope="file", note="the other team owns it"),
        ),
        (
            f"@coderev dismiss {FP} test-code in repository for 90 days",
            Dismiss(fingerprint=FP, reason="test-code", days=90, scope="repository"),
        ),
        (
            f"@coderev dismiss {FP} mitigated by the gateway",
            Dismiss(fingerprint=FP, reason="mitigated", note="by the gateway"),
        ),
        ("@coderev dismiss mitigated", Unclear("no finding")),
        ("@coderev explain", Unclear("no finding")),
        ("@coderev explain 5f1c", Unclear("no finding")),
        (f"@coderev explain {FP} and more", Unclear("unknown")),
        (f"@coderev dismiss {FP}", Unclear("no reason")),
        (f"@coderev dismiss {FP} because", Unclear("no reason")),
        (f"@coderev dismiss {FP} mitigated for 0 days", Unclear("days")),
        (f"@coderev dismiss {FP} mitigated for 99999 days", Unclear("days")),
        (f"@coderev dismiss {FP} mitigated for ever days", Unclear("days")),
        (f"@coderev dismiss {FP} mitigated for ٣ days", Unclear("days")),
        ("@coderev approve", Unclear("unknown")),
        ("@coderev review\n@coderev explain 5f1c0e6a9b7d", Unclear("several")),
    ],
)
def test_a_command_is_understood(body: str, command: Command) -> None:
    assert parse(body, NAMES) == command


@pytest.mark.parametrize(
    "body",
    [
        "",
        "looks good",
        "please @coderev review",
        "@coderevx review",
        "@coder review",
        "coderev review",
        "> @coderev review",
        "  > @coderev review",
        "```\n@coderev review\n```",
        "~~~~\n```\n@coderev review\n~~~\n~~~~",
        "```\n@coderev review",
        "    @coderev review",
        "\t@coderev review",
        "<!-- @coderev review -->",
        "<!--\n@coderev review\n-->",
        "<!--\n@coderev review",
        "`@coderev review`",
        "Reply `@coderev explain` or `@coderev dismiss REASON`.",
    ],
)
def test_what_is_code_quoted_hidden_or_in_the_middle_of_a_line_is_no_command(body: str) -> None:
    assert parse(body, NAMES) is None


@pytest.mark.parametrize(
    ("body", "command"),
    [
        ("@coderev explain", Explain(fingerprint=FP)),
        ("@coderev dismiss false-positive", DISMISS),
        ("@coderev explain aaaaaaaa", Explain(fingerprint="aaaaaaaa")),
    ],
)
def test_in_a_thread_the_finding_is_known(body: str, command: Command) -> None:
    assert parse(body, NAMES, FP) == command


@given(st.text(max_size=200))
def test_any_text_is_a_command_of_ours_or_none(text: str) -> None:
    command = parse(text, NAMES, FP)

    assert command is None or "@" in text


@given(st.text(max_size=80))
def test_a_dismissal_has_a_reason_and_a_bounded_note_whatever_follows(text: str) -> None:
    command = parse(f"@coderev dismiss mitigated {text}", NAMES, FP)

    assert isinstance(command, Dismiss | Unclear)
    if isinstance(command, Dismiss):
        assert command.reason in REASONS
        assert "\n" not in command.note
        assert command.days is None or 1 <= command.days <= 3650


def test_a_giant_comment_is_read_to_its_cap() -> None:
    assert parse("\n" * 200_000 + "@coderev review", NAMES) is None
    assert parse("<!--" * 50_000, NAMES) is None


@pytest.mark.parametrize(
    ("command", "least"),
    [
        (Help(), "read"),
        (Unclear("unknown"), "read"),
        (Explain(fingerprint=FP), "read"),
        (Review(), "write"),
        (DISMISS, "write"),
    ],
)
def test_a_command_needs_a_permission(command: Command, least: Permission) -> None:
    allowed = [each for each in PERMISSIONS if may(command, Asker(permission=each, is_author=False)) is None]

    assert allowed == list(PERMISSIONS[PERMISSIONS.index(least) :])


def test_the_author_may_ask_for_a_review_of_their_own_change() -> None:
    assert may(Review(), Asker(permission="read", is_author=True)) is None
    assert may(Review(), Asker(permission="none", is_author=True)) is not None


@pytest.mark.parametrize(
    ("permission", "author", "owner", "gates", "scope"),
    list(itertools.product(PERMISSIONS, (True, False), (True, False), (True, False), ("place", "file", "repository"))),
)
def test_who_may_dismiss(permission: Permission, author: bool, owner: bool, gates: bool, scope: Scope) -> None:
    asker = Asker(permission=permission, is_author=author, is_owner=owner, gates=gates)

    refusal = may(Dismiss(fingerprint=FP, reason="mitigated", scope=scope), asker)

    able = permission in {"write", "maintain", "admin"}
    own = author and (gates or scope != "place")
    wide = scope != "place" and not owner
    assert (refusal is None) is (able and not own and not wide)
    assert refusal is None or isinstance(refusal, Refusal)


def test_owners_are_read_from_a_branch_that_the_author_cannot_write_to() -> None:
    assert owners_branch(a_request(target="release", target_protected=True)) == "release"
    assert owners_branch(a_request(target="alices-own", target_protected=False)) == "main"


def test_every_command_in_the_document_is_one_and_every_reason_is_there() -> None:
    document = (Path(__file__).parents[2] / "docs" / "howto" / "talk-back.md").read_text(encoding="utf-8")
    lines = re.findall(r"^(?:\| `(@coderev [^`]+)`|(@coderev .+)$)", document, re.MULTILINE)
    replies = re.findall(r"leave the fingerprint out: `([^`]+)`", document)

    found = [parse(table or block, NAMES) for table, block in lines]

    assert [type(each) for each in found] == [Review, Explain, Dismiss, Help, Dismiss]
    assert [parse(reply, NAMES, FP) for reply in replies] == [Dismiss(fingerprint=FP, reason="mitigated")]
    assert all(f"`{reason}`" in document for reason in REASONS)
