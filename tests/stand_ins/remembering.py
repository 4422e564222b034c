"""A recall with a real store in a file, and questions about code as a review asks them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from coderev.recall import Asked, Code, Recall, Reply, Speaker, Subject
from coderev.recall.circuit import Guarded
from coderev.recall.memory import Memory
from coderev.recall.sealing import Seal
from coderev.recall.stores.sqlite import SqliteStore
from coderev.syntax import parse

PATIENT = 10.0  # seconds: a store is never left alone because this machine is busy
ROOM = 64 << 20  # bytes
MODEL = Speaker(model="codellama", version="1", weights=None)


def code_of(text: str, language: str = "python", *, first_line: int = 1, comments: bool = False) -> Code:
    """A whole file as the code of a question; `first_line` pretends that it stood further below."""
    parsed = parse(text.encode(), language)
    structure = parsed.structure(1, parsed.lines, keep_comments=comments)
    forgotten = structure.forgotten if structure else ()
    return Code(parsed.blanked(1, parsed.lines, forgotten), first_line, 0, structure)


def asked_about(
    text: str,
    *,
    parts: Mapping[str, object] | None = None,
    repository: str = "here",
    speakers: tuple[Speaker, ...] = (MODEL,),
    ttl_seconds: float = 3600,
) -> Asked:
    """A question about a piece of Python."""
    code = code_of(text)
    key = code.structure.key.hex() if code.structure else ""
    return Asked(
        task="code-review",
        prompt=["Review.", code.shown.decode()],
        frame={"question": "1", "policy": "tests"},
        speakers=speakers,
        subject=Subject(
            codes={"": code},
            parts={"unit": key, **(parts or {})},
            repository=repository,
            path="a.py",
            unit="f",
        ),
        ttl_seconds=ttl_seconds,
    )


def reply(text: str, model: str = "codellama") -> Reply:
    return Reply(text=text, model=model, version="1", served_name=model, seconds=2.0, tokens=100)


@asynccontextmanager
async def a_recall(
    folder: Path, *, tenant: str = "local", material: bytes = b"k" * 32, explains: bool = False
) -> AsyncIterator[Recall]:
    """A recall on a file in a folder; what one remembers, the next finds there."""
    seal = Seal(material, tenant)
    store = SqliteStore(lambda: folder, seal.tag(b"tenant"), ROOM)
    recall = Recall(Memory(Guarded(store, PATIENT), seal), explains=explains)
    try:
        yield recall
    finally:
        await recall.close()


class Answers:
    """Computes replies, and counts how often it was asked."""

    def __init__(self, *texts: str) -> None:
        self._texts = list(texts)
        self.asked = 0

    async def __call__(self) -> Reply:
        self.asked += 1
        return reply(self._texts.pop(0) if len(self._texts) > 1 else self._texts[0])


def without_subject(asked: Asked) -> Asked:
    return replace(asked, subject=None)
