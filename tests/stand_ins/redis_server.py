"""A real redis-server on a free port of loopback, in a folder of its own; it ends with the block.

    with RedisServer(folder) as server:
        … connect to `server.url` …

`users` are lines as `ACL SETUSER` takes them; without any, everybody may do everything. With `tls` it speaks TLS only,
with a certificate for `localhost` and `cache.internal` that a private authority in that folder signed.
"""

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

STARTED_SECONDS = 20.0
ATTEMPTS = 5  # to find a port that is still free when the server takes it


def missing(*programs: str) -> str | None:
    """Why no server can run here."""
    absent = [name for name in ("redis-server", *programs) if shutil.which(name) is None]
    return f"{', '.join(absent)} is not installed" if absent else None


class RedisServer:
    """One server. `run` sends it one command as its administrator and gives the raw reply."""

    def __init__(self, folder: Path, *, users: Sequence[str] = (), tls: bool = False) -> None:
        self.folder, self.port = folder, 0
        self._users, self._tls = users, tls
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What `recall.store` would say."""
        return f"{'rediss' if self._tls else 'redis'}://localhost:{self.port}"

    @property
    def authority(self) -> Path:
        """The PEM file of the private authority."""
        return self.folder / "authority.pem"

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._tls:
            make_certificates(self.folder)
        for _ in range(ATTEMPTS):
            self.port = free_port()
            if self._started():
                return self
        raise AssertionError((self.folder / "log").read_text(encoding="utf-8"))

    def __exit__(self, *_: object) -> None:
        self.kill()

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def pause(self) -> None:
        """Let it hang: connections stand, and nothing is answered."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def run(self, *command: str) -> str:
        """The reply of `redis-cli`, as its administrator."""
        secure = ["--tls", "--cacert", str(self.authority)] if self._tls else []
        line = ["redis-cli", "-h", "127.0.0.1", "-p", str(self.port), *secure, *command]
        return subprocess.run(line, capture_output=True, check=True, timeout=STARTED_SECONDS).stdout.decode().strip()

    def _started(self) -> bool:
        configured = self.folder / "redis.conf"
        configured.write_text("\n".join((*self._lines(), *(f"user {user}" for user in self._users), "")))
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(["redis-server", str(configured)], stdout=log, stderr=log)
        ends = time.monotonic() + STARTED_SECONDS
        while self._process.poll() is None and time.monotonic() < ends:
            if b"Ready to accept connections" in (self.folder / "log").read_bytes():
                return True
            time.sleep(0.01)
        self.kill()
        return False

    def _lines(self) -> list[str]:
        plain, secure = (0, self.port) if self._tls else (self.port, 0)
        lines = [f"port {plain}", "bind 127.0.0.1", 'save ""', "appendonly no", f'dir "{self.folder}"']
        if self._tls:
            lines += [
                f"tls-port {secure}",
                f'tls-cert-file "{self.folder}/server.pem"',
                f'tls-key-file "{self.folder}/server.key"',
                f'tls-ca-cert-file "{self.authority}"',
                "tls-auth-clients no",
            ]
        return lines


def free_port() -> int:
    """A port of loopback that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def make_certificates(folder: Path) -> None:
    """A private authority (authority.pem), and a server's certificate that it signed (server.pem, server.key)."""
    ec = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    (folder / "names").write_text("subjectAltName=DNS:localhost,DNS:cache.internal\n")
    for line in (
        f"req -x509 {ec} -days 2 -subj /CN=authority -keyout authority.key -out authority.pem",
        f"req -new {ec} -subj /CN=cache.internal -keyout server.key -out server.csr",
        "x509 -req -in server.csr -CA authority.pem -CAkey authority.key -days 2 -extfile names -out server.pem",
    ):
        subprocess.run(["openssl", *line.split()], cwd=folder, check=True, capture_output=True)
