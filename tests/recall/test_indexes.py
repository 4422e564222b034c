"""One contract for both indexes; then what only one of them promises."""

import asyncio
import hashlib
import os
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from stand_ins.postgres import NoPostgres, Postgres, postgres

from coderev.egress import Egress
from coderev.files import now
from coderev.recall.similar import Identity, Index, Item, open_index
from coderev.recall.similar.encoder import ExtraMissing
from coderev.recall.similar.index import IndexUnavailable
from coderev.recall.similar.pgvector import connection_facts
from coderev.recall.similar.scan import Leads, Matrix, basis_of, nearest, table_of
from coderev.recall.similar.shelf import LEADS_FROM
from coderev.settings import Connections, RecallSettings, Settings, SimilarSettings

Floats = NDArray[np.float32]
IDENTITY = Identity("test-1", 160)
SCOPE, OTHER = b"\x01" * 16, b"\x02" * 32
KINDS = ["embedded", "pgvector"]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    try:
        with postgres() as running:
            yield running
    except NoPostgres as why:
        pytest.skip(str(why))


class World:
    """Where indexes of one kind are: each test has its own tenant, so that none sees another's vectors."""

    def __init__(self, settings: Settings, tenant: bytes) -> None:
        self.settings, self.tenant = settings, tenant

    @asynccontextmanager
    async def open(self, identity: Identity = IDENTITY, tenant: bytes | None = None) -> AsyncIterator[Index]:
        index = open_index(self.settings, Egress(self.settings), tenant or self.tenant, identity)
        try:
            yield index
        finally:
            await index.close()


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    tenant = hashlib.sha256(str(tmp_path).encode()).digest()
    if request.param == "embedded":
        return a_world_of_files(tmp_path, monkeypatch, tenant)
    server: Postgres = request.getfixturevalue("server")
    (tmp_path / "password").write_text(f"{server.password}\n", encoding="utf-8")
    similar = SimilarSettings(index=server.url, user=server.user, password_file=str(tmp_path / "password"))
    return World(Settings(recall=RecallSettings(similar=similar)), tenant)


def a_world_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tenant: bytes = b"t") -> World:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return World(Settings(), tenant)


def vectors(count: int, seed: int = 0) -> Floats:
    """Directions that lie near a few others, as embeddings do."""
    chance = np.random.default_rng(seed)
    few = chance.standard_normal((12, IDENTITY.dimensions))
    mixed = chance.standard_normal((count, 12)) @ few + 0.3 * chance.standard_normal((count, IDENTITY.dimensions))
    return unit(mixed)


def unit(found: NDArray[Any]) -> Floats:
    return np.asarray(found / np.linalg.norm(found, axis=-1, keepdims=True), np.float32)


def items(found: Floats, scope: bytes = SCOPE, name: str = "") -> list[Item]:
    return [
        Item(id=hashlib.sha256(f"{name}{at}".encode()).digest(), scope=scope, vector=vector, payload=f"{at}".encode())
        for at, vector in enumerate(found)
    ]


def below(folder: Path) -> list[Path]:
    return list(folder.rglob("*"))


