"""Every knob of a site, one frozen tree, read once; and the YAML loader that knows lines, paths and duplicate keys.

Where `/etc/coderev/` exists it is the ceiling: another configuration may tighten it and never loosen it.
"""

import os
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from coderev.errors import InputError

T = TypeVar("T")
Mode = Literal["cloud", "hybrid", "private", "air-gapped"]
FailOn = Literal["never", "critical", "high", "medium", "low", "info"]

CEILING = Path("/etc/coderev")
SETTINGS_FILE = "coderev.yaml"
MAX_YAML_BYTES = 4 * 1024 * 1024
MAX_YAML_VALUES = 100_000  # an alias counts each time it is used
MAX_YAML_DEPTH = 64
MODES: tuple[Mode, ...] = ("cloud", "hybrid", "private", "air-gapped")  # loosest first
PRIVATE_NETWORKS = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")  # RFC 1918, RFC 4193
FAIL_ON: tuple[FailOn, ...] = ("never", "critical", "high", "medium", "low", "info")  # loosest first


class BadConfiguration(InputError):
    """A configuration file cannot be used as it stands."""

    message = "{file}:{line}: {path}: {reason}"
    hint = "the page of this file in docs/reference/ has every key and its type"


class CannotReadConfiguration(InputError):
    """A configuration file or folder was named and cannot be read."""

    message = "cannot read the configuration {path}: {reason}"
    hint = "name a folder that holds coderev.yaml, or drop --config and CODEREV_CONFIG"


class LooserThanSite(InputError):
    """A person's configuration or option would loosen what the site decided."""

    message = "{origin} sets {key} to {wanted}, which is looser than the site's {ceiling}"
    hint = f"remove it, or ask whoever keeps {CEILING}/{SETTINGS_FILE}"


class Site(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What counts as inside. Empty networks mean RFC 1918 and fc00::/7; loopback is always inside."""

    networks: tuple[str, ...] = ()  # CIDR
    domains: tuple[str, ...] = ()  # names under these are inside

    def __post_init__(self) -> None:
        """Refuse a network that is not in CIDR notation."""
        for network in self.networks:
            ip_network(network)


class Gate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What fails a review."""

    fail_on: Literal["never", "critical", "high", "medium", "low", "info"] = "high"  # the lowest severity that fails
    models: bool = False  # findings of models count too, at high confidence
    on_incomplete: Literal["warn", "block"] = "block"  # the exit status of an incomplete review: 0 or 4
    require_model: bool = False  # a review without a model is incomplete


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Caps. What is over one is named in coverage and makes the review incomplete."""

    files: int = 20_000  # changed files
    file_bytes: int = 2 * 1024 * 1024  # of one file, on either side
    change_lines: int = 1_000_000  # added and removed lines of the whole change
    process_seconds: int = 300  # of one program that is run
    questions: int = 2_000  # about units and the whole, of one review; samples and verifications come on top
    concurrency: int = 16  # questions in flight at once
    context_tokens: int = 16_000  # of one question with its answer
    unit_tokens: int = 6_000  # of the unit in a question; lines far from the change are left out
    answer_tokens: int = 2_000  # of one answer

    def __post_init__(self) -> None:
        """Refuse a cap that is not positive."""
        for name in self.__struct_fields__:
            if getattr(self, name) <= 0:
                message = f"{name} must be positive"
                raise ValueError(message)


class Connections(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every connection obeys. A proxy is refused in private and air-gapped mode."""

    ca_bundle: str | None = None  # PEM file
    client_certificate: str | None = None  # PEM file
    client_key: str | None = None  # PEM file
    proxy: str | None = None  # URL


class Exclusion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Files that the site decided not to review: named in coverage, still complete."""

    paths: tuple[str, ...]  # patterns
    reason: str  # shown with each excluded file


class SimilarSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The similar tier of recall: earlier reviews of related code, shown to models. It is off without an embedder."""

    embedder: str | None = None  # a folder with an ONNX sentence encoder, or a text-embeddings-inference URL
    index: str | None = None  # a folder, or postgresql://host/database with pgvector; else in the user's cache folder
    user: str | None = None  # of the index
    password_file: str | None = None  # of the index
    threshold: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.95  # the least cosine of what counts as similar
    shown: Annotated[int, msgspec.Meta(ge=1, le=10)] = 3  # related reviews in one question


class RecallSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is remembered of models' answers, where, and for whom."""

    enabled: bool = True  # routes decide for their questions with `cache`
    store: str | None = None  # redis:// or rediss:// URL; without it a file in the user's cache folder
    user: str | None = None  # of the store's access list
    password_file: str | None = None  # of the store
    tenant: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] = "local"  # whose answers these are
    key_file: str | None = None  # 32 bytes or 64 hex digits, mode 0600; without it the user's own is made
    patience_ms: Annotated[int, msgspec.Meta(gt=0, le=10_000)] = 50  # that a store in trouble costs one review, once
    max_bytes: Annotated[int, msgspec.Meta(ge=1 << 20)] = 512 * 1024 * 1024  # of the file; least recently used go first
    similar: SimilarSettings = SimilarSettings()
    unsafe_serve_similar: bool = False  # serve answers about similar code, which may be wrong; each result says so


class BundleSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What this site takes of bundles, where it is installed, and what is done around it."""

    product: str = "coderev"  # a bundle of another product is refused
    site: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")] | None = None  # the name of this site
    channel: str | None = None  # a bundle of another channel is refused
    roles: tuple[Literal["station", "app", "gpu"], ...] = ("station",)  # of this host
    signatures: Literal["both", "tuf", "openpgp"] = "both"  # which must be good; what is not asked is *not checked*
    folder: str = "/opt/coderev"  # of the store, the generations and `current`
    models: str | None = None  # a folder for the contents of models, if they lie on another file system
    state: str = "/var/lib/coderev"  # a folder of what no generation may change: floors, journal, custody, revocations
    keep: Annotated[int, msgspec.Meta(ge=2, le=16)] = 3  # generations, complete
    scanner: tuple[str, ...] = ()  # a program and its arguments, before the folder; without it `clamscan`, if there
    scanner_seconds: Annotated[int, msgspec.Meta(gt=0)] = 43_200  # of one scan
    images: Literal["docker", "podman", "containerd"] | None = None  # what images are loaded into
    registry: str | None = None  # host:port/path of a registry inside that images are copied to by `skopeo`
    health_url: str | None = None  # what the check `http` asks; a status of 200 to 299 is well
    last_step: tuple[str, ...] = ()  # a program and its arguments, run last; `{current}` is the folder that is live


class Retention(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many days the service keeps what, counted from when it ended."""

    reviews: Annotated[int, msgspec.Meta(ge=1)] = 365  # with their findings and what was published
    deliveries: Annotated[int, msgspec.Meta(ge=1)] = 30  # of webhooks: a replay older than this is not known any more
    dismissals: Annotated[int, msgspec.Meta(ge=1)] = 730  # after they expired
    accesses: Annotated[int, msgspec.Meta(ge=1)] = 730  # who did what
    jobs: Annotated[int, msgspec.Meta(ge=1)] = 30  # that ended well


class DatabaseSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the service keeps what it knows. Without a URL: a PostgreSQL of its own, under its data folder."""

    url: str | None = None  # postgresql://host:port/database
    user: str | None = None  # of the database
    password_file: str | None = None  # of the database
    folder: str | None = None  # of the own PostgreSQL; without it in the user's data folder
    key_file: str | None = None  # 32 bytes or 64 hex digits, mode 0600; without it the user's own is made
    connections: Annotated[int, msgspec.Meta(ge=2, le=200)] = 10  # of one process
    keep_days: Retention = Retention()


class SshAccess(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How repositories are fetched over ssh, in place of https with the token."""

    key_file: str  # a private key without a passphrase; mode 0600
    known_hosts_file: str  # the forge's host name, without a port, and its key
    user: str = "git"
    port: Annotated[int, msgspec.Meta(ge=1, le=65_535)] = 22


class ForgeSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A code host whose merge requests are reviewed."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]  # in addresses and on pages
    kind: Literal["gitlab", "github", "gitea"]  # what it speaks
    url: Annotated[str, msgspec.Meta(pattern=r"^https?://[^?#]+$")]  # https://code.example.internal
    token_file: str  # of our account there; mode 0600
    webhook_secret_file: str  # what its webhooks are signed with, or carry; mode 0600
    ssh: SshAccess | None = None  # without it https, with the token
    repositories: tuple[str, ...] = ()  # patterns of `group/name`; none: all that our account may read


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The service: where it listens, who may come in, and how long for."""

    listen: str = "127.0.0.1:8080"  # host:port; another address than loopback needs `certificate` and `key`
    url: str | None = None  # what people and forges reach it by; without it what it listens on
    certificate: str | None = None  # PEM file
    key: str | None = None  # PEM file
    reviews: Annotated[int, msgspec.Meta(ge=1, le=64)] = 1  # at a time, in one worker process
    idle_minutes: Annotated[int, msgspec.Meta(ge=1, le=1_440)] = 30  # after which a session ends
    session_hours: Annotated[int, msgspec.Meta(ge=1, le=168)] = 12  # after which every session ends
    token_days: Annotated[int, msgspec.Meta(ge=1, le=3_650)] = 90  # the longest life of an API token
    dismissal_days: Annotated[int, msgspec.Meta(ge=1, le=3_650)] = 180  # the longest life of a dismissal
    request_bytes: Annotated[int, msgspec.Meta(ge=1 << 16)] = 25 * 1024 * 1024  # of one request's body


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A site's decisions. Raises nothing: a constructed value is a valid value."""

    mode: Literal["cloud", "hybrid", "private", "air-gapped"] = "private"  # what may connect; see spec/egress.md
    site: Site = Site()
    gate: Gate = Gate()
    limits: Limits = Limits()
    connections: Connections = Connections()
    exclude: tuple[Exclusion, ...] = ()
    sensitive_paths: tuple[str, ...] = ()  # units under these never go to an external model
    without: tuple[str, ...] = ()  # analysers that do not run here
    rule_packs: str | None = None  # a folder of the site's own rule packs for taint, beside those that it brings
    questions: tuple[Literal["code-review", "security-audit", "documentation"], ...] = ("code-review",)  # of each unit
    verify: bool = True  # a second question doubts each finding of a model
    recall: RecallSettings = RecallSettings()
    bundle: BundleSettings = BundleSettings()
    database: DatabaseSettings = DatabaseSettings()
    forges: tuple[ForgeSettings, ...] = ()
    server: ServerSettings = ServerSettings()


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """The settings in force, and the folders that other configuration files are looked for in, first hit first."""

    settings: Settings
    folders: tuple[Path, ...] = ()
    ceiling: Settings | None = None

    def find(self, name: str) -> Path | None:
        """The configuration file of that name that is in force, if there is one."""
        return next((folder / name for folder in self.folders if (folder / name).is_file()), None)


def environment(name: str) -> str | None:
    """An environment variable: the only place that reads one."""
    return os.environ.get(name)


def load(folder: Path | None = None, *, reviewed: Path | None = None, ceiling: Path = CEILING) -> Configuration:
    """Read the configuration: the ceiling, tightened by the first of `folder`, CODEREV_CONFIG and the user's folder.

    `reviewed` is the top of the reviewed work tree: a configuration inside it is refused.
    Raises BadConfiguration, CannotReadConfiguration, LooserThanSite.
    """
    named = folder or (Path(given) if (given := environment("CODEREV_CONFIG")) else None)
    if named is not None and not named.is_dir():
        raise CannotReadConfiguration(path=named, reason="not a folder")
    own = named or _users_folder() or ceiling
    if reviewed is not None and own.resolve().is_relative_to(reviewed.resolve()):
        if named is not None:
            raise CannotReadConfiguration(path=named, reason="it lies inside the reviewed tree")
        own = ceiling
    site = _read_settings(ceiling)
    users = _read_settings(own, under=site) if own != ceiling else None
    folders = tuple(found for found in dict.fromkeys((own, ceiling)) if found.is_dir())
    if site is None or users is None:
        return Configuration(settings=users or site or Settings(), folders=folders, ceiling=site)
    settings = tighten(site, users, origin=str(own / SETTINGS_FILE))
    return Configuration(settings=settings, folders=folders, ceiling=site)


def with_options(configuration: Configuration, *, fail_on: FailOn | None, without: tuple[str, ...]) -> Settings:
    """The settings with what a command line changes of them. Raises LooserThanSite."""
    settings = configuration.settings
    wanted = msgspec.structs.replace(
        settings,
        gate=msgspec.structs.replace(settings.gate, fail_on=fail_on or settings.gate.fail_on),
        without=(*settings.without, *without),
    )
    return tighten(configuration.ceiling, wanted, origin="the command line") if configuration.ceiling else wanted


