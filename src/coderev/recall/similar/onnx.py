"""A sentence encoder in process, through onnxruntime (extra `embeddings`): one thread, beside the event loop."""

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coderev.recall.similar.encoder import (
    BadEncoder,
    EncoderUnavailable,
    ExtraMissing,
    Identity,
    joined,
    parts,
    refuse_long,
)
from coderev.recall.similar.folder import Folder, read_folder

if TYPE_CHECKING:
    from coderev.recall.similar.encoder import Vectors

THREADS = 1  # a review's own work goes on beside
OVERLAP = 32  # tokens that two windows of a text share, at most a quarter of a window
BATCH_TOKENS = 4_096  # of one run, padding included: bounds its memory, and the time until it can be given up
PROVIDER = "CPUExecutionProvider"
QUIET = 4  # only what ends the process is logged
NEEDED, OPTIONAL = {"input_ids", "attention_mask"}, {"token_type_ids"}
MANNER = "windows-1"  # changes with how texts are cut, pooled and joined: vectors of another manner are not compared


class Onnx:
    """The encoder of a folder. Its vectors depend on the weights, the vocabulary, this runtime and its version."""

    def __init__(self, folder: Folder, session: Any, output: str, runtime: str) -> None:
        self._folder, self._session, self._output = folder, session, output
        self._inputs = {given.name for given in session.get_inputs()}
        self._overlap = min(OVERLAP, folder.window // 4)
        facts = f"{folder.digest} {runtime} {PROVIDER} {MANNER} {self._overlap}"
        digest = hashlib.sha256(facts.encode()).hexdigest()[:32]
        self.identity = Identity(f"onnx-{digest}", folder.dimensions)

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        """The vectors of texts, (texts, dimensions). Raises TooLongToEmbed, EncoderUnavailable."""
        import numpy as np

        refuse_long(texts)
        tokens = await asyncio.to_thread(lambda: [self._folder.tokeniser.tokens(text) for text in texts])
        cuts = [(at, cut) for at, of in enumerate(tokens) for cut in parts(len(of), self._folder.window, self._overlap)]
        windows = [tokens[at][start:end] for at, (start, end) in cuts]
        found = np.empty((len(windows), self.identity.dimensions), np.float32)
        for batch in _batches(windows):
            found[batch] = await asyncio.to_thread(self.run, [windows[number] for number in batch])
        owners = np.array([at for at, _ in cuts], np.int64)
        lengths = np.array([len(window) for window in windows], np.int64)
        whole = [joined(found[owners == at], lengths[owners == at].tolist()) for at in range(len(texts))]
        return np.array(whole, np.float32).reshape(len(texts), self.identity.dimensions)

    async def close(self) -> None:
        """Let go of the model."""
        self._session = None

    def run(self, windows: Sequence[Sequence[int]]) -> "Vectors":
        """The vectors of windows of tokens, each at most as long as the folder's `window`.

        The mean of the last hidden state over a window's tokens, of length 1 (Reimers and Gurevych 2019, section 3).
        Raises EncoderUnavailable.
        """
        import numpy as np

        width = max(map(len, windows)) + 2
        ids = np.zeros((len(windows), width), np.int64)
        mask = np.zeros_like(ids)
        for row, window in enumerate(windows):
            ids[row, : len(window) + 2] = (self._folder.start, *window, self._folder.end)
            mask[row, : len(window) + 2] = 1
        fed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        try:
            (state,) = self._session.run([self._output], {name: fed[name] for name in self._inputs})
        except _faults() as error:
            raise EncoderUnavailable(place=self._folder.place, reason=_brief(error)) from None
        if state.shape != (*ids.shape, self.identity.dimensions):
            raise EncoderUnavailable(place=self._folder.place, reason=f"its output is of the shape {state.shape}")
        summed = np.einsum("btd,bt->bd", state.astype(np.float32), mask.astype(np.float32))
        lengths = np.linalg.norm(summed, axis=1, keepdims=True)
        if not (np.isfinite(lengths).all() and (lengths > 0).all()):
            raise EncoderUnavailable(place=self._folder.place, reason="its output is no number, or nothing")
        return np.asarray(summed / lengths, np.float32)


async def open_onnx(place: Path) -> Onnx:
    """Load the encoder of a folder and try it once. Raises BadEncoder, ExtraMissing."""
    return await asyncio.to_thread(_open, place)


def _open(place: Path) -> Onnx:
    try:
        import numpy as np  # noqa: F401 - whether it is there
        import onnxruntime as runtime  # type: ignore[import-untyped]
    except ImportError:
        raise ExtraMissing(place=place, extra="embeddings") from None
    runtime.disable_telemetry_events()  # it has none on Linux; elsewhere it would
    runtime.set_default_logger_severity(QUIET)
    folder = read_folder(place)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = THREADS
    options.log_severity_level = QUIET
    try:
        session = runtime.InferenceSession(folder.model, options, providers=[PROVIDER])
    except _faults() as error:
        raise BadEncoder(place=place, reason=f"model.onnx: {_brief(error)}") from None
    folder = replace(folder, model=b"")  # the session has its own copy
    encoder = Onnx(folder, session, _output(place, session), f"onnxruntime {runtime.__version__}")
    try:
        encoder.run([[folder.last] * folder.window, [folder.last]])  # a trial: the last row, and as many as it reads
    except EncoderUnavailable as fault:
        raise BadEncoder(place=place, reason=f"model.onnx: {fault.facts['reason']}") from None
    return encoder


def _output(place: Path, session: Any) -> str:
    """The name of the last hidden state. Raises BadEncoder for a graph that takes or gives other things."""
    inputs = {given.name for given in session.get_inputs()}
    if not NEEDED <= inputs <= NEEDED | OPTIONAL or {given.type for given in session.get_inputs()} != {"tensor(int64)"}:
        raise BadEncoder(place=place, reason="model.onnx does not take input_ids and attention_mask of int64 alone")
    for given in session.get_outputs():
        if given.type.startswith("tensor(float") and len(given.shape) == 3:  # noqa: PLR2004 - batch, tokens, hidden
            return str(given.name)
    raise BadEncoder(place=place, reason="model.onnx gives no state for each token")


def _batches(windows: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Numbers of windows that are run together: of like length, so that little is padding."""
    batch: list[int] = []
    for number in sorted(range(len(windows)), key=lambda number: len(windows[number])):
        if (len(batch) + 1) * (len(windows[number]) + 2) > BATCH_TOKENS and batch:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


def _faults() -> tuple[type[Exception], ...]:
    """What the runtime raises: classes without a common one of their own."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state  # type: ignore[import-untyped]

    own = (kind for kind in vars(state).values() if isinstance(kind, type) and issubclass(kind, Exception))
    return (*own, RuntimeError, ValueError)


def _brief(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
