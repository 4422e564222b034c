"""The web application: each request gets an id, is known, judged and recorded, and only then answered.

The order is: request id and log (`_logged`), faults as answers (`_told`), and for each route (`_answering`): host, who
it is, same origin, decision and access record, the answer.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable
from urllib.parse import urlsplit

from aiohttp import web

from coderev.errors import Bug, CoderevError, TrustError, Unavailable
from coderev.files import monotonic, now
from coderev.server.access.actions import UNRECORDED, Action
from coderev.server.access.deciding import Decision
from coderev.server.api import problems
from coderev.server.asking import TABLE, Ask, CrossSite, Route
from coderev.server.listening import WrongHost, is_our_host, listening
from coderev.server.operations.logs import FACTS, REQUEST_ID, log
from coderev.server.pages.answers import framed
from coderev.server.pages.entering import render_enter
from coderev.server.pages.fault import render_fault
from coderev.server.pages.frame import Frame
from coderev.server.routes import ROUTES
from coderev.server.site import Site

Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]

SITE = web.AppKey("site", Site)
ID, WHO, ASK = web.RequestKey("id", str), web.RequestKey("who", str), web.RequestKey("ask", Ask)
SAFE = frozenset({"GET", "HEAD"})
AGAIN_SECONDS = 10  # after which to ask again for what is not available, where nobody says more
MACHINES = ("/api/", "/hooks/", "/healthz", "/readyz", "/metrics")  # whose faults are documents
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with no-referrer a browser sends `Origin: null` with our own forms
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


def make_app(site: Site, routes: Iterable[Route] = ROUTES) -> web.Application:
    """The application of a site. Nothing is started, and the site stays open when the application ends."""
    table = tuple(routes)
    app = web.Application(middlewares=[_logged, _told], client_max_size=site.settings.server.request_bytes)
    app[SITE], app[TABLE] = site, table
    for route in table:
        answering = _answering(site, route)
        app.router.add_route(route.method, route.path, answering)
        if route.method == "GET" and not route.streams:
            app.router.add_route("HEAD", route.path, answering)
    app.on_response_prepare.append(_harden)
    app.on_shutdown.append(_end_streams)
    return app


async def _end_streams(app: web.Application) -> None:
    app[SITE].watch.end()


async def _harden(request: web.Request, response: web.StreamResponse) -> None:
    """What every answer tells browsers, whoever made it."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Request-Id"] = request.get(ID, "")
    response.headers["Server"] = "coderev"
    if request.secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"


@web.middleware
async def _logged(request: web.Request, handler: Answering) -> web.StreamResponse:
    """Give the request an id of ours, and tell what became of it: never a query, a header or a body."""
    request[ID] = request_id = secrets.token_hex(8)
    token, started, status = REQUEST_ID.set(request_id), monotonic(), 0
    try:
        response = await handler(request)
        status = response.status
        return response
    finally:
        seconds, route = monotonic() - started, _pattern(request)
        metrics = request.app[SITE].metrics
        metrics.requests.labels(route, str(status)).inc()
        metrics.seconds.labels(route).observe(seconds)
        if log.isEnabledFor(20):  # logging.INFO
            facts = {
                "method": request.method if request.method.isalpha() else "?",
                "route": route,
                "status": status,
                "ms": round(seconds * 1000, 1),
                "from": request.remote or "",
                "who": request.get(WHO, "nobody"),
            }
            log.info("request", extra={FACTS: facts})
        REQUEST_ID.reset(token)


@web.middleware
async def _told(request: web.Request, handler: Answering) -> web.StreamResponse:
    """Turn faults into answers."""
    headers: dict[str, str] = {}
    try:
        return await handler(request)
    except web.HTTPException as error:
        if "Allow" in error.headers:
            headers["Allow"] = error.headers["Allow"]
        problem = problems.problem_of_http(error, request[ID])
    except CoderevError as error:
        if isinstance(error, Unavailable | Bug):
            log.warning("unavailable", exc_info=error)
        headers |= _headers_of(error)
        problem = problems.problem_of(error, request[ID])
    except (ConnectionError, asyncio.CancelledError):  # whoever asked went away
        raise
    except Exception as error:  # noqa: BLE001 - the last door: our bug, told by its id alone
        log.error("bug", exc_info=error)
        problem = problems.problem_of_bug(request[ID])
    if request.path.startswith(MACHINES):
        return problems.answer(problem, headers)
    return web.Response(status=problem.status, text=_page(request, problem), content_type="text/html", headers=headers)


