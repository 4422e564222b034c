"""No real process, connection or file: an audit hook refuses what the stand-ins have not replaced."""

import sys
import sysconfig
from pathlib import Path
from typing import Any

_REFUSED = (
    "subprocess.",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "os.startfile",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.mkdir",
    "os.link",
    "os.symlink",
    "os.truncate",
    "os.chmod",
    "os.chown",
    "os.kill",
    "pty.spawn",
    "shutil.",
    "socket.connect",
    "socket.bind",
    "socket.getaddrinfo",
    "socket.sendto",
    "ftplib.",
    "smtplib.",
    "http.client.",
    "urllib.Request",
    "sqlite3.connect",
)
_READABLE = tuple(
    f"{Path(path).resolve()}/"
    for path in (sys.prefix, sys.base_prefix, sysconfig.get_path("stdlib"), Path(__file__).parents[3])
)


class Forbidden(BaseException):
    """A program under judgement came through to something real: the stand-ins must replace it."""


def install() -> None:
    """Refuse from now on, for the rest of this process."""
    sys.addaudithook(_audit)


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event.startswith(_REFUSED):
        raise Forbidden(event, arguments)
    if event == "open":
        path, mode = arguments[0], arguments[1] or "r"
        if isinstance(path, int):
            return
        if set(str(mode)) & set("wax+") or not str(path).startswith(_READABLE):
            raise Forbidden(event, arguments)
