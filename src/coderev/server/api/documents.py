"""`/api/v1/openapi.json`, and `/api/docs`: the same document as a page that loads nothing."""

from html import escape
from typing import Any

import msgspec
from aiohttp import web

from coderev.server.access.actions import Action
from coderev.server.api.answers import API
from coderev.server.api.openapi import document
from coderev.server.asking import TABLE, Ask, Description, Route
from coderev.server.pages.frame import asset_path


async def openapi(ask: Ask) -> web.StreamResponse:
    """The OpenAPI document."""
    table = ask.request.app[TABLE]
    body = msgspec.json.format(msgspec.json.encode(document(table)), indent=2)
    return web.Response(body=body, content_type="application/json")


async def page(ask: Ask) -> web.StreamResponse:
    """The document as a page."""
    table = ask.request.app[TABLE]
    return web.Response(text=render_documents(document(table)), content_type="text/html")


def render_documents(whole: dict[str, Any]) -> str:
    """The page of a document: every operation with its parameters and answers, and every type. Pure."""
    operations = "".join(
        _operation(method, path, operation)
        for path, methods in whole["paths"].items()
        for method, operation in methods.items()
    )
    types = "".join(_type(name, schema) for name, schema in whole["components"]["schemas"].items())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>API · coderev</title>'
        f'<link rel="stylesheet" href="{asset_path("pages.css")}">'
        f'<link rel="icon" href="{asset_path("mark.svg")}" type="image/svg+xml"></head><body>'
        '<header class="bar"><div><a class="name" href="/">coderev</a></div></header>'
        f'<main id="main"><h1>The API of coderev {escape(whole["info"]["version"])}</h1>'
        "<p>Send <code>Authorization: Bearer cr_…</code>. "
        f'The same as a document: <a href="{API}/openapi.json">openapi.json</a>.</p>'
        f"<h2>Operations</h2>{operations}<h2>Types</h2>{types}</main></body></html>"
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    parameters = "".join(
        f"<li><code>{escape(each['name'])}</code> ({each['in']}{', required' if each['required'] else ''}): "
        f"{_shape(each['schema'])}</li>"
        for each in operation["parameters"]
    )
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    answers = "".join(
        f"<li>{escape(status)}: {escape(answer['description'])} {_contents(answer)}</li>"
        for status, answer in operation["responses"].items()
    )
    return (
        f"<h3><code>{method.upper()} {escape(path)}</code></h3><p>{escape(operation['summary'])}</p>"
        + (f"<p>Parameters</p><ul>{parameters}</ul>" if parameters else "")
        + (f"<p>Body: {_shape(body['schema'])}</p>" if body else "")
        + f"<p>Answers</p><ul>{answers}</ul>"
    )


def _contents(answer: dict[str, Any]) -> str:
    shown = [
        f"<code>{escape(media)}</code> {_shape(each['schema'])}" for media, each in answer.get("content", {}).items()
    ]
    return ", ".join(shown)


def _shape(schema: dict[str, Any]) -> str:
    """A schema in a line: links to types, and the JSON of the rest."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema and all("$ref" in each for each in schema["anyOf"]):
        return " or ".join(map(_shape, schema["anyOf"]))
    return f"<code>{escape(msgspec.json.encode(schema).decode())}</code>" if schema else ""


def _type(name: str, schema: dict[str, Any]) -> str:
    members = "".join(
        f"<li><code>{escape(member)}</code>{'' if member in schema.get('required', ()) else ' (may be missing)'}: "
        f"{_shape(each)}</li>"
        for member, each in schema.get("properties", {}).items()
    )
    said = escape(schema.get("description", ""))
    return f'<h3 id="{escape(name)}">{escape(name)}</h3><p>{said}</p><ul>{members}</ul>'


ROUTES = (
    Route(
        method="GET",
        path=f"{API}/openapi.json",
        action=Action.SEE_DOCUMENTS,
        handler=openapi,
        describes=Description(summary="This document.", answer=dict[str, Any]),
    ),
    Route(method="GET", path="/api/docs", action=Action.SEE_DOCUMENTS, handler=page),
)
