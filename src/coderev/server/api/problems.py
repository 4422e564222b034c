"""Faults as problem documents (RFC 9457), for machines and for pages: no more is told than may be known."""

import msgspec
from aiohttp import web

from coderev.errors import CoderevError
from coderev.report import visible

MEDIA = "application/problem+json"
TYPES = "/docs/reference/errors#"  # where each error has its heading
MOST_WORDS = 500  # characters of what is said about a fault


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong (RFC 9457), with the next step and the id that the logs know this request by."""

    type: str
    title: str
    status: int
    detail: str = ""
    hint: str = ""
    request_id: str


def problem_of(error: CoderevError, request_id: str) -> Problem:
    """What may be said about a fault that we expect."""
    name = type(error).__name__
    return Problem(
        type=TYPES + name.lower(),
        title=_title(name),
        status=error.http_status,
        detail=_shown(str(error)),
        hint=_shown(error.next_step),
        request_id=request_id,
    )


def problem_of_http(error: web.HTTPException, request_id: str) -> Problem:
    """What may be said about a fault that the web server found, such as a path that is not there."""
    return Problem(type="about:blank", title=error.reason, status=error.status, request_id=request_id)


def problem_of_bug(request_id: str) -> Problem:
    """What is said about a fault of ours: where to look, and nothing else."""
    return Problem(
        type="about:blank",
        title="coderev met a fault of its own",
        status=500,
        hint="look for the request id in the logs",
        request_id=request_id,
    )


def answer(problem: Problem, headers: dict[str, str]) -> web.Response:
    """The problem as a document."""
    body = msgspec.json.encode(problem)
    return web.Response(status=problem.status, body=body, content_type=MEDIA, headers=headers)


def _title(name: str) -> str:
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()


def _shown(text: str) -> str:
    return visible(text if len(text) <= MOST_WORDS else text[:MOST_WORDS] + "…")
