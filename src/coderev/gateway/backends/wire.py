"""The JSON of the OpenAI chat protocol, as far as we read it: plain completions and the events of streamed ones."""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from coderev.gateway.prompt import BackendFailed, Completion, Finish, Prompt

MAX_LINE = 64 * 1024  # bytes of one event
DONE = b"[DONE]"  # what ends a streamed answer


def body_of(prompt: Prompt, name: str, format_: str = "json_schema", **more: object) -> bytes:
    """The request for a streamed completion by the model of that name, constrained as its server knows how to."""
    body: dict[str, Any] = {
        "model": name,
        "messages": [{"role": message.role, "content": message.text} for message in prompt.messages],
        "max_tokens": prompt.max_tokens,
        "temperature": prompt.temperature,
        "seed": prompt.seed,
        "stream": True,
        "stream_options": {"include_usage": True},
        **more,
    }
    if format_ == "json_schema":
        schema = {"name": prompt.schema_name, "schema": prompt.schema, "strict": True}
        body["response_format"] = {"type": format_, "json_schema": schema}
    elif format_ != "none":
        body["response_format"] = {"type": format_}
    return msgspec.json.encode(body)


class _Text(msgspec.Struct, gc=False):
    content: str | None = None


class _Choice(msgspec.Struct, gc=False):
    delta: _Text | None = None
    message: _Text | None = None
    finish_reason: str | None = None


class _Usage(msgspec.Struct, gc=False):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Reply(msgspec.Struct, gc=False):
    """A plain completion, one event of a streamed one, or a fault told after the status was sent."""

    choices: list[_Choice] = []
    model: str | None = None
    usage: _Usage | None = None
    error: Any = None


_decode = msgspec.json.Decoder(_Reply).decode


@dataclass(slots=True)
class Heard:
    """What has come in of one answer."""

    pieces: list[str] = field(default_factory=list)
    served_name: str = ""
    finish: str | None = None
    usage: _Usage | None = None
    ended: bool = False

    def take(self, payload: bytes) -> bool:
        """Add one JSON document; whether it brought answer text. Raises BackendFailed."""
        try:
            reply = _decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            if payload.strip() == DONE:
                self.ended = True
                return False
            raise BackendFailed("garbled", f"no completion: {error}") from None
        if reply.error is not None:
            raise BackendFailed("server", f"an error in place of an answer: {reply.error}")
        self.served_name = reply.model or self.served_name
        self.usage = reply.usage or self.usage
        return bool(reply.choices) and self._take(reply.choices[0])

    def completion(self) -> Completion:
        """The whole of it. Raises BackendFailed when it did not come to its end."""
        if self.finish is None and not (self.ended and self.pieces):
            raise BackendFailed("garbled", "it ends before its end" if self.pieces else "it holds no completion")
        finish: Finish = "stop" if self.finish == "stop" else "length" if self.finish == "length" else "other"
        return Completion(
            text="".join(self.pieces),
            served_name=self.served_name,
            finish=finish,
            input_tokens=self.usage.prompt_tokens if self.usage else None,
            output_tokens=self.usage.completion_tokens if self.usage else None,
        )

    def _take(self, choice: _Choice) -> bool:
        self.finish = choice.finish_reason or self.finish
        text = choice.delta or choice.message
        if text is None or not text.content:
            return False
        self.pieces.append(text.content)
        return not text.content.isspace()


class Events:
    """Cuts a stream of bytes into the data of server-sent events, one JSON document each, wherever the bytes break.

    Comments and other fields are passed over (WHATWG HTML, section 9.2.6; no server spreads a document over lines).
    """

    def __init__(self, max_bytes: int) -> None:
        self._rest, self._left = b"", max_bytes

    def feed(self, chunk: bytes) -> list[bytes]:
        """The documents that end in this chunk. Raises BackendFailed when one, or all, is too long."""
        self._left -= len(chunk)
        *lines, self._rest = (self._rest + chunk).replace(b"\r", b"\n").split(b"\n")
        if len(self._rest) > MAX_LINE:
            raise BackendFailed("garbled", f"an event of more than {MAX_LINE} bytes")
        if self._left < 0:
            raise BackendFailed("garbled", "a stream that is too long")
        return [line[5:] for line in lines if line.startswith(b"data:")]
