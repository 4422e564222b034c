"""Answers kept in a folder: one JSON file for each question and model, named by the prompt's digest.

Recording and replaying make a second run give the same result: a model server does not.
"""

from pathlib import Path
from stat import S_ISREG

import msgspec

from coderev.errors import InputError, Unavailable
from coderev.files import CannotWrite, write_atomic
from coderev.gateway.backends import Backend
from coderev.gateway.prompt import Completion, Patience, Prompt

MAX_RECORD = 32 * 1024 * 1024  # bytes


class NotRecorded(Unavailable):
    """A replay was asked something that the folder does not hold."""

    message = "{folder} holds no answer of {model} to the prompt {digest}"
    hint = "record it with `coderev review --record {folder}`; another change or version asks other questions"


class UnreadableRecord(InputError):
    """A file of a folder of records is not what was written there."""

    message = "{path} is no record of coderev: {reason}"
    hint = "take the folder as `--record` wrote it"


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question, redacted as it was sent, and its answer."""

    model: str  # its id in the registry
    prompt: Prompt
    completion: Completion


class Recorder:
    """Asks another backend, and keeps what was said."""

    def __init__(self, backend: Backend, model: str, folder: Path) -> None:
        self._backend, self._model, self._folder = backend, model, folder

    async def complete(self, prompt: Prompt, patience: Patience) -> Completion:
        """Answer from the backend; the record is written before the answer is given. Raises CannotWrite."""
        completion = await self._backend.complete(prompt, patience)
        record = Record(model=self._model, prompt=prompt, completion=completion)
        path = record_path(self._folder, self._model, prompt)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise CannotWrite(path=path.parent, reason=error.strerror) from error
        write_atomic(path, msgspec.json.encode(record), mode=0o600)
        return completion

    async def served(self) -> tuple[str, ...]:
        """What the backend serves."""
        return await self._backend.served()

    async def close(self) -> None:
        """Close the backend."""
        await self._backend.close()


class Replay:
    """Answers from a folder of records and connects to nothing."""

    def __init__(self, model: str, folder: Path) -> None:
        self._model, self._folder = model, folder

    async def complete(self, prompt: Prompt, patience: Patience) -> Completion:
        """The recorded answer. Raises NotRecorded, UnreadableRecord."""
        del patience
        path = record_path(self._folder, self._model, prompt)
        try:
            found = path.stat()
            content = path.read_bytes() if S_ISREG(found.st_mode) and found.st_size <= MAX_RECORD else b""
            record = msgspec.json.decode(content, type=Record)
        except FileNotFoundError:
            raise NotRecorded(folder=self._folder, model=self._model, digest=prompt.digest()) from None
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise UnreadableRecord(path=path, reason=error) from None
        if (record.model, record.prompt) != (self._model, prompt):
            raise UnreadableRecord(path=path, reason="it holds another question")
        return record.completion

    async def served(self) -> tuple[str, ...]:
        """Only the recorded model."""
        return (self._model,)

    async def close(self) -> None:
        """Nothing is open."""


def record_path(folder: Path, model: str, prompt: Prompt) -> Path:
    """Where the answer of a model to a prompt is kept: one folder a model, whatever its id holds."""
    safe = "".join(
        character if character.isalnum() or character in "-_" else f"%{ord(character):x}" for character in model
    )
    return folder / safe / f"{prompt.digest()}.json"
