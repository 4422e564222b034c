"""What paper forges share: people, repositories, merge requests, git and webhooks over real HTTP, and faults on demand.

    with PaperGitLab(folder) as forge:
        forge.project("team/shop", {"app.py": "…"})
        forge.member("team/shop", "ada", "write")
        token = forge.token("coderev", "team/shop")
        asked = forge.open_merge_request("team/shop", "fix", {"app.py": "…"}, author="ada")
        … ask `forge.url` …
        forge.push("team/shop", "fix", {"app.py": "…"})
        forge.comment_as("ada", asked, "@coderev explain", reply_to=asked.notes[-1])
    assert [note.body for note in asked.notes] == …

The server runs in a thread of its own; what a test does by the handle happens at once, and each webhook that follows
is in `deliveries`, and is posted in order to the URL that `hook` names, by another thread (`settle` waits for it).
A subclass says how one kind of host speaks: `routes`, `webhook`, `head_ref`, `authenticated`.
"""

import asyncio
import base64
import binascii
import contextlib
import http.client
import itertools
import queue
import secrets
import threading
import urllib.parse
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from aiohttp import web
from stand_ins.paper_git import PaperDiff, PaperRepositories, http_backend

Level = Literal["none", "read", "write", "maintain", "admin"]
LEVELS: tuple[Level, ...] = ("none", "read", "write", "maintain", "admin")
Respond = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class PaperPerson:
    id: int
    login: str
    active: bool = True


@dataclass
class PaperProject:
    id: int
    path: str
    members: dict[str, Level] = field(default_factory=dict)
    protected: dict[str, Level | None] = field(
        default_factory=lambda: {"main": "maintain"}
    )  # who may push; None: nobody
    public: bool = False


@dataclass
class PaperNote:
    """A comment; `position` is the host's own form of a place in the diff."""

    id: int
    thread: str
    author: PaperPerson
    body: str
    position: dict[str, Any] | None = None
    system: bool = False
    resolved: bool = False


@dataclass(frozen=True)
class PaperVersion:
    id: int
    base: str  # where the branches parted
    start: str  # the target's tip
    head: str


@dataclass
class PaperRequest:
    """A merge request. Its head is the last version's; a test that clears `versions` has a host that prepares it."""

    number: int
    project: PaperProject
    source: PaperProject
    branch: str
    target: str
    author: PaperPerson
    title: str
    state: Literal["open", "closed", "merged"] = "open"
    versions: list[PaperVersion] = field(default_factory=list)
    notes: list[PaperNote] = field(default_factory=list)

    @property
    def head(self) -> str:
        return self.versions[-1].head if self.versions else ""

    def said(self, login: str) -> list[str]:
        """What a person said, oldest first."""
        return [note.body for note in self.notes if note.author.login == login]


@dataclass
class PaperStatus:
    sha: str
    name: str
    state: str
    description: str
    url: str
    ref: str


@dataclass
class Delivery:
    """A webhook; `answers` are the statuses that it was answered with, 0 for none."""

    headers: dict[str, str]
    body: bytes
    answers: list[int] = field(default_factory=list)

    @property
    def lower(self) -> dict[str, str]:
        """The headers as a server hands them on."""
        return {name.lower(): value for name, value in self.headers.items()}


@dataclass(frozen=True)
class Seen:
    """A request that came in; `answer` is the status of what it was answered with, 0 for nothing."""

    method: str
    path: str
    headers: dict[str, str]
    answer: int


@dataclass
class Fault:
    """What befalls the next `times` requests whose method and path are meant."""

    kind: Literal["status", "slow", "cut", "lost"]
    times: int
    status: int = 500
    seconds: float = 0
    headers: dict[str, str] = field(default_factory=dict)
    method: str = ""
    where: str = "/api/"

    def meant(self, request: web.Request) -> bool:
        return self.times > 0 and request.method.startswith(self.method) and self.where in request.raw_path


