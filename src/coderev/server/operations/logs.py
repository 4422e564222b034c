"""Logs: one JSON object a line on standard error, with the request's id, and never what a person or a repository wrote.

An exception is told by its kind and its places, not by its words: words of a database or a parser quote values.
"""

import json
import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

from coderev.errors import CoderevError
from coderev.report import visible

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
FACTS = "facts"  # the member of `extra` that holds what a line tells besides its words
DEEPEST = 12  # frames of a traceback, the innermost

log = logging.getLogger("coderev.server")


class AsJson(logging.Formatter):
    """A log record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, logger, words, request id, facts, and an exception's kind and places."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "what": visible(_words(record)),
        }
        if request_id := REQUEST_ID.get():
            line["request_id"] = request_id
        line |= getattr(record, FACTS, {})
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = exception_facts(record.exc_info[1])
        return json.dumps(line, default=str, ensure_ascii=True)


def _words(record: logging.LogRecord) -> str:
    """Our own words with their arguments; of other people's libraries only the words that stand in their code."""
    return record.getMessage() if record.name.startswith("coderev") else str(record.msg)


def exception_facts(error: BaseException) -> dict[str, Any]:
    """What may be said of an exception: its class, where it came from, and our own errors' words."""
    frames = traceback.extract_tb(error.__traceback__)[-DEEPEST:]
    said = visible(str(error)) if isinstance(error, CoderevError) else ""
    return {
        "class": f"{type(error).__module__}.{type(error).__qualname__}",
        **({"says": said} if said else {}),
        "from": [f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno} {frame.name}" for frame in frames],
    }


def log_as_json(stream: TextIO | None = None, level: int = logging.INFO) -> logging.Handler:
    """Send all logs of this process to standard error as JSON. The handler is returned, for who takes it away again."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(AsJson())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("coderev").setLevel(level)
    logging.getLogger("aiohttp.access").disabled = True  # its lines carry queries and other people's headers
    return handler
