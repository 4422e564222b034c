"""The API's document as a file (`spec/openapi.json`), and as the page `docs/reference/api.md`. Pure."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from coderev.server.access.actions import MAY, WITH_REASON
from coderev.server.api import problems
from coderev.server.api.openapi import USUAL, document
from coderev.server.asking import Route

BEGINNING = """# The API

Everything under `/api/v1`. The same as a document: [`spec/openapi.json`](../../spec/openapi.json), or `/api/docs` of a
running service. Send `Authorization: Bearer cr_…`; a token is made on the page *Tokens*, or with `POST /api/v1/tokens`.
Besides what stands here each may answer 400, 401, 403, 429 or 503, with a problem document (RFC 9457): `title`,
`detail`, `hint` and the `request_id` that stands in the logs.
Lists come in pages: send `next` of one as `cursor` for the one after it.

What a reader or developer may see of a repository is what their login may read at its forge, asked at most once a
minute. An operator and an auditor see metadata everywhere, and code with the header `Coderev-Reason`, which is kept.
"""


def openapi_file(routes: Iterable[Route]) -> str:
    """The document as it is committed."""
    return msgspec.json.format(msgspec.json.encode(document(routes)), indent=2).decode() + "\n"


def reference_page(routes: Iterable[Route]) -> str:
    """The page: every operation, what it takes, and who may call it."""
    table = tuple(routes)
    whole = document(table)
    described = (route for route in table if route.describes is not None)
    lines = [BEGINNING]
    for route in described:
        lines += _operation(route, whole["paths"][route.path][route.method.lower()])
    lines += ["## Types\n"]
    for name, schema in whole["components"]["schemas"].items():
        lines += _type(name, schema)
    return "\n".join(lines)


def _operation(route: Route, operation: dict[str, Any]) -> Iterator[str]:
    yield f"## `{route.method} {route.path}`\n"
    yield f"{operation['summary']}\n"
    yield f"For: {_roles(route)}.\n"
    for each in operation["parameters"]:
        yield f"- `{each['name']}` ({each['in']}{', required' if each['required'] else ''}): {_shape(each['schema'])}"
    if body := operation.get("requestBody"):
        yield f"- body (required): {_shape(body['content']['application/json']['schema'])}"
    for status, answer in operation["responses"].items():
        if int(status) not in USUAL:
            medias = ", ".join(f"`{media}`" for media in answer.get("content", {}) if media != problems.MEDIA)
            yield f"- answers {status}: {answer['description']}" + (f" {medias}" if medias else "")
    yield ""


def _roles(route: Route) -> str:
    if "security" in document((route,))["paths"][route.path][route.method.lower()]:
        return "everybody"
    roles = [role for role, actions in MAY.items() if route.action in actions]
    return ", ".join(f"{role} (with a reason)" if route.action in WITH_REASON.get(role, ()) else role for role in roles)


def _type(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f"### {name}\n"
    if said := schema.get("description"):
        yield f"{' '.join(said.split())}\n"
    required = schema.get("required", ())
    for member, each in schema.get("properties", {}).items():
        yield f"- `{member}`{'' if member in required else ' (may be missing)'}: {_shape(each)}"
    yield ""


def _shape(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(map(_shape, schema["anyOf"]))
    if "enum" in schema:
        return "one of " + ", ".join(f"`{value}`" for value in schema["enum"]) + _default(schema)
    if schema.get("type") == "array":
        return f"list of {_shape(schema.get('items', {}))}"
    return f"{schema.get('format') or schema.get('type', 'anything')}{_bounds(schema)}{_default(schema)}"


def _bounds(schema: dict[str, Any]) -> str:
    words = {
        "minimum": "at least {}",
        "maximum": "at most {}",
        "minLength": "at least {} characters",
        "maxLength": "at most {} characters",
    }
    said = [schema["description"]] if "description" in schema else []
    said += [form.format(schema[name]) for name, form in words.items() if name in schema]
    return "".join(f", {each}" for each in said)


def _default(schema: dict[str, Any]) -> str:
    return (
        f"; default `{msgspec.json.encode(schema['default']).decode()}`"
        if schema.get("default") not in {None, ""}
        else ""
    )
