"""A GGUF file in process, through llama.cpp in a wheel (extra `embedded`): one thread, one question at a time."""

import asyncio
import contextlib
import secrets
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from coderev.errors import InputError, Unavailable
from coderev.files import monotonic
from coderev.gateway.backends.wire import DONE, Heard, body_of
from coderev.gateway.prompt import BackendFailed, Completion, Patience, Prompt

THREADS = 1  # two are slower where the cores are shared
BATCH = 128  # tokens of a prompt that are read at once: only then can reading be stopped


class EmbeddedMissing(Unavailable):
    """The registry names a GGUF file, and the program that runs one is not installed."""

    message = "{path} needs the extra `embedded`, which is not installed"
    hint = "install `coderev-platform[embedded]` from the package index or a folder of wheels"


class UnreadableModel(InputError):
    """A GGUF file is not there or cannot be loaded."""

    message = "{path} cannot be loaded: {reason}"
    hint = "name a GGUF file that this user may read in model_registry.yaml"


class Embedded:
    """The model of one file, loaded when it is first asked.

    llama.cpp also opens a port on loopback; it is closed to everybody by a key that nobody knows.
    """

    def __init__(self, path: Path, context_tokens: int) -> None:
        self._path, self._context_tokens = path, context_tokens
        self._turn = asyncio.Lock()
        self._loading: asyncio.Future[Any] | None = None

    async def complete(self, prompt: Prompt, patience: Patience) -> Completion:
        """Answer in a thread beside the loop; what takes too long is told to stop, and not waited for.

        The first token is awaited from this question's turn on. Raises BackendFailed, EmbeddedMissing, UnreadableModel.
        """
        request = body_of(prompt, self._path.name, return_progress=True).decode()
        try:
            async with asyncio.timeout_at(patience.deadline):
                server = await self._loaded()
                await self._turn.acquire()
        except TimeoutError:
            raise BackendFailed("timeout", "its turn did not come in time") from None
        listener, loop = _Listener(), asyncio.get_running_loop()
        running = loop.run_in_executor(None, _converse, server, request, listener)
        running.add_done_callback(lambda _: self._turn.release())  # which may be after we have given up
        try:
            return replace(await _heard(listener, patience), served_name=self._path.name)
        finally:
            listener.stop.set()

    async def served(self) -> tuple[str, ...]:
        """The file's name. Raises EmbeddedMissing, UnreadableModel."""
        await self._loaded()
        return (self._path.name,)

    async def close(self) -> None:
        """Let go of the model."""
        self._loading = None

    async def _loaded(self) -> Any:
        if self._loading is None:
            self._loading = asyncio.ensure_future(asyncio.to_thread(_load, self._path, self._context_tokens))
        return await asyncio.shield(self._loading)


def _load(path: Path, context_tokens: int) -> Any:
    try:
        import xllamacpp
    except ImportError as error:
        raise EmbeddedMissing(path=path) from error
    if not path.is_file():
        raise UnreadableModel(path=path, reason="no such file")
    wanted = xllamacpp.CommonParams()
    wanted.model.path = str(path)
    wanted.n_ctx, wanted.n_parallel, wanted.n_gpu_layers, wanted.warmup = context_tokens, 1, 0, False
    wanted.n_batch = wanted.n_ubatch = BATCH
    wanted.cpuparams.n_threads = wanted.cpuparams_batch.n_threads = THREADS
    wanted.port, wanted.api_keys, wanted.verbosity = 0, [secrets.token_urlsafe(32)], 0
    try:
        return xllamacpp.Server(wanted)
    except RuntimeError as error:
        raise UnreadableModel(path=path, reason=error) from error


class _Listener:
    """Hands what the thread hears to the loop that made it, and tells the thread when to stop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.pieces: asyncio.Queue[bytes | Exception] = asyncio.Queue()
        self.stop = threading.Event()

    def put(self, piece: bytes | Exception) -> None:
        """Called by the thread, which may outlive the loop."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self.pieces.put_nowait, piece)

    def __call__(self, event: Any) -> bool:
        """Take one event of llama.cpp; True ends the answer."""
        self.put(event.encode() if isinstance(event, str) else msgspec.json.encode(event))
        return self.stop.is_set()


def _converse(server: Any, request: str, listener: _Listener) -> None:
    try:
        server.handle_chat_completions(request, listener)
        listener.put(DONE)
    except Exception as error:  # noqa: BLE001 - whatever llama.cpp raises is the model's fault, told to the loop
        listener.put(error)


async def _heard(listener: _Listener, patience: Patience) -> Completion:
    heard = Heard()
    try:
        async with asyncio.timeout_at(min(monotonic() + patience.first_token_seconds, patience.deadline)) as limit:
            while not heard.ended:
                piece = await listener.pieces.get()
                if isinstance(piece, Exception):
                    raise BackendFailed("server", str(piece)) from piece
                if heard.take(piece):
                    limit.reschedule(min(monotonic() + patience.gap_seconds, patience.deadline))
    except TimeoutError:
        raise BackendFailed("timeout", "no answer, or no more of it, in time") from None
    return heard.completion()
