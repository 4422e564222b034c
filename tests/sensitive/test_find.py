"""What `find` says about a text: spans in bytes, in order, without overlaps, with the right weight."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stand_ins.secret_samples import assemble

from coderev.sensitive import Sensitive, detectors, find

AWS = assemble("AKIA[A-Z2-7]{16}")
GITHUB = assemble("ghp_[A-Za-z0-9]{30}<crc32>")
LONG = assemble("[A-Za-z0-9]{32}")
SSN = assemble("[5-6]12-[1-9]{2}-[1-9]{4}")
PEM = assemble(
    "[-]{5}BEGIN RSA PRIVATE KEY-----\n[A-Za-z0-9+/]{64}\n[A-Za-z0-9+/]{40}==\n-----END RSA PRIVATE KEY-----"
)
SAMPLES = [assemble(detector.sample) for detector in detectors()]
TEXTS = st.lists(st.one_of(st.sampled_from(SAMPLES), st.text(max_size=12)), max_size=6)


def only(text: str | bytes) -> Sensitive:
    (found,) = find(text.encode() if isinstance(text, str) else text)
    return found


def kinds(text: str) -> list[str]:
    return [found.kind for found in find(text.encode())]


def test_offsets_count_bytes() -> None:
    text = f'é = "{AWS}"'.encode()

    found = only(text)

    assert text[found.start_byte : found.end_byte] == AWS.encode()


def test_bytes_that_are_no_utf_8_are_read() -> None:
    assert only(b"\xff\xfe" + AWS.encode() + b"\xff\x80").kind == "aws-access-key-id"


def test_a_token_is_found_behind_an_escaped_line_feed_and_an_encoded_equals_sign() -> None:
    assert kinds(f'"keys:\\n{AWS}\\n"') == kinds(f"?key%3D{AWS}") == ["aws-access-key-id"]


def test_a_token_within_a_longer_word_is_none() -> None:
    assert kinds(f"x{AWS}") == kinds(f"{AWS}x") == []


@pytest.mark.parametrize("kind", ["facebook-token", "square-personal-token", "x-bearer-token"])
def test_letters_in_base64_are_no_token(kind: str) -> None:
    token = next(assemble(detector.sample) for detector in detectors() if detector.kind == kind)

    assert kinds(f'wasm = "AGFzbQ/{token}/TcLAQ=="') == kinds(f'x = "+{token}="') == []
    assert kinds(f"https://site.internal/?access_token={token}&v=1") == kinds(f'{{"bearer": "{token}"}}') == [kind]


def test_neighbours_that_share_one_space_are_both_found() -> None:
    assert kinds(f"{AWS} {AWS}") == ["aws-access-key-id"] * 2


def test_the_more_specific_kind_wins_over_a_generic_one_on_the_same_bytes() -> None:
    assert kinds(f'api_key = "{GITHUB}"') == ["github-personal-token"]


def test_the_longer_of_two_that_overlap_wins() -> None:
    assert kinds(assemble("key-[0-9a-f]{32}-us21")) == ["mailchimp-key"]


def test_a_secret_wins_over_a_longer_identifier() -> None:
    password = assemble("[A-Z][0-9][a-z]{8}")

    assert kinds(f"https://deploy:{password}@git.clinic-west.org/x.git") == ["basic-auth-url"]


@pytest.mark.parametrize(
    "value",
    [
        "changeme-1234567890-changeme",
        "my-example-token-1-for-docs-2",
        "${SECRET_FROM_VAULT_1}-and-more",
        "<your-api-key-0-goes-here-1-2>",
        "xxxxxxxxxxxxxxxxxxxxxxxxx1",
        "settings.security.token_url_v2",
        "https://auth.internal/v1/token/2",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaa1",
        "os.environ['APP_API_KEY_1']",
        "password123",
        "[A-Za-z0-9_]{40}",
        "rust_openssl.hpke.X25519PrivateKey",
    ],
)
def test_a_stand_in_is_no_secret(value: str) -> None:
    assert kinds(f'api_key = "{value}"\npassword = "{value}"\n') == []


@pytest.mark.parametrize(
    "text",
    [
        '"access_token":"2YotnFZFEjr1zCsicMWpAA",',  # RFC 6749, section 5.1
        "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",  # RFC 7617, section 2
        "Authorization: Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW",  # RFC 6749, section 2.3.1
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",  # jwt.io
    ],
)
def test_a_sample_that_a_standard_published_is_no_secret(text: str) -> None:
    assert kinds(text) == []


def test_a_literal_from_the_environment_is_no_secret() -> None:
    assert kinds('password = os.environ["APP_PASSWORD_2"]\napi_key = config.api_key_v2\n') == []


def test_an_unquoted_value_of_a_configuration_file_is_found() -> None:
    text = f"spring.datasource.password=Kx{LONG[:9]}1\ntoken: {LONG}\r\nexport APP_KEY=1\n  api_key = {LONG[::-1]}\n"

    assert kinds(text) == ["configured-password", "configured-secret", "configured-secret"]


def test_a_private_key_is_found_whole_in_a_diff_with_line_numbers() -> None:
    numbered = "\n".join(f"{number:4} + {line}" for number, line in enumerate(PEM.splitlines(), start=9))

    found = only(numbered)

    assert numbered[found.start_byte : found.end_byte].endswith("-----END RSA PRIVATE KEY-----")


def test_a_private_key_is_found_in_a_json_string_and_without_its_end() -> None:
    in_json = PEM.replace("\n", "\\n")
    cut_off = PEM.partition("-----END")[0]

    assert kinds(in_json) == kinds(cut_off) == ["rsa-private-key"]


def test_the_mention_of_a_header_is_no_key() -> None:
    assert kinds('if "-----BEGIN RSA PRIVATE ' + 'KEY-----" in text:\n    raise ValueError(text)\n') == []


def test_a_token_whose_checksum_is_wrong_does_not_fail_a_review_but_is_still_redacted() -> None:
    found = only(assemble("ghp_[A-Za-z0-9]{30}000000"))

    assert (found.kind, found.severity, found.confidence) == ("github-token-unchecked", "medium", "low")


def test_an_identifier_beside_a_clinical_word_is_health_information() -> None:
    plain, clinical = only(f"x = '{SSN}'"), only(f"patient = '{SSN}'")

    assert (plain.severity, clinical.severity) == ("low", "medium")


def test_a_clinical_word_on_another_line_does_not_count() -> None:
    assert only(f"# patient\nx = '{SSN}'\n# hospital\n").severity == "low"


def test_the_severity_of_a_secret_does_not_depend_on_its_line() -> None:
    assert only(f"patient = '{AWS}'").severity == "critical"


@pytest.mark.parametrize(
    "mailbox", ["git@github.com", "a@b.example.com", "a@example.org", "x@corp.invalid", "no@x.weight"]
)
def test_a_mailbox_of_no_person_is_left_alone(mailbox: str) -> None:
    assert kinds(f"see {mailbox} for more") == []


def test_a_matrix_product_is_no_mailbox() -> None:
    assert kinds("y = x@w.to(device)\nz = x@w.it[0]\n") == []


def test_a_fictional_telephone_number_is_left_alone() -> None:
    assert kinds("call (212) 555-0147") == []


def test_an_example_social_security_number_is_left_alone() -> None:
    assert kinds("078-05-" + "1120") == []


def test_what_lies_in_a_placeholder_is_not_sensitive() -> None:
    assert kinds('password = "«SECRET:assigned-password:1»"') == []
    assert kinds("api_key: «SECRET:jwt:1»; password: «SECRET:jwt:2»\n") == []


def test_an_empty_text_holds_nothing() -> None:
    assert find(b"") == ()


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.sampled_from([" ", "\n", "", ",", "_"]))
def test_spans_are_in_order_disjoint_and_inside_the_text(parts: list[str], between: str) -> None:
    text = between.join(parts).encode(errors="surrogatepass")

    spans = [(found.start_byte, found.end_byte) for found in find(text)]

    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(SAMPLES))
def test_no_bytes_around_a_sample_are_too_strange(noise: bytes, sample: str) -> None:
    start = len(noise) + 1
    text = noise + b"\n" + sample.encode() + b"\n" + noise

    assert any(found.end_byte > start and found.start_byte < start + len(sample.encode()) for found in find(text))
