"""GitLab self-managed, 16 to 18, over its REST API v4: what each answer means in our words."""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from urllib.parse import quote

from coderev.egress import Egress
from coderev.files import now
from coderev.finding import Fix
from coderev.forge.client import Client, ForgeRejected, covered, open_client
from coderev.forge.errors import ForgeRefused, ForgeUnavailable, NotCovered, NotThere
from coderev.forge.hosts import gitlab_answers as told
from coderev.forge.hosts.gitlab_diff import old_line
from coderev.forge.hosts.gitlab_webhook import read_webhook
from coderev.forge.secret_file import read_secret
from coderev.forge.values import Comment, Hint, Note, Permission, Project, Request, Standing
from coderev.forge.wording import status_name
from coderev.settings import ForgeSettings

STATUS = "coderev"  # the name of our commit status
# *incomplete* is neither success nor failure: GitLab shows `canceled` apart from both, and does not merge upon it
# where pipelines must succeed; `skipped` could count as success
STATES = {"running": "running", "pass": "success", "fail": "failed", "incomplete": "canceled"}
OPEN = frozenset({"opened", "locked"})  # states of a merge request; one is locked while it is merged
MAX_DESCRIPTION = 255  # characters of a status
MAX_SUGGESTED = 100  # lines above and below the comment that a suggestion reaches
MAX_OWNERS_BYTES = 1024 * 1024
OWNERS = ("CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")  # the first that is there counts
PREPARING = 5.0  # seconds until a diff that GitLab has not prepared is asked for again
_QUICK_ACTION = re.compile(r"(?m)^/(?=\w)")
_FENCE = re.compile(r"`+")


async def open_gitlab(settings: ForgeSettings, egress: Egress, clock: Callable[[], datetime] = now) -> "GitLab":
    """Our account at a GitLab. Raises UnusableSecret, NotPermitted, ForgeUnavailable and ForgeRefused."""
    token = read_secret(settings.token_file, "forges[].token_file")
    secret = read_secret(settings.webhook_secret_file, "forges[].webhook_secret_file")
    headers = {"PRIVATE-TOKEN": token}
    client = open_client(settings.name, f"{settings.url.rstrip('/')}/api/v4", headers, egress)
    try:
        account = await client.get(("user",), told.User)
    except BaseException:
        await client.close()
        raise
    return GitLab(settings, client, account, secret, clock)


