"""`/findings`: look for findings over all reviews. Their words and code are in the results."""

from datetime import datetime
from uuid import UUID

from aiohttp import web

from coderev.server.access.actions import Action
from coderev.server.api.answers import API, as_json
from coderev.server.api.forms import FindingPage, FindingQuery, finding_answer, given
from coderev.server.api.paging import cursor_of, place_of
from coderev.server.api.repositories import repository_id
from coderev.server.asking import Ask, Description, Route
from coderev.store import records


async def list_findings(ask: Ask) -> web.StreamResponse:
    """A page of the findings that whoever asks may know of."""
    query = ask.query(FindingQuery)
    before = place_of(query.cursor, tuple[datetime, UUID, int])
    tenants = await ask.tenants()
    async with ask.site.store.work() as work:
        wanted = records.FindingFilter(
            tenants=tenants,
            repository=await repository_id(work, given(query.repository)),
            text=query.text,
            severity=given(query.severity),
            rule=given(query.rule),
            status=given(query.status),
            path=given(query.path),
            current=query.current,
            limit=query.limit,
            before=before,
        )
        found = await work.findings.search(wanted)
    end = (found[-1].created, found[-1].review, found[-1].number) if len(found) == query.limit else None
    return as_json(FindingPage(items=tuple(map(finding_answer, found)), next=cursor_of(end) if end else None))


ROUTES = (
    Route(
        method="GET",
        path=f"{API}/findings",
        action=Action.LIST_FINDINGS,
        handler=list_findings,
        describes=Description(summary="A page of findings.", query=FindingQuery, answer=FindingPage),
    ),
)
