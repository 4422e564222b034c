"""The OpenAPI 3.1 document, made from the table of routes and the types that they take and give."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from coderev import __version__
from coderev.server.access.actions import OPEN
from coderev.server.api import problems
from coderev.server.asking import REASON_HEADER, Description, Route

REFERENCE = "#/components/schemas/{name}"
USUAL = (400, 401, 403, 429, 503)  # problems of every route that somebody must be known for
WORDS = {
    400: "What was sent is not what must be.",
    401: "Nobody is known.",
    403: "It is not allowed.",
    404: "It is not there, or not for whoever asks.",
    408: "The body did not come in time.",
    409: "It is not in a state for this.",
    413: "The body is too large.",
    415: "The body is of another type.",
    429: "Too many wrong tokens, or too many streams: wait.",
    503: "Something that the service needs does not answer.",
}


def document(routes: Iterable[Route], url: str = "/") -> dict[str, Any]:
    """The document of all routes that are described."""
    described = [(route, route.describes) for route in routes if route.describes is not None]
    types = list(dict.fromkeys(_types(described)))
    schemas, components = msgspec.json.schema_components(types, ref_template=REFERENCE)
    by_type = dict(zip(types, schemas, strict=True))
    queries = {each.query.__name__ for _, each in described if each.query}  # they are parameters
    paths: dict[str, dict[str, Any]] = {}
    for route, description in described:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, description, by_type, components)
    return {
        "openapi": "3.1.0",
        "info": {"title": "coderev", "version": __version__, "summary": "Code review by local models."},
        "servers": [{"url": url}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": {name: schema for name, schema in sorted(components.items()) if name not in queries},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "cr_…"}},
        },
    }


def _types(described: Sequence[tuple[Route, Description]]) -> Iterator[Any]:
    yield problems.Problem
    for _, description in described:
        yield from (each for each in (description.query, description.body, description.answer) if each is not None)


def _operation(
    route: Route, description: Description, schemas: dict[Any, Any], components: dict[str, Any]
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": _name(route),
        "summary": description.summary,
        "parameters": [*_path_parameters(route), *_query_parameters(description, schemas, components), *_reason(route)],
        "responses": _responses(route, description, schemas),
    }
    if description.body is not None:
        content = {"application/json": {"schema": schemas[description.body]}}
        operation["requestBody"] = {"required": True, "content": content}
    if route.action in OPEN:
        operation["security"] = []
    return operation


def _name(route: Route) -> str:
    words = re.sub(r"[^a-z]+", "_", route.path.removeprefix("/api/v1").lower()).strip("_")
    return f"{route.method.lower()}_{words}"


def _path_parameters(route: Route) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"{(\w+)}", route.path):
        schema = {"type": "integer", "minimum": 1} if name == "number" else {"type": "string", "format": "uuid"}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(
    description: Description, schemas: dict[Any, Any], components: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    if description.query is None:
        return
    schema = schemas[description.query]
    whole = components[schema["$ref"].rpartition("/")[2]]
    for name, property_ in whole["properties"].items():
        yield {"name": name, "in": "query", "required": name in whole.get("required", ()), "schema": property_}


def _reason(route: Route) -> Iterator[dict[str, Any]]:
    if route.action == "code.read":
        said = "Why an auditor or an operator needs the code: it is kept."
        yield {
            "name": REASON_HEADER,
            "in": "header",
            "required": False,
            "description": said,
            "schema": {"type": "string", "maxLength": 300},
        }


def _responses(route: Route, description: Description, schemas: dict[Any, Any]) -> dict[str, Any]:
    good: dict[str, Any] = {"description": description.summary}
    if description.answer is not None:
        medias = description.medias or (description.media,)
        good["content"] = {media: {"schema": _schema_of(media, schemas[description.answer])} for media in medias}
    problem = {problems.MEDIA: {"schema": schemas[problems.Problem]}}
    usual = (400,) if route.action in OPEN else USUAL
    statuses = sorted({*usual, *description.problems})
    if description.status == 202:  # noqa: PLR2004 - accepted: where it goes on is in a header
        good["headers"] = {"Location": {"schema": {"type": "string"}, "description": "of the review"}}
    return {
        str(description.status): good,
        **{str(status): {"description": WORDS[status], "content": problem} for status in statuses},
    }


def _schema_of(media: str, schema: dict[str, Any]) -> dict[str, Any]:
    """What is not plain JSON of our types is text to whoever reads the document, or JSON of another's schema."""
    if media == "application/json":
        return schema
    return {} if media.endswith("+json") else {"type": "string"}