class GitLab:
    """One GitLab with our account on it (the Protocol `Forge`)."""

    def __init__(
        self, settings: ForgeSettings, client: Client, account: told.User, secret: str, clock: Callable[[], datetime]
    ) -> None:
        self.name, self.account = settings.name, account.username
        self._settings, self._client, self._account = settings, client, account
        self._secret, self._clock = secret, clock
        self._threads: dict[str, str] = {}  # by comment: of the merge request that was read last

    def read_webhook(self, headers: Mapping[str, str], body: bytes) -> Hint | None:
        """What a webhook says; None for one that is none of our business. Raises ForgedWebhook, BadWebhook."""
        at = self._clock()
        return read_webhook(headers, body, forge=self.name, secret=self._secret, at=at, account=self.account)

    async def project(self, id_or_path: str) -> Project:
        """A repository. NotThere, too, for one that `forges[].repositories` leaves out."""
        found = await self._client.get(("projects", id_or_path), told.Project)
        path = found.path_with_namespace
        if not covered(path, self._settings.repositories):
            raise NotCovered(forge=self.name, path=path)
        # where to fetch from is ours to say: an address in an answer could be anybody's
        url = f"{self._settings.url.rstrip('/')}/{quote(path)}.git"
        return Project(id=str(found.id), path=path, clone_url=url, default_branch=found.default_branch or "")

    async def commit(self, project: Project, name: str) -> str:
        """The commit that a branch, a tag or an id names."""
        return (await self._client.get(("projects", project.id, "repository", "commits", name), told.Commit)).id

    async def request(self, project: Project, number: int) -> Request:
        """A merge request as it stands now."""
        return await self._request(project, await self._merge_request(project, number), _Seen())

    async def is_current(self, request: Request) -> bool:
        """Whether a merge request is open still, and no push has overtaken what `request` says."""
        found = await self._merge_request(request.project, request.number)
        return found.state in OPEN and (found.head, found.target_branch) == (request.head, request.target)

    async def open_requests(self, project: Project) -> tuple[Request, ...]:
        """All open merge requests; each branch and each author is asked for once.

        One that has lost its commit or its target is left out: nobody hides the others by it.
        """
        query = {"state": "opened", "scope": "all", "order_by": "created_at", "sort": "asc"}
        listed = await self._client.pages(("projects", project.id, "merge_requests"), told.MergeRequest, query)
        seen, found = _Seen(), list[Request]()
        for one in listed:
            with suppress(NotThere):
                found.append(await self._request(project, one, seen))
        return tuple(found)

    async def permission(self, project: Project, login: str) -> Permission:
        """What a person may do, by the highest role that they hold here or inherit."""
        return permission_of((await self._member(project, login)).access_level)

    async def code_owners(self, project: Project, branch: str) -> bytes | None:
        """The first of GitLab's three places that holds a file of code owners, at the branch's tip."""
        tip = (await self._branch(project, branch)).commit.id  # by its commit: a tag may bear the branch's name
        for place in OWNERS:
            try:
                raw = await self._client.raw(
                    ("projects", project.id, "repository", "files", place, "raw"), {"ref": tip}
                )
            except NotThere:
                continue
            if len(raw) > MAX_OWNERS_BYTES:
                raise ForgeUnavailable(forge=self.name, reason=f"{place} is longer than {MAX_OWNERS_BYTES} bytes")
            return raw
        return None

    async def comments(self, request: Request) -> tuple[Comment, ...]:
        """All comments, those at lines too, oldest first; what GitLab itself noted is none."""
        told_of = [comment for discussion in await self._discussions(request) for comment in self._comments(discussion)]
        return tuple(sorted(told_of, key=lambda comment: int(comment.id)))  # ids rise with time

    async def comment(self, request: Request, id: str) -> Comment:  # noqa: A002 - the host's own word
        """One comment, with the thread that it stands in."""
        for discussion in await self._discussions(request):
            for comment in self._comments(discussion):
                if comment.id == id:
                    return comment
        raise NotThere(forge=self.name, what=f"comment {id} on merge request {request.number}")

    async def say(self, request: Request, body: str, reply_to: str = "") -> str:
        """Post a comment on the whole, or into the thread of a comment, and return its id."""
        place = (*_place(request), "notes")
        if reply_to:
            place = (*_place(request), "discussions", await self._thread(request, reply_to), "notes")
        note = await self._client.send("POST", place, {"body": harmless(body)}, told.Posted)
        return str(note.id)

    async def edit(self, request: Request, id: str, body: str) -> None:  # noqa: A002 - the host's own word
        """Change a comment of ours."""
        await self._client.send("PUT", (*_place(request), "notes", id), {"body": harmless(body)}, told.Posted)

    async def annotate(self, request: Request, notes: Sequence[Note]) -> Mapping[str, str]:
        """Post comments at lines, in the version of the diff that has the request's head."""
        if not notes:
            return {}
        version, taken = await self._version(request), dict[str, str]()
        for note in notes:
            body = {"body": harmless(note.body) + suggestion(note), "position": _position(version, note)}
            try:
                posted = await self._client.send("POST", (*_place(request), "discussions"), body, told.PostedThread)
            except ForgeRejected:  # the line is not in GitLab's diff, or its file is collapsed there
                continue
            taken[note.key] = str(posted.notes[0].id)
        return taken

    async def resolve(self, request: Request, id: str) -> None:  # noqa: A002 - the host's own word
        """Mark the thread of a comment of ours as resolved."""
        place = (*_place(request), "discussions", await self._thread(request, id))
        await self._client.ask("PUT", place, body={"resolved": True})

    async def show(self, request: Request, standing: Standing) -> None:
        """Set our commit status; a state that stands already is no error."""
        body = {
            "state": STATES[standing.state],
            "name": status_name(STATUS, request),
            "description": standing.summary[:MAX_DESCRIPTION],
            # without it GitLab takes any branch that holds the commit; a fork's is not here, or is another of its name
            "ref": request.branch or request.head_ref,
        }
        if standing.url:
            body["target_url"] = standing.url
        try:
            await self._client.ask("POST", ("projects", request.project.id, "statuses", standing.head), body=body)
        except ForgeRejected as error:
            # most GitLabs refuse `running` upon `running` so; a verdict that is refused must not seem to stand
            if standing.state != "running" or "Cannot transition status" not in str(error):
                raise

    async def upload_sarif(self, request: Request, sarif: bytes) -> bool:
        """Hand nothing over: GitLab takes reports from its own pipelines only."""
        del request, sarif
        return False

    async def close(self) -> None:
        """Close the connection."""
        await self._client.close()

    async def _merge_request(self, project: Project, number: int) -> told.MergeRequest:
        return await self._client.get(("projects", project.id, "merge_requests", number), told.MergeRequest)

    async def _branch(self, project: Project, name: str) -> told.Branch:
        return await self._client.get(("projects", project.id, "repository", "branches", name), told.Branch)

    async def _discussions(self, request: Request) -> list[told.Discussion]:
        found = await self._client.pages((*_place(request), "discussions"), told.Discussion)
        self._threads = {str(note.id): discussion.id for discussion in found for note in discussion.notes}
        return found

    def _comments(self, discussion: told.Discussion) -> list[Comment]:
        first = discussion.notes[0]
        started = str(first.id) if self._ours(first) else ""
        return [
            Comment(
                id=str(note.id),
                author=note.author.username if note.author else told.GHOST,
                body=note.body,
                ours=self._ours(note),
                resolved=note.resolved,
                reply_to="" if note is first else started,
            )
            for note in discussion.notes
            if not note.system
        ]

    def _ours(self, note: told.Note) -> bool:
        return note.author is not None and note.author.id == self._account.id

    async def _thread(self, request: Request, comment: str) -> str:
        """The thread that a comment stands in, which never changes: what was listed last is enough to know it."""
        if comment not in self._threads:
            await self._discussions(request)
        if comment in self._threads:
            return self._threads[comment]
        raise NotThere(forge=self.name, what=f"comment {comment} on merge request {request.number}")

    async def _member(self, project: Project, login: str) -> told.Member:
        """A person's membership; one of level 0 for a stranger, and for who is blocked."""
        found = await self._client.get(("users",), list[told.User], {"username": login})
        person = next((user for user in found if user.username.casefold() == login.casefold()), None)
        if person is None or person.state != "active":
            return told.Member(id=0, access_level=0)
        try:
            return await self._client.get(("projects", project.id, "members", "all", person.id), told.Member)
        except NotThere:
            return told.Member(id=person.id, access_level=0)

    async def _request(self, project: Project, found: told.MergeRequest, seen: "_Seen") -> Request:
        if found.head is None:
            raise NotThere(forge=self.name, what=f"commit of merge request {found.iid}")
        author = found.author.username if found.author else told.GHOST
        if found.target_branch not in seen.branches:
            seen.branches[found.target_branch] = await self._target(project, found)
        branch = seen.branches[found.target_branch]
        if (found.target_branch, author) not in seen.protected:
            seen.protected[found.target_branch, author] = await self._protected(project, branch, author)
        return Request(
            project=project,
            number=found.iid,
            title=found.title,
            author=author,
            target=found.target_branch,
            base=branch.commit.id,
            head=found.head,
            head_ref=f"refs/merge-requests/{found.iid}/head",
            branch=found.source_branch if found.source_project_id == found.target_project_id else "",
            state="open" if found.state in OPEN else told.ENDED[found.state],
            target_protected=seen.protected[found.target_branch, author],
            url=found.web_url,
        )

    async def _target(self, project: Project, found: told.MergeRequest) -> told.Branch:
        """The target branch; of a merge request that outlived it, what stood there when its diff was made."""
        try:
            return await self._branch(project, found.target_branch)
        except NotThere:
            if found.diff_refs is None or found.diff_refs.start_sha is None:
                raise
            return told.Branch(name=found.target_branch, commit=told.Commit(id=found.diff_refs.start_sha))

    async def _protected(self, project: Project, branch: told.Branch, author: str) -> bool:
        """Whether an author cannot push to a branch alone. What our account may not read counts as no protection."""
        if not branch.protected:
            return False
        member = await self._member(project, author)
        try:
            rules = await self._client.pages(("projects", project.id, "protected_branches"), told.ProtectedBranch)
        except ForgeRefused:  # our account is no maintainer; then the branch itself says only what developers may
            level = told.DEVELOPER if branch.developers_can_push else told.MAINTAINER
            return member.access_level < level
        return not any(level.lets(member) for rule in rules if rule.covers(branch.name) for level in rule.push)

    async def _version(self, request: Request) -> told.Version:
        """The version of the diff whose head is the request's. ForgeUnavailable while GitLab prepares it."""
        listed = await self._client.pages((*_place(request), "versions"), told.Version)
        for version in listed:
            if version.head_commit_sha == request.head:
                return await self._client.get((*_place(request), "versions", version.id), told.Version)
        reason = f"it has not prepared the diff of {request.head} yet"
        raise ForgeUnavailable(forge=self.name, reason=reason, retry_after=PREPARING)


