"""From a configuration to a service that runs until it is told to stop: open, listen, work, and close in order."""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field

from coderev.egress import Egress
from coderev.errors import CoderevError, Unavailable
from coderev.files import now
from coderev.forge import open_forges
from coderev.gateway import open_site as open_models
from coderev.server.access.entering import invitation_address, invite
from coderev.server.app import make_app
from coderev.server.example import show_example
from coderev.server.listening import listening, running
from coderev.server.operations.logs import log, log_as_json
from coderev.server.routes import ROUTES
from coderev.server.site import Site
from coderev.server.worker import work
from coderev.settings import Configuration
from coderev.store import open_store, records

Load = Callable[[], Configuration]  # reads the configuration anew
Tell = Callable[[str], None]  # says a line to whoever started the service

AGAIN_SECONDS = 5.0  # after which a service that has run before tries to open again what does not answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Duties:
    """What a process does."""

    answers: bool = True  # requests
    works: bool = True  # the queue's jobs


@dataclass(slots=True)
class Orders:
    """What the process was told meanwhile."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    reload: asyncio.Event = field(default_factory=asyncio.Event)

    def listen(self) -> None:
        """Obey SIGTERM and SIGINT (stop) and SIGHUP (read the configuration anew)."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop.set)
        loop.add_signal_handler(signal.SIGHUP, self.reload.set)

    async def any(self) -> None:
        """Wait for one of them."""
        waiting = [asyncio.create_task(each.wait()) for each in (self.stop, self.reload)]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()


async def run_service(load: Load, duties: Duties, tell: Tell) -> None:
    """Run until SIGTERM or SIGINT; SIGHUP takes a new configuration, unless it cannot be used: then the old one stays.

    Raises what is wrong with the configuration, the database or the address when it starts.
    """
    orders = Orders()
    orders.listen()
    log_as_json()
    configuration, proven = load(), None
    while not orders.stop.is_set():
        orders.reload.clear()
        async with AsyncExitStack() as opened:
            try:
                site = await opened.enter_async_context(open_service(configuration))
                await _open_doors(site, duties, tell, opened)
            except CoderevError as error:
                configuration = await _instead(configuration, proven, error, orders)
                continue
            _settle()
            proven = configuration
            await _run(site, duties, orders)
        configuration = _reloaded(load, configuration) if orders.reload.is_set() else configuration


async def _instead(
    refused: Configuration, proven: Configuration | None, error: CoderevError, orders: Orders
) -> Configuration:
    """The configuration to go on with, where one could not be used. Raises the error where none was used before."""
    if proven is None or (refused is proven and not isinstance(error, Unavailable)):
        raise error
    if refused is not proven:
        log.warning("the new configuration cannot be used", exc_info=error)
        return proven
    log.warning("what the service stands on does not answer", exc_info=error)
    with suppress(TimeoutError):
        async with asyncio.timeout(AGAIN_SECONDS):
            await orders.any()
    return proven


async def print_invitation(configuration: Configuration, role: records.Role, tell: Tell) -> None:
    """Tell an address to sign in with, once, to a service that runs on this database."""
    settings = configuration.settings
    async with open_store(settings, Egress(settings)) as store:
        tell(invitation_address(listening(settings.server).url, await invite(store, role, now())))


@asynccontextmanager
async def open_service(configuration: Configuration) -> AsyncIterator[Site]:
    """Everything that a process of the service stands on."""
    settings = configuration.settings
    egress = Egress(settings)
    async with AsyncExitStack() as opened:
        store = await opened.enter_async_context(open_store(settings, egress))
        forges = await opened.enter_async_context(open_forges(settings.forges, egress))
        models = await opened.enter_async_context(open_models(configuration, places=store.queue.slot))
        yield Site(
            configuration=configuration,
            egress=egress,
            store=store,
            forges=forges,
            open_models=models,
            started=now(),
        )


async def _open_doors(site: Site, duties: Duties, tell: Tell, opened: AsyncExitStack) -> None:
    """Listen, and say where. Raises BadListen, OpenWithoutTls, BadCertificate, CannotListen, StoreUnavailable."""
    if duties.answers:
        url = await opened.enter_async_context(running(make_app(site, ROUTES), site.settings.server))
        secret = await invite(site.store, "admin", now())
        tell(f"coderev serves {url}\nsign in, once, within half an hour: {invitation_address(url, secret)}")


async def _run(site: Site, duties: Duties, orders: Orders) -> None:
    """Do the duties until an order comes; requests and jobs that are under way have time to end."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        aside = []
        if duties.works:
            group.create_task(work(site, stop))
            aside.append(group.create_task(show_example(site)))
        await orders.any()
        stop.set()
        for task in aside:
            task.cancel()


def _settle() -> None:
    """Leave what was made until now out of later collections of garbage: each would stop all requests for 50 ms."""
    gc.unfreeze()  # what an earlier configuration stood on may go
    gc.collect()
    gc.freeze()


def _reloaded(load: Load, old: Configuration) -> Configuration:
    try:
        return load()
    except CoderevError as error:
        log.warning("the new configuration is not taken", exc_info=error)
        return old
