"""The page that says why something did not work, and what to do next. Pure."""

from http import HTTPStatus

from coderev.server.pages.frame import Frame, page

TITLES = {
    400: "That cannot be done as it was asked",
    401: "Sign in first",
    403: "That is not yours to do",
    404: "There is nothing here",
    405: "That cannot be done here",
    408: "That took too long",
    413: "That is too large",
    429: "Too many attempts",
    500: "coderev broke one of its own rules",
    503: "Something that coderev needs does not answer",
}
NOT_KNOWN = 401


def render_fault(frame: Frame, *, status: int, message: str = "", hint: str = "", request_id: str = "") -> str:
    """The page of a fault, for a person: what happened, and what to do next."""
    title = TITLES.get(status) or HTTPStatus(status).phrase
    return page(
        "fault.html.j2",
        frame,
        title=title,
        status=status,
        message=message,
        hint=hint,
        request_id=request_id,
        offers_entry=status == NOT_KNOWN,
    )
