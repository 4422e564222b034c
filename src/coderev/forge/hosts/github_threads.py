"""GitHub's threads at lines: which are resolved, and resolving one. Only GraphQL can: the REST API has no threads.

Source: GitHub's GraphQL schema (`PullRequestReviewThread`, `resolveReviewThread`). A thread is found by the `node_id`
of its first comment, which REST tells too. One that is minimised is not resolved.
"""

from collections.abc import Mapping

from coderev.forge.client import MAX_ENTRIES, PAGE_ENTRIES, Client, ForgeRejected
from coderev.forge.errors import ForgeRefused, ForgeUnavailable, NotThere
from coderev.forge.hosts.github_answers import Found, Mistake, Reply, Thread
from coderev.forge.values import Request

GRAPHQL = ("graphql",)
LIST = """
query ($owner: String!, $name: String!, $number: Int!, $entries: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviewThreads(first: $entries, after: $after) {
        nodes { id isResolved comments(first: 1) { nodes { id } } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}
"""
RESOLVE = """
mutation ($thread: ID!) { resolveReviewThread(input: {threadId: $thread}) { thread { id } } }
"""


async def threads_of(client: Client, request: Request) -> dict[str, Thread]:
    """All threads of a pull request by the `node_id` of their first comment. Raises as `Client.get` does."""
    owner, name = request.project.path.split("/")
    asked: dict[str, object] = {"owner": owner, "name": name, "number": request.number, "entries": PAGE_ENTRIES}
    found: dict[str, Thread] = {}
    for _ in range(MAX_ENTRIES // PAGE_ENTRIES):
        page = (await _ask(client, LIST, asked)).threads
        if page is None:
            raise NotThere(forge=client.forge, what=f"pull request {request.number}")
        found |= {thread.first: thread for thread in page.nodes if thread}
        if not (page.page_info.has_next_page and page.page_info.end_cursor):
            return found
        asked["after"] = page.page_info.end_cursor
    raise ForgeUnavailable(forge=client.forge, reason="it has more threads on one pull request than are read")


async def resolve(client: Client, thread: Thread) -> None:
    """Mark a thread as resolved. Raises as `Client.get` does."""
    await _ask(client, RESOLVE, {"thread": thread.id})


async def _ask(client: Client, query: str, variables: Mapping[str, object]) -> Found:
    reply = await client.send("POST", GRAPHQL, {"query": query, "variables": variables}, Reply)
    if reply.errors:
        raise _error(client.forge, reply.errors[0])
    return reply.data or Found()


def _error(forge: str, mistake: Mistake) -> Exception:
    """The error that REST would have told by its status."""
    reason = "".join(each if each.isprintable() else " " for each in f"{mistake.type} {mistake.message}"[:200]).strip()
    match mistake.type:
        case "RATE_LIMITED" | "RATE_LIMIT" | "SERVICE_UNAVAILABLE":
            return ForgeUnavailable(forge=forge, reason=reason)
        case "NOT_FOUND":
            return NotThere(forge=forge, what="such thread or pull request")
        case "FORBIDDEN" | "INSUFFICIENT_SCOPES":
            return ForgeRefused(forge=forge, what="its threads", reason=reason)
    return ForgeRejected(forge=forge, what="a question about threads", reason=reason)
