"""The page where a person comes in, the way to the first page, and what every page is drawn with."""

from aiohttp import web

from coderev.server.access.actions import Action
from coderev.server.access.deciding import NotFound
from coderev.server.asking import Ask, Route
from coderev.server.pages.answers import framed, html
from coderev.server.pages.frame import ASSETS, Frame, asset, asset_path, page

FOR_EVER = "public, max-age=31536000, immutable"  # other bytes have another path


def render_enter(frame: Frame) -> str:
    """The sign-in page; `frame.refused` says what was wrong with the last token."""
    return page("enter.html.j2", frame, title="Sign in")


async def show_enter(ask: Ask) -> web.StreamResponse:
    """The sign-in page."""
    return html(render_enter(framed(ask)))


async def show_first(ask: Ask) -> web.StreamResponse:
    """To the reviews, or to the door."""
    known = ask.subject.kind != "nobody"
    return web.Response(status=303, headers={"Location": "/reviews" if known else "/enter"})


async def give_asset(ask: Ask) -> web.StreamResponse:
    """Style, script or mark. Raises NotFound."""
    name = ask.path("name")
    if name not in ASSETS or asset_path(name) != ask.request.path:
        raise NotFound(what="such asset")
    return web.Response(body=asset(name), content_type=ASSETS[name], headers={"Cache-Control": FOR_EVER})


ROUTES = (
    Route(method="GET", path="/", action=Action.SEE_ASSETS, handler=show_first, knows=True),
    Route(method="GET", path="/enter", action=Action.SEE_ASSETS, handler=show_enter),
    Route(method="GET", path="/assets/{digest}/{name}", action=Action.SEE_ASSETS, handler=give_asset),
)
