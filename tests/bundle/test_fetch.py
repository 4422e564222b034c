"""Fetching a published bundle: proved as it arrives, gone on with after anything, and nothing wrong is ever kept."""

import asyncio
import random
import shutil
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stand_ins.bundles import FILES, NOW, BundleDepot, hospital
from stand_ins.command import run_coderev
from stand_ins.model_server import Reply, resets, status
from stand_ins.published import Published

from coderev.bundle.custody import open_custody, record, travel
from coderev.bundle.fetch import (
    ATTEMPTS,
    FetchedWrong,
    MediumUnlisted,
    NotPublished,
    Order,
    Proved,
    SpoolOccupied,
    fetch,
)
from coderev.bundle.host.disk import DiskFails
from coderev.bundle.publication import FolderPublication, NotServed, WebPublication
from coderev.egress import Egress, NotPermitted
from coderev.settings import Settings
from coderev.trust.metadata import BundleExpired, RootUnknown, ThresholdMissed
from coderev.trust.openpgp import SignatureRefused
from coderev.trust.wire import MetadataRefused

MIB = 1 << 20
BIG = random.Random(7).randbytes(33 * MIB)  # three chunks, and two parts of 16 MiB, of which one is full


@pytest.fixture(scope="session")
def depot() -> BundleDepot:
    return BundleDepot()


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory, depot: BundleDepot) -> Path:
    """A signed bundle of four parts, with custody that came to it."""
    folder = depot.make(tmp_path_factory.mktemp("published") / "bundle", FILES | {"models/small/weights.gguf": BIG})
    (folder / "CUSTODY.jsonl").write_bytes(travel(b"", record("created", "0" * 64, NOW)))
    return folder


@pytest.fixture
def server(bundle: Path) -> Iterator[Published]:
    with Published(bundle) as server:
        yield server


def order(spool: Path, depot: BundleDepot, **changes: Any) -> Order:
    given: dict[str, Any] = {"spool": spool, "root": depot.root_on_paper, "at": NOW, "first_wait": 0.0}
    return Order(**(given | changes))


def fetched(server: Published, wanted: Order, watch: list[int] | None = None) -> Proved:
    return fetched_from(server.url, wanted, watch)


def fetched_from(url: str, wanted: Order, watch: list[int] | None = None) -> Proved:
    async def whole() -> Proved:
        async with Egress(Settings()).client() as session:
            tell = (watch if watch is not None else []).append
            return await fetch(WebPublication(session, url), wanted, lambda _: None, tell)

    return asyncio.run(whole())


def copied(folder: Path, wanted: Order) -> Proved:
    return asyncio.run(fetch(FolderPublication(folder), wanted, lambda _: None, lambda _: None))


def parts_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "parts").iterdir())}


def test_what_was_fetched_is_the_bundle_and_verifies(
    bundle: Path, server: Published, tmp_path: Path, depot: BundleDepot
) -> None:
    """1.7, 6.10: a bundle is proved when no part is incomplete."""
    watch: list[int] = []

    proved = fetched(server, order(tmp_path / "spool", depot), watch)

    assert parts_of(tmp_path / "spool") == parts_of(bundle)
    assert sum(watch) == sum(len(part) for part in parts_of(bundle).values())
    assert (proved.manifest.seq, len(proved.tuf), len(proved.openpgp)) == (7, 2, 1)
    assert (tmp_path / "spool/CUSTODY.jsonl").read_bytes() == (bundle / "CUSTODY.jsonl").read_bytes()
    verification = hospital(tmp_path, depot).verify(tmp_path / "spool", spool=True)
    assert verification.faults == ()


def test_a_second_run_fetches_no_part_again(server: Published, tmp_path: Path, depot: BundleDepot) -> None:
    fetched(server, order(tmp_path / "spool", depot))
    server.ranges.clear()

    fetched(server, order(tmp_path / "spool", depot))

    assert dict(server.ranges) == {}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12, deadline=None)
@given(cuts=st.lists(st.integers(0, 17 * MIB), max_size=5), knows_ranges=st.booleans(), resets=st.booleans())
def test_a_connection_may_end_anywhere(
    bundle: Path, tmp_path_factory: pytest.TempPathFactory, depot: BundleDepot, cuts: list[int], **server_is: bool
) -> None:
    spool = tmp_path_factory.mktemp("spool")
    with Published(bundle, knows_ranges=server_is["knows_ranges"]) as server:
        server.cuts, server.resets = list(cuts), server_is["resets"]

        fetched(server, order(spool, depot))

    assert parts_of(spool) == parts_of(bundle)


