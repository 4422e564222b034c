"""Placeholders hide every secret, keep the lines, and come out again as what they stood for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stand_ins.secret_samples import assemble

from coderev.sensitive import Detector, detectors, find, redact

AWS = assemble("AKIA[A-Z2-7]{16}")
OTHER = assemble("AKIA[A-Z2-7]{16}", seed=1)
PASSWORD = assemble("[A-Z][0-9][a-z]{8}!")
PEM = assemble("[-]{5}BEGIN EC PRIVATE KEY-----\n[A-Za-z0-9+/]{64}\n[A-Za-z0-9+/]{40}==\n-----END EC PRIVATE KEY-----")
SAMPLES = [assemble(detector.sample, seed) for detector in detectors() for seed in (0, 1)]
LOOKALIKES = ["«SECRET:jwt:1»", "«SECRET:aws-access-key-id:1»", "«IDENTIFIER:email-address:2»", "«SECRET:", "»", ":1»"]
PARTS = st.one_of(
    st.sampled_from(SAMPLES), st.sampled_from(LOOKALIKES), st.text(max_size=9), st.just("password = '"), st.just("\n")
)
TEXTS = st.builds(str.join, st.sampled_from(["", " ", "\n", "'"]), st.lists(PARTS, max_size=8))


def test_a_placeholder_says_what_it_hides() -> None:
    assert redact(f"key = {AWS}\n").text == "key = «SECRET:aws-access-key-id:1»\n"


def test_one_secret_has_one_placeholder_and_two_have_two() -> None:
    redacted = redact(f"{AWS} {OTHER} {AWS}")

    assert redacted.text.split() == [f"«SECRET:aws-access-key-id:{number}»" for number in (1, 2, 1)]


def test_a_secret_is_hidden_where_nothing_marks_it_as_one() -> None:
    redacted = redact(f'password = "{PASSWORD}"\nlog(x{PASSWORD}y)\n')

    assert PASSWORD not in redacted.text
    assert redacted.text.count("«SECRET:assigned-password:1»") == 2


def test_a_private_key_keeps_its_lines() -> None:
    text = f"a\n{PEM}\nb\n"

    redacted = redact(text)

    assert redacted.text.count("\n") == text.count("\n")
    assert redacted.text.splitlines()[-1] == "b"
    assert redacted.restore(redacted.text) == text


def test_a_line_of_a_private_key_is_hidden_where_it_is_repeated() -> None:
    line = PEM.splitlines()[1]

    assert line not in redact(f"{PEM}\nprint({line})\n").text


def test_an_answer_that_quotes_a_placeholder_is_restored() -> None:
    redacted = redact(f"key = {AWS}")

    assert redacted.restore('the quote is "key = «SECRET:aws-access-key-id:1»"') == f'the quote is "key = {AWS}"'


def test_a_placeholder_that_was_never_issued_stays_in_the_answer() -> None:
    assert redact("a").restore("«SECRET:jwt:7»") == "«SECRET:jwt:7»"


def test_a_text_that_holds_our_placeholder_already_survives() -> None:
    text = f"«SECRET:aws-access-key-id:1» {AWS}"

    redacted = redact(text)

    assert redacted.text == "«SECRET:aws-access-key-id:1» «SECRET:aws-access-key-id:2»"
    assert redacted.restore(redacted.text) == text


def test_a_lone_surrogate_survives() -> None:
    text = f"\udcff {AWS} \ud800"

    redacted = redact(text)

    assert redacted.restore(redacted.text) == text


def test_a_clean_text_is_left_as_it_is() -> None:
    assert redact("def f() -> int:\n    return 1\n").text == "def f() -> int:\n    return 1\n"


def test_secrets_do_not_show_in_a_traceback() -> None:
    assert AWS not in repr(redact(AWS))


@pytest.mark.parametrize("detector", detectors(), ids=lambda detector: detector.kind)
def test_a_sample_of_every_kind_is_hidden_and_restored(detector: Detector) -> None:
    text = f"# é\n{assemble(detector.sample)}\n"

    redacted = redact(text)

    assert "»" in redacted.text
    assert redacted.restore(redacted.text) == text


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_nothing_found_remains_and_everything_comes_back(text: str) -> None:
    redacted = redact(text)

    assert redacted.restore(redacted.text) == text
    assert redacted.text.count("\n") == text.count("\n")
    assert find(redacted.text.encode()) == ()
    assert redact(redacted.text).text == redacted.text


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_no_secret_of_a_found_span_stands_outside_of_a_placeholder(text: str) -> None:
    data = text.encode()
    secrets = [data[found.start_byte : found.end_byte].decode() for found in find(data)]

    redacted = redact(text)
    outside = redacted.text
    for placeholder in redacted.placeholders:
        outside = outside.replace(placeholder, "\0")

    assert not any(secret in outside for secret in secrets)
