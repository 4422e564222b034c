"""A paper GitLab: as much of its REST API v4 and of its webhooks as a reviewer meets, by its published documentation.

What it refuses, it refuses as GitLab does: a token that is none (401), a project that one may not see (404), a role
that is too low (403), a comment at a line that is not in the diff (400), a status that stands already (400). It obeys
quick actions, such as a line `/merge`, in a comment that comes in by the API: they are in `obeyed`.
"""

import base64
import hmac
import json
import re
import secrets
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from stand_ins.paper_forge import Delivery, PaperForge, PaperNote, PaperPerson, PaperProject, PaperRequest, PaperStatus

LEVELS = {"none": 0, "read": 20, "write": 30, "maintain": 40, "admin": 50}
STATES = {"open": "opened", "closed": "closed", "merged": "merged"}
ACTIONS = {"opened": "open", "reopened": "reopen", "closed": "close", "merged": "merge"}  # the rest is an update
QUICK_ACTION = re.compile(r"^/(merge|close|reopen|approve|label|assign)\b.*$", re.MULTILINE)
SUGGESTION = re.compile(r"^(`{3,})suggestion:-(\d+)\+(\d+)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
PROJECT = "/api/v4/projects/{id}"
REQUEST = PROJECT + "/merge_requests/{iid}"


class PaperGitLab(PaperForge):
    kind = "gitlab"
    signing_time = 1_764_000_000  # seconds since 1970, of signed webhooks

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/v4/user", self._user),
            web.get("/api/v4/users", self._users),
            web.get(PROJECT, self._project),
            web.get(PROJECT + "/members/all/{user}", self._member),
            web.get(PROJECT + "/protected_branches", self._protected),
            web.get(PROJECT + "/repository/branches/{branch}", self._branch),
            web.get(PROJECT + "/repository/commits/{name}", self._commit),
            web.get(PROJECT + "/repository/files/{file}/raw", self._file),
            web.post(PROJECT + "/statuses/{sha}", self._set_status),
            web.get(PROJECT + "/merge_requests", self._requests),
            web.get(REQUEST, self._request),
            web.get(REQUEST + "/versions", self._versions),
            web.get(REQUEST + "/versions/{version}", self._version),
            web.get(REQUEST + "/discussions", self._discussions),
            web.post(REQUEST + "/discussions", self._discuss),
            web.put(REQUEST + "/discussions/{thread}", self._resolve),
            web.post(REQUEST + "/discussions/{thread}/notes", self._reply),
            web.post(REQUEST + "/notes", self._say),
            web.put(REQUEST + "/notes/{note}", self._edit),
        ]

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.obeyed: list[str] = []  # quick actions

    def head_ref(self, number: int) -> str:
        return f"refs/merge-requests/{number}/head"

    def authenticated(self, request: web.Request) -> PaperPerson | None:
        return self.bearer(request.headers.get("PRIVATE-TOKEN", ""))

    def limits(self, left: int, seconds: int) -> dict[str, str]:
        told = {"RateLimit-Limit": "600", "RateLimit-Remaining": str(left)}
        return told if left else {**told, "Retry-After": str(seconds)}

    def webhook(self, event: str, asked: PaperRequest, **facts: Any) -> Delivery:
        comment = event == "commented"
        body = json.dumps(
            self._commented(asked, facts["note"]) if comment else self._changed(event, asked, facts)
        ).encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "GitLab/18.2.0",
            "X-Gitlab-Instance": self.url,
            "X-Gitlab-Event": "Note Hook" if comment else "Merge Request Hook",
            "X-Gitlab-Event-UUID": self.uuid(),
            "X-Gitlab-Webhook-UUID": self.uuid(),
            "Idempotency-Key": self.uuid(),
        }
        return Delivery(headers | self._proof(headers["Idempotency-Key"], body), body)

    def apply_suggestion(self, note: PaperNote, asked: PaperRequest) -> str:
        """Press the button at a comment: commit what it suggests, and return the commit."""
        assert note.position is not None
        found = SUGGESTION.search(note.body)
        assert found is not None
        first, last = note.position["new_line"] - int(found[2]), note.position["new_line"] + int(found[3])
        content = self.repositories.file(asked.source.path, asked.head, note.position["new_path"])
        lines = (content or b"").decode().splitlines(keepends=True)
        lines[first - 1 : last] = [found[4]] if found[4].strip() else []
        return self.push(asked.source.path, asked.branch, {note.position["new_path"]: "".join(lines)})

    # webhooks

    def _proof(self, delivery: str, body: bytes) -> dict[str, str]:
        """The secret itself; or, for a signing token, a signature by Standard Webhooks."""
        if not self.secret.startswith("whsec_"):
            return {"X-Gitlab-Token": self.secret} if self.secret else {}
        time = str(self.signing_time)
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signature = base64.b64encode(hmac.digest(key, f"{delivery}.{time}.".encode() + body, "sha256")).decode()
        return {"webhook-id": delivery, "webhook-timestamp": time, "webhook-signature": f"v1,{signature}"}

    def _changed(self, event: str, asked: PaperRequest, facts: dict[str, Any]) -> dict[str, Any]:
        happened = {**self._attributes(asked), "action": ACTIONS.get(event, "update")}
        if "before" in facts:
            happened["oldrev"] = facts["before"]
        changes: dict[str, Any] = {"updated_at": {"previous": "2026-01-01", "current": "2026-01-02"}}
        if event == "retargeted":
            changes["target_branch"] = {"previous": "main", "current": asked.target}
        return {
            "object_kind": "merge_request",
            "event_type": "merge_request",
            "user": self._person(asked.author),
            "project": self._told(asked.project),
            "repository": {"name": asked.project.path},
            "object_attributes": happened,
            "labels": [],
            "changes": changes,
        }

    def _commented(self, asked: PaperRequest, note: PaperNote) -> dict[str, Any]:
        return {
            "object_kind": "note",
            "event_type": "note",
            "user": self._person(note.author),
            "project_id": asked.project.id,
            "project": self._told(asked.project),
            "repository": {"name": asked.project.path},
            "object_attributes": {
                "id": note.id,
                "note": note.body,
                "noteable_type": "MergeRequest",
                "author_id": note.author.id,
                "project_id": asked.project.id,
                "noteable_id": self._id_of(asked),
                "discussion_id": note.thread,
                "system": note.system,
                "action": "create",
                "url": f"{self._page(asked)}#note_{note.id}",
            },
            "merge_request": self._attributes(asked),
        }

    def _attributes(self, asked: PaperRequest) -> dict[str, Any]:
        return {
            "id": self._id_of(asked),
            "iid": asked.number,
            "title": asked.title,
            "state": STATES[asked.state],
            "source_branch": asked.branch,
            "target_branch": asked.target,
            "source_project_id": asked.source.id,
            "target_project_id": asked.project.id,
            "author_id": asked.author.id,
            "last_commit": {"id": asked.head, "message": "a change"},
            "url": self._page(asked),
        }

    # what things look like

    def _id_of(self, asked: PaperRequest) -> int:
        return asked.project.id * 1000 + asked.number

    def _page(self, asked: PaperRequest) -> str:
        return f"{self.url}/{asked.project.path}/-/merge_requests/{asked.number}"

    def _person(self, person: PaperPerson) -> dict[str, Any]:
        state = "active" if person.active else "blocked"
        return {"id": person.id, "username": person.login, "name": person.login.title(), "state": state}

    def _told(self, project: PaperProject) -> dict[str, Any]:
        return {
            "id": project.id,
            "name": project.path.rsplit("/", maxsplit=1)[-1],
            "path_with_namespace": project.path,
            "default_branch": "main",
            "visibility": "public" if project.public else "private",
            "http_url_to_repo": f"https://elsewhere.invalid/{project.path}.git",  # what a misled host would say
            "web_url": f"{self.url}/{project.path}",
        }

    def _merge_request(self, asked: PaperRequest) -> dict[str, Any]:
        last = asked.versions[-1] if asked.versions else None
        refs = {"base_sha": last.base, "start_sha": last.start, "head_sha": last.head} if last else None
        return {
            **self._attributes(asked),
            "author": self._person(asked.author),
            "sha": asked.head or None,
            "web_url": self._page(asked),
            "draft": False,
            "detailed_merge_status": "mergeable",
            "diff_refs": refs,
        }

    def _note(self, note: PaperNote) -> dict[str, Any]:
        kind = "DiffNote" if note.position else None
        told = {"id": note.id, "type": kind, "body": note.body, "author": self._person(note.author)}
        told |= {"system": note.system, "resolvable": note.position is not None}
        return told | ({"resolved": note.resolved, "position": note.position} if note.position else {})

    def _thread(self, asked: PaperRequest, thread: str) -> dict[str, Any]:
        notes = [note for note in asked.notes if note.thread == thread]
        alone = len(notes) == 1 and notes[0].position is None
        return {"id": thread, "individual_note": alone, "notes": [self._note(note) for note in notes]}

    # who may ask for what

    def _asking(self, request: web.Request) -> PaperPerson:
        person = self.authenticated(request)
        if person is None or not person.active:
            raise web.HTTPUnauthorized
        return person

    def _meant(self, request: web.Request, least: str = "read") -> PaperProject:
        person, name = self._asking(request), request.match_info["id"]
        project = next((one for one in self.projects.values() if name in {str(one.id), one.path}), None)
        if project is None or not self.may(project, person, "read"):
            raise web.HTTPNotFound
        if not self.may(project, person, least):  # type: ignore[arg-type]
            raise web.HTTPForbidden
        return project

    def _asked(self, request: web.Request, least: str = "read") -> PaperRequest:
        found = self.requests_of[self._meant(request, least).path].get(int(request.match_info["iid"]))
        if found is None:
            raise web.HTTPNotFound
        return found

    def _list(self, request: web.Request, found: list[Any]) -> web.Response:
        """A page, with the headers that GitLab tells of pages by."""
        entries, number, length, pages = self.page(request, found)
        following = str(number + 1) if number < pages else ""
        headers = {"x-page": str(number), "x-per-page": str(length), "x-next-page": following}
        if following:
            query = urlencode({**request.query, "page": following, "per_page": length})
            # behind a proxy GitLab names itself by another address
            headers["Link"] = f'<https://elsewhere.invalid{request.path}?{query}>; rel="next"'
        return web.json_response(entries, headers=headers)

    # the API

    async def _user(self, request: web.Request) -> web.Response:
        return web.json_response(self._person(self._asking(request)))

    async def _users(self, request: web.Request) -> web.Response:
        self._asking(request)
        wanted = request.query.get("username", "").lower()
        found = [self._person(person) for person in self.people.values() if person.login.lower() == wanted]
        return self._list(request, found)

    async def _project(self, request: web.Request) -> web.Response:
        return web.json_response(self._told(self._meant(request)))

    async def _member(self, request: web.Request) -> web.Response:
        project = self._meant(request)
        person = next((one for one in self.people.values() if str(one.id) == request.match_info["user"]), None)
        level = LEVELS[project.members.get(person.login, "none")] if person else 0
        if person is None or not level:
            raise web.HTTPNotFound
        return web.json_response({**self._person(person), "access_level": level, "membership_state": "active"})

    async def _protected(self, request: web.Request) -> web.Response:
        project = self._meant(request, "maintain")
        rules = [
            {"id": at, "name": name, "push_access_levels": [{"id": at, "access_level": LEVELS[least or "none"]}]}
            for at, (name, least) in enumerate(project.protected.items(), 1)
        ]
        return self._list(request, rules)

    async def _branch(self, request: web.Request) -> web.Response:
        project, name = self._meant(request), request.match_info["branch"]
        tip = self.repositories.branches(project.path).get(name)
        if tip is None:
            raise web.HTTPNotFound
        told = {"name": name, "commit": {"id": tip, "short_id": tip[:8]}, "protected": name in project.protected}
        return web.json_response({**told, "developers_can_push": project.protected.get(name) == "write"})

    async def _commit(self, request: web.Request) -> web.Response:
        found = self.repositories.commit_of(self._meant(request).path, request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        return web.json_response({"id": found, "short_id": found[:8], "title": "a change"})

    async def _file(self, request: web.Request) -> web.Response:
        project = self._meant(request)
        content = self.repositories.file(project.path, request.query["ref"], request.match_info["file"])
        if content is None:
            raise web.HTTPNotFound
        return web.Response(body=content, content_type="text/plain")

    async def _set_status(self, request: web.Request) -> web.Response:
        self._meant(request, "write")
        told = await request.json()
        if told["state"] not in {"pending", "running", "success", "failed", "canceled", "skipped"}:
            return self.refusal(400, "state does not have a valid value")
        made = PaperStatus(
            sha=request.match_info["sha"],
            name=told["name"],
            state=told["state"],
            description=told.get("description", ""),
            url=told.get("target_url", ""),
            ref=told.get("ref", ""),
        )
        last = self.status(made.sha)
        if last is not None and last.state == made.state in {"pending", "running"}:
            verb = "run" if made.state == "running" else "enqueue"
            return self.refusal(400, f"Cannot transition status via :{verb} from :{made.state}")
        self.statuses.append(made)
        return web.json_response({"id": len(self.statuses), "status": made.state, "sha": made.sha}, status=201)

    async def _requests(self, request: web.Request) -> web.Response:
        found = list(self.requests_of[self._meant(request).path].values())
        state = request.query.get("state", "all")
        listed = [self._merge_request(one) for one in found if state in {"all", STATES[one.state]}]
        for one in listed:
            del one["diff_refs"]  # a list has none
        return self._list(request, listed)

    async def _request(self, request: web.Request) -> web.Response:
        return web.json_response(self._merge_request(self._asked(request)))

    def _told_version(self, version: Any) -> dict[str, Any]:
        shas = {"head_commit_sha": version.head, "base_commit_sha": version.base, "start_commit_sha": version.start}
        return {"id": version.id, "state": "collected", **shas}

    async def _versions(self, request: web.Request) -> web.Response:
        return self._list(request, [self._told_version(one) for one in reversed(self._asked(request).versions)])

    async def _version(self, request: web.Request) -> web.Response:
        asked = self._asked(request)
        version = next((one for one in asked.versions if str(one.id) == request.match_info["version"]), None)
        if version is None:
            raise web.HTTPNotFound
        diffs = [
            {
                "old_path": file.old_path,
                "new_path": file.new_path,
                "diff": file.text,
                "new_file": file.kind == "A",
                "deleted_file": file.kind == "D",
                "renamed_file": file.kind == "R",
            }
            for file in self.diff(asked, version)
        ]
        return web.json_response({**self._told_version(version), "diffs": diffs})

    async def _discussions(self, request: web.Request) -> web.Response:
        asked = self._asked(request)
        threads = dict.fromkeys(note.thread for note in asked.notes)
        return self._list(request, [self._thread(asked, thread) for thread in threads])

    async def _discuss(self, request: web.Request) -> web.Response:
        asked, told = self._asked(request), await request.json()
        position = told.get("position")
        if position is not None and not self._in_diff(asked, position):
            return self.refusal(
                400, '400 Bad request - Note {:line_code=>["can\'t be blank", "must be a valid line code"]}'
            )
        note = self.comment(asked, self._asking(request), self._obey(told["body"]), position=position)
        return web.json_response(self._thread(asked, note.thread), status=201)

    def _in_diff(self, asked: PaperRequest, position: dict[str, Any]) -> bool:
        """Whether a position is a line of the version that it names, by both of its numbers."""
        shas = (position["base_sha"], position["start_sha"], position["head_sha"])
        version = next((one for one in asked.versions if (one.base, one.start, one.head) == shas), None)
        names = (position["old_path"], position["new_path"])
        line = (position.get("old_line"), position.get("new_line"))
        files = self.diff(asked, version) if version else []
        return any((file.old_path, file.new_path) == names and line in file.lines() for file in files)

    async def _resolve(self, request: web.Request) -> web.Response:
        asked, thread = self._asked(request, "write"), request.match_info["thread"]
        notes = [note for note in asked.notes if note.thread == thread and note.position]
        if not notes:
            raise web.HTTPNotFound
        resolved = (await request.json())["resolved"]
        for note in notes:
            note.resolved = resolved
        return web.json_response(self._thread(asked, thread))

    async def _reply(self, request: web.Request) -> web.Response:
        asked, thread = self._asked(request), request.match_info["thread"]
        if all(note.thread != thread for note in asked.notes):
            raise web.HTTPNotFound
        return await self._noted(request, asked, thread)

    async def _say(self, request: web.Request) -> web.Response:
        return await self._noted(request, self._asked(request), secrets.token_hex(20))

    async def _noted(self, request: web.Request, asked: PaperRequest, thread: str) -> web.Response:
        body = self._obey((await request.json())["body"])
        note = self.comment(asked, self._asking(request), body, thread=thread)
        return web.json_response(self._note(note), status=201)

    async def _edit(self, request: web.Request) -> web.Response:
        asked, person = self._asked(request), self._asking(request)
        note = next((note for note in asked.notes if str(note.id) == request.match_info["note"]), None)
        if note is None:
            raise web.HTTPNotFound
        if note.author is not person:
            raise web.HTTPForbidden
        note.body = self._obey((await request.json())["body"])
        return web.json_response(self._note(note))

    def _obey(self, body: str) -> str:
        """Carry out the quick actions of a comment, which GitLab takes out of it."""
        self.obeyed += [found[0] for found in QUICK_ACTION.finditer(body)]
        return QUICK_ACTION.sub("", body)
