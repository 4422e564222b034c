import pytest
from stand_ins.changes import PaperRepository

from coderev.analysis import Choice, analyse

NONE = Choice(without=frozenset({"ruff", "structural", "secrets", "characters"}))


def added(base: dict[str, bytes], head: dict[str, bytes]) -> tuple[str, ...]:
    repository = PaperRepository()
    return analyse(repository.change(base, head), repository.read, NONE).suppressions


COMMENTS = [
    "x = 1  # noqa", "x = 1  # NOQA: E501", "x = 1  # why not # noqa: S307", "# flake8: noqa", "# ruff: noqa: F401",
    "# ruff: disable[F401]", "x = 1  # nosec B101", "x = f()  # type: ignore[arg-type]", "# pyright: ignore",
    "# pylint: disable=no-member", "# mypy: ignore-errors", "/* eslint-disable */", "// eslint-disable-next-line x",
    "// @ts-ignore", "// @ts-expect-error", "// tslint:disable", "// biome-ignore lint: x", "x(); // NOLINT(x)",
    "// NOLINTNEXTLINE", "x() //nolint:gosec", "// #nosec G101", '@SuppressWarnings("unchecked")', "x(); // NOSONAR",
    "#[allow(dead_code)]", "#![allow(unsafe_code)]", "#[cfg_attr(x, allow(y))]", "# rubocop:disable Style/X",
    "// phpcs:ignore", "# shellcheck disable=SC2086", "x() // nosemgrep: rule", "#pragma warning disable CS0168",
    "k = 'x'  # pragma: allowlist secret", "k = 'x' # gitleaks:allow", "# hadolint ignore=DL3006",
]  # fmt: skip


@pytest.mark.parametrize("comment", COMMENTS)
def test_a_suppression_that_a_change_adds_is_listed(comment: str) -> None:
    assert added({"a": b"one\n"}, {"a": f"one\n  {comment}\n".encode()}) == (f"a:2: {comment}",)


@pytest.mark.parametrize(
    "line", ["x = noqa", "allow(x)", "x = 1  # pragma: no cover", "disable eslint", "type: ignored", "nolinter()"]
)
def test_words_that_silence_nothing_are_not_listed(line: str) -> None:
    assert added({}, {"a": line.encode()}) == ()


def test_a_suppression_that_stood_there_or_moved_is_not_added() -> None:
    assert added({"a": b"x = 1  # noqa\n"}, {"a": b"y = 1\nx = 1  # noqa\n"}) == ()
    assert added({"a": b"x = 1  # noqa\ny\n"}, {"a": b"y\n", "b": b"x = 1  # noqa\n"}) == ()


def test_a_second_copy_of_a_suppression_is_added() -> None:
    assert len(added({"a": b"x = 1  # noqa\n"}, {"a": b"x = 1  # noqa\nx = 1  # noqa\n"})) == 1


def test_a_suppression_with_another_code_is_added() -> None:
    assert added({"a": b"x = 1  # noqa: A\n"}, {"a": b"x = 1  # noqa: B\n"}) == ("a:1: x = 1  # noqa: B",)
