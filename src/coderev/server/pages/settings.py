"""The page of the settings in force; secrets, and where keys and passwords lie, are not on it."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import msgspec
from aiohttp import web

from coderev.server.access.actions import Action
from coderev.server.asking import Ask, Route
from coderev.server.pages.answers import framed, html
from coderev.server.pages.frame import Frame, page
from coderev.settings import Settings

HIDDEN = "set, and not shown"
_SECRET_ENDS = ("_file", "key", "_key", "certificate")  # of settings that name where a key or password lies
_URLS = ("url", "store", "index", "embedder", "proxy", "registry", "health_url")
_PROGRAMS = ("scanner", "last_step")  # arguments of a program may hold a password


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A setting and its value in words."""

    name: str
    value: str
    usual: bool


@dataclass(frozen=True, slots=True)
class SettingGroup:
    """The settings of one subject."""

    name: str
    rows: tuple[SettingRow, ...]


def render_settings(frame: Frame, settings: Settings) -> str:
    """The page."""
    return page("settings.html.j2", frame, title="Settings in force", here="/settings", groups=groups(settings))


def groups(settings: Settings) -> tuple[SettingGroup, ...]:
    """Every setting, by subject; what is secret is told to be set and no more."""
    usual = type(settings)()
    top = tuple(name for name in settings.__struct_fields__ if not isinstance(getattr(settings, name), msgspec.Struct))
    plain = tuple(name for name in top if name != "forges")
    found = [SettingGroup("The site", tuple(_row(name, name, settings, usual) for name in plain))]
    for name in settings.__struct_fields__:
        value = getattr(settings, name)
        if isinstance(value, msgspec.Struct):
            found.append(SettingGroup(name, tuple(_rows(name, value, getattr(usual, name)))))
    found += [SettingGroup(f"forge {each.name}", tuple(_rows("forges[]", each, None))) for each in settings.forges]
    return tuple(found)


def _rows(path: str, value: msgspec.Struct, usual: msgspec.Struct | None) -> Iterator[SettingRow]:
    for name in value.__struct_fields__:
        below = getattr(value, name)
        if isinstance(below, msgspec.Struct):
            yield from _rows(f"{path}.{name}", below, getattr(usual, name, None))
        else:
            yield _row(f"{path}.{name}", name, value, usual)


def _row(path: str, name: str, value: msgspec.Struct, usual: msgspec.Struct | None) -> SettingRow:
    current = getattr(value, name)
    return SettingRow(path, _told(name, current), usual is not None and current == getattr(usual, name))


def _told(name: str, value: object) -> str:
    """A value in words; of what may hold a secret, no more than that it is set."""
    if value is None or value == ():
        return "not set"
    return HIDDEN if _secret(name) else _plain(name, value)


def _secret(name: str) -> bool:
    return name.endswith(_SECRET_ENDS) or name in _PROGRAMS


def _plain(name: str, value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            return without_secrets(value) if name in _URLS else value
        case msgspec.Struct():
            return "; ".join(f"{key} {_told(key, getattr(value, key))}" for key in value.__struct_fields__)
        case tuple():
            return ", ".join(_told(name, each) for each in value)
        case _:
            return str(value)


def without_secrets(url: str) -> str:
    """A URL without the name, password and query that it may carry."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return HIDDEN
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


async def show_settings(ask: Ask) -> web.StreamResponse:
    """The settings that this process runs with."""
    return html(render_settings(framed(ask), ask.site.settings))


ROUTES = (Route(method="GET", path="/settings", action=Action.SEE_SETTINGS, handler=show_settings),)