class PaperForge:
    """The state and the server of a paper forge, from `with` to the end of it."""

    kind: ClassVar[str]
    limited_status: ClassVar[int] = 429  # of an answer that a limit refuses
    account_level: ClassVar[Level] = "write"  # what an account needs for all that a reviewer does
    told_levels: ClassVar[Mapping[Level, Level]] = {}  # what the host tells instead of a level that it does not know
    tells_blocked: ClassVar[bool] = True  # whether it tells us that a person is blocked

    def __init__(self, folder: Path) -> None:
        self.repositories = PaperRepositories(folder)
        self.people: dict[str, PaperPerson] = {}
        self.projects: dict[str, PaperProject] = {}
        self.requests_of: dict[str, dict[int, PaperRequest]] = {}
        self.tokens: dict[str, str] = {}  # to the login that each stands for
        self.statuses: list[PaperStatus] = []
        self.deliveries: list[Delivery] = []
        self.seen: list[Seen] = []
        self.faults: list[Fault] = []
        self.page_entries = 100  # the longest page that is given
        self.refuse_with = "out of order"  # what answers say that a fault makes
        self.limit: tuple[int, int] | None = None  # requests that are left, and the seconds until there are more
        self.lock = threading.RLock()
        self._ids = itertools.count(1001)
        self._hook: tuple[str, str] = ("", "")
        self._outbox: queue.SimpleQueue[Delivery | None] = queue.SimpleQueue()
        self._unsent = 0
        self._loop = asyncio.new_event_loop()
        self._threads = [
            threading.Thread(target=work, daemon=True) for work in (self._loop.run_forever, self._post_all)
        ]
        self._port = 0

    # what a subclass says

    def routes(self) -> list[web.RouteDef]:
        """The host's API."""
        raise NotImplementedError

    def webhook(self, event: str, asked: PaperRequest, **facts: Any) -> Delivery:
        """A webhook, signed as the host signs: opened, pushed, retargeted, closed, reopened, merged, commented."""
        raise NotImplementedError

    def head_ref(self, number: int) -> str:
        """The ref of a merge request's head."""
        raise NotImplementedError

    def told_id(self, note: PaperNote) -> str:
        """The id by which the adapter names a comment."""
        return str(note.id)

    def authenticated(self, request: web.Request) -> PaperPerson | None:
        """Who asks, by the token in the host's own header."""
        raise NotImplementedError

    def refusal(self, status: int, message: str) -> web.Response:
        """An answer that says no, in the host's own form."""
        return web.json_response({"message": message}, status=status)

    def limits(self, left: int, seconds: int) -> dict[str, str]:
        """The headers that tell of a rate limit."""
        raise NotImplementedError

    # the handle of a test

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def secret(self) -> str:
        """What webhooks are signed with."""
        return self._hook[1]

    def hook(self, url: str, secret: str) -> None:
        """Sign each webhook from now on, and post it to a URL, if there is one."""
        self._hook = (url, secret)

    def person(self, login: str) -> PaperPerson:
        """An account, made at first sight."""
        if login not in self.people:
            self.people[login] = PaperPerson(next(self._ids), login)
        return self.people[login]

    def project(self, path: str, files: Mapping[str, str | bytes], *, public: bool = False) -> PaperProject:
        """Make a repository with one commit on `main`, which maintainers may push to."""
        self.repositories.make(path, files)
        return self._add(PaperProject(next(self._ids), path, public=public))

    def fork(self, path: str, of: str) -> PaperProject:
        """Make a repository of another's content, which belongs to nobody yet."""
        self.repositories.fork(path, of)
        return self._add(PaperProject(next(self._ids), path))

    def member(self, path: str, login: str, level: Level) -> PaperPerson:
        """Let a person do something in a repository."""
        person = self.person(login)
        self.projects[path].members[login] = level
        return person

    def token(self, login: str, *paths: str, level: Level = "write") -> str:
        """A new token of an account, which becomes a member of these repositories."""
        self.person(login)
        for path in paths:
            self.member(path, login, level)
        token = f"paper-{secrets.token_hex(20)}"
        self.tokens[token] = login
        return token

    def revoke(self, token: str) -> None:
        del self.tokens[token]

    def open_merge_request(
        self,
        path: str,
        branch: str,
        files: Mapping[str, str | bytes | None],
        *,
        author: str,
        target: str = "main",
        title: str = "",
        source: str = "",
    ) -> PaperRequest:
        """Commit to a new branch, of `source` if it is a fork, and ask for it to be merged.

        Without files the branch is one that was pushed before.
        """
        with self.lock:
            project, origin = self.projects[path], self.projects[source or path]
            if files:
                self.repositories.commit(origin.path, branch, files, start=target)
            number = len(self.requests_of[path]) + 1
            asked = PaperRequest(number, project, origin, branch, target, self.person(author), title or branch)
            self.requests_of[path][number] = asked
            self._moved(asked)
            self._tell("opened", asked)
            return asked

    def push(self, path: str, branch: str, files: Mapping[str, str | bytes | None]) -> str:
        """Commit to a branch, and return the commit: the merge requests of that branch follow."""
        with self.lock:
            commit = self.repositories.commit(path, branch, files)
            self.pushed(path, {branch})
            return commit

    def pushed(self, path: str, branches: set[str]) -> None:
        """Let merge requests follow branches that moved."""
        with self.lock:
            for asked in [one for project in self.requests_of.values() for one in project.values()]:
                if asked.source.path == path and asked.branch in branches and asked.state == "open":
                    before = asked.head
                    self._moved(asked)
                    self._tell("pushed", asked, before=before)

    def comment_as(self, login: str, asked: PaperRequest, body: str, reply_to: PaperNote | None = None) -> PaperNote:
        """Comment as a person, in the thread of a comment if there is one."""
        return self.comment(asked, self.person(login), body, thread=reply_to.thread if reply_to else "")

    def comment(
        self,
        asked: PaperRequest,
        author: PaperPerson,
        body: str,
        *,
        thread: str = "",
        position: dict[str, Any] | None = None,
    ) -> PaperNote:
        """Add a comment, and tell of it."""
        with self.lock:
            note = PaperNote(next(self._ids), thread or secrets.token_hex(20), author, body, position)
            asked.notes.append(note)
            self._tell("commented", asked, note=note)
            return note

    def close(self, asked: PaperRequest) -> None:
        asked.state = "closed"
        self._tell("closed", asked)

    def reopen(self, asked: PaperRequest) -> None:
        asked.state = "open"
        self._tell("reopened", asked)

    def merge(self, asked: PaperRequest) -> str:
        """Merge, and return the merge commit."""
        with self.lock:
            commit = self.repositories.merge(asked.project.path, asked.target, asked.head)
            asked.state = "merged"
            self._tell("merged", asked)
            return commit

    def retarget(self, asked: PaperRequest, target: str) -> None:
        """Ask for a merge into another branch."""
        with self.lock:
            asked.target = target
            self._moved(asked)
            self._tell("retargeted", asked)

    def redeliver(self, delivery: Delivery) -> None:
        """Post a webhook again, as it was."""
        self._send(delivery)

    def settle(self, seconds: float = 10) -> None:
        """Wait until each webhook was posted."""
        for _ in range(int(seconds / 0.01)):
            if not self._unsent:
                return
            threading.Event().wait(0.01)
        complaint = f"{self._unsent} webhooks were not posted within {seconds} s"
        raise AssertionError(complaint)

    def status(self, sha: str) -> PaperStatus | None:
        """The status of a commit that counts: the last."""
        return next((status for status in reversed(self.statuses) if status.sha == sha), None)

    def fail(
        self, times: int = 1, status: int = 500, *, method: str = "", where: str = "/api/", **headers: str
    ) -> None:
        """Answer the next requests with a status, and do nothing."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.faults.append(Fault("status", times, status, headers=named, method=method, where=where))

    def slow(self, seconds: float, times: int = 1, *, where: str = "/api/") -> None:
        """Answer the next requests late."""
        self.faults.append(Fault("slow", times, seconds=seconds, where=where))

    def cut(self, times: int = 1, *, method: str = "", where: str = "/api/") -> None:
        """Break off in the middle of the next answers, and do nothing."""
        self.faults.append(Fault("cut", times, method=method, where=where))

    def lose(self, times: int = 1, *, method: str = "POST", where: str = "/api/") -> None:
        """Carry out the next requests, and lose the answers on the way."""
        self.faults.append(Fault("lost", times, method=method, where=where))

    def recover(self) -> None:
        """Be well again."""
        self.faults.clear()
        self.limit = None

    # what subclasses ask

    def level(self, project: PaperProject, person: PaperPerson | None) -> Level:
        """What a person may do."""
        if person is None or not person.active:
            return "none"
        return project.members.get(person.login, "read" if project.public else "none")

    def may(self, project: PaperProject, person: PaperPerson | None, least: Level) -> bool:
        return LEVELS.index(self.level(project, person)) >= LEVELS.index(least)

    def diff(self, asked: PaperRequest, version: PaperVersion) -> list[PaperDiff]:
        """The files of a version."""
        return self.repositories.diff(asked.project.path, version.base, version.head)

    def page(self, request: web.Request, found: list[Any], size: str = "per_page") -> tuple[list[Any], int, int, int]:
        """The entries of the page that is asked for, its number, its length, and how many pages there are."""
        number = max(int(request.query.get("page", "1")), 1)
        length = min(max(int(request.query.get(size, "20")), 1), self.page_entries)
        pages = max(-(-len(found) // length), 1)
        return found[(number - 1) * length : number * length], number, length, pages

    # the server

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        self._runner = self._wait(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._outbox.put(None)
        self._wait(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        for thread in self._threads:
            thread.join(15)
        self._loop.close()

    def _wait(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(15)

    async def _start(self) -> web.AppRunner:
        app = web.Application(middlewares=[self._watch, self._befall, self._count], client_max_size=64 * 1024 * 1024)
        app.add_routes([*self.routes(), web.route("*", "/{path:.+}.git/{service:.+}", self._git)])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._port = runner.addresses[0][1]
        return runner

    @web.middleware
    async def _watch(self, request: web.Request, handler: Respond) -> web.StreamResponse:
        status = 0
        try:
            response = await handler(request)
            status = response.status
        except web.HTTPException as answer:
            status = answer.status
            return self.refusal(answer.status, f"{answer.status} {answer.reason}")
        else:
            return response
        finally:
            headers = {name.lower(): value for name, value in request.headers.items()}
            self.seen.append(Seen(request.method, request.path_qs, headers, status))

    @web.middleware
    async def _befall(self, request: web.Request, handler: Respond) -> web.StreamResponse:
        fault = next((fault for fault in self.faults if fault.meant(request)), None)
        if fault is None:
            return await handler(request)
        fault.times -= 1
        match fault.kind:
            case "status":
                answer = self.refusal(fault.status, self.refuse_with)
                answer.headers.update(fault.headers)
                return answer
            case "slow":
                await asyncio.sleep(fault.seconds)
                return await handler(request)
            case "lost":
                await handler(request)
        broken = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "1000"})
        if fault.kind == "cut":
            await broken.prepare(request)
            await broken.write(b'{"id": 1, "body": "bro')
        if request.transport is not None:
            request.transport.abort()
        return broken

    @web.middleware
    async def _count(self, request: web.Request, handler: Respond) -> web.StreamResponse:
        if self.limit is None or "/api/" not in request.path:
            return await handler(request)
        left, seconds = self.limit
        self.limit = (max(left - 1, 0), seconds)
        answer = await handler(request) if left else self.refusal(self.limited_status, "Retry later")
        answer.headers.update(self.limits(max(left - 1, 0), seconds))
        return answer

    async def _git(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        person, project = self._basic(request), self.projects.get(path)
        writing = "git-receive-pack" in request.path_qs
        if person is None:
            return web.Response(status=401, headers={"WWW-Authenticate": f'Basic realm="{self.kind}"'})
        if project is None or not self.may(project, person, "read"):
            return web.Response(status=404)
        if writing and not self.may(project, person, "write"):
            return web.Response(status=403)
        before = await asyncio.to_thread(self.repositories.branches, path) if writing else {}
        answer = await http_backend(self.repositories.folder, request, person.login)
        if writing:
            after = await asyncio.to_thread(self.repositories.branches, path)
            moved = {name for name, tip in after.items() if before.get(name) != tip}
            await asyncio.to_thread(self.pushed, path, moved)
        return answer

    def _basic(self, request: web.Request) -> PaperPerson | None:
        scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        with contextlib.suppress(binascii.Error, UnicodeDecodeError):
            _, _, token = base64.b64decode(credentials).decode().partition(":")
            return self.bearer(token)
        return None

    def bearer(self, token: str) -> PaperPerson | None:
        """Whom a token stands for."""
        login = self.tokens.get(token)
        return self.people[login] if login else None

    # what follows from what happens

    def _add(self, project: PaperProject) -> PaperProject:
        self.projects[project.path] = project
        self.requests_of[project.path] = {}
        return project

    def _moved(self, asked: PaperRequest) -> None:
        """Make the next version of a merge request, and let its ref follow."""
        path = asked.project.path
        head = self.repositories.branches(asked.source.path)[asked.branch]
        self.repositories.keep(path, head, self.head_ref(asked.number), asked.source.path)
        start = self.repositories.branches(path)[asked.target]
        base = self.repositories.merge_base(path, start, head)
        asked.versions.append(PaperVersion(next(self._ids), base, start, head))

    def _tell(self, event: str, asked: PaperRequest, **facts: Any) -> None:
        delivery = self.webhook(event, asked, **facts)
        self.deliveries.append(delivery)
        self._send(delivery)

    def _send(self, delivery: Delivery) -> None:
        if self._hook[0]:
            self._unsent += 1
            self._outbox.put(delivery)

    def _post_all(self) -> None:
        while (delivery := self._outbox.get()) is not None:
            delivery.answers.append(_post(self._hook[0], delivery))
            self._unsent -= 1

    @staticmethod
    def uuid() -> str:
        return str(uuid.uuid4())


def _post(url: str, delivery: Delivery) -> int:
    """Post a webhook, and return the status of the answer, or 0 for none."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.request("POST", parts.path or "/", delivery.body, delivery.headers)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()
