"""The sentence encoder of a text-embeddings-inference server inside the site: `/info`, `/embed`.

Nothing that the server says is trusted: sizes are capped, redirects are not followed, and vectors that are not numbers,
not of the promised count or dimension, or nothing, are no vectors. What it is sent is redacted first.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from coderev.egress import Egress, NotPermitted
from coderev.recall.similar.encoder import (
    MAX_DIMENSIONS,
    BadEncoder,
    EncoderUnavailable,
    ExtraMissing,
    Identity,
    joined,
    parts,
    refuse_long,
)
from coderev.sensitive import redact

if TYPE_CHECKING:
    import aiohttp

    from coderev.recall.similar.encoder import Vectors

SECONDS = 30.0  # for one request
MAX_BODY = 32 << 20  # bytes of an answer
MAX_ERROR = 2_048  # bytes that are read of an error's body
MAX_BATCH = 32  # texts of one request; the server's own limit may be lower
CHARACTERS = 3  # of a token: code has a little more, so few parts are refused
OVERLAP = 8  # two parts of a text share an eighth
SHORTEST = 32  # characters of a part that is still cut when the server calls it too long
OK, TOO_LARGE, UNPROCESSABLE = 200, 413, 422  # the last two: a text of more tokens than the server takes
MANNER = "characters-1"  # changes with how texts are cut and joined: vectors of another manner are not compared
TRIAL = "def f(x):\n    return x\n"


class _Says(msgspec.Struct):
    """What `/info` says, as far as we use it."""

    model_id: str
    model_dtype: str
    model_type: dict[str, Any]
    max_input_length: int
    model_sha: str | None = None  # unknown for a model that was given as a folder
    max_client_batch_size: int = MAX_BATCH
    version: str = ""


class _TooLong(Exception):
    """The server takes no text of that many tokens."""


class Tei:
    """The encoder of one server. Its vectors depend on the model, its revision and precision, and the server's version.

    Where the server knows no revision, they depend on its address too.
    """

    def __init__(self, egress: Egress, url: str, seconds: float = SECONDS) -> None:
        self._seconds = seconds  # for one request
        self._url, self._session = url.rstrip("/"), egress.client()
        self._proxy = egress.proxy_for(url)
        self._says: _Says | None = None
        self.identity = Identity("", 0)

    async def open(self) -> None:
        """Learn what is served, and try it once. Raises BadEncoder, EncoderUnavailable."""
        says = self._says = await self._info()
        if "embedding" not in says.model_type:
            raise BadEncoder(
                place=self._url, reason=f"it serves a {next(iter(says.model_type), 'model')!s:.40}, no encoder"
            )
        if says.max_input_length < CHARACTERS or says.max_client_batch_size < 1:
            raise BadEncoder(place=self._url, reason="it takes no texts")
        (vector,) = await self._embedded([TRIAL])
        known = f"{says.model_id} {says.model_dtype} {msgspec.json.encode(says.model_type).decode()} {says.version}"
        where = says.model_sha or self._url
        facts = f"{known} {where} {says.max_input_length} {MANNER}"
        self.identity = Identity(f"tei-{hashlib.sha256(facts.encode()).hexdigest()[:32]}", len(vector))

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        """The vectors of texts, (texts, dimensions). Raises TooLongToEmbed, EncoderUnavailable."""
        import numpy as np

        refuse_long(texts)
        if await self._info() != self._says:
            raise self._wrong(reason="it serves another model than before")
        clean = await asyncio.to_thread(lambda: [self._redacted(text) for text in texts])
        cuts = [(at, *cut) for at, text in enumerate(clean) for cut in self._cut(text)]
        pieces = [clean[at][start:end] for at, start, end in cuts]
        size = min(self._known.max_client_batch_size, MAX_BATCH)
        found = [
            vector
            for start in range(0, len(pieces), size)
            for vector in await self._embedded(pieces[start : start + size])
        ]
        whole = np.empty((len(texts), self.identity.dimensions), np.float32)
        for at in range(len(texts)):
            own = [number for number, cut in enumerate(cuts) if cut[0] == at]
            whole[at] = joined(np.array([found[number] for number in own]), [len(pieces[number]) for number in own])
        return whole

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    @property
    def _known(self) -> _Says:
        if self._says is None:
            raise self._wrong(reason="it was not opened")
        return self._says

    def _cut(self, text: str) -> list[tuple[int, int]]:
        size = self._known.max_input_length * CHARACTERS
        return parts(len(text), size, size // OVERLAP)

    def _redacted(self, text: str) -> str:
        try:
            return redact(text).text
        except Exception:  # noqa: BLE001 - whatever failed, what was not judged is not sent
            raise self._wrong(reason="a text could not be searched for secrets, and was not sent") from None

    async def _embedded(self, pieces: Sequence[str]) -> list["Vectors"]:
        """One vector for each piece; where they are too long together or alone, asked again in smaller parts."""
        try:
            return list(await self._vectors(pieces))
        except _TooLong:
            if len(pieces) > 1:
                return [vector for piece in pieces for vector in await self._embedded([piece])]
        (piece,) = pieces
        if len(piece) < SHORTEST:
            raise self._wrong(reason=f"it refuses even a text of {len(piece)} characters")
        import numpy as np

        half = -(-len(piece) * (OVERLAP + 1) // (2 * OVERLAP))
        halves = [piece[start:end] for start, end in parts(len(piece), half, half // OVERLAP)]
        vectors = [vector for part in halves for vector in await self._embedded([part])]
        return [joined(np.array(vectors), [len(part) for part in halves])]

    async def _vectors(self, texts: Sequence[str]) -> "Vectors":
        """The vectors of texts that fit, judged and of length 1."""
        import numpy as np

        body = msgspec.json.encode({"inputs": texts, "normalize": True, "truncate": False})
        said = self._decoded(await self._asked("POST", "/embed", body), list[list[float]])
        if len(said) != len(texts) or len({len(vector) for vector in said}) != 1:
            raise self._wrong(reason=f"{len(said)} vectors for {len(texts)} texts, or of differing dimensions")
        wide = np.array(said, np.float64)
        dimensions = self.identity.dimensions or wide.shape[1]
        if wide.shape[1] != dimensions or not 0 < dimensions <= MAX_DIMENSIONS:
            raise self._wrong(reason=f"vectors of {wide.shape[1]} dimensions")
        sane = bool((np.abs(wide) <= np.finfo(np.float32).max).all())  # NaN is not
        lengths = np.linalg.norm(wide, axis=1, keepdims=True) if sane else np.zeros((1, 1))
        if not (lengths > 0).all():
            raise self._wrong(reason="vectors that are no numbers, or nothing")
        return np.asarray(wide / lengths, np.float32)

    async def _info(self) -> _Says:
        try:
            says: _Says = self._decoded(await self._asked("GET", "/info"), _Says)
        except _TooLong:
            raise self._wrong(reason="it refuses to say what it serves") from None
        return says

    async def _asked(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """One request under one time limit. Raises _TooLong, EncoderUnavailable, BadCertificateFile."""
        import aiohttp

        request = self._session.request(
            method,
            self._url + path,
            data=body,
            headers={"Content-Type": "application/json", "Accept-Encoding": "identity"},
            proxy=self._proxy,
            allow_redirects=False,
        )
        try:
            async with asyncio.timeout(self._seconds), request as response:
                if response.status in {TOO_LARGE, UNPROCESSABLE}:
                    raise _TooLong
                if response.status != OK:
                    said = (await response.content.read(MAX_ERROR)).decode("utf-8", "replace")
                    raise self._wrong(reason=f"status {response.status}: {said}")
                return await self._whole(response)
        except TimeoutError:
            raise self._wrong(reason=f"no answer in {self._seconds:g} seconds") from None
        except (aiohttp.ClientError, OSError, NotPermitted) as error:  # its name may lead elsewhere now
            raise self._wrong(reason=f"{type(error).__name__}: {error}") from None

    async def _whole(self, response: "aiohttp.ClientResponse") -> bytes:
        body = bytearray()
        while chunk := await response.content.readany():
            body += chunk
            if len(body) > MAX_BODY:
                raise self._wrong(reason=f"more than {MAX_BODY} bytes")
        return bytes(body)

    def _decoded(self, body: bytes, form: Any) -> Any:
        try:
            return msgspec.json.decode(body, type=form)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise self._wrong(reason=f"not what is expected: {error}") from None

    def _wrong(self, *, reason: str) -> EncoderUnavailable:
        return EncoderUnavailable(place=self._url, reason=" ".join(reason.split())[:200])


async def open_tei(url: str, egress: Egress, seconds: float = SECONDS) -> Tei:
    """The encoder of a server.

    Raises BadEncoder, EncoderUnavailable, ExtraMissing, NotPermitted, BadCertificateFile.
    """
    try:
        import numpy as np  # noqa: F401 - whether it is there
    except ImportError:
        raise ExtraMissing(place=url, extra="embeddings") from None
    if not egress.judge(url).inside:  # which code may go outside is decided for questions to models, not for this
        raise NotPermitted(url=url, reason="source code is embedded inside the site only")
    encoder = Tei(egress, url, seconds)
    try:
        await encoder.open()
    except BaseException:
        await encoder.close()
        raise
    return encoder
