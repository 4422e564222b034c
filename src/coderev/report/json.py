"""JSON: the result as `spec/findings.schema.json` says."""

from typing import Any

import msgspec

from coderev.finding import Result
from coderev.report.manner import Manner
from coderev.report.visible import json_safe


def render(result: Result, _manner: Manner) -> str:
    """The result itself, indented."""
    return document(result)


def document(value: Any) -> str:
    """Any value as a JSON document that is safe to look at: indented, unseen characters escaped."""
    return json_safe(msgspec.json.format(msgspec.json.encode(value), indent=2).decode()) + "\n"