def test_it_goes_on_at_the_chunk_where_it_stopped(server: Published, tmp_path: Path, depot: BundleDepot) -> None:
    spool = tmp_path / "spool"
    fetched(server, order(spool, depot))
    last = max((spool / "parts").iterdir())
    size = last.stat().st_size
    with last.open("r+b") as file:
        file.truncate(size - 1)
    server.ranges.clear()

    fetched(server, order(spool, depot))

    ((name, asked),) = server.ranges.items()
    assert name == f"parts/{last.name}"
    assert asked[0][1] == size - 1
    assert last.stat().st_size == size


def test_what_a_bare_host_starts_from_comes_too(server: Published, tmp_path: Path, depot: BundleDepot) -> None:
    """13.1, 1.6: CHECKSUMS.sha256 says what there is; what it is, the paper proves."""
    script, evil = b"#!/bin/sh\n", f"{'0' * 64}  ../escaped\n{'0' * 64}  bootstrap/../../escaped\n"
    listed = f"{sha256(script).hexdigest()}  bootstrap/install.sh\n"
    folder = tmp_path / "published"
    shutil.copytree(server.folder, folder)
    (folder / "bootstrap").mkdir()
    (folder / "bootstrap/install.sh").write_bytes(script)
    (folder / "CHECKSUMS.sha256").write_text(evil + listed)
    server.folder = folder

    fetched(server, order(tmp_path / "spool", depot))

    assert (tmp_path / "spool/bootstrap/install.sh").read_bytes() == script
    assert not (tmp_path / "escaped").exists()


@pytest.mark.parametrize("kept", [0, 5, 16 * MIB])
def test_what_was_damaged_in_the_spool_is_fetched_again(
    bundle: Path, server: Published, tmp_path: Path, depot: BundleDepot, kept: int
) -> None:
    spool = tmp_path / "spool"
    fetched(server, order(spool, depot))
    part = spool / "parts/0001.part"
    content = part.read_bytes()
    part.write_bytes(content[:kept] + b"\x00" * 100 + content[kept + 100 :] + b"and more")

    fetched(server, order(spool, depot))

    assert parts_of(spool) == parts_of(bundle)


def test_a_chunk_that_came_wrong_once_is_fetched_once_more(
    bundle: Path, server: Published, tmp_path: Path, depot: BundleDepot
) -> None:
    """4.12."""
    server.lies["parts/0001.part"] = wrong_times(1)

    fetched(server, order(tmp_path / "spool", depot))

    assert parts_of(tmp_path / "spool") == parts_of(bundle)


def wrong_times(count: int) -> Any:
    left = [True] * count

    def lie(content: bytes) -> bytes:
        if not left:
            return content
        left.pop()
        return content[:1000] + bytes([content[1000] ^ 1]) + content[1001:]

    return lie


def test_a_publisher_that_lies_twice_is_believed_nothing(server: Published, tmp_path: Path, depot: BundleDepot) -> None:
    """7.2: what was not compared is not written."""
    server.lies["parts/0001.part"] = wrong_times(2)

    with pytest.raises(FetchedWrong, match=r"part 1, bytes 0 to .*and a second fetch gave no others"):
        fetched(server, order(tmp_path / "spool", depot))

    assert (tmp_path / "spool/parts/0001.part").read_bytes() == b""
    assert (tmp_path / "spool/parts/0000.part").stat().st_size > 0


def test_a_part_longer_than_listed_is_read_to_its_listed_end(bundle: Path, tmp_path: Path, depot: BundleDepot) -> None:
    """1.4."""
    with Published(bundle, knows_ranges=False) as server:
        server.lies["parts/0003.part"] = lambda content: content + b"\x00" * (64 * MIB)

        fetched(server, order(tmp_path / "spool", depot))

    assert parts_of(tmp_path / "spool") == parts_of(bundle)


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("tuf/1.root.json", RootUnknown),
        ("tuf/timestamp.json", MetadataRefused),
        ("tuf/snapshot.json", MetadataRefused),
        ("tuf/targets.json", MetadataRefused),
        ("MANIFEST.json", FetchedWrong),
        ("KEYRING.gpg", FetchedWrong),
        ("SIGNATURE.asc", SignatureRefused),
    ],
)
def test_a_flipped_bit_in_metadata_leaves_no_spool(
    server: Published, tmp_path: Path, depot: BundleDepot, name: str, refused: type[Exception]
) -> None:
    """6.1 to 6.4: nothing is written before it was proved."""
    server.lies[name] = lambda content: content[:-90] + bytes([content[-90] ^ 1]) + content[-89:]

    with pytest.raises((refused, MetadataRefused, ThresholdMissed)):
        fetched(server, order(tmp_path / "spool", depot))

    assert not (tmp_path / "spool").exists()


