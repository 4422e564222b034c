"""Mail, FTP and telnet: mails are recorded, and logins as `login`, as `clear` too where no TLS was begun."""

import ftplib
import smtplib
import sys
from types import ModuleType
from typing import Any

from benchmarks.taint.worlds_python.library.tls import told
from benchmarks.taint.worlds_python.replacing import replace
from benchmarks.taint.worlds_python.world import world


class _Mail:
    """A mail server."""

    protected = False

    def __init__(self, *_args: Any, **named: Any) -> None:
        told("smtplib.SMTP_SSL", named.get("context"))

    def starttls(self, **named: Any) -> None:
        """From now on protected."""
        self.protected = True
        told("smtplib.SMTP.starttls", named.get("context"))

    def login(self, user: Any, password: Any, **_named: Any) -> None:
        """Record a login."""
        _login("smtplib.SMTP.login", user, password, clear=not self.protected)

    def sendmail(self, _from: Any, _to: Any, message: Any, **_named: Any) -> None:
        """Record a mail."""
        text = message.decode("utf-8", "replace") if isinstance(message, bytes) else str(message)
        world.record("mail", "smtplib.SMTP.sendmail", text)

    def send_message(self, message: Any, *_args: Any, **_named: Any) -> None:
        """Record a mail."""
        world.record("mail", "smtplib.SMTP.send_message", str(message))

    def quit(self) -> None:
        """Nothing."""

    def ehlo(self, *_args: Any) -> None:
        """Nothing."""

    close = helo = connect = set_debuglevel = ehlo

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_details: object) -> None:
        pass


class _SafeMail(_Mail):
    """A mail server that is reached by TLS."""

    protected = True


class _Files:
    """An FTP server."""

    protected = False

    def __init__(self, _host: Any = "", user: Any = "", passwd: Any = "", **_named: Any) -> None:
        if user:
            self.login(user, passwd)

    def login(self, user: Any = "", passwd: Any = "") -> None:
        """Record a login."""
        _login("ftplib.FTP.login", user, passwd, clear=not self.protected)

    def storbinary(self, *_args: Any, **_named: Any) -> None:
        """Nothing."""

    retrbinary = retrlines = storlines = cwd = quit = close = prot_p = connect = storbinary

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_details: object) -> None:
        pass


class _SafeFiles(_Files):
    """The same with TLS."""

    protected = True


class _Console:
    """A telnet server: all that is written goes in clear."""

    def __init__(self, *_args: Any, **_named: Any) -> None:
        pass

    def write(self, data: bytes) -> None:
        """Record it."""
        world.record("clear", "telnetlib.Telnet.write", data)

    def read_until(self, *_args: Any) -> bytes:
        """Nothing."""
        return b""

    def close(self) -> None:
        """Nothing."""


def _login(sink: str, user: Any, password: Any, *, clear: bool) -> None:
    world.record("login", sink, {"user": user, "password": password})
    if clear:
        world.record("clear", sink, str(password))


def install() -> None:
    """Replace what connects."""
    replace(smtplib, SMTP=_Mail, SMTP_SSL=_SafeMail)
    replace(ftplib, FTP=_Files, FTP_TLS=_SafeFiles)
    sys.modules["telnetlib"] = ModuleType("telnetlib")  # newer versions of Python have none
    replace(sys.modules["telnetlib"], Telnet=_Console)