def killed_after(batches: int, folder: Path) -> None:
    """Let a process write until it has written so many batches, and end it while it writes the next."""
    with subprocess.Popen([sys.executable, "-c", WRITES_FOR_EVER, str(folder)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(batches):
            process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)


async def test_the_nearest_come_first_with_their_cosine_and_payload(world: World) -> None:
    known = vectors(50)
    question = unit(known[7] + 0.05 * known[8])
    cosines = known.astype(np.float64) @ question

    async with world.open() as index:
        await index.add(items(known))
        found = await index.nearest(question, 5, SCOPE)

    order = np.argsort(-cosines)[:5]
    assert [near.payload for near in found] == [str(at).encode() for at in order]
    assert [near.id for near in found] == [items(known)[at].id for at in order]
    assert np.allclose([near.cosine for near in found], cosines[order], atol=1e-6)


async def test_an_index_without_vectors_finds_nothing(world: World) -> None:
    async with world.open() as index:
        await index.add([])

        assert await index.nearest(vectors(1)[0], 3, SCOPE) == []
        assert await index.size() == 0
        assert await index.remove() == 0


async def test_nothing_is_found_from_another_scope(world: World) -> None:
    async with world.open() as index:
        await index.add(items(vectors(3)))
        await index.add(items(vectors(3, seed=1), OTHER, "other"))
        found = await index.nearest(vectors(1)[0], 10, OTHER)

        assert len(found) == 3
        assert await index.nearest(vectors(1)[0], 10, b"\x03" * 16) == []


async def test_another_tenant_or_embedder_sees_nothing(world: World) -> None:
    async with world.open() as index:
        await index.add(items(vectors(3)))
    async with world.open(tenant=b"another") as others, world.open(Identity("test-2", 160)) as newer:
        assert await others.nearest(vectors(1)[0], 3, SCOPE) == []
        assert await newer.nearest(vectors(1)[0], 3, SCOPE) == []
        assert await others.remove() == 0
    async with world.open() as index:
        assert await index.size() == 3


async def test_the_same_id_replaces_vector_and_payload(world: World) -> None:
    old, new = vectors(2)
    changed = Item(id=items(vectors(1))[0].id, scope=SCOPE, vector=new, payload=b"new")

    async with world.open() as index:
        await index.add(items(np.array([old])))
        await index.add([changed])
        found = await index.nearest(old, 5, SCOPE)

        assert [near.payload for near in found] == [b"new"]
        assert found[0].cosine == pytest.approx(float(old @ new), abs=1e-6)
        assert await index.size() == 1


async def test_the_same_id_twice_at_once_is_one_item(world: World) -> None:
    first, second = vectors(2)
    twice = [Item(id=b"i" * 32, scope=SCOPE, vector=vector, payload=b"x") for vector in (first, second)]

    async with world.open() as index:
        await index.add(twice)

        assert await index.size() == 1
        assert (await index.nearest(second, 1, SCOPE))[0].cosine == pytest.approx(1, abs=1e-6)


async def test_what_is_not_near_enough_is_not_found(world: World) -> None:
    known = vectors(20)
    cosines = np.sort(known.astype(np.float64) @ known[0])[::-1]

    async with world.open() as index:
        await index.add(items(known))
        found = await index.nearest(known[0], 20, SCOPE, float(cosines[3] + cosines[4]) / 2)

    assert len(found) == 4


async def test_what_is_removed_by_id_is_not_found(world: World) -> None:
    known = vectors(6)

    async with world.open() as index:
        await index.add(items(known))
        removed = await index.remove(ids=[items(known)[2].id, b"\0" * 32])

        assert removed == 1
        assert b"2" not in {near.payload for near in await index.nearest(known[2], 6, SCOPE)}
        assert await index.size() == 5


async def test_what_is_older_is_removed_and_what_is_newer_stays(world: World) -> None:
    async with world.open() as index:
        await index.add(items(vectors(2)))
        await asyncio.sleep(0.02)
        between = now()
        await asyncio.sleep(0.02)
        await index.add(items(vectors(3, seed=1), OTHER, "new"))

        assert await index.remove(before=between - timedelta(hours=1)) == 0
        assert await index.remove(before=between) == 2
        assert await index.size() == 3


async def test_all_is_removed_in_every_scope(world: World) -> None:
    async with world.open() as index:
        await index.add(items(vectors(2)) + items(vectors(2), OTHER, "other"))

        assert await index.remove() == 4
        assert await index.size() == 0
        assert await index.nearest(vectors(1)[0], 3, SCOPE) == []


async def test_it_remembers_when_it_is_opened_again(world: World) -> None:
    async with world.open() as index:
        await index.add(items(vectors(4)))
    async with world.open() as index:
        await index.add(items(vectors(4, seed=1), name="more"))

        assert await index.size() == 8
        assert (await index.nearest(vectors(4)[3], 1, SCOPE))[0].payload == b"3"


async def test_two_writers_at_once_lose_nothing(world: World) -> None:
    async with world.open() as one, world.open() as two:
        await asyncio.gather(
            *(one.add(items(vectors(5, seed=at), name=f"one{at}")) for at in range(4)),
            *(two.add(items(vectors(5, seed=at), name=f"two{at}")) for at in range(4)),
        )

        assert await one.size() == 40
        assert len(await two.nearest(vectors(1)[0], 100, SCOPE)) == 40


async def test_a_reader_sees_what_another_has_written_since(world: World) -> None:
    async with world.open() as reader, world.open() as writer:
        before = await reader.nearest(vectors(1)[0], 1, SCOPE)
        await writer.add(items(vectors(2)))
        between = await reader.nearest(vectors(1)[0], 1, SCOPE)
        await writer.remove()

        assert [before, len(between), await reader.nearest(vectors(1)[0], 1, SCOPE)] == [[], 1, []]


async def test_a_question_that_is_given_up_leaves_the_index_usable(world: World) -> None:
    async with world.open() as index:
        await index.add(items(vectors(3)))
        for _ in range(3):
            given_up = asyncio.ensure_future(index.nearest(vectors(1)[0], 1, SCOPE))
            await asyncio.sleep(0)
            given_up.cancel()
            await asyncio.gather(given_up, return_exceptions=True)

        assert len(await index.nearest(vectors(1)[0], 3, SCOPE)) == 3


async def test_a_user_who_may_create_nothing_can_use_what_is_there(server: Postgres, tmp_path: Path) -> None:
    (tmp_path / "password").write_text(server.password, encoding="utf-8")

    def a_world(user: str) -> World:
        similar = SimilarSettings(index=server.url, user=user, password_file=str(tmp_path / "password"))
        return World(Settings(recall=RecallSettings(similar=similar)), b"limited")

    server.execute(f"CREATE ROLE limited LOGIN PASSWORD '{server.password}'")
    async with a_world(server.user).open() as index:
        await index.size()
    server.execute("GRANT USAGE ON SCHEMA coderev_similar TO limited")
    server.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA coderev_similar TO limited")

    async with a_world("limited").open() as index:
        await index.add(items(vectors(2)))
        assert await index.size() == 2
    async with a_world("limited").open(Identity("test-3", 160)) as index:
        with pytest.raises(IndexUnavailable, match="permission denied"):
            await index.size()


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 12), st.integers(1, 8), st.data())
def test_leads_never_change_an_answer(seed: int, rows: int, dimensions: int, k: int, data: st.DataObject) -> None:
    chance = np.random.default_rng(seed)
    known = unit(chance.standard_normal((rows, dimensions)) + chance.standard_normal(dimensions))
    known[: rows // 3] = known[-1]  # several that are equally near
    gone = np.array(sorted(data.draw(st.sets(st.integers(0, rows - 1)))), np.int64)
    question = unit(chance.standard_normal(dimensions))
    at_least = data.draw(st.sampled_from([-1.0, 0.0, 0.9]))
    basis = basis_of(known)[: data.draw(st.integers(1, dimensions))]
    led = data.draw(st.integers(0, rows))
    table = table_of(known[:led], basis)
    assert table is not None

    found = nearest(Matrix(known, gone, Leads(basis, table)), question, k, at_least)

    cosines = known.astype(np.float64) @ question.astype(np.float64)
    left = [at for at in np.argsort(-cosines, kind="stable") if at not in gone and cosines[at] >= at_least - 1e-7]
    assert [cosine for _, cosine in found] == pytest.approx(cosines[left[:k]].tolist(), abs=1e-6)
    assert len({number for number, _ in found} - set(gone.tolist())) == len(found)


def test_directions_that_are_no_basis_are_not_used() -> None:
    known = vectors(10)

    assert table_of(known, np.ones((4, IDENTITY.dimensions), np.float32)) is None


async def test_a_large_scope_is_searched_exactly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = vectors(LEADS_FROM + 900)
    questions = np.concatenate([vectors(40, seed=2), unit(known[:40] + 0.02 * vectors(40, seed=3))])

    async with a_world_of_files(tmp_path, monkeypatch).open() as index:
        await index.add(items(known[:LEADS_FROM]))
        await index.add(items(known[LEADS_FROM:], name="more"))
        found = [(await index.nearest(question, 1, SCOPE))[0].cosine for question in questions]

    best = (known.astype(np.float64) @ questions.T.astype(np.float64)).max(axis=0)
    assert np.allclose(found, best, atol=1e-7)
    assert any(path.name.startswith("leads-") for path in below(tmp_path))


async def test_only_this_user_may_enter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_world_of_files(tmp_path, monkeypatch).open() as index:
        await index.add(items(vectors(3)))

    modes = {stat.S_IMODE(path.stat().st_mode) for path in below(tmp_path / "coderev" / "similar")}
    assert modes == {0o700, 0o600}


async def test_what_is_forgotten_is_not_in_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = Item(id=b"s" * 32, scope=SCOPE, vector=vectors(1)[0], payload=b"sealed-and-to-be-forgotten")

    async with a_world_of_files(tmp_path, monkeypatch).open() as index:
        await index.add([*items(vectors(3)), secret])
        await index.remove(ids=[secret.id])

    left = b"".join(path.read_bytes() for path in below(tmp_path) if path.is_file())
    assert secret.payload not in left
    assert secret.vector.tobytes() not in left


WRITES_FOR_EVER = """
import asyncio, hashlib, sys, numpy as np
from pathlib import Path
from coderev.recall.similar import Identity, Item
from coderev.recall.similar.embedded import open_embedded

async def main():
    index = open_embedded(Path(sys.argv[1]), b"t", Identity("test-1", 160))
    for at in range(100_000):
        vector = np.random.default_rng(at).standard_normal((20, 160))
        vector = (vector / np.linalg.norm(vector, axis=1, keepdims=True)).astype(np.float32)
        ids = [hashlib.sha256(b"%d %d" % (at, number)).digest() for number in range(20)]
        await index.add([Item(id=i, scope=b"s", vector=v, payload=i * 40) for i, v in zip(ids, vector)])
        print(at, flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("batches", [1, 4, 9])
async def test_a_writer_that_is_killed_leaves_whole_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batches: int
) -> None:
    world = a_world_of_files(tmp_path, monkeypatch)
    killed_after(batches, tmp_path / "coderev" / "similar")

    async with world.open() as index:
        size = await index.size()
        found = await index.nearest(vectors(1)[0], size + 1, b"s")
        await index.add(items(vectors(2), b"s"))

        assert size % 20 == 0
        assert size >= batches * 20
        assert len(found) == size
        assert all(near.payload == near.id * 40 for near in found)
        assert await index.size() == size + 2


def test_a_server_elsewhere_must_prove_who_it_is() -> None:
    facts = {"host": "db.internal", "port": 5432}
    connections = Connections(ca_bundle="/etc/site/ca.pem")

    known = connection_facts(facts, ("10.0.0.5", "10.0.0.6"), connections)
    public = connection_facts(facts, ("10.0.0.5",), Connections())

    assert (known["sslmode"], known["sslrootcert"]) == ("verify-full", "/etc/site/ca.pem")
    assert (public["sslmode"], public["sslrootcert"]) == ("verify-full", "system")
    assert (known["host"], known["hostaddr"]) == ("db.internal,db.internal", "10.0.0.5,10.0.0.6")


def test_a_server_with_one_address_elsewhere_is_not_on_loopback() -> None:
    assert connection_facts({"host": "db"}, ("127.0.0.1", "10.0.0.5"), Connections())["sslmode"] == "verify-full"
    assert connection_facts({"host": "db"}, ("127.0.0.1", "::1"), Connections())["sslmode"] == "prefer"


@pytest.mark.parametrize(("index", "module"), [(None, "numpy"), ("postgresql://db/reviews", "psycopg")])
def test_a_missing_extra_of_an_index_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, index: str | None, module: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, module, None)
    settings = Settings(recall=RecallSettings(similar=SimilarSettings(index=index, user="u")))

    with pytest.raises(ExtraMissing):
        open_index(settings, Egress(settings), b"t", IDENTITY)
