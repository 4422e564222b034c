"""A web server that publishes a folder: with ranges or without, and as unreliable as a test wants it.

    with Published(folder) as server:
        … fetch `server.url` …
    assert server.ranges["parts/0000.part"] == [(0, 99)]

`cuts` ends an answer after so many bytes, once for each number; `lies` changes what is sent.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from stand_ins.model_server import ModelServer, Reply, Request, Wire, status


class Published(ModelServer):
    """Serves the files below a folder. `ranges` has the range of every request for a part, as it was asked for."""

    def __init__(self, folder: Path, *, knows_ranges: bool = True) -> None:
        self.folder, self.knows_ranges = folder, knows_ranges
        self.cuts: list[int] = []
        self.lies: dict[str, Callable[[bytes], bytes]] = {}
        self.answers: dict[str, Reply] = {}  # instead of files
        self.ranges: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self.resets = False  # at a cut; otherwise the connection ends as if all were said
        self.sent = 0  # bytes of parts
        super().__init__(status(404, ""))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def _reply(self, request: Request) -> Reply:
        del request
        return self._answer

    async def _answer(self, wire: Wire, request: Request) -> None:
        name = request.path.removeprefix("/")
        path = self.folder / name
        if name in self.answers:
            await self.answers[name](wire, request)
            return
        if not path.is_file():
            await wire.whole(404, b"")
            return
        content = self.lies.get(name, bytes)(path.read_bytes())
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("range", ""))
        if asked is None:
            await wire.whole(200, content)
            return
        start, end = int(asked[1]), int(asked[2])
        self.ranges[name].append((start, end))
        if self.knows_ranges:
            headers = (206, [f"Content-Range: bytes {start}-{end}/{len(content)}"], content[start : end + 1])
        else:
            headers = (200, [], content)
        await self._send(wire, *headers)

    async def _send(self, wire: Wire, code: int, headers: list[str], body: bytes) -> None:
        kept = body[: self.cuts.pop(0)] if self.cuts else body
        self.sent += len(kept)
        await wire.head(code, f"Content-Length: {len(body)}", "Connection: close", *headers)
        await wire.raw(kept)
        if len(kept) < len(body):
            wire.reset() if self.resets else wire._writer.close()
