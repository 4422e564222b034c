"""A disk that is full where mirrors or scratch folders lie: the review waits for room, and is lost to nobody."""

import random
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from stand_ins.paper_gitlab import PaperGitLab
from stand_ins.postgres import NoPostgres, Postgres
from stand_ins.service import databases
from stand_ins.whole_service import WholeService, ours, verdict, whole_service

from coderev.store import Job

LISTING = (
    'def listing(name):\n    import subprocess\n\n    return subprocess.run("ls " + name, shell=True, check=True)\n'
)


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    try:
        with databases() as running:
            yield running
    except NoPostgres as reason:
        pytest.skip(str(reason))


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[PaperGitLab]:
    with PaperGitLab(tmp_path / "forge") as forge:
        large = random.Random(7).randbytes(3 << 20)  # packed it is as large
        forge.project("team/clinic", {"app.py": "X = 1\n", "scan.bin": large})
        forge.member("team/clinic", "ada", "write")
        yield forge


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if not mounted(disk, "size=1m,mode=0700"):
        pytest.skip("no file system can be mounted here")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def mounted(disk: Path, options: str) -> bool:
    argv = ["mount", "-t", "tmpfs", "-o", options, "none", str(disk)]
    return subprocess.run(argv, check=False, capture_output=True).returncode == 0


async def failing(service: WholeService) -> list[Job]:
    return [job for job in await service.jobs() if job.failure]


@pytest.mark.parametrize("where", ["mirrors", "scratch"])
async def test_a_review_waits_for_room_and_says_that_it_does(
    server: Postgres,
    forge: PaperGitLab,
    tmp_path: Path,
    small_disk: Path,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
) -> None:
    if where == "mirrors":
        monkeypatch.setenv("XDG_CACHE_HOME", str(small_disk))
    else:
        (small_disk / "filler").write_bytes(bytes(1 << 20))
        monkeypatch.setattr(tempfile, "tempdir", str(small_disk))
    async with whole_service(server, tmp_path, forge) as service:
        asked = forge.open_merge_request("team/clinic", "topic", {"list.py": LISTING}, author="ada")
        (job,) = await service.until(lambda: failing(service))
        ((review,), status) = await service.reviews(), forge.status(asked.head)
        assert mounted(small_disk, "remount,size=64m")
        (small_disk / "filler").unlink(missing_ok=True)
        await service.until(lambda: verdict(forge, asked) == "failed")
        await service.idle()
        (after,) = await service.reviews()

    assert job.state in {"todo", "doing"}
    assert "No space left" in job.failure
    assert (review.state, "No space left" in review.failure) in {("failed", True), ("running", False)}
    assert status is not None
    assert status.state in {"canceled", "running"}
    assert after.state == "done"
    assert len(ours(asked, inline=True)) == 1
