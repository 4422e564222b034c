import pytest

from coderev.review.guidelines import Guidelines, read_guidelines


def test_wishes_are_read() -> None:
    text = b"guidelines: [amounts are in cents]\nignore: [vendor/]\nlanguages: {'*.inc': php}\nfail_on: medium\n"

    wishes, notes = read_guidelines(text)

    assert notes == ()
    assert wishes == Guidelines(
        guidelines=("amounts are in cents",), ignore=("vendor/",), languages={"*.inc": "php"}, fail_on="medium"
    )


def test_no_file_asks_for_nothing() -> None:
    assert read_guidelines(None) == (Guidelines(), ())


@pytest.mark.parametrize(
    "text",
    [
        b"exclude: [src/]",
        b"fail_on: sometimes",
        b"languages: {'*.py': klingon}",
        b"guidelines: [" + b"x" * 501 + b"]",
        b"ignore: [a]\nignore: [b]",
        b"ignore: [" + b"a, " * 201 + b"]",
        b"\tignore: [a]",
        b"&a [*a]",
        b"\x00\xff",
    ],
)
def test_a_file_that_cannot_be_used_asks_for_nothing_and_is_named(text: bytes) -> None:
    wishes, notes = read_guidelines(text)

    assert wishes == Guidelines()
    assert len(notes) == 1
    assert notes[0].startswith("the repository's guidelines were not used: .coderev.yaml:")
