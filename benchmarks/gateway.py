"""The gateway's own CPU for one ask: route, redaction, HTTP, decoding; the server runs in a process of its own."""

import asyncio
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from benchmarks.measure import Row
from benchmarks.site import configure, model_server
from coderev.gateway import Message, Question, open_gateway
from coderev.settings import load

ASKS = 300
TOKENS = 200


class Said(msgspec.Struct):
    text: str


def rows() -> Iterator[Row]:
    short = json.dumps({"text": "nothing"})
    long = json.dumps({"text": "x" * (4 * TOKENS - 12)})  # the stand-in's tokens are four characters
    plain = _cpu_of_an_ask("--plain", "--text", short)
    streamed = _cpu_of_an_ask("--text", long)
    yield Row("gateway, CPU per ask, plain", "LiteLLM Router 2.5 ms", "≤ 0.3 ms", f"{plain:.2f} ms", plain <= 0.3)
    yield Row(
        f"gateway, CPU per ask, {TOKENS} streamed tokens",
        "LiteLLM Router 86 ms",
        "≤ 1.2 ms",
        f"{streamed:.2f} ms",
        streamed <= 1.2,
    )


def _cpu_of_an_ask(*server: str) -> float:
    with tempfile.TemporaryDirectory() as site, model_server(0, *server) as port:
        return asyncio.run(_measure(configure(Path(site), port)))


async def _measure(site: Path) -> float:
    async with open_gateway(load(site), recall="off") as gateway:
        assert gateway is not None
        question = Question(
            task="code-review",
            version="1",
            messages=(Message("system", "Review."), Message("user", "def total(items):\n    return sum(items)\n" * 12)),
            answer_tokens=500,
        )
        await gateway.ask(question, Said)
        best = []
        for _ in range(5):
            before = time.process_time()
            for _ in range(ASKS // 5):
                await gateway.ask(question, Said)
            best.append((time.process_time() - before) / (ASKS // 5))
        return sorted(best)[2] * 1000
