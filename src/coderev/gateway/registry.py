"""`model_registry.yaml`: the models of a site and their groups, as the deployment guide writes them.

Every key is described in `docs/reference/model-registry.md`.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Literal, TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from coderev.gateway.policies import Action, Always, Dollars, Name, Policy, PolicyFile, Rule, policy_faults
from coderev.settings import BadConfiguration, CannotReadConfiguration, Configuration, read_yaml

T = TypeVar("T")

REGISTRY_FILE = "model_registry.yaml"
POLICIES_FILE = "routing_policies.yaml"
DEFAULT_TIMEOUT_MS = 30_000  # first token and each gap, where no group says
BUILT_IN = "built-in"

Capability = Literal["code-review", "security-audit", "documentation", "code-completion"]
Lane = Literal["v1", "v2", "v3"]  # experiment, stable, quarantine
Positive = Annotated[int, msgspec.Meta(gt=0)]


class Constraints(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a model can take, and what it costs."""

    max_tokens: Positive = 16_384  # of a question together with its answer
    cost_per_1k_input: Dollars = 0.0  # US dollars
    cost_per_1k_output: Dollars = 0.0  # US dollars
    rate_limit_rpm: Positive | None = None  # requests in any 60 seconds
    concurrency: Positive | None = None  # requests at the same time, of all workers of the service together