class _Seen:
    """What was asked for already, while a list of merge requests is read."""

    def __init__(self) -> None:
        self.branches: dict[str, told.Branch] = {}
        self.protected: dict[tuple[str, str], bool] = {}


def _place(request: Request) -> tuple[str | int, ...]:
    return ("projects", request.project.id, "merge_requests", request.number)


def permission_of(level: int) -> Permission:
    """A role as a permission. A guest and a planner may not read the code of a private project."""
    for least, permission in told.ROLES:
        if level >= least:
            return permission
    return "none"


def _position(version: told.Version, note: Note) -> dict[str, object]:
    """Where a comment stands: an added line by its number at head, an unchanged one by both of its numbers."""
    diff = next((diff for diff in version.diffs if diff.new_path == note.path and not diff.deleted_file), None)
    before = old_line(diff.diff, note.line) if diff else None
    return {
        "position_type": "text",
        "base_sha": version.base_commit_sha,
        "start_sha": version.start_commit_sha,
        "head_sha": version.head_commit_sha,
        "old_path": diff.old_path if diff else note.old_path,
        "new_path": note.path,
        "new_line": note.line,
        **({} if before is None else {"old_line": before}),
    }


def harmless(body: str) -> str:
    """A comment's text in which no line is a quick action, such as `/merge`: GitLab would obey it as ours.

    A backslash before the slash shows nothing in Markdown. GitLab leaves out what it takes for code, and takes other
    text for code than Markdown does, so every such line is changed.
    """
    return _QUICK_ACTION.sub(r"\\/", body)


def suggestion(note: Note) -> str:
    """A fix as GitLab's one-click suggestion below the text; empty where it has no such form."""
    fix = note.fix
    if fix is None or not _suggestible(fix, note.line):
        return ""
    longest = max(map(len, _FENCE.findall(fix.replacement)), default=0)
    fence = "`" * max(3, longest + 1)
    text = fix.replacement.removesuffix("\n").removesuffix("\r")
    inner = f"{text}\n" if fix.replacement else ""
    return f"\n\n{fence}suggestion:-{note.line - fix.start_line}+{fix.end_line - note.line}\n{inner}{fence}"


def _suggestible(fix: Fix, line: int) -> bool:
    """Whether a suggestion says the fix exactly.

    GitLab deletes the lines for a blank text, and reads a quick action even within a suggestion.
    """
    near = 0 <= line - fix.start_line <= MAX_SUGGESTED and 0 <= fix.end_line - line <= MAX_SUGGESTED
    blank = bool(fix.replacement) and not fix.replacement.strip()
    return fix.safe and near and not blank and not _QUICK_ACTION.search(fix.replacement)