@pytest.mark.parametrize("name", ["tuf/1.root.json", "tuf/targets.json", "KEYRING.gpg", "SIGNATURE.asc"])
def test_endless_metadata_is_not_read_to_its_end(
    server: Published, tmp_path: Path, depot: BundleDepot, name: str
) -> None:
    """1.4."""
    server.lies[name] = lambda content: content + b" " * (8 * MIB)

    with pytest.raises(NotServed, match="it has more than"):
        fetched(server, order(tmp_path / "spool", depot))

    assert not (tmp_path / "spool").exists()


def test_a_root_that_is_not_on_the_paper_is_refused(server: Published, tmp_path: Path, depot: BundleDepot) -> None:
    """6.1."""
    with pytest.raises(RootUnknown):
        fetched(server, order(tmp_path / "spool", depot, root="0" * 64))


def test_what_has_expired_is_not_fetched(server: Published, tmp_path: Path, depot: BundleDepot) -> None:
    """6.6."""
    with pytest.raises(BundleExpired):
        fetched(server, order(tmp_path / "spool", depot, at=NOW + timedelta(days=800)))


def test_a_spool_of_another_bundle_is_left_alone(server: Published, tmp_path: Path, depot: BundleDepot) -> None:
    other = depot.make(tmp_path / "other", seq=8)
    before = {path: path.read_bytes() for path in other.rglob("*") if path.is_file()}

    with pytest.raises(SpoolOccupied):
        fetched(server, order(other, depot))

    assert {path: path.read_bytes() for path in other.rglob("*") if path.is_file()} == before


def test_an_address_without_a_bundle_is_said_to_be_one(tmp_path: Path, depot: BundleDepot) -> None:
    with Published(tmp_path) as server, pytest.raises(NotPublished, match=r"tuf/1\.root\.json is not there"):
        fetched(server, order(tmp_path / "spool", depot))


def test_a_publisher_that_brings_nothing_is_asked_some_times(
    server: Published, tmp_path: Path, depot: BundleDepot
) -> None:
    server.cuts = [0] * (ATTEMPTS + 1)

    with pytest.raises(NotServed, match=r"it ended before the part did|payload"):
        fetched(server, order(tmp_path / "spool", depot))

    assert len(server.ranges["parts/0000.part"]) == ATTEMPTS


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (status(500, ""), "it answers with status 500"),
        (status(302, "", "Location: /elsewhere"), "it answers with status 302"),
        (status(206, "abc", "Content-Range: bytes 7-9/10"), "it answers with status 206 bytes 7-9/10"),
        (status(200, "", "Content-Encoding: gzip"), "it is sent in another encoding"),
    ],
)
def test_an_answer_that_is_not_the_part_is_not_asked_for_again(
    server: Published, tmp_path: Path, depot: BundleDepot, answer: Reply, reason: str
) -> None:
    server.answers["parts/0000.part"] = answer

    with pytest.raises(NotServed, match=reason):
        fetched(server, order(tmp_path / "spool", depot))

    assert [request.path for request in server.requests].count("/parts/0000.part") == 1
    assert (tmp_path / "spool/parts/0000.part").read_bytes() == b""


@pytest.mark.parametrize("answer", [status(500, ""), status(302, "", "Location: /elsewhere"), resets()])
def test_metadata_that_does_not_come_leaves_no_spool(
    server: Published, tmp_path: Path, depot: BundleDepot, answer: Reply
) -> None:
    server.answers["tuf/snapshot.json"] = answer

    with pytest.raises(NotServed):
        fetched(server, order(tmp_path / "spool", depot))

    assert not (tmp_path / "spool").exists()


def test_a_bundle_without_its_signature_is_none(server: Published, tmp_path: Path, depot: BundleDepot) -> None:
    """5.1: both signatures."""
    server.answers["SIGNATURE.asc"] = status(404, "")

    with pytest.raises(NotPublished, match=r"SIGNATURE\.asc is not there"):
        fetched(server, order(tmp_path / "spool", depot))


def test_roots_without_end_are_not_fetched_for_ever(tmp_path: Path, depot: BundleDepot, bundle: Path) -> None:
    """14.1: MAX_ROOTS."""
    with Published(bundle) as server:
        server.answers |= {f"tuf/{number}.root.json": status(200, "{}") for number in range(2, 400)}

        with pytest.raises(NotServed, match="it has more than 256 roots"):
            fetched(server, order(tmp_path / "spool", depot))

        assert len(server.requests) < 300


def test_a_bootstrap_that_is_not_the_listed_one_is_not_kept(
    server: Published, tmp_path: Path, depot: BundleDepot
) -> None:
    server.answers["CHECKSUMS.sha256"] = status(200, f"{'0' * 64}  bootstrap/install.sh\n")
    server.answers["bootstrap/install.sh"] = status(200, "#!/bin/sh\n")

    with pytest.raises(NotServed, match=r"it is not what CHECKSUMS\.sha256 lists"):
        fetched(server, order(tmp_path / "spool", depot))

    assert not (tmp_path / "spool/bootstrap").exists()