def tighten(ceiling: Settings, wanted: Settings, *, origin: str) -> Settings:
    """What holds when a person wants `wanted` under a site's ceiling. Raises LooserThanSite."""
    for key, looser in _LOOSER.items():
        allowed, asked = _at(ceiling, key), _at(wanted, key)
        if looser(allowed, asked):
            raise LooserThanSite(origin=origin, key=key, wanted=_shown(asked), ceiling=_shown(allowed))
    return msgspec.structs.replace(
        wanted,
        sensitive_paths=tuple(dict.fromkeys((*ceiling.sensitive_paths, *wanted.sensitive_paths))),
        exclude=ceiling.exclude,
        without=ceiling.without,
        rule_packs=ceiling.rule_packs,
        connections=ceiling.connections if wanted.connections == Connections() else wanted.connections,
    )


def _more_networks(allowed: tuple[str, ...], asked: tuple[str, ...]) -> bool:
    inside = [ip_network(network) for network in allowed or PRIVATE_NETWORKS]
    return any(
        not any(network.version == wide.version and network.subnet_of(wide) for wide in inside)  # type: ignore[arg-type]
        for network in map(ip_network, asked or PRIVATE_NETWORKS)
    )


def _more(allowed: tuple[object, ...], asked: tuple[object, ...]) -> bool:
    return not set(asked) <= set(allowed)


def _earlier_in(order: tuple[Any, ...]) -> Callable[[Any, Any], bool]:
    return lambda allowed, asked: order.index(asked) < order.index(allowed)


def _other(allowed: Connections, asked: Connections) -> bool:
    return Connections() not in (allowed, asked) and asked != allowed


_LOOSER: dict[str, Callable[[Any, Any], bool]] = {
    "mode": _earlier_in(MODES),
    "site.networks": _more_networks,
    "site.domains": _more,
    "gate.fail_on": _earlier_in(FAIL_ON),
    "gate.models": _earlier_in((False, True)),
    "gate.on_incomplete": _earlier_in(("warn", "block")),
    "gate.require_model": _earlier_in((False, True)),
    **{f"limits.{name}": lambda allowed, asked: asked > allowed for name in Limits.__struct_fields__},
    "connections": _other,
    "exclude": _more,
    "without": _more,
    "rule_packs": lambda allowed, asked: asked not in (None, allowed),  # a pack may say that something is harmless
    "questions": lambda allowed, asked: _more(asked, allowed),
    "recall.tenant": lambda allowed, asked: asked != allowed,
    "recall.unsafe_serve_similar": _earlier_in((True, False)),
    "bundle": lambda allowed, asked: allowed not in (BundleSettings(), asked),  # another state would be another floor
    "database": lambda allowed, asked: allowed not in (DatabaseSettings(), asked),  # what is kept, and for how long
    "forges": _more,
    "server": lambda allowed, asked: allowed not in (ServerSettings(), asked),
}


def _at(settings: Settings, key: str) -> Any:
    value: Any = settings
    for name in key.split("."):
        value = getattr(value, name)
    return value


def _shown(value: object) -> str:
    if isinstance(value, msgspec.Struct):
        plain, usual = msgspec.to_builtins(value), msgspec.to_builtins(type(value)())
        return ", ".join(f"{name} {plain[name]}" for name in plain if plain[name] != usual[name]) or "what is usual"
    return ", ".join(map(str, value)) or "none" if isinstance(value, tuple) else str(value)


def read_yaml(
    text: bytes,
    name: str,
    form: type[T],
    faults: Callable[[T], Iterable[tuple[str, str]]] = lambda _: (),
    *,
    under: T | None = None,
) -> T:
    """Read a YAML document strictly into a type: unknown and duplicate keys and wrong types are refused.

    `faults` yields what a type cannot say, such as a name that nothing bears: a path as in `$.models[0].id`, and why.
    What the document does not say is taken from `under`.
    Raises BadConfiguration naming file, line and path.
    """
    lines: dict[str, int] = {}
    plain = _document(text, name, lines)
    try:
        value = msgspec.convert(_laid_over(msgspec.to_builtins(under), plain), form)
    except msgspec.ValidationError as error:
        reason, _, where = str(error).partition(" - at `")
        path = where.rstrip("`") or "$"
        if unknown := re.search(r"unknown field `(.+?)`", reason):
            path = f"{path}.{unknown[1]}"
        raise BadConfiguration(file=name, line=_line_of(path, lines), path=path, reason=reason) from None
    for path, reason in faults(value):
        raise BadConfiguration(file=name, line=_line_of(path, lines), path=path, reason=reason)
    return value


def _laid_over(below: Any, above: Any) -> Any:
    """Mappings are merged key by key; anything else that stands above hides what is below."""
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return below | {key: _laid_over(below.get(key), value) for key, value in above.items()}


