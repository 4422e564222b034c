"""A text-embeddings-inference server over real HTTP: `/info` and `/embed` as the guide's server answers them.

    with TeiServer() as server:
        … embed through `server.url` …
    assert server.texts == [...]

Its vectors are bags of hashed words, so that texts which share words are near. As with the real one, a text of too many
tokens (here: words and other characters) is refused with status 413 unless the request asks to truncate.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from stand_ins.model_server import JSON, ModelServer, Reply, Request, Wire, status

DIMENSIONS = 24
TOKEN = re.compile(r"\w+|[^\w\s]")
INFO = {
    "model_id": "stand-in/bag-of-words",
    "model_sha": "fca14538aa9956a46526bd1d0d11d69e19b5a101",
    "model_dtype": "float16",
    "model_type": {"embedding": {"pooling": "mean"}},
    "max_concurrent_requests": 512,
    "max_input_length": 32,
    "max_batch_tokens": 16384,
    "max_batch_requests": None,
    "max_client_batch_size": 4,
    "auto_truncate": True,
    "tokenization_workers": 2,
    "version": "1.8.2",
    "sha": None,
    "docker_label": None,
}


class TeiServer(ModelServer):
    """Answers well, unless `lies` is the reply to `/embed` or `info` is not what a server should say."""

    def __init__(self, lies: Reply | None = None, **info: Any) -> None:
        self.info: dict[str, Any] = {**INFO, **info}
        self.lies = lies
        super().__init__(lies or embeds(self.info))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def texts(self) -> list[str]:
        """All texts that were sent, refused ones too."""
        return [text for request in self.questions for text in request.json["inputs"]]

    def _reply(self, request: Request) -> Reply:
        if request.method == "GET":
            return status(200, json.dumps(self.info)) if request.path == "/info" else status(404, "")
        return self.lies or embeds(self.info)


def embeds(info: dict[str, Any]) -> Reply:
    """What `/embed` answers."""

    async def reply(wire: Wire, request: Request) -> None:
        texts: list[str] = request.json["inputs"]
        most = info["max_input_length"]
        longest = max(len(TOKEN.findall(text)) + 2 for text in texts)
        if len(texts) > info["max_client_batch_size"]:
            refusal = f"batch size {len(texts)} > maximum allowed batch size {info['max_client_batch_size']}"
            await wire.whole(413, _refused(refusal), JSON)
        elif longest > most and not request.json.get("truncate", info["auto_truncate"]):
            refusal = f"Input validation error: `inputs` must have less than {most} tokens. Given: {longest}"
            await wire.whole(413, _refused(refusal), JSON)
        else:
            await wire.whole(200, vectors(texts), JSON)

    return reply


def vectors(texts: Sequence[str]) -> bytes:
    """The body of a good answer."""
    return json.dumps([_bag(text) for text in texts]).encode()


def _bag(text: str) -> list[float]:
    total = np.zeros(DIMENSIONS)
    for word in ["", *TOKEN.findall(text)]:
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "little")
        total += np.random.default_rng(seed).standard_normal(DIMENSIONS)
    return [float(value) for value in total / np.linalg.norm(total)]


def _refused(said: str) -> bytes:
    return json.dumps({"error": said, "error_type": "Validation"}).encode()