def _page(request: web.Request, problem: problems.Problem) -> str:
    """A fault as a page, around which stands what whoever asks may see."""
    ask, said = request.get(ASK), problem.detail or problem.title
    if request.path == "/enter":
        said = f"{said}; {problem.hint}" if problem.hint else said
        return render_enter(framed(ask, refused=said) if ask else Frame(at=now(), bar=(), refused=said))
    return render_fault(
        framed(ask) if ask else Frame(at=now(), bar=()),
        status=problem.status,
        message=said,
        hint=problem.hint,
        request_id=problem.request_id,
    )


def _headers_of(error: CoderevError) -> dict[str, str]:
    headers = {}
    if error.http_status == web.HTTPUnauthorized.status_code:
        headers["WWW-Authenticate"] = "Bearer"
    asked = getattr(error, "retry_after", None)
    if asked or error.http_status == web.HTTPServiceUnavailable.status_code:
        headers["Retry-After"] = str(max(round(asked or AGAIN_SECONDS), 1))
    return headers


def _answering(site: Site, route: Route) -> Answering:
    """What answers a route: nothing reaches its handler that was not judged."""
    place = listening(site.settings.server)

    async def answer(request: web.Request) -> web.StreamResponse:
        if route.action is not Action.SEE_HEALTH and not is_our_host(place, request.host):
            raise WrongHost(host=request.host[:100])
        ask = Ask(request=request, site=site, route=route, request_id=request[ID], at=now())
        request[ASK] = ask
        await _admit(ask)
        response = await route.handler(ask)
        if not ask.decided:
            raise Bug(what=f"{route.method} {route.path} answered before anybody was permitted")
        return response

    return answer


async def _admit(ask: Ask) -> None:
    """Find out who asks, and decide by the role; where the handler decides, only what the role already refuses."""
    if ask.route.action not in UNRECORDED | {Action.DELIVER} or ask.route.knows:  # a forge says who it is by signing
        await _introduce(ask)
    if ask.route.action in UNRECORDED:
        ask.decided = True
    elif not ask.route.decides or not ask.allows(ask.route.action).allowed:
        await ask.permit_role()


async def _introduce(ask: Ask) -> None:
    """Who asks, and from a page of whom; what is refused here is recorded as any other decision."""
    try:
        known = await ask.site.credentials.known(ask.request, ask.at)
        ask.subject, ask.csrf = known.subject, known.csrf
        ask.request[WHO] = str(known.subject)
        _check_origin(ask)
    except TrustError as error:
        await ask.record(ask.route.action, ask.request.path, Decision(allowed=False, why=str(error)))
        raise


def _check_origin(ask: Ask) -> None:
    """Refuse what a page of another site sends along with our cookie, or a sign-in that it forges (Fetch metadata)."""
    request = ask.request
    if request.method in SAFE or not (ask.subject.kind == "session" or ask.route.action is Action.ENTER):
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        if site != "same-origin":
            raise CrossSite(action=ask.route.action, reason=f"Sec-Fetch-Site says {site[:20]}")
        return
    if origin is None:
        raise CrossSite(action=ask.route.action, reason="it says neither Sec-Fetch-Site nor Origin")
    ours = {request.host.lower(), urlsplit(ask.site.page("")).netloc.lower()}
    if urlsplit(origin).netloc.lower() not in ours:
        raise CrossSite(action=ask.route.action, reason="its Origin is not this site")


def _pattern(request: web.Request) -> str:
    """The path as the route's table has it: no id, and nothing that somebody made up, is in logs and labels."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "none"
