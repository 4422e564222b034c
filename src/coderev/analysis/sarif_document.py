"""The parts of a SARIF 2.1.0 document that we read, and how: fields that are not here are skipped unread."""

from typing import Any

import msgspec

from coderev.errors import InputError

MAX_BYTES = 64 * 1024 * 1024  # of one document
MAX_RESULTS = 100_000  # of one document
MAX_RUNS = 100
SHOWN = 40  # characters of a wrong version


class UnreadableSarif(InputError):
    """A document that was to be imported is not SARIF 2.1.0, or is over a cap."""

    message = "cannot import the SARIF document: {reason}"
    hint = "export SARIF 2.1.0 from the tool again, and name that file with --import-sarif"


class Text(msgspec.Struct):
    """SARIF 3.11: a text, or the name of one of the rule's texts."""

    text: str = ""
    id: str = ""
    arguments: list[str] = []


class Configuration(msgspec.Struct):
    """SARIF 3.50: the level of a rule."""

    level: str = ""


class Descriptor(msgspec.Struct, rename="camel"):
    """SARIF 3.49: a rule."""

    id: str
    name: str = ""
    short_description: Text = msgspec.field(default_factory=Text)
    message_strings: dict[str, Text] = {}
    default_configuration: Configuration = msgspec.field(default_factory=Configuration)
    properties: dict[str, Any] = {}


class Component(msgspec.Struct, rename="camel"):
    """SARIF 3.19: a tool or a part of one."""

    name: str = ""
    version: str = ""
    semantic_version: str = ""
    rules: list[Descriptor] = []


class Tool(msgspec.Struct):
    """SARIF 3.18: a tool."""

    driver: Component
    extensions: list[Component] = []


class Artifact(msgspec.Struct, rename="camel"):
    """SARIF 3.4: where a file is; also what else is found by an index."""

    uri: str = ""
    uri_base_id: str = ""
    index: int = -1


class Held(msgspec.Struct):
    """SARIF 3.24: a file."""

    location: Artifact = msgspec.field(default_factory=Artifact)


class Region(msgspec.Struct, rename="camel"):
    """SARIF 3.30. Columns are not read: they may count UTF-16 units."""

    start_line: int = 0
    end_line: int = 0


class Physical(msgspec.Struct, rename="camel"):
    """SARIF 3.29: a physical."""

    artifact_location: Artifact = msgspec.field(default_factory=Artifact)
    region: Region | None = None


class Location(msgspec.Struct, rename="camel"):
    """SARIF 3.28: a location."""

    physical_location: Physical = msgspec.field(default_factory=Physical)


class Reference(msgspec.Struct, rename="camel"):
    """SARIF 3.52: which rule, of which part of the tool."""

    id: str = ""
    index: int = -1
    tool_component: Artifact = msgspec.field(default_factory=Artifact)


class Result(msgspec.Struct, rename="camel"):
    """SARIF 3.27: a result."""

    message: Text
    rule_id: str = ""
    rule_index: int = -1
    rule: Reference = msgspec.field(default_factory=Reference)
    level: str = ""
    kind: str = "fail"
    baseline_state: str = ""
    locations: list[Location] = []
    properties: dict[str, Any] = {}


class Run(msgspec.Struct, rename="camel"):
    """SARIF 3.14: a run."""

    tool: Tool
    results: list[msgspec.Raw] | None = None
    artifacts: list[Held] = []
    original_uri_base_ids: dict[str, Artifact] = {}


class Document(msgspec.Struct):
    """SARIF 3.13: a document."""

    version: str
    runs: list[Run]


def read_sarif(document: bytes) -> list[Run]:
    """The runs of a document; each result is still to be decoded, so that a broken one spoils no other.

    Raises UnreadableSarif.
    """
    if len(document) > MAX_BYTES:
        raise UnreadableSarif(reason=f"it has {len(document)} bytes, and the cap is {MAX_BYTES}")
    try:
        read = msgspec.json.decode(document.removeprefix(b"\xef\xbb\xbf"), type=Document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableSarif(reason=error) from error
    if read.version != "2.1.0":
        raise UnreadableSarif(reason=f"its version is {read.version[:SHOWN]!r}, not '2.1.0'")
    results = sum(len(run.results or ()) for run in read.runs)
    if results > MAX_RESULTS or len(read.runs) > MAX_RUNS:
        raise UnreadableSarif(
            reason=f"{results} results in {len(read.runs)} runs, and the caps are {MAX_RESULTS} and {MAX_RUNS}"
        )
    return read.runs
