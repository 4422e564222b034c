"""The service as an operator starts it: `coderev serve`, and workers, in processes of their own.

with RunningService(folder, paper_forge, token=…) as service:
    … push, comment; then look with `until` …
"""

import json
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self, TypeVar

from stand_ins.command import environment_of
from stand_ins.paper_forge import PaperForge

T = TypeVar("T")
SECONDS = 60  # that anything may take on a busy machine
SECRET = "a-secret-of-webhooks-long-enough"


class RunningService:
    """A service with one forge. `settings` is more YAML; `arguments` are of `coderev serve`."""

    def __init__(
        self, folder: Path, forge: PaperForge | None = None, token: str = "", *, settings: str = "", arguments: str = ""
    ) -> None:
        self.folder, self.forge = folder, forge
        self._arguments = arguments.split()
        self._database = Path(tempfile.mkdtemp(prefix="coderev-pg-"))  # a socket's path is short
        self._config = folder / "config"
        self._config.mkdir(parents=True)
        self.url = f"http://127.0.0.1:{free_port()}"
        told = ["server:", f"  listen: {self.url.removeprefix('http://')}", "database:", f"  folder: {self._database}"]
        if forge is not None:
            told += self._connected(forge, token)
        (self._config / "coderev.yaml").write_text("\n".join([*told, settings, ""]).strip() + "\n", encoding="utf-8")
        self.lines: list[str] = []
        self._process: subprocess.Popen[str] | None = None

    def _connected(self, forge: PaperForge, token: str) -> list[str]:
        files = {f"{forge.kind}.token": token, "webhook.secret": SECRET}
        for name, secret in files.items():
            (self.folder / name).touch(mode=0o600)
            (self.folder / name).write_text(secret, encoding="utf-8")
        paths = [self.folder / name for name in files]
        told = {"name": forge.kind, "kind": forge.kind, "url": forge.url}
        told |= dict(zip(("token_file", "webhook_secret_file"), map(str, paths), strict=True))
        return [
            "forges:",
            *(f"  {' ' if at else '-'} {name}: {value}" for at, (name, value) in enumerate(told.items())),
        ]

    def start(self) -> str:
        """Start it, and return the address to sign in with, which is good once."""
        argv = [sys.executable, "-m", "coderev", "serve", "--config", str(self._config), *self._arguments]
        self._process = subprocess.Popen(argv, cwd=self.folder, env=self.environment, stderr=subprocess.PIPE, text=True)
        self._said: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._listening = threading.Thread(target=self._listen, args=(self._process, self._said), daemon=True)
        self._listening.start()
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            line = self._said.get(timeout=SECONDS)
            if not line:
                break
            if "/enter#" in line:
                if self.forge is not None:
                    self.forge.hook(f"{self.url}/hooks/{self.forge.kind}", SECRET)
                return line.rpartition(" ")[2].strip()
        raise AssertionError("\n".join(self.lines))

    @property
    def database(self) -> Path:
        """The folder of its own PostgreSQL."""
        return self._database

    @property
    def environment(self) -> dict[str, str]:
        return environment_of(self.folder / "home")

    @property
    def process(self) -> "subprocess.Popen[str]":
        assert self._process is not None
        return self._process

    @property
    def log(self) -> list[dict[str, Any]]:
        """What it logged."""
        return [json.loads(line) for line in self.lines if line.startswith("{")]

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it, and return its exit status."""
        self.process.send_signal(how)
        status = self.process.wait(SECONDS)
        self._listening.join(SECONDS)
        if self.process.stderr is not None:
            self.process.stderr.close()
        return status

    def worker(self) -> "subprocess.Popen[bytes]":
        """Start a worker of this site beside it; the caller ends it."""
        argv = [sys.executable, "-m", "coderev", "worker", "--config", str(self._config)]
        return subprocess.Popen(argv, cwd=self.folder, env=self.environment, stderr=subprocess.DEVNULL)

    def until(self, look: Callable[[], T], seconds: float = SECONDS) -> T:
        """What `look` sees, when it sees something."""
        deadline = time.monotonic() + seconds
        while not (seen := look()):
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError("it did not come about; the service said:\n" + "\n".join(self.lines[-40:]))
            time.sleep(0.05)
        return seen

    def run(self, *arguments: str | Path, env: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
        """Run another command of this site."""
        argv = [sys.executable, "-m", "coderev", *map(str, arguments)]
        told = self.environment | dict(env or {})
        return subprocess.run(
            argv, cwd=self.folder, env=told, capture_output=True, text=True, check=False, timeout=SECONDS
        )

    def __enter__(self) -> Self:
        try:
            self.entrance = self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End it if it runs, and remove its database."""
        try:
            if self._process is not None:
                self._end(self._process)
        finally:
            shutil.rmtree(self._database, ignore_errors=True)

    def _end(self, process: "subprocess.Popen[str]") -> None:
        try:
            if process.poll() is None:
                self.stop()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait(SECONDS)
            self._listening.join(SECONDS)
            if process.stderr is not None:
                process.stderr.close()

    def _listen(self, process: "subprocess.Popen[str]", said: "queue.SimpleQueue[str]") -> None:
        for line in process.stderr or ():
            self.lines.append(line.rstrip("\n"))
            said.put(line)
        said.put("")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
