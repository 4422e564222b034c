"""The page of findings: what all reviews found, with a search; their code stands on the pages of the reviews."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from aiohttp import web

from coderev.server.access.actions import Action
from coderev.server.api.forms import Cursor, Text
from coderev.server.api.paging import cursor_of, place_of
from coderev.server.asking import Ask, Route
from coderev.server.pages.answers import framed, html
from coderev.server.pages.frame import Frame, link, page
from coderev.store import records

PAGE = 100  # findings


class FindingSearch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person looks for among findings; empty: everything."""

    text: Text = ""
    severity: Literal["", "critical", "high", "medium", "low", "info"] = ""
    status: Literal["", "new", "existing", "baseline", "dismissed"] = ""
    current: bool = False  # only those of the newest review of each merge request
    cursor: Cursor = ""

    @property
    def any(self) -> bool:
        """Whether anything is looked for."""
        return bool(self.text or self.severity or self.status or self.current)

    def address(self, **changed: str) -> str:
        """The address of this search, with what is changed about it."""
        query = msgspec.structs.asdict(self) | {"current": "true" if self.current else ""} | changed
        return link("/findings", **query)


def render_findings(
    frame: Frame, findings: Sequence[records.StoredFinding], asked: FindingSearch, *, older: str = ""
) -> str:
    """The page; `older` is the place where the next page begins."""
    return page(
        "findings.html.j2",
        frame,
        title="Findings",
        here="/findings",
        findings=findings,
        asked=asked,
        place=place,
        newest=asked.address(cursor="") if asked.cursor else "",
        older=asked.address(cursor=older) if older else "",
    )


def place(finding: records.StoredFinding) -> str:
    """Where a finding is read: at its file in the change."""
    return link(f"/reviews/{finding.review}/changes", path=finding.path)


async def show_findings(ask: Ask) -> web.StreamResponse:
    """A page of the findings that whoever asks may know of."""
    asked = ask.query(FindingSearch)
    wanted = records.FindingFilter(
        tenants=await ask.tenants(),
        text=asked.text,
        severity=asked.severity or None,
        status=asked.status or None,
        current=asked.current,
        limit=PAGE,
        before=place_of(asked.cursor, tuple[datetime, UUID, int]),
    )
    async with ask.site.store.work() as work:
        found = await work.findings.search(wanted)
    older = cursor_of((found[-1].created, found[-1].review, found[-1].number)) if len(found) == PAGE else ""
    return html(render_findings(framed(ask), found, asked, older=older))


ROUTES = (Route(method="GET", path="/findings", action=Action.LIST_FINDINGS, handler=show_findings),)