class Objectives(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the operator expects of a model; shown, never enforced."""

    p95_latency_ms: Positive | None = None
    availability: Annotated[float, msgspec.Meta(ge=0, le=100)] | None = None  # per cent


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One model: where it is served, what it can do, who may use it.

    Provider `local` is a server of the site, `embedded` a GGUF file that runs in process; any other name is an
    outside provider that speaks the OpenAI protocol. A key is named by where it is kept, never written here.
    """

    id: Name
    provider: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
    version: str
    capabilities: tuple[Capability, ...]
    endpoint: str | None = None
    path: str | None = None  # of the GGUF file
    served_name: Name | None = None
    api_key_env: Name | None = None
    api_key_file: Name | None = None
    constraints: Constraints = Constraints()
    slo: Objectives = Objectives()
    status: Literal["active", "deprecated", "disabled"] = "active"
    allowed_versions: tuple[Lane, ...] = ("v2",)
    offline_only: bool = False

    def cost(self, input_tokens: float, output_tokens: float) -> float:
        """US dollars for so many tokens."""
        price = self.constraints
        return (input_tokens * price.cost_per_1k_input + output_tokens * price.cost_per_1k_output) / 1000


Refusal = Callable[[Model], str | None]


class ModelGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Models that are tried in this order; a time-out limits one model's first token and each gap after it."""

    name: Name
    models: Annotated[tuple[Name, ...], msgspec.Meta(min_length=1)]
    timeout_cascade_ms: tuple[Positive, ...]
    description: str = ""


class Registry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`model_registry.yaml`; the routing policies may stand in it or in a file of their own."""

    models: tuple[Model, ...]
    model_groups: tuple[ModelGroup, ...] = ()
    routing_policies: tuple[Policy, ...] = ()


def read_registry(configuration: Configuration, refusal: Refusal = lambda _: None) -> Registry | None:
    """The site's models, groups and policies; None where no model registry is in force.

    `refusal` says why the site refuses a model's endpoint. Without policies every question goes to the first group;
    without groups, to the local models in their order.
    Raises BadConfiguration naming file, line and path, CannotReadConfiguration.
    """
    path = configuration.find(REGISTRY_FILE)
    if path is None:
        return None
    registry = _read(path, Registry, lambda registry: registry_faults(registry, refusal))
    registry = replace(registry, models=tuple(_anchored(model, path.parent) for model in registry.models))
    own = configuration.find(POLICIES_FILE)
    if own is None:
        return registry if registry.routing_policies else with_default_route(registry)
    if registry.routing_policies:
        raise BadConfiguration(file=own, line=1, path="$.routing_policies", reason=f"policies stand in {path} too")
    groups = {group.name for group in registry.model_groups}
    file = _read(own, PolicyFile, lambda file: policy_faults(file.routing_policies, groups))
    return replace(registry, routing_policies=file.routing_policies)


def with_default_route(registry: Registry) -> Registry:
    """The same models under one policy: all questions to the first group, or to the local models in their order."""
    groups = registry.model_groups
    if not groups:
        local = tuple(model.id for model in registry.models if is_local(model) and model.status == "active")
        groups = (ModelGroup(BUILT_IN, local, (DEFAULT_TIMEOUT_MS,) * len(local)),)
    rule = Rule("first-group", Always(), (Action(groups[0].name),))
    policy = Policy(BUILT_IN, "1", (rule,))
    return replace(registry, model_groups=groups, routing_policies=(policy,))


def is_local(model: Model) -> bool:
    """Whether the registry says that the site itself runs the model."""
    return model.provider in ("local", "embedded")


def registry_faults(registry: Registry, refusal: Refusal) -> Iterator[tuple[str, str]]:
    """What is wrong with models and groups that are well-formed one by one: (path, reason)."""
    ids: set[str] = set()
    for number, model in enumerate(registry.models):
        path = f"$.models[{number}]"
        if model.id in ids:
            yield f"{path}.id", f"a model `{model.id}` stands above already"
        ids.add(model.id)
        for key, reason in _model_faults(model, refusal):
            yield f"{path}.{key}", reason
    names: set[str] = set()
    for number, group in enumerate(registry.model_groups):
        path = f"$.model_groups[{number}]"
        if group.name in names:
            yield f"{path}.name", f"a group `{group.name}` stands above already"
        names.add(group.name)
        for key, reason in _group_faults(group, ids):
            yield f"{path}.{key}", reason
    yield from policy_faults(registry.routing_policies, names)


def _model_faults(model: Model, refusal: Refusal) -> Iterator[tuple[str, str]]:
    if model.provider == "embedded":
        if not model.path or model.endpoint:
            yield "path", "an embedded model has the path of a GGUF file and no endpoint"
    elif not model.endpoint or model.path:
        yield "endpoint", f"a model of provider `{model.provider}` has an endpoint and no path"
    elif reason := _endpoint_fault(model.endpoint) or refusal(model):
        yield "endpoint", reason
    if model.api_key_env and model.api_key_file:
        yield "api_key_file", "the key is either in the environment or in a file"


def _endpoint_fault(endpoint: str) -> str | None:
    try:
        url = urlsplit(endpoint)
        usable = url.scheme in ("http", "https") and bool(url.hostname) and (url.port is None or url.port > 0)
    except ValueError as error:
        return str(error)
    if not usable:
        return "an endpoint is a URL such as http://codellama-server:8000/v1"
    if "@" in url.netloc or url.query or url.fragment:
        return "an endpoint holds no password, query or fragment; name a key with api_key_env or api_key_file"
    return None


def _group_faults(group: ModelGroup, ids: set[str]) -> Iterator[tuple[str, str]]:
    for number, name in enumerate(group.models):
        if name not in ids:
            yield f"models[{number}]", f"no model `{name}` in this registry"
    if len(group.timeout_cascade_ms) != len(group.models):
        yield (
            "timeout_cascade_ms",
            f"{len(group.timeout_cascade_ms)} time-outs for {len(group.models)} models",
        )


def _anchored(model: Model, folder: Path) -> Model:
    """The same model; the files that it names are looked for beside the registry."""
    return replace(
        model,
        path=model.path and str(folder / model.path),
        api_key_file=model.api_key_file and str(folder / model.api_key_file),
    )


def _read(path: Path, form: type[T], faults: Callable[[T], Iterator[tuple[str, str]]]) -> T:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CannotReadConfiguration(path=path, reason=error.strerror) from error
    return read_yaml(content, str(path), form, faults)
