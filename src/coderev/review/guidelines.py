"""A repository's own wishes, `.coderev.yaml` of the base revision: untrusted, quoted as data, never weaker."""

from typing import Annotated

import msgspec

from coderev.errors import InputError
from coderev.settings import FailOn, read_yaml
from coderev.syntax import LANGUAGES

GUIDELINES_FILE = ".coderev.yaml"

MAX_PATTERNS = 200
Line = Annotated[str, msgspec.Meta(max_length=500)]
Few = msgspec.Meta(max_length=MAX_PATTERNS)


class Guidelines(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a repository asks of its reviews; nothing here makes one weaker.

    Models are not asked about `ignore` (paths as in `settings.matches`): analysers still run, and it is listed.
    `fail_on` counts only where it is stricter than the site's gate.
    """

    guidelines: Annotated[tuple[Line, ...], msgspec.Meta(max_length=50)] = ()
    ignore: Annotated[tuple[Line, ...], Few] = ()
    languages: Annotated[dict[Line, str], Few] = {}
    fail_on: FailOn = "never"

    def __post_init__(self) -> None:
        """Refuse a language that we do not know."""
        if unknown := sorted(set(self.languages.values()) - set(LANGUAGES)):
            message = f"unknown language {unknown[0]!r}; known are {', '.join(LANGUAGES)}"
            raise ValueError(message)


def read_guidelines(text: bytes | None) -> tuple[Guidelines, tuple[str, ...]]:
    """The wishes and what must be said of them: an unreadable file asks for nothing and is named."""
    if text is None:
        return Guidelines(), ()
    try:
        return read_yaml(text, GUIDELINES_FILE, Guidelines), ()
    except InputError as error:
        return Guidelines(), (f"the repository's guidelines were not used: {error}",)
