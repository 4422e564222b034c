"""The service as it is started: at rest, under webhooks, and with one worker and four and a slow model."""

import asyncio
import http.client
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

from stand_ins.paper_forge import PaperForge
from stand_ins.paper_gitlab import PaperGitLab
from stand_ins.running_service import SECRET, RunningService

from benchmarks.measure import Row
from benchmarks.site import REGISTRY, model_server

RATE, SECONDS = 200, 10  # webhooks a second, and for how long
REVIEWS = 24  # merge requests, each of a repository of its own
DELAY = 1_000  # ms that the model takes
PATH = "team/clinic"
APP = "def price(amount):\n    return amount + 1\n"


def rows() -> Iterator[Row]:
    yield from _at_rest()
    yield _webhooks()
    yield _workers()


def _at_rest() -> Iterator[Row]:
    """Started twice: the first time makes the database's files."""
    with tempfile.TemporaryDirectory() as name:
        service = RunningService(Path(name) / "site")
        try:
            took, memories = [], []
            for _ in range(6):
                began = time.perf_counter()
                service.start()
                took.append(time.perf_counter() - began)
                time.sleep(3)
                memories.append(_memory(service.process.pid))
                service.stop()
        finally:
            service.close()
    later, memory = statistics.median(took[1:]), statistics.median(memories)
    yield Row(
        what="one process at rest, its own PostgreSQL included (PSS)",
        peer=f"started in {later:.2f} s; {took[0]:.2f} s where the database's files are made",
        goal="≤ 130 MB, started in ≤ 1.5 s",
        ours=f"{memory:.0f} MB, {later:.2f} s",
        met=memory <= 130 and later <= 1.5,
    )


def _memory(parent: int) -> float:
    """The proportional set size, in MB, of a process and of all that it started."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], stdout=subprocess.PIPE, text=True, check=True).stdout
    parents = {int(pid): int(ppid) for pid, ppid in (line.split() for line in listed.splitlines())}
    family = {parent}
    while more := {pid for pid, ppid in parents.items() if ppid in family} - family:
        family |= more
    total = 0
    for pid in family:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
        total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total / 1024


def _webhooks() -> Row:
    """Signed webhooks of pushes, at a steady rate; each is durable when it is answered."""
    with tempfile.TemporaryDirectory() as name, PaperGitLab(Path(name) / "forge") as forge:
        forge.project(PATH, {"app.py": APP})
        token = forge.token("coderev", PATH, level="maintain")
        with RunningService(Path(name) / "site", forge, token, arguments="--no-worker") as service:
            asked = forge.open_merge_request(PATH, "topic", {"app.py": APP * 2}, author="ada")
            forge.settle()
            bodies = [forge.webhook("pushed", asked, before="0" * 40) for _ in range(RATE * SECONDS)]
            port = int(service.url.rpartition(":")[2])
            took = sorted(asyncio.run(_post(port, [(each.headers, each.body) for each in bodies])))
    p99 = took[int(len(took) * 0.99)]
    return Row(
        what=f"webhook accepted and durable, {RATE} a second for {SECONDS} s",
        peer=f"median {1000 * statistics.median(took):.1f} ms; a bare defer and commit: 1.1 ms",
        goal="p99 ≤ 10 ms",
        ours=f"{1000 * p99:.1f} ms",
        met=p99 <= 0.010,
    )


async def _post(port: int, requests: list[tuple[dict[str, str], bytes]]) -> list[float]:
    """Post each at its time, over as many connections as it takes; seconds until each answer."""
    idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    began = time.perf_counter()

    async def one(at: int, headers: dict[str, str], body: bytes) -> float:
        await asyncio.sleep(max(began + at / RATE - time.perf_counter(), 0))
        reader, writer = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)
        told = {"Host": "127.0.0.1", "Content-Length": str(len(body)), **headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        started = time.perf_counter()
        writer.write(f"POST /hooks/gitlab HTTP/1.1\r\n{head}\r\n".encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        taken = time.perf_counter() - started
        assert answer.startswith(b"HTTP/1.1 202 "), answer
        idle.append((reader, writer))
        return taken

    return await asyncio.gather(*(one(at, *each) for at, each in enumerate(requests)))


def _workers() -> Row:
    one, four = (_throughput(workers) for workers in (1, 4))
    return Row(
        what=f"{REVIEWS} merge requests, a model that takes {DELAY / 1000:.0f} s, one worker process and four",
        peer=f"one: {one:.2f} reviews a second",
        goal="≥ 3.6 ×",
        ours=f"{four / one:.2f} × ({four:.2f} a second)",
        met=four / one >= 3.6,
    )


def _throughput(workers: int) -> float:
    """Reviews a second, from the first webhook, for which all workers wait, until the last verdict is at the forge."""
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        forge = opened.enter_context(PaperGitLab(folder / "forge"))
        paths = [f"team/shop-{number}" for number in range(REVIEWS)]
        for path in paths:
            forge.project(path, {"app.py": APP})
        token = forge.token("coderev", *paths, level="maintain")
        port = opened.enter_context(model_server(DELAY))
        service = RunningService(folder / "site", forge, token, arguments="--no-worker")
        (folder / "site" / "config" / "model_registry.yaml").write_text(REGISTRY.format(port=port), encoding="utf-8")
        forge.hook("", SECRET)  # kept, and not posted yet
        for number, path in enumerate(paths):
            changed = f"def price(amount):\n    return amount * {number}\n"
            forge.open_merge_request(path, "topic", {"app.py": changed}, author="ada")
        opened.enter_context(service)
        processes = [service.worker() for _ in range(workers)]
        try:
            cookie = _sign_in(service)
            service.until(lambda: f"\ncoderev_workers {workers}.0\n" in _metrics(service, cookie))
            began = time.perf_counter()
            for opening in tuple(forge.deliveries):
                forge.redeliver(opening)
            service.until(lambda: all(_is_decided(forge, path) for path in paths), 300)
            return REVIEWS / (time.perf_counter() - began)
        finally:
            for process in processes:
                process.send_signal(signal.SIGTERM)
                process.wait(60)


def _sign_in(service: RunningService) -> str:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    answer, _ = _ask(service, "POST", "/enter", f"token={service.entrance.partition('#')[2]}", headers)
    return (answer.headers["Set-Cookie"] or "").partition(";")[0]


def _metrics(service: RunningService, cookie: str) -> str:
    return _ask(service, "GET", "/metrics", "", {"Cookie": cookie})[1]


def _ask(
    service: RunningService, method: str, path: str, body: str, headers: dict[str, str]
) -> tuple[http.client.HTTPResponse, str]:
    with closing(http.client.HTTPConnection(service.url.removeprefix("http://"), timeout=60)) as connection:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer, answer.read().decode()


def _is_decided(forge: PaperForge, path: str) -> bool:
    status = forge.status(forge.requests_of[path][1].head)
    return status is not None and status.state in {"success", "failed", "canceled"}
