"""A paper GitHub Enterprise Server: as much of its REST API v3, its GraphQL and its webhooks as a reviewer meets.

What it refuses, it refuses as GitHub does: a token that is none (401), a repository that one may not see (404), a
status without the right to write (404), a comment at a line that is not in the diff (422), a limit that is used up
(403). Who may write can change anybody's comment. Comments on the whole and comments at lines are counted apart.
"""

import base64
import gzip
import hashlib
import hmac
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from stand_ins.paper_forge import Delivery, PaperForge, PaperNote, PaperPerson, PaperProject, PaperRequest, PaperStatus

ACTIONS = {"pushed": "synchronize", "retargeted": "edited", "merged": "closed"}  # the rest by its own name
PERMISSIONS = {"maintain": "write"}  # the older words, which know no maintainers
ROLES = {"read": 1, "maintain": 2, "write": 4, "admin": 5}
SUGGESTION = re.compile(r"^(`{3,})suggestion\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
MAX_COMMENT = 65_536  # characters
START = datetime(2026, 11, 25, 12, tzinfo=UTC)
REPO = "/api/v3/repos/{owner}/{repo}"
PULL = REPO + "/pulls/{number}"
ISSUE = REPO + "/issues/{number}"


class PaperGitHub(PaperForge):
    kind = "github"
    limited_status = 403

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.classic: dict[str, dict[str, Any]] = {}  # protections of the older kind, by branch
        self.deleted: set[str] = set()  # logins of accounts that are no more
        self.first: dict[str, PaperNote] = {}  # of each thread at a line
        self.scanning = False  # whether code scanning is on
        self.sarifs: list[tuple[str, str, bytes]] = []  # commit, ref, document
        self.graphql: list[dict[str, Any]] = []  # what GraphQL answers next, instead

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/v3/user", self._user),
            web.get("/api/v3/users/{login}", self._someone),
            web.get("/api/v3/repositories/{id}", self._by_id),
            web.get(REPO, self._repository),
            web.get(REPO + "/collaborators/{login}/permission", self._permission),
            web.get(REPO + "/branches/{branch}", self._branch),
            web.get(REPO + "/branches/{branch}/protection", self._protection),
            web.get(REPO + "/commits/{name}", self._commit),
            web.get(REPO + "/rules/branches/{branch}", self._rules),
            web.get(REPO + "/rulesets/{ruleset}", self._ruleset),
            web.get(REPO + "/contents/{file:.+}", self._file),
            web.post(REPO + "/statuses/{sha}", self._set_status),
            web.post(REPO + "/code-scanning/sarifs", self._sarif),
            web.get(REPO + "/pulls", self._pulls),
            web.get(PULL, self._pull),
            web.get(PULL + "/comments", self._line_notes),
            web.post(PULL + "/comments", self._annotate),
            web.post(PULL + "/comments/{note}/replies", self._reply),
            web.get(REPO + "/pulls/comments/{note}", self._line_note),
            web.patch(REPO + "/pulls/comments/{note}", self._edit_line_note),
            web.get(ISSUE + "/comments", self._notes),
            web.post(ISSUE + "/comments", self._say),
            web.get(REPO + "/issues/comments/{note}", self._note),
            web.patch(REPO + "/issues/comments/{note}", self._edit),
            web.post("/api/graphql", self._graphql),
        ]

    def head_ref(self, number: int) -> str:
        return f"refs/pull/{number}/head"

    def told_id(self, note: PaperNote) -> str:
        return f"r{note.id}" if self._at_line(note) else str(note.id)

    def authenticated(self, request: web.Request) -> PaperPerson | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return self.bearer(token) if scheme.lower() in {"bearer", "token"} else None

    def limits(self, left: int, seconds: int) -> dict[str, str]:
        end = int((datetime.now(UTC) + timedelta(seconds=seconds)).timestamp())
        return {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": str(left), "x-ratelimit-reset": str(end)}

    def webhook(self, event: str, asked: PaperRequest, **facts: Any) -> Delivery:
        name, told = self._commented(asked, facts["note"]) if event == "commented" else self._changed(event, asked)
        told |= {"repository": self._told(asked.project), "sender": self._person(asked.author)}
        body = json.dumps(told).encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/1a2b3c4",
            "X-GitHub-Delivery": self.uuid(),
            "X-GitHub-Event": name,
            "X-GitHub-Enterprise-Version": "3.17.2",
        }
        if self.secret:
            headers["X-Hub-Signature-256"] = f"sha256={hmac.digest(self.secret.encode(), body, 'sha256').hex()}"
        return Delivery(headers, body)

    def apply_suggestion(self, note: PaperNote, asked: PaperRequest) -> str:
        """Press the button at a comment: commit what it suggests, and return the commit."""
        assert note.position is not None
        found = SUGGESTION.search(note.body)
        assert found is not None
        last = note.position["line"]
        first = note.position.get("start_line", last)
        content = self.repositories.file(asked.source.path, asked.head, note.position["path"])
        lines = (content or b"").decode().splitlines(keepends=True)
        lines[first - 1 : last] = [found[2]]
        return self.push(asked.source.path, asked.branch, {note.position["path"]: "".join(lines)})

    # webhooks

    def _changed(self, event: str, asked: PaperRequest) -> tuple[str, dict[str, Any]]:
        told = {
            "action": ACTIONS.get(event, event),
            "number": asked.number,
            "pull_request": self._told_pull(asked),
        }
        changes = {"changes": {"base": {"ref": {"from": "main"}, "sha": {"from": asked.versions[-1].start}}}}
        return "pull_request", told | (changes if event == "retargeted" else {})

    def _commented(self, asked: PaperRequest, note: PaperNote) -> tuple[str, dict[str, Any]]:
        if self._at_line(note):
            told = {"comment": self._told_line_note(asked, note), "pull_request": self._told_pull(asked)}
            return "pull_request_review_comment", {"action": "created", **told}
        issue = {"number": asked.number, "title": asked.title, "pull_request": {"url": self._page(asked)}}
        return "issue_comment", {"action": "created", "issue": issue, "comment": self._told_note(asked, note)}

    # what things look like

    def _page(self, asked: PaperRequest) -> str:
        return f"{self.url}/{asked.project.path}/pull/{asked.number}"

    def _person(self, person: PaperPerson) -> dict[str, Any]:
        return {"id": person.id, "login": person.login, "type": "User", "site_admin": False}

    def _told(self, project: PaperProject) -> dict[str, Any]:
        return {
            "id": project.id,
            "name": project.path.split("/")[1],
            "full_name": project.path,
            "private": not project.public,
            "default_branch": "main",
            "clone_url": f"https://elsewhere.invalid/{project.path}.git",  # what a misled host would say
        }

    def _told_pull(self, asked: PaperRequest) -> dict[str, Any]:
        merged = asked.state == "merged"
        tip = self.repositories.branches(asked.project.path).get(asked.target) or asked.versions[-1].start
        return {
            "id": asked.project.id * 1000 + asked.number,
            "number": asked.number,
            "title": asked.title,
            "state": "open" if asked.state == "open" else "closed",
            "merged_at": START.isoformat() if merged else None,
            "user": self._person(asked.author),
            "head": {"ref": asked.branch, "sha": asked.head, "repo": self._told(asked.source)},
            "base": {"ref": asked.target, "sha": tip, "repo": self._told(asked.project)},
            "html_url": self._page(asked),
            "draft": False,
        }

    def _at_line(self, note: PaperNote) -> bool:
        """Whether it stands at a line, or in the thread of one that does."""
        return note.position is not None or note.thread.startswith("line-")

    def _began(self, note: PaperNote) -> PaperNote:
        """What began a thread at a line, also when it was removed."""
        return self.first.get(note.thread, note)

    def _plain(self, asked: PaperRequest, note: PaperNote) -> dict[str, Any]:
        written = START + timedelta(seconds=asked.notes.index(note))
        return {
            "id": note.id,
            "node_id": f"NODE_{note.id}",
            "body": note.body,
            "user": None if note.author.login in self.deleted else self._person(note.author),
            "created_at": f"{written:%Y-%m-%dT%H:%M:%SZ}",
            "html_url": f"{self._page(asked)}#{note.id}",
        }

    def _told_note(self, asked: PaperRequest, note: PaperNote) -> dict[str, Any]:
        return {
            **self._plain(asked, note),
            "issue_url": f"{self.url}/api/v3/repos/{asked.project.path}/issues/{asked.number}",
        }

    def _told_line_note(self, asked: PaperRequest, note: PaperNote) -> dict[str, Any]:
        began = self._began(note)
        where = began.position or {}
        url = f"{self.url}/api/v3/repos/{asked.project.path}/pulls/{asked.number}"
        answers = {"in_reply_to_id": began.id} if began is not note else {}
        return {**self._plain(asked, note), **where, "pull_request_url": url, **answers}

    # who may ask for what

    def _asking(self, request: web.Request) -> PaperPerson:
        person = self.authenticated(request)
        if person is None or not person.active:
            raise web.HTTPUnauthorized
        return person

    def _seen(self, person: PaperPerson, project: PaperProject | None) -> PaperProject:
        if project is None or not self.may(project, person, "read"):
            raise web.HTTPNotFound
        return project

    def _meant(self, request: web.Request, least: str = "read") -> PaperProject:
        person, path = self._asking(request), "{owner}/{repo}".format(**request.match_info)
        project = self._seen(person, self.projects.get(path))
        if not self.may(project, person, least):  # type: ignore[arg-type]
            raise web.HTTPForbidden
        return project

    def _asked(self, request: web.Request) -> PaperRequest:
        found = self.requests_of[self._meant(request).path].get(int(request.match_info["number"]))
        if found is None:
            raise web.HTTPNotFound
        return found

    def _found(self, request: web.Request, *, line: bool) -> tuple[PaperRequest, PaperNote]:
        number = int(request.match_info["note"])
        for asked in self.requests_of[self._meant(request).path].values():
            for note in asked.notes:
                if note.id == number and self._at_line(note) is line:
                    return asked, note
        raise web.HTTPNotFound

    def _list(self, request: web.Request, found: list[Any]) -> web.Response:
        """A page, with the header that GitHub tells of pages by; it names the host by another address."""
        entries, number, length, pages = self.page(request, found)
        following = urlencode({**request.query, "page": number + 1, "per_page": length})
        link = f'<https://elsewhere.invalid{request.path}?{following}>; rel="next"'
        return web.json_response(entries, headers={"Link": link} if number < pages else {})

    # the API

    async def _user(self, request: web.Request) -> web.Response:
        return web.json_response(self._person(self._asking(request)))

    async def _someone(self, request: web.Request) -> web.Response:
        self._asking(request)
        person = self.people.get(request.match_info["login"])
        if person is None:
            raise web.HTTPNotFound
        return web.json_response({**self._person(person), "suspended_at": None if person.active else START.isoformat()})

    async def _by_id(self, request: web.Request) -> web.Response:
        person = self._asking(request)
        found = next((one for one in self.projects.values() if str(one.id) == request.match_info["id"]), None)
        return web.json_response(self._told(self._seen(person, found)))

    async def _repository(self, request: web.Request) -> web.Response:
        return web.json_response(self._told(self._meant(request)))

    async def _permission(self, request: web.Request) -> web.Response:
        project, person = self._meant(request, "write"), self.people.get(request.match_info["login"])
        if person is None:
            raise web.HTTPNotFound
        level = project.members.get(person.login, "read" if project.public else "none")  # a suspended one keeps it
        told = {"permission": PERMISSIONS.get(level, level), "role_name": level, "user": self._person(person)}
        return web.json_response(told)

    async def _branch(self, request: web.Request) -> web.Response:
        project, name = self._meant(request), request.match_info["branch"]
        tip = self.repositories.branches(project.path).get(name)
        if tip is None:
            raise web.HTTPNotFound
        return web.json_response({"name": name, "commit": {"sha": tip}, "protected": name in self.classic})

    async def _commit(self, request: web.Request) -> web.Response:
        project, name = self._meant(request), request.match_info["name"]
        found = self.repositories.git(
            project.path, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", check=False
        )
        if not found:
            return self.refusal(422, f"No commit found for SHA: {name}")
        return web.json_response({"sha": found, "commit": {"message": "a change"}})

    async def _protection(self, request: web.Request) -> web.Response:
        project = self._meant(request)
        found = self.classic.get(request.match_info["branch"])
        if found is None or not self.may(project, self._asking(request), "admin"):
            raise web.HTTPNotFound
        return web.json_response(found)

    async def _rules(self, request: web.Request) -> web.Response:
        protected = list(self._meant(request).protected)
        name = request.match_info["branch"]
        number = protected.index(name) + 1 if name in protected else 0
        about = {"ruleset_source_type": "Repository", "ruleset_source": "shop", "ruleset_id": number}
        return self._list(request, [{"type": kind, **about} for kind in ("deletion", "update") if number])

    async def _ruleset(self, request: web.Request) -> web.Response:
        project, number = self._meant(request), int(request.match_info["ruleset"])
        if not 0 < number <= len(project.protected):
            raise web.HTTPNotFound
        least = list(project.protected.values())[number - 1]
        told: dict[str, Any] = {"id": number, "name": "main", "enforcement": "active"}
        if self.may(project, self._asking(request), "admin"):
            role = {"actor_type": "RepositoryRole", "actor_id": ROLES[least or "admin"], "bypass_mode": "always"}
            told["bypass_actors"] = [role] if least else []
        return web.json_response(told)

    async def _file(self, request: web.Request) -> web.Response:
        project = self._meant(request)
        content = self.repositories.file(project.path, request.query["ref"], request.match_info["file"])
        if content is None:
            raise web.HTTPNotFound
        if "raw" not in request.headers["Accept"]:
            return web.json_response({"content": base64.b64encode(content).decode(), "encoding": "base64"})
        return web.Response(body=content, content_type="application/vnd.github.raw+json")

    async def _set_status(self, request: web.Request) -> web.Response:
        if not self.may(self._meant(request), self._asking(request), "write"):
            raise web.HTTPNotFound
        told = await request.json()
        short = len(told.get("description", "")) <= 140
        if told["state"] not in {"error", "failure", "pending", "success"} or not short:
            return self.refusal(422, "Validation Failed")
        made = PaperStatus(
            sha=request.match_info["sha"],
            name=told["context"],
            state=told["state"],
            description=told.get("description", ""),
            url=told.get("target_url", ""),
            ref="",
        )
        self.statuses.append(made)
        return web.json_response({"id": len(self.statuses), "state": made.state, "context": made.name}, status=201)

    async def _sarif(self, request: web.Request) -> web.Response:
        self._meant(request, "write")
        if not self.scanning:
            return self.refusal(403, "Advanced Security must be enabled for this repository to use code scanning.")
        told = await request.json()
        document = gzip.decompress(base64.b64decode(told["sarif"]))
        self.sarifs.append((told["commit_sha"], told["ref"], document))
        return web.json_response({"id": hashlib.sha256(document).hexdigest(), "url": self.url}, status=202)

    async def _pulls(self, request: web.Request) -> web.Response:
        found = [self._told_pull(one) for one in self.requests_of[self._meant(request).path].values()]
        state = request.query.get("state", "open")
        return self._list(request, [one for one in found if state in {"all", one["state"]}])

    async def _pull(self, request: web.Request) -> web.Response:
        return web.json_response(self._told_pull(self._asked(request)))

    async def _notes(self, request: web.Request) -> web.Response:
        asked = self._asked(request)
        whole = [note for note in asked.notes if not self._at_line(note)]
        return self._list(request, [self._told_note(asked, note) for note in whole])

    async def _line_notes(self, request: web.Request) -> web.Response:
        asked = self._asked(request)
        found = [self._told_line_note(asked, note) for note in asked.notes if self._at_line(note)]
        return self._list(request, found)

    async def _note(self, request: web.Request) -> web.Response:
        return web.json_response(self._told_note(*self._found(request, line=False)))

    async def _line_note(self, request: web.Request) -> web.Response:
        return web.json_response(self._told_line_note(*self._found(request, line=True)))

    async def _say(self, request: web.Request) -> web.Response:
        asked, told = self._asked(request), await request.json()
        if len(told["body"]) > MAX_COMMENT:
            return self.refusal(422, "body is too long")
        note = self.comment(asked, self._asking(request), told["body"])
        return web.json_response(self._told_note(asked, note), status=201)

    async def _annotate(self, request: web.Request) -> web.Response:
        asked, told = self._asked(request), await request.json()
        if not self._in_diff(asked, told):
            return self.refusal(422, "Validation Failed: pull_request_review_thread.line must be part of the diff")
        body = told.pop("body")
        thread = f"line-{self.uuid()}"
        note = self.comment(asked, self._asking(request), body, thread=thread, position=told)
        self.first[thread] = note
        return web.json_response(self._told_line_note(asked, note), status=201)

    def _in_diff(self, asked: PaperRequest, told: dict[str, Any]) -> bool:
        """Whether its lines stand in one hunk of the version that it names."""
        version = next((one for one in asked.versions if one.head == told["commit_id"]), None)
        first, last = told.get("start_line", told["line"]), told["line"]
        if told["side"] != "RIGHT" or first > last or ("start_line" in told) is not (first < last):
            return False
        files = self.diff(asked, version) if version else []
        shown = {new for file in files if file.new_path == told["path"] for _, new in file.lines()}
        return set(range(first, last + 1)) <= shown

    async def _reply(self, request: web.Request) -> web.Response:
        asked, (_, began) = self._asked(request), self._found(request, line=True)
        if began.position is None:
            return self.refusal(422, "in_reply_to is not a top-level comment")
        body = (await request.json())["body"]
        note = self.comment(asked, self._asking(request), body, thread=began.thread)
        return web.json_response(self._told_line_note(asked, note), status=201)

    async def _edit(self, request: web.Request) -> web.Response:
        return web.json_response(self._told_note(*await self._change(request, line=False)))

    async def _edit_line_note(self, request: web.Request) -> web.Response:
        return web.json_response(self._told_line_note(*await self._change(request, line=True)))

    async def _change(self, request: web.Request, *, line: bool) -> tuple[PaperRequest, PaperNote]:
        asked, note = self._found(request, line=line)
        if note.author is not self._asking(request) and not self.may(asked.project, self._asking(request), "write"):
            raise web.HTTPForbidden
        note.body = (await request.json())["body"]
        return asked, note

    # GraphQL: the two questions that a reviewer asks

    async def _graphql(self, request: web.Request) -> web.Response:
        person, told = self._asking(request), await request.json()
        if self.graphql:
            return web.json_response(self.graphql.pop(0))
        resolving = "resolveReviewThread" in told["query"]
        return (self._resolve if resolving else self._told_threads)(person, told["variables"])

    def _told_threads(self, person: PaperPerson, wanted: dict[str, Any]) -> web.Response:
        project = self.projects.get(f"{wanted['owner']}/{wanted['name']}")
        asked = self.requests_of[project.path].get(wanted["number"]) if project else None
        if project is None or asked is None or not self.may(project, person, "read"):
            return web.json_response({"data": None, "errors": [{"type": "NOT_FOUND", "message": "no such thing"}]})
        began = [note for note in asked.notes if note.position is not None]
        start = int(wanted.get("after") or 0)
        length = min(wanted["entries"], self.page_entries)
        nodes = [
            {"id": note.thread, "isResolved": note.resolved, "comments": {"nodes": [{"id": f"NODE_{note.id}"}]}}
            for note in began[start : start + length]
        ]
        more = {"hasNextPage": start + length < len(began), "endCursor": str(start + length)}
        threads = {"reviewThreads": {"nodes": nodes, "pageInfo": more}}
        return web.json_response({"data": {"repository": {"pullRequest": threads}}})

    def _resolve(self, person: PaperPerson, wanted: dict[str, Any]) -> web.Response:
        for asked in [one for project in self.requests_of.values() for one in project.values()]:
            for note in asked.notes:
                if note.thread == wanted["thread"] and note.position and self.may(asked.project, person, "write"):
                    note.resolved = True
                    return web.json_response({"data": {"resolveReviewThread": {"thread": {"id": note.thread}}}})
        return web.json_response({"data": None, "errors": [{"type": "FORBIDDEN", "message": "not allowed"}]})