def _document(text: bytes, name: str, lines: dict[str, int]) -> Any:
    import yaml  # imported when a file is read: `coderev --version` reads none

    if len(text) > MAX_YAML_BYTES:
        raise BadConfiguration(file=name, line=1, path="$", reason=f"longer than {MAX_YAML_BYTES} bytes")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        depth = 0
        for event in yaml.parse(text, Loader=loader):  # `compose` would end the process at a few thousand levels
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_YAML_DEPTH:
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise BadConfiguration(file=name, line=line, path="$", reason="nested too deep")
        root = yaml.compose(text, Loader=loader)
        return {} if root is None else _Plain(name, lines).value(root, "$", 0)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadConfiguration(file=name, line=line, path="$", reason=error.problem) from None
    except (yaml.YAMLError, ValueError) as error:
        raise BadConfiguration(file=name, line=1, path="$", reason=" ".join(str(error).split())) from None


class _Plain:
    """Turns YAML nodes into plain values, and keeps the line of every path."""

    def __init__(self, name: str, lines: dict[str, int]) -> None:
        import yaml

        self._name, self._lines, self._count = name, lines, 0
        self._scalar = yaml.constructor.SafeConstructor().construct_object

    def value(self, node: Any, path: str, depth: int) -> Any:
        self._lines.setdefault(path, node.start_mark.line + 1)
        self._count += 1
        if self._count > MAX_YAML_VALUES or depth > MAX_YAML_DEPTH:
            raise self._refused(node, path, "too many values, or nested too deep")
        if node.id == "mapping":
            return self._mapping(node, path, depth)
        if node.id == "sequence":
            return [self.value(item, f"{path}[{number}]", depth + 1) for number, item in enumerate(node.value)]
        try:
            return self._scalar(node)
        except (AttributeError, LookupError, ValueError) as error:  # `!!bool maybe`, `!!int ""`, the 31st of June
            raise self._refused(node, path, "not a value of its type") from error

    def _mapping(self, node: Any, path: str, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            below = f"{path}.{key.value}"
            if key.id != "scalar":
                raise self._refused(key, path, "a key must be plain text")
            if key.value in found:
                raise self._refused(key, below, "this key stands twice")
            self._lines[below] = key.start_mark.line + 1
            found[key.value] = self.value(value, below, depth + 1)
        return found

    def _refused(self, node: Any, path: str, reason: str) -> BadConfiguration:
        return BadConfiguration(file=self._name, line=node.start_mark.line + 1, path=path, reason=reason)


def _line_of(path: str, lines: dict[str, int]) -> int:
    while path not in lines and path != "$":
        path = path[: max(path.rfind("."), path.rfind("["), 1)]
    return lines.get(path, 1)


def _read_settings(folder: Path, *, under: Settings | None = None) -> Settings | None:
    path = folder / SETTINGS_FILE
    if not path.is_file():
        return None
    try:
        return read_yaml(path.read_bytes(), str(path), Settings, under=under)
    except OSError as error:
        raise CannotReadConfiguration(path=path, reason=error.strerror) from error


def _users_folder() -> Path | None:
    if home := environment("XDG_CONFIG_HOME"):
        return Path(home) / "coderev"
    return own / ".config" / "coderev" if (own := users_home()) else None


def users_home() -> Path | None:
    """The user's home folder; None for a user who has none, as in many containers."""
    try:
        return Path.home()
    except RuntimeError:
        return None


def matches(path: str, patterns: tuple[str, ...]) -> bool:
    """Whether a path (slashes, relative) is one of the patterns: `**` crosses folders, `*` and `?` do not.

    A pattern without a slash names a file or folder at any depth; one that ends in a slash, all below a folder.
    Takes time linear in the path, whatever the pattern.
    """
    return any(_pattern(pattern).fullmatch(path) for pattern in patterns)


@lru_cache(maxsize=1024)
def _pattern(pattern: str) -> Any:
    import re2  # a pattern may be the reviewed repository's: `re` takes hours for a few dozen stars

    anchored = "/" in pattern.rstrip("/")
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern.strip("/"))
    wild = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    body = "".join(wild.get(part) or re2.escape(part) for part in parts if part)
    below = "/.*" if pattern.endswith("/") else "(?:/.*)?"
    return re2.compile("(?s)" + ("" if anchored else "(?:.*/)?") + body + below)
