"""API reads with their access records: the service in this process, who asks in another, a real PostgreSQL behind."""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.measure import ROOT, Row

READS = 6_000
CONNECTIONS = 16
ROUNDS = 5
CLIENT = """
import asyncio, json, sys, time

async def reads(port, token, path, count, took):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = f"GET {path} HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\nAuthorization: Bearer {token}\\r\\n\\r\\n".encode()
    for _ in range(count):
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\\r\\n\\r\\n")
        assert head.startswith(b"HTTP/1.1 200 "), head
        length = int(head.lower().split(b"content-length: ")[1].split(b"\\r\\n")[0])
        await reader.readexactly(length)
        took.append(time.perf_counter() - began)
    writer.close()

async def main():
    port, token, path, count, connections = json.loads(sys.argv[1])
    took = []
    began = time.perf_counter()
    await asyncio.gather(*(reads(port, token, path, count // connections, took) for _ in range(connections)))
    seconds = time.perf_counter() - began
    took.sort()
    print(json.dumps({"rate": len(took) / seconds, "p99": took[int(len(took) * 0.99)] * 1000}))

asyncio.run(main())
"""


def rows() -> Iterator[Row]:
    rate, p99, cpu = asyncio.run(_measure())
    met = rate >= 1_000 and p99 <= 30
    said = f"{rate:,.0f}/s, p99 {p99:.0f} ms, CPU {cpu:.2f} ms a read"
    yield Row("API read with its access record, one process", "-", "≥ 1,000/s, p99 ≤ 30 ms", said, met)


async def _measure() -> tuple[float, float, float]:
    from stand_ins.service import serve

    from coderev.egress import Egress
    from coderev.settings import DatabaseSettings, Settings
    from coderev.store import open_store

    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # noqa: ASYNC240 - nobody waits for this loop yet; the database's user must get to its own folder in it
        database = DatabaseSettings(folder=f"{folder}/postgres", key_file=_key(Path(folder)))
        settings = Settings(database=database)
        async with open_store(settings, Egress(settings)) as store, serve(store, settings) as service:
            return await _read(service)


def _key(folder: Path) -> str:
    file = folder / "key"
    file.write_bytes(b"k" * 32)
    file.chmod(0o600)
    return str(file)


async def _read(service: Any) -> tuple[float, float, float]:
    review = await service.review(await service.repository())
    token = await service.token("admin")
    given = [int(service.url.rpartition(":")[2]), token, f"/api/v1/reviews/{review}", READS, CONNECTIONS]
    found, cpu = [], []
    for _ in range(ROUNDS):
        before = time.process_time()
        found.append(await _asked(given))
        cpu.append((time.process_time() - before) * 1000 / READS)
    async with service.site.store.work() as work:
        (kept,) = await (await work.connection.execute("SELECT count(*) FROM access_record")).fetchone()
    assert kept == ROUNDS * (READS // CONNECTIONS) * CONNECTIONS, "each read has its record"
    rates, slowest = [each["rate"] for each in found], [each["p99"] for each in found]
    return statistics.median(rates), statistics.median(slowest), statistics.median(cpu)


async def _asked(given: list[object]) -> dict[str, float]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", CLIENT, json.dumps(given)), cwd=ROOT, stdout=subprocess.PIPE
    )
    said, _ = await process.communicate()
    answer: dict[str, float] = json.loads(said)
    return answer
