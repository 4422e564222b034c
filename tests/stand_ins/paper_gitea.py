"""A paper Gitea, which can be a paper Forgejo: as much of its API v1 and of its webhooks as a reviewer meets.

It does what Gitea does, also where that surprises: it takes a comment at any line, gives all comments on the whole in
one answer, tells no next page of a list of reviews, answers 204 for a comment at a line where one on the whole is asked
for, adds what is sent to the pending review that stands, lets who may write change anybody's comment, and tells what a
person may do to administrators only. `version` and `knows` say which of its ages it is.
"""

import hmac
import json
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from stand_ins.paper_forge import Delivery, PaperForge, PaperNote, PaperPerson, PaperProject, PaperRequest, PaperStatus

ACTIONS = {"pushed": "synchronized", "retargeted": "edited", "merged": "closed"}  # the rest by its own name
WRITTEN = "2026-11-25T12:00:00Z"
MAX_ITEMS = 50  # of a page, as it is delivered
REPO = "/api/v1/repos/{owner}/{repo}"
PULL = REPO + "/pulls/{number}"
ISSUE = REPO + "/issues/{number}"


class PaperGitea(PaperForge):
    kind = "gitea"
    account_level = "admin"
    told_levels = {"maintain": "write"}  # noqa: RUF012 - as the paper forge declares it
    tells_blocked = False
    version = "1.27.0"
    knows: frozenset[str] = frozenset({"resolve", "replies"})  # addresses that not every age has; `append` is Forgejo's

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.page_entries = MAX_ITEMS
        self.reviews: dict[int, tuple[PaperRequest, PaperPerson, str]] = {}  # with their states
        self.held: dict[int, int] = {}  # the review of each comment at a line
        self.resolvers: dict[int, PaperPerson] = {}

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/v1/version", self._version),
            web.get("/api/v1/user", self._user),
            web.get("/api/v1/repositories/{id}", self._by_id),
            web.get(REPO, self._repository),
            web.get(REPO + "/collaborators/{login}/permission", self._permission),
            web.get(REPO + "/branches/{branch}", self._branch),
            web.get(REPO + "/branch_protections", self._protections),
            web.get(REPO + "/git/commits/{name}", self._commit),
            web.get(REPO + "/raw/{file:.+}", self._file),
            web.post(REPO + "/statuses/{sha}", self._set_status),
            web.get(REPO + "/pulls", self._pulls),
            web.get(REPO + r"/pulls/{number:\d+}.diff", self._diff),
            web.get(REPO + r"/pulls/{number:\d+}", self._pull),
            web.get(PULL + "/reviews", self._list_reviews),
            web.post(PULL + "/reviews", self._review),
            web.delete(PULL + "/reviews/{review}", self._delete_review),
            web.get(PULL + "/reviews/{review}/comments", self._line_notes),
            web.post(PULL + "/reviews/{review}/comments", self._append),
            web.post(PULL + "/comments/{note}/replies", self._reply),
            web.post(REPO + "/pulls/comments/{note}/resolve", self._resolve),
            web.get(ISSUE + "/comments", self._notes),
            web.post(ISSUE + "/comments", self._say),
            web.get(REPO + "/issues/comments/{note}", self._note),
            web.patch(REPO + "/issues/comments/{note}", self._edit),
        ]

    def head_ref(self, number: int) -> str:
        return f"refs/pull/{number}/head"

    def authenticated(self, request: web.Request) -> PaperPerson | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return self.bearer(token) if scheme.lower() in {"bearer", "token"} else None

    def limits(self, left: int, seconds: int) -> dict[str, str]:
        return {} if left else {"Retry-After": str(seconds)}  # of a proxy before it

    def webhook(self, event: str, asked: PaperRequest, **facts: Any) -> Delivery:
        name, kind, told = (
            self._commented(asked, facts["note"]) if event == "commented" else self._changed(event, asked)
        )
        told |= {"repository": self._told(asked.project), "sender": self._person(asked.author)}
        body = json.dumps(told, indent=2).encode()
        brand = "Forgejo" if "+gitea-" in self.version else "Gitea"
        headers = {"Content-Type": "application/json", "X-Gogs-Event": name, "X-GitHub-Event": name}
        signature = hmac.digest(self.secret.encode(), body, "sha256").hex() if self.secret else ""
        told_by = {"Delivery": self.uuid(), "Event": name, "Event-Type": kind, "Signature": signature}
        return Delivery(headers | {f"X-{brand}-{end}": value for end, value in told_by.items()}, body)

    # webhooks

    def _changed(self, event: str, asked: PaperRequest) -> tuple[str, str, dict[str, Any]]:
        told = {
            "action": ACTIONS.get(event, event),
            "number": asked.number,
            "pull_request": self._told_pull(asked),
            "review": None,
        }
        changes = {"changes": {"ref": {"from": "main"}}} if event == "retargeted" else {}
        return "pull_request", "pull_request_sync" if event == "pushed" else "pull_request", told | changes

    def _commented(self, asked: PaperRequest, note: PaperNote) -> tuple[str, str, dict[str, Any]]:
        """A comment in a review comes with the review, which does not say its number; an answer at a line does."""
        if note.position is not None and note.id not in self.answers:
            review = {"type": "pull_request_review_comment", "content": ""}
            told = {"action": "reviewed", "number": asked.number, "pull_request": self._told_pull(asked)}
            return "pull_request_comment", "pull_request_review_comment", told | {"review": review}
        issue = {"number": asked.number, "title": asked.title, "pull_request": {"merged": False, "merged_at": None}}
        told = {"action": "created", "issue": issue, "comment": self._told_note(asked, note), "is_pull": True}
        return "issue_comment", "pull_request_comment", told

    @property
    def answers(self) -> set[int]:
        """The comments at lines that are in the thread of an earlier one."""
        began: set[str] = set()
        found: set[int] = set()
        for asked in [one for project in self.requests_of.values() for one in project.values()]:
            for note in asked.notes:
                (found.add(note.id) if note.thread in began else began.add(note.thread))
        return found

    # what things look like

    def _page(self, asked: PaperRequest) -> str:
        return f"{self.url}/{asked.project.path}/pulls/{asked.number}"

    def _person(self, person: PaperPerson) -> dict[str, Any]:
        return {"id": person.id, "login": person.login, "username": person.login, "full_name": ""}

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
        tip = self.repositories.branches(asked.project.path).get(asked.target, "")
        return {
            "id": asked.project.id * 1000 + asked.number,
            "number": asked.number,
            "title": asked.title,
            "state": "open" if asked.state == "open" else "closed",
            "merged": merged,
            "merged_at": WRITTEN if merged else None,
            "user": self._person(asked.author),
            "head": {"label": asked.branch, "ref": asked.branch, "sha": asked.head, "repo_id": asked.source.id},
            "base": {"label": asked.target, "ref": asked.target, "sha": tip, "repo_id": asked.project.id},
            "merge_base": asked.versions[-1].base,
            "html_url": self._page(asked),
        }

    def _told_note(self, asked: PaperRequest, note: PaperNote) -> dict[str, Any]:
        return {
            "id": note.id,
            "body": note.body,
            "user": self._person(note.author),
            "created_at": WRITTEN,
            "html_url": f"{self._page(asked)}#issuecomment-{note.id}",
            "issue_url": "",
            "pull_request_url": self._page(asked),
        }

    def _told_line_note(self, asked: PaperRequest, note: PaperNote) -> dict[str, Any]:
        began = next(one for one in asked.notes if one.thread == note.thread)
        where = note.position or began.position or {}
        resolver = self.resolvers.get(note.id)
        return {
            **self._told_note(asked, note),
            "path": where["path"],
            "position": where["new_position"],
            "original_position": where["old_position"],
            "resolver": self._person(resolver) if resolver else None,
            "pull_request_review_id": self._review_of(asked, note),
            "commit_id": asked.head,
        }

    def _review_of(self, asked: PaperRequest, note: PaperNote) -> int:
        """The review of a comment at a line, or 0; an answer that a person gives joins the one that it answers."""
        began = next(one for one in asked.notes if one.thread == note.thread)
        return self.held.get(note.id) or self.held.get(began.id, 0)

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

    def _found(self, request: web.Request) -> tuple[PaperRequest, PaperNote]:
        for asked in self.requests_of[self._meant(request).path].values():
            for note in asked.notes:
                if str(note.id) == request.match_info["note"]:
                    return asked, note
        raise web.HTTPNotFound

    def _known(self, address: str) -> None:
        if address not in self.knows:
            raise web.HTTPMethodNotAllowed("POST", ["GET"])

    def _list(self, request: web.Request, found: list[Any], *, link: bool) -> web.Response:
        """A page; only some lists tell of the next."""
        entries, number, length, pages = self.page(request, found, "limit")
        headers = {"X-Total-Count": str(len(found))}
        if link and pages > 1:
            following = urlencode({**request.query, "page": min(number + 1, pages), "limit": length})
            relation = "next" if number < pages else "last"
            headers["Link"] = f'<https://elsewhere.invalid{request.path}?{following}>; rel="{relation}"'
        return web.json_response(entries, headers=headers)

    # the API

    async def _version(self, request: web.Request) -> web.Response:
        self._asking(request)
        return web.json_response({"version": self.version})

    async def _user(self, request: web.Request) -> web.Response:
        return web.json_response(self._person(self._asking(request)))

    async def _by_id(self, request: web.Request) -> web.Response:
        person = self._asking(request)
        found = next((one for one in self.projects.values() if str(one.id) == request.match_info["id"]), None)
        return web.json_response(self._told(self._seen(person, found)))

    async def _repository(self, request: web.Request) -> web.Response:
        return web.json_response(self._told(self._meant(request)))

    async def _permission(self, request: web.Request) -> web.Response:
        project, asking, login = self._meant(request), self._asking(request), request.match_info["login"]
        if login != asking.login and not self.may(project, asking, "admin"):
            raise web.HTTPForbidden
        person = self.people.get(login)
        if person is None:
            raise web.HTTPNotFound
        level = project.members.get(login, "read" if project.public else "none")  # a blocked one keeps it
        told = "owner" if project.path.split("/")[0] == login else self.told_levels.get(level, level)
        return web.json_response({"permission": told, "role_name": told, "user": self._person(person)})

    async def _branch(self, request: web.Request) -> web.Response:
        project, name = self._meant(request), request.match_info["branch"]
        tip = self.repositories.branches(project.path).get(name)
        if tip is None:
            raise web.HTTPNotFound
        told = {"name": name, "commit": {"id": tip, "message": "a change"}, "protected": name in project.protected}
        shows = name in project.protected and self.may(project, self._asking(request), "admin")
        return web.json_response(told | {"effective_branch_protection_name": name if shows else ""})

    async def _protections(self, request: web.Request) -> web.Response:
        project = self._meant(request, "admin")
        rules = [
            {
                "rule_name": name,
                "enable_push": least is not None,
                "enable_push_whitelist": least not in {None, "write"},
                "push_whitelist_usernames": [login for login in project.members if self._pushes(project, login, least)],
                "push_whitelist_teams": [],
            }
            for name, least in project.protected.items()
        ]
        return web.json_response(rules)

    def _pushes(self, project: PaperProject, login: str, least: str | None) -> bool:
        return least is not None and self.may(project, self.people[login], least)  # type: ignore[arg-type]

    async def _commit(self, request: web.Request) -> web.Response:
        project, name = self._meant(request), request.match_info["name"]
        found = self.repositories.git(
            project.path, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", check=False
        )
        if not found:
            raise web.HTTPNotFound
        return web.json_response({"sha": found, "commit": {"message": "a change"}})

    async def _file(self, request: web.Request) -> web.Response:
        project = self._meant(request)
        content = self.repositories.file(project.path, request.query["ref"], request.match_info["file"])
        if content is None:
            raise web.HTTPNotFound
        return web.Response(body=content, content_type="text/plain")

    async def _set_status(self, request: web.Request) -> web.Response:
        self._meant(request, "write")
        told = await request.json()
        if told["state"] not in {"pending", "success", "error", "failure", "warning"}:
            return self.refusal(422, "invalid state")
        made = PaperStatus(
            sha=request.match_info["sha"],
            name=told["context"],
            state=told["state"],
            description=told.get("description", ""),
            url=told.get("target_url", ""),
            ref="",
        )
        self.statuses.append(made)
        return web.json_response({"id": len(self.statuses), "status": made.state, "context": made.name}, status=201)

    async def _pulls(self, request: web.Request) -> web.Response:
        found = [self._told_pull(one) for one in self.requests_of[self._meant(request).path].values()]
        state = request.query.get("state", "open")
        return self._list(request, [one for one in reversed(found) if state in {"all", one["state"]}], link=True)

    async def _pull(self, request: web.Request) -> web.Response:
        return web.json_response(self._told_pull(self._asked(request)))

    async def _diff(self, request: web.Request) -> web.Response:
        asked = self._asked(request)
        last = asked.versions[-1]
        text = self.repositories.git(asked.project.path, "diff", "--find-renames", last.base, last.head)
        return web.Response(text=f"{text}\n", content_type="text/plain")

    async def _notes(self, request: web.Request) -> web.Response:
        asked = self._asked(request)
        whole = [note for note in asked.notes if not self._review_of(asked, note)]
        return web.json_response([self._told_note(asked, note) for note in whole])

    async def _say(self, request: web.Request) -> web.Response:
        asked = self._asked(request)
        note = self.comment(asked, self._asking(request), (await request.json())["body"])
        return web.json_response(self._told_note(asked, note), status=201)

    async def _note(self, request: web.Request) -> web.Response:
        asked, note = self._found(request)
        if self._review_of(asked, note):
            return web.Response(status=204)
        return web.json_response(self._told_note(asked, note))

    async def _edit(self, request: web.Request) -> web.Response:
        asked, note = self._found(request)
        if note.author is not self._asking(request) and not self.may(asked.project, self._asking(request), "write"):
            raise web.HTTPForbidden
        note.body = (await request.json())["body"]
        return web.json_response(self._told_note(asked, note))

    # reviews

    def _told_review(self, number: int) -> dict[str, Any]:
        asked, person, state = self.reviews[number]
        count = sum(self._review_of(asked, note) == number for note in asked.notes)
        return {"id": number, "user": self._person(person), "state": state, "comments_count": count, "body": ""}

    async def _list_reviews(self, request: web.Request) -> web.Response:
        asked, asking = self._asked(request), self._asking(request)
        mine = [number for number, (where, who, state) in self.reviews.items() if where is asked]
        shown = [number for number in mine if self.reviews[number][2] != "PENDING" or self.reviews[number][1] is asking]
        return self._list(request, [self._told_review(number) for number in shown], link=False)

    def pending(self, asked: PaperRequest, person: PaperPerson) -> int:
        """The pending review of a person, made if need be."""
        for number, (where, who, state) in self.reviews.items():
            if where is asked and who is person and state == "PENDING":
                return number
        number = next(self._ids)
        self.reviews[number] = (asked, person, "PENDING")
        return number

    def add(self, review: int, told: dict[str, Any]) -> PaperNote:
        """Add a comment at a line to a review; at one place there is one conversation, in Forgejo in each review."""
        asked, person, _ = self.reviews[review]
        where = {name: told.get(name, 0) for name in ("path", "new_position", "old_position")}
        scope = review if "+gitea-" in self.version else 0
        thread = f"{where} {scope}"
        self.held[next_id := next(self._ids)] = review
        note = PaperNote(next_id, thread, person, told["body"], where)
        asked.notes.append(note)
        self._tell("commented", asked, note=note)
        return note

    async def _review(self, request: web.Request) -> web.Response:
        asked, person, told = self._asked(request), self._asking(request), await request.json()
        if told["event"] != "COMMENT" or not (told["body"].strip() or told["comments"]):
            return self.refusal(422, "review event requires a body or a comment")
        number = self.pending(asked, person)
        for one in told["comments"]:
            content = self.repositories.file(asked.project.path, told["commit_id"], one["path"]) or b""
            if one["new_position"] > (lines := content.count(b"\n")):
                return self.refusal(500, f"LineBlame: file has only {lines} lines")
            self.add(number, one)
        self.reviews[number] = (asked, person, "COMMENT")
        return web.json_response(self._told_review(number))

    async def _delete_review(self, request: web.Request) -> web.Response:
        asked, number = self._asked(request), int(request.match_info["review"])
        if self.reviews[number][1] is not self._asking(request):
            raise web.HTTPForbidden
        asked.notes = [note for note in asked.notes if self._review_of(asked, note) != number]
        del self.reviews[number]
        return web.Response(status=204)

    async def _line_notes(self, request: web.Request) -> web.Response:
        asked, number = self._asked(request), int(request.match_info["review"])
        if number not in self.reviews:
            raise web.HTTPNotFound
        held = [note for note in asked.notes if self._review_of(asked, note) == number]
        return web.json_response([self._told_line_note(asked, note) for note in reversed(held)])

    async def _append(self, request: web.Request) -> web.Response:
        self._known("append")
        asked, number = self._asked(request), int(request.match_info["review"])
        where, _, state = self.reviews[number]
        told = await request.json()
        note = self.add(number, told)
        note.author = self._asking(request)
        assert where is asked
        assert state != "PENDING"
        return web.json_response(self._told_line_note(asked, note))

    async def _reply(self, request: web.Request) -> web.Response:
        self._known("replies")
        (asked, began), told = self._found(request), await request.json()
        note = self.comment(asked, self._asking(request), told["body"], thread=began.thread)
        return web.json_response(self._told_line_note(asked, note), status=201)

    async def _resolve(self, request: web.Request) -> web.Response:
        self._known("resolve")
        self._meant(request, "write")
        asked, note = self._found(request)
        if not self._review_of(asked, note):
            return self.refusal(400, "comment does not belong to a review")
        self.resolvers[note.id] = self._asking(request)
        note.resolved = True
        return web.Response(status=204)


class PaperOldGitea(PaperGitea):
    """Before it could resolve or answer by its API."""

    version = "1.22.6"
    knows = frozenset()


class PaperForgejo(PaperGitea):
    """Forgejo, which cannot resolve, and answers with a comment in the same review."""

    version = "15.0.0+gitea-1.22.0"
    knows = frozenset({"append"})
