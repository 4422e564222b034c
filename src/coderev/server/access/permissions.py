"""What a login may do in a repository, as its forge says; remembered for a minute, and nothing while it is silent."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import TypeVar

from coderev.errors import CoderevError, Unavailable
from coderev.files import monotonic
from coderev.forge import Forge, errors, values
from coderev.server.access.deciding import Subject
from coderev.store import records

KEEP_SECONDS = 60.0
SILENT_SECONDS = 5.0  # for which a forge that did not answer about something is not asked about it again
MOST = 20_000  # answers that are remembered
PROJECT_SECONDS = 300.0  # for which a repository's name at its forge is believed
AT_ONCE = 8  # questions to a forge at a time
PATIENCE = 10.0  # seconds for one answer

K = TypeVar("K")
V = TypeVar("V")


class ForgeSilent(Unavailable):
    """A forge does not say what somebody may read, so that no list of theirs would be whole."""

    message = "{forge} does not say what {login} may read"
    hint = "see whether {forge} is up; until it answers, its repositories are closed"


Key = tuple[str, str, str]  # forge, repository there, login


class Permissions:
    """Asks forges about logins. Fails closed: no answer is no permission."""

    def __init__(self, forges: Mapping[str, Forge]) -> None:
        self._forges = forges
        self._known: OrderedDict[Key, tuple[float, values.Permission | None]] = OrderedDict()
        self._projects: OrderedDict[tuple[str, str], tuple[float, values.Project]] = OrderedDict()
        self._asking: dict[Key, asyncio.Task[values.Permission | None]] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def of(self, subject: Subject, repository: records.Repository) -> values.Permission | None:
        """What the subject may do in the repository; None: nobody can say."""
        forge, _, login = subject.login.partition(":")
        if not login or forge != repository.forge or forge not in self._forges:
            return None
        return await self.asked(forge, repository.forge_id, login)

    async def asked(self, forge: str, repository: str, login: str) -> values.Permission | None:
        """What a login may do in a repository of a forge, by the forge's own id of it; None: it did not answer."""
        key = (forge, repository, login)
        known = self._known.get(key)
        if known is not None and monotonic() < known[0]:
            return known[1]
        if key not in self._asking:  # all who ask for the same at a time share one question
            task = self._asking[key] = asyncio.create_task(self._ask(key))
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        return await asyncio.shield(self._asking[key])

    async def readable(self, subject: Subject, repositories: Iterable[records.Repository]) -> frozenset[str]:
        """The tenants among these repositories that the subject may read. Raises ForgeSilent."""
        forge, _, login = subject.login.partition(":")
        mine = [each for each in repositories if each.forge == forge]
        permissions = await asyncio.gather(*(self.of(subject, each) for each in mine))
        if None in permissions:
            raise ForgeSilent(forge=forge, login=login)
        return frozenset(each.tenant for each, may in zip(mine, permissions, strict=True) if may != "none")

    async def _ask(self, key: Key) -> values.Permission | None:
        name, repository, login = key
        answer: values.Permission | None = None
        try:
            async with self._slots, asyncio.timeout(PATIENCE):
                answer = await self._forges[name].permission(await self._project(name, repository), login)
        except errors.NotThere:  # the repository is gone, or the login is nobody's
            answer = "none"
        except (CoderevError, TimeoutError, OSError):
            answer = None
        _keep(self._known, key, answer, KEEP_SECONDS if answer is not None else SILENT_SECONDS)
        return answer

    async def _project(self, forge: str, repository: str) -> values.Project:
        known = self._projects.get((forge, repository))
        if known is not None and monotonic() < known[0]:
            return known[1]
        project = await self._forges[forge].project(repository)
        _keep(self._projects, (forge, repository), project, PROJECT_SECONDS)
        return project


def _keep(known: "OrderedDict[K, tuple[float, V]]", key: K, value: V, seconds: float) -> None:
    known[key] = (monotonic() + seconds, value)
    known.move_to_end(key)
    while len(known) > MOST:
        known.popitem(last=False)
