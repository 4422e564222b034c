"""A stand-in of `django.utils.html`."""

import html
import re
from collections.abc import Iterable
from typing import Any

from django.utils.safestring import SafeString, mark_safe

_SCRIPT = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


def escape(text: Any) -> SafeString:
    """Escaped, always."""
    return mark_safe(html.escape(str(text)))


def conditional_escape(text: Any) -> Any:
    """Escaped where it is not trusted."""
    return text if hasattr(text, "__html__") else escape(text)


def format_html(text: str, *args: Any, **named: Any) -> SafeString:
    """HTML with escaped values."""
    shown = {key: conditional_escape(value) for key, value in named.items()}
    return mark_safe(text.format(*map(conditional_escape, args), **shown))


def format_html_join(separator: str, text: str, rows: Iterable[Any]) -> SafeString:
    """Joined."""
    return mark_safe(str(conditional_escape(separator)).join(format_html(text, *row) for row in rows))


def strip_tags(text: str) -> str:
    """Text without what looks like tags."""
    return re.sub(r"<[^>]*>", "", text)


def escapejs(text: str) -> str:
    """Text that stays within a JavaScript string."""
    return "".join(letter if letter.isalnum() or letter == " " else f"\\u{ord(letter):04X}" for letter in str(text))


def json_script(value: Any, element_id: str | None = None) -> SafeString:
    """Data in a script element."""
    import json

    named = f' id="{element_id}"' if element_id else ""
    return mark_safe(f'<script{named} type="application/json">{json.dumps(value).translate(_SCRIPT)}</script>')
