"""Bodies of requests: of the right kind, within a cap, and in time; whatever else they are, they are not read."""

import asyncio
from urllib.parse import parse_qsl

from aiohttp import web

from coderev.errors import InputError

BODY_SECONDS = 30.0  # in which a whole body must have come
FORM_BYTES = 64 * 1024
FORM_FIELDS = 50


class WrongMedia(InputError):
    """A body came in a form that is not read here."""

    http_status = 415
    message = "a body of type {given} is not read here"
    hint = "send {wanted}, and no Content-Encoding"


class BodyTooLarge(InputError):
    """A body is larger than this site takes."""

    http_status = 413
    message = "the body is larger than {most} bytes"
    hint = "send less at a time, or ask whoever keeps `server.request_bytes` of coderev.yaml"


class BodyTooSlow(InputError):
    """A body did not come in time."""

    http_status = 408
    message = "the body had not come after {seconds:g} seconds"
    hint = "send it again, over a connection that is fast enough"


class BrokenForm(InputError):
    """A form cannot be read."""

    message = "the form cannot be read: {reason}"
    hint = "open the page again and send its form from there"


async def read_body(request: web.Request, media: str, most: int, seconds: float = BODY_SECONDS) -> bytes:
    """The whole body. Raises WrongMedia, BodyTooLarge, BodyTooSlow."""
    if request.content_type != media or "Content-Encoding" in request.headers:
        raise WrongMedia(given=request.headers.get("Content-Type", "none")[:100], wanted=media)
    return await read_capped(request, most, seconds)


async def read_capped(request: web.Request, most: int, seconds: float = BODY_SECONDS) -> bytes:
    """The whole body, whatever its type, and no byte more than `most`. Raises BodyTooLarge, BodyTooSlow."""
    if (request.content_length or 0) > most:
        raise BodyTooLarge(most=most)
    parts: list[bytes] = []
    length = 0
    try:
        async with asyncio.timeout(seconds):
            async for part in request.content.iter_any():
                length += len(part)
                if length > most:
                    raise BodyTooLarge(most=most)
                parts.append(part)
    except TimeoutError:
        raise BodyTooSlow(seconds=seconds) from None
    return b"".join(parts)


async def read_form(request: web.Request) -> dict[str, str]:
    """The fields of a form in the usual encoding, each once. Raises BrokenForm and what `read_body` raises."""
    body = await read_body(request, "application/x-www-form-urlencoded", FORM_BYTES)
    try:
        fields = parse_qsl(
            body.decode(),
            keep_blank_values=True,
            strict_parsing=bool(body),
            max_num_fields=FORM_FIELDS,
            errors="strict",
        )
    except ValueError:  # UnicodeDecodeError is one
        raise BrokenForm(reason="it is not in the usual encoding, or has too many fields") from None
    form = dict(fields)
    if len(form) < len(fields):
        raise BrokenForm(reason="a field stands twice")
    return form
