"""Texts made to blind or to stall the search for secrets: time stays linear, and nothing is skipped."""

import random
import time
from collections.abc import Callable

import pytest
from stand_ins.secret_samples import assemble

from coderev.sensitive import RedactionUnsettled, detectors, find, redact

HINTS = "".join(f' {hint} = "' for hint in sorted({hint for detector in detectors() for hint in detector.hints}))
AWS = assemble("AKIA[A-Z2-7]{16}")
HEADER = assemble("[-]{5}BEGIN RSA PRIVATE KEY-----\n")
STALLERS = {
    "every-hint": HINTS * 12,
    "headers-without-a-body": HEADER * 3_000,
    "a-body-without-an-end": HEADER + ("aB3dE5gH7jK9" * 5 + "\n") * 1_500,
    "half-mailboxes": "a.b@" * 25_000,
    "mailboxes": "joe.k@clinic-west.org " * 4_000,
    "digits": "1234-567-" * 11_000,
    "spaces-after-a-name": "password" + " " * 100_000,
    "open-literals": "password = '" * 8_000,
    "one-letter": "A" * 100_000,
    "half-tokens": "eyJaaaaaaaaaaaa." * 6_000,
    "half-addresses": "http://a:" * 11_000,
    "half-machines": "machine a login " * 6_000,
    "half-putty-keys": "PuTTY-User-Key-File-3: " * 4_000,
    "half-web-keys": '"kty"' * 20_000,
    "half-vaults": "$ANSIBLE_VAULT;1.1;AES256\n" * 4_000,
    "half-accounts": "GB33 WEST " * 10_000,
}


def seconds(action: Callable[[bytes], object], text: bytes) -> float:
    """The least of three: what else runs on this machine only ever adds to it."""
    took = []
    for _ in range(3):
        start = time.process_time()
        action(text)
        took.append(time.process_time() - start)
    return min(took)


@pytest.mark.parametrize("name", STALLERS)
def test_a_text_four_times_as_long_takes_about_four_times_as_long(name: str) -> None:
    text = STALLERS[name].encode()
    find(text)

    once, four_times = seconds(find, text), seconds(find, text * 4)

    assert four_times < 10 * once + 0.05


@pytest.mark.parametrize("name", STALLERS)
def test_a_secret_behind_a_flood_is_found(name: str) -> None:
    text = f"{STALLERS[name]}\n\n{AWS}\n".encode()

    last = find(text)[-1]

    assert AWS.encode() in text[last.start_byte : last.end_byte]


def test_random_bytes_are_searched() -> None:
    noise = random.Random(1).randbytes(200_000)

    assert "aws-access-key-id" in {found.kind for found in find(noise + b"\n" + AWS.encode() + b"\n" + noise)}


def test_a_name_far_from_its_value_and_a_placeholder_between_hide_nothing_else() -> None:
    text = f'password = "«SECRET:jwt:1»" # {AWS}'

    assert [found.kind for found in find(text.encode())] == ["aws-access-key-id"]


def test_a_secret_that_dresses_up_as_a_placeholder_is_found() -> None:
    token = assemble("glpat-[a-z0-9]{20}")

    assert [found.kind for found in find(f"«SECRET:{token}:1»".encode())] == ["gitlab-personal-token"]


def test_a_flood_of_lookalike_placeholders_does_not_run_into_ours() -> None:
    text = "".join(f"«SECRET:aws-access-key-id:{number}»" for number in range(1, 3_000)) + f" {AWS}"

    redacted = redact(text)

    assert redacted.text.endswith("«SECRET:aws-access-key-id:3000»")
    assert redacted.restore(redacted.text) == text


def test_thousands_of_secrets_are_hidden_in_seconds() -> None:
    text = "\n".join(assemble("AKIA[A-Z2-7]{16}", seed) for seed in range(3_000))

    took = seconds(lambda data: redact(data.decode()), text.encode())

    assert took < 5
    assert "AKIA" not in redact(text).text


def test_a_chain_in_which_each_placeholder_uncovers_the_next_secret_is_hidden() -> None:
    chain = "".join(assemble("[A-Za-z0-9]{9}.[a-z]{5}@west.org", seed) + AWS for seed in range(40))

    redacted = redact(chain)

    assert find(redacted.text.encode()) == ()
    assert redacted.restore(redacted.text) == chain


def test_a_text_in_which_every_placeholder_uncovers_one_more_is_refused() -> None:
    chain = "".join(assemble("([2-4]1[2-9]) [2-4]{3}-[1-9]{4}", seed) for seed in range(40))

    with pytest.raises(RedactionUnsettled, match="16 rounds"):
        redact(chain)