def test_a_list_of_bootstrap_files_that_is_too_long_is_refused(
    server: Published, tmp_path: Path, depot: BundleDepot
) -> None:
    lines = (f"{'0' * 64}  bootstrap/{number}.whl\n" for number in range(3000))
    server.answers["CHECKSUMS.sha256"] = status(200, "".join(lines))

    with pytest.raises(NotServed, match="more than 2008 files below `bootstrap/`"):
        fetched(server, order(tmp_path / "spool", depot))


def test_a_spool_that_cannot_be_written_is_an_error(server: Published, tmp_path: Path, depot: BundleDepot) -> None:
    (tmp_path / "spool").write_text("a file")

    with pytest.raises(DiskFails):
        fetched(server, order(tmp_path / "spool", depot))


def test_media_that_lie_beside_each_other_are_one_spool(tmp_path: Path, depot: BundleDepot) -> None:
    """1.1, 1.2."""
    published = depot.make(tmp_path / "published", FILES | {"big": BIG}, medium_size=17 * MIB)
    assert (published / "medium-2/parts").is_dir()
    with Published(published) as server:
        fetched(server, order(tmp_path / "spool", depot))

    media = sorted(path for path in published.iterdir() if path.is_dir())
    assert parts_of(tmp_path / "spool") == {name: part for medium in media for name, part in parts_of(medium).items()}


def test_nothing_outside_is_asked_where_nothing_may_leave(tmp_path: Path, depot: BundleDepot) -> None:
    with pytest.raises(NotPermitted):
        fetched_from("https://releases.example.org/", order(tmp_path / "spool", depot))


def test_a_bundle_is_copied_onto_its_media_from_a_folder(tmp_path: Path, depot: BundleDepot) -> None:
    """1.2, 10.3: each medium carries all that is not a part, and some parts."""
    made = depot.make(tmp_path / "made", FILES | {"big": BIG}, medium_size=17 * MIB)
    sticks = [tmp_path / f"stick-{number}" for number in (1, 2)]

    for number, stick in enumerate(sticks, start=1):
        copied(made, order(stick, depot, medium=number))

    assert [parts_of(stick) for stick in sticks] == [parts_of(made / f"medium-{number}") for number in (1, 2)]
    assert hospital(tmp_path, depot).verify(*sticks).proved


def test_a_medium_that_the_bundle_does_not_have_is_refused(bundle: Path, tmp_path: Path, depot: BundleDepot) -> None:
    with pytest.raises(MediumUnlisted, match="there is no medium 2: the bundle has 1"):
        copied(bundle, order(tmp_path / "stick", depot, medium=2))

    assert not (tmp_path / "stick").exists()


@pytest.mark.parametrize("name", ["MANIFEST.json", "parts/0000.part"])
def test_what_is_no_plain_file_is_not_copied(bundle: Path, tmp_path: Path, depot: BundleDepot, name: str) -> None:
    """1.4."""
    shutil.copytree(bundle, tmp_path / "made")
    (tmp_path / "made" / name).rename(tmp_path / "aside")
    (tmp_path / "made" / name).symlink_to(tmp_path / "aside")

    with pytest.raises(NotServed, match="it is a link"):
        copied(tmp_path / "made", order(tmp_path / "stick", depot))


def test_a_wrong_copy_of_a_part_is_not_copied_on(bundle: Path, tmp_path: Path, depot: BundleDepot) -> None:
    """7.2."""
    shutil.copytree(bundle, tmp_path / "made")
    part = tmp_path / "made/parts/0001.part"
    part.write_bytes(wrong_times(1)(part.read_bytes()))

    with pytest.raises(FetchedWrong, match="part 1"):
        copied(tmp_path / "made", order(tmp_path / "stick", depot))


def test_the_command_tells_what_came_and_records_the_copy(
    server: Published, tmp_path: Path, depot: BundleDepot
) -> None:
    """10.3: copied."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "coderev.yaml").write_text(f"bundle:\n  state: {tmp_path}/state\n")

    ran = run_coderev(
        *("bundle", "fetch", server.url, "--spool", "spool", "--root", depot.root_on_paper),
        *("--config", site, "--progress", "json"),
        cwd=site,
    )

    assert ran.status == 0, ran.stderr
    assert ran.stdout.startswith("fetched: seq 7, coderev 1.7, site *\nmanifest: SHA-256 ")
    assert "every byte proved" in ran.stdout
    (copied,) = open_custody(tmp_path / "state").read()
    assert (copied.record.step, copied.record.details["from"]) == ("copied", server.url)
    assert copied.record.travelled is not None
    assert ran.stdout.splitlines()[-1] == f"custody: copied, line {copied.digest}"
    assert '"doing":"fetch"' in ran.stderr
