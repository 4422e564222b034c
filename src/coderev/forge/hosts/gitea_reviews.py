"""Gitea's reviews, which hold the comments at lines: read, submitted, answered."""

from collections.abc import Iterable
from http import HTTPStatus

from coderev.forge.client import Client, ForgeRejected, shown
from coderev.forge.errors import NotThere
from coderev.forge.hosts import gitea_answers as told
from coderev.forge.hosts import pulls
from coderev.forge.hosts.gitea_lines import Threads
from coderev.forge.hosts.pulls import place_of
from coderev.forge.values import Request

MAX_REVIEWS = 200  # that are looked through for one comment, the newest first


class Reviews:
    """The reviews of pull requests, as our account sees them. Methods raise as `Client.get` does."""

    def __init__(self, client: Client, account: pulls.User, *, forgejo: bool) -> None:
        self._client, self._account, self._forgejo = client, account, forgejo

    async def threads(self, request: Request) -> Threads:
        """The threads that we began: the comments in our own submitted reviews; people's answers join them."""
        mine = [each for each in await self._listed(request) if self._mine(each) and each.state != "PENDING"]
        return self._as_threads(await self._held(request, (each.id for each in mine if each.comments_count)))

    async def find(self, request: Request, id: str) -> tuple[pulls.Note, Threads]:  # noqa: A002 - the host's own word
        """A comment by its id, on this pull request and no other, and the threads that were looked through for it."""
        gone = NotThere(forge=self._client.forge, what=f"comment {shown((id,))} on pull request {request.number}")
        if not (id.isascii() and id.isdecimal()):
            raise gone
        place = place_of(request.project, "issues", "comments", id)
        content = (await self._client.ask("GET", place)).body
        if content:
            note = self._client.read(content, pulls.Note, place)
            if not note.on(request.number):
                raise gone
            return note, self._as_threads(())
        threads = await self.threads(request)  # 204: it stands at a line
        if found := threads.find(int(id)):
            return found, threads
        others = [each for each in await self._listed(request) if not self._mine(each) and each.comments_count]
        for review in sorted(others, key=lambda each: -each.id)[:MAX_REVIEWS]:
            threads = self._as_threads(await self._held(request, (review.id,)))
            if found := threads.find(int(id)):
                return found, threads
        raise gone

    async def discard(self, request: Request) -> None:
        """Remove what an earlier run left half said: what is sent now would join it."""
        for review in await self._listed(request):
            if self._mine(review) and review.state == "PENDING":
                place = place_of(request.project, "pulls", request.number, "reviews", review.id)
                await self._client.ask("DELETE", place)

    async def submit(self, request: Request, comments: list[dict[str, object]]) -> list[told.LineNote]:
        """Submit a review of comments at lines, and read what it holds."""
        place = place_of(request.project, "pulls", request.number, "reviews")
        body = {"event": "COMMENT", "body": "", "commit_id": request.head, "comments": comments}
        review = await self._client.send("POST", place, body, pulls.Posted)
        return await self._held(request, (review.id,))

    async def answer(self, request: Request, note: told.LineNote, body: str) -> str:
        """Post a comment into the thread of another, in the way that this host has."""
        where = {"path": note.path, "new_position": note.position, "old_position": note.original_position}
        place = place_of(request.project, "pulls", request.number, "comments", note.id, "replies")
        sent: dict[str, object] = {"body": body}
        if self._forgejo:
            place = place_of(request.project, "pulls", request.number, "reviews", note.review, "comments")
            sent |= where
        try:
            return str((await self._client.send("POST", place, sent, pulls.Posted)).id)
        except (NotThere, ForgeRejected) as error:
            if not unknown(error):
                raise
        await self.discard(request)
        posted = await self.submit(request, [{**where, "body": body}])
        return str(max(each.id for each in posted))

    async def _listed(self, request: Request) -> list[told.Review]:
        return await self._client.pages(place_of(request.project, "pulls", request.number, "reviews"), told.Review)

    async def _held(self, request: Request, reviews: Iterable[int]) -> list[told.LineNote]:
        """The comments that reviews hold."""
        found: list[told.LineNote] = []
        for review in reviews:
            place = place_of(request.project, "pulls", request.number, "reviews", review, "comments")
            found += await self._client.whole(place, told.LineNote)
        return found

    def _as_threads(self, notes: Iterable[told.LineNote]) -> Threads:
        return Threads(notes, self._account.id, forgejo=self._forgejo)

    def _mine(self, review: told.Review) -> bool:
        return review.user is not None and review.user.id == self._account.id


def unknown(error: NotThere | ForgeRejected) -> bool:
    """Whether an error can mean that the host has no such address in its API: older ones answer so to newer ones."""
    return isinstance(error, NotThere) or error.facts.get("status") == HTTPStatus.METHOD_NOT_ALLOWED
