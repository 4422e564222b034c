"""From a site's configuration to models that can be asked: registry, routing, and one backend for each model."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from coderev.egress import Egress, NotPermitted
from coderev.errors import InputError
from coderev.gateway.backends import Backend
from coderev.gateway.breaker import Breaker
from coderev.gateway.cascade import Endpoint
from coderev.gateway.rate import Rate
from coderev.gateway.registry import Model, Registry, is_local, read_registry
from coderev.gateway.routing import OFFLINE, Routing
from coderev.settings import Configuration, Mode, environment

MAX_KEY = 10_000  # bytes


class NoKey(InputError):
    """The key of a model is not where the registry says."""

    message = "no key for the model {model}: {place} {reason}"
    hint = "put the key there, or set the model's status to disabled"


Places = Callable[[str, int], AbstractAsyncContextManager[None]]  # one of so many, of the model of this id


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSite:
    """A site whose models can be asked."""

    routing: Routing
    endpoints: Mapping[str, Endpoint]  # by model id: those that may be asked in this mode
    egress: Egress

    @property
    def left_alone(self) -> Mapping[str, bool]:
        """Whether each model is left alone after repeated failures, by its id."""
        return {name: endpoint.breaker.is_open for name, endpoint in self.endpoints.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tape:
    """Where answers are kept, and where they come from instead of from models."""

    record: Path | None = None
    replay: Path | None = None


LIVE = Tape()


@contextlib.asynccontextmanager
async def open_site(
    configuration: Configuration, tape: Tape = LIVE, places: Places | None = None
) -> AsyncIterator[OpenSite | None]:
    """Read the registry, judge every endpoint, and make a backend for each model; None where there is no registry.

    `places` hands out what `constraints.concurrency` limits, where several processes share the models.
    Nothing is connected to until a model is asked. Raises BadConfiguration, CannotReadConfiguration, NoKey,
    ProxyRefused.
    """
    egress, mode = Egress(configuration.settings), configuration.settings.mode
    registry = read_registry(configuration, lambda model: refusal(model, mode, egress))
    if registry is None:
        yield None
        return
    routing = Routing(registry, mode, external_models(registry, egress))
    async with contextlib.AsyncExitStack() as open_backends:
        endpoints = {}
        for model in registry.models:
            if routing.closed(model) is None:
                endpoints[model.id] = endpoint(model, egress, tape, places or own_places())
                open_backends.push_async_callback(endpoints[model.id].backend.close)
        yield OpenSite(routing=routing, endpoints=endpoints, egress=egress)


def refusal(model: Model, mode: Mode, egress: Egress) -> str | None:
    """Why no connection to a model is permitted; an offline site may list what outside providers have, unused."""
    if model.endpoint is None or (mode in OFFLINE and not is_local(model)):
        return None
    try:
        egress.judge(model.endpoint)
    except NotPermitted as fault:
        return str(fault.facts["reason"])
    return None


def external_models(registry: Registry, egress: Egress) -> dict[str, str]:
    """Why a model is external, by its id."""
    external = {model.id: f"provider {model.provider}" for model in registry.models if not is_local(model)}
    for model in registry.models:
        if is_local(model) and model.endpoint and not egress.judge(model.endpoint).inside:
            external[model.id] = "its endpoint is outside the site"
    return external


def own_places() -> Places:
    """Places of this process alone."""
    there: dict[str, asyncio.Semaphore] = {}

    @contextlib.asynccontextmanager
    async def place(model: str, limit: int) -> AsyncIterator[None]:
        async with there.setdefault(model, asyncio.Semaphore(limit)):
            yield

    return place


def endpoint(model: Model, egress: Egress, tape: Tape, places: Places) -> Endpoint:
    """A model with what serves it. What is replayed waits for no turn. Raises NoKey."""
    from coderev.gateway.backends.recorded import Recorder, Replay

    if tape.replay is not None:
        backend: Backend = Replay(model.id, tape.replay)
        return Endpoint(model=model, backend=backend, breaker=Breaker(), rate=Rate(None))
    backend = backend_of(model, egress)
    if tape.record is not None:
        backend = Recorder(backend, model.id, tape.record)
    limits = model.constraints
    place = partial(places, model.id, limits.concurrency) if limits.concurrency else contextlib.nullcontext
    return Endpoint(model=model, backend=backend, breaker=Breaker(), rate=Rate(limits.rate_limit_rpm), place=place)


def backend_of(model: Model, egress: Egress) -> Backend:
    """What answers for a model of the registry, whose faults were found when it was read. Raises NoKey."""
    if model.endpoint is not None:
        from coderev.gateway.backends.openai import OpenAI

        return OpenAI(egress, model.endpoint, model.served_name or model.id, key_of(model))
    from coderev.gateway.backends.embedded import Embedded

    return Embedded(Path(model.path or ""), model.constraints.max_tokens)


def key_of(model: Model) -> str | None:
    """The key of a model from the environment or from its file; None where it needs none. Raises NoKey."""
    if model.api_key_env is not None:
        return _checked(environment(model.api_key_env) or "", model, model.api_key_env)
    if model.api_key_file is None:
        return None
    try:
        with Path(model.api_key_file).open("rb") as file:
            text = file.read(MAX_KEY).decode("ascii", "replace")
    except OSError as error:
        raise NoKey(model=model.id, place=model.api_key_file, reason=f"cannot be read: {error.strerror}") from error
    return _checked(text, model, model.api_key_file)


def _checked(text: str, model: Model, place: str) -> str:
    key = text.strip()
    if not key:
        raise NoKey(model=model.id, place=place, reason="is empty or not set")
    if not key.isascii() or not key.isprintable():
        raise NoKey(model=model.id, place=place, reason="holds more than one line of plain characters")
    return key
