"""The nearest of 100,000 embeddings: our files, exactly; pgvector's graph beside it.

The vectors are real ones: MiniLM's of 100,000 distinct lines of this Python's standard library. Making them takes some
minutes of one core; they are kept in `build/`. The questions are 150 other lines, and 150 of the known vectors with a
little noise. The truth is all cosines in float64.
"""

import asyncio
import hashlib
import random
import statistics
import sys
import sysconfig
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import ROOT, Row
from coderev.egress import Egress
from coderev.recall.similar import Identity, Index, Item, open_index
from coderev.recall.similar.embedded import open_embedded
from coderev.recall.similar.onnx import open_onnx
from coderev.settings import RecallSettings, Settings, SimilarSettings

sys.path.insert(0, str(ROOT / "tests"))
from stand_ins.postgres import NoPostgres, Postgres, postgres
from stand_ins.sentence_encoder import minilm

Floats = NDArray[np.float32]
KNOWN, ASKED = 100_000, 150
SHORTEST, LONGEST = 12, 400  # characters of a line
NOISE = 0.01  # of each coordinate; a cosine of 0.98
SCOPE, TENANT = b"repository", b"tenant"
BATCH = 2_000
LIMIT = 5.0  # milliseconds


@dataclass(frozen=True)
class Answers:
    """How long each question took, in milliseconds, and the share whose nearest was the true one."""

    middle: float
    slow: float  # nine in ten are faster
    right: float

    def __str__(self) -> str:
        return f"{self.middle:.1f} ms (p90 {self.slow:.1f} ms), recall@1 {self.right:.3f}"


def rows() -> Iterator[Row]:
    identity, vectors = asyncio.run(_lines())
    known, questions = vectors[:KNOWN], _questions(vectors)
    truth = (known.astype(np.float64) @ questions.T.astype(np.float64)).max(axis=0)
    with tempfile.TemporaryDirectory() as folder:
        ours = asyncio.run(_embedded(Path(folder), identity, known, questions, truth))
    plain = statistics.median(_milliseconds(lambda question: np.vecdot(known, question).argmax(), questions))
    yield Row(
        f"nearest of {KNOWN:,} embeddings, in files",
        f"all of them in float32, in numpy: {plain:.1f} ms",
        f"≤ {LIMIT:g} ms, recall@1 = 1",
        str(ours),
        ours.middle <= LIMIT and ours.right == 1,
    )
    try:
        with postgres() as server:
            graph = asyncio.run(_pgvector(server, identity, known, questions, truth))
        yield Row(f"nearest of {KNOWN:,} embeddings, pgvector HNSW", "-", "none; for comparison", str(graph), met=True)
    except NoPostgres as why:
        yield Row(f"nearest of {KNOWN:,} embeddings, pgvector HNSW", "-", "none", f"not run: {why}", met=True)


async def _lines() -> tuple[Identity, Floats]:
    """Real vectors: the known ones, and behind them those that are asked."""
    encoder = await open_onnx(minilm())
    kept = ROOT / "build" / f"nearest-{encoder.identity.digest.hex()}.npy"
    if kept.is_file():
        return encoder.identity, np.load(kept)
    lines = _standard_library()
    found = [await encoder.embed(lines[start : start + BATCH]) for start in range(0, len(lines), BATCH)]
    await encoder.close()
    np.save(kept, np.concatenate(found))
    return encoder.identity, np.concatenate(found)


def _standard_library() -> list[str]:
    folder = Path(sysconfig.get_paths()["stdlib"])
    files = sorted(path for path in folder.rglob("*.py") if "site-packages" not in path.parts)
    lines = (line.strip() for path in files for line in path.read_text(encoding="utf-8", errors="replace").splitlines())
    distinct = list(dict.fromkeys(line for line in lines if SHORTEST <= len(line) <= LONGEST))
    random.Random(1).shuffle(distinct)
    return distinct[: KNOWN + ASKED]


def _questions(vectors: Floats) -> Floats:
    chance = np.random.default_rng(1)
    picked = vectors[chance.choice(KNOWN, ASKED, replace=False)]
    noisy = picked + NOISE * chance.standard_normal(picked.shape)
    noisy /= np.linalg.norm(noisy, axis=1, keepdims=True)
    return np.concatenate([vectors[KNOWN : KNOWN + ASKED], noisy.astype(np.float32)])


def _milliseconds(ask: Callable[[Floats], object], questions: Floats) -> list[float]:
    taken = []
    for question in questions:
        before = time.perf_counter()
        ask(question)
        taken.append((time.perf_counter() - before) * 1000)
    return taken


async def _embedded(
    folder: Path, identity: Identity, known: Floats, questions: Floats, truth: NDArray[np.float64]
) -> Answers:
    index = open_embedded(folder, TENANT, identity)
    for start in range(0, KNOWN, BATCH):
        vectors = known[start : start + BATCH]
        await index.add(
            [Item(id=_id(start + at), scope=SCOPE, vector=vector, payload=b"") for at, vector in enumerate(vectors)]
        )
    return await _ask(index, questions, truth)


async def _ask(index: Index, questions: Floats, truth: NDArray[np.float64]) -> Answers:
    taken, right = [], 0
    await index.nearest(questions[0], 1, SCOPE)  # opens files or connects
    for question, best in zip(questions, truth, strict=True):
        before = time.perf_counter()
        found = await index.nearest(question, 1, SCOPE)
        taken.append((time.perf_counter() - before) * 1000)
        right += bool(found) and abs(found[0].cosine - float(best)) < 1e-6
    await index.close()
    return Answers(statistics.median(taken), statistics.quantiles(taken, n=10)[-1], right / len(questions))


async def _pgvector(
    server: Postgres, identity: Identity, known: Floats, questions: Floats, truth: NDArray[np.float64]
) -> Answers:
    async with _index(server, identity) as index:
        await index.size()  # makes the table
        _fill(server, f"v_{identity.digest.hex()}", known)
        return await _ask(index, questions, truth)


@asynccontextmanager
async def _index(server: Postgres, identity: Identity) -> AsyncIterator[Index]:
    with tempfile.TemporaryDirectory() as folder:
        password = Path(folder) / "password"
        password.write_text(server.password, encoding="utf-8")
        similar = SimilarSettings(index=server.url, user=server.user, password_file=str(password))
        settings = Settings(recall=RecallSettings(similar=similar))
        index = open_index(settings, Egress(settings), TENANT, identity)
        yield index
        await index.close()


def _fill(server: Postgres, table: str, known: Floats) -> None:
    """Copy all vectors, then make the graph: as a database administrator would load many."""
    graph = (resources.files("coderev.recall.similar") / "sql" / "nearness.sql").read_text(encoding="utf-8")
    copy = f"COPY coderev_similar.{table} (tenant, scope, id, added, vector, payload) FROM STDIN"
    with server.connect() as connection:
        connection.execute(f"DROP INDEX coderev_similar.{table}_near".encode())
        with connection.cursor() as cursor, cursor.copy(copy.encode()) as lines:
            for at, vector in enumerate(known):
                lines.write_row((TENANT, SCOPE, _id(at), "now", str(vector.tolist()), b""))
        connection.execute(graph.format(table=table, index=f"{table}_near").encode())
        connection.execute(f"ANALYZE coderev_similar.{table}".encode())


def _id(number: int) -> bytes:
    return hashlib.sha256(number.to_bytes(8, "big")).digest()


if __name__ == "__main__":
    for row in rows():
        print(row)
