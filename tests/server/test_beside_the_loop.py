"""A review's work on processes and folders is done beside the loop: requests are answered meanwhile."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from stand_ins.repository import PaperRepository

from coderev.server.reviewing import Models, Wanted, review_commits
from coderev.settings import load

SLOW = frozenset({"subprocess.Popen", "shutil.rmtree", "os.rmdir"})


class Watch:
    """Which slow calls were made, and by which threads, while it is on. A hook of the interpreter cannot be removed."""

    def __init__(self) -> None:
        self.on = False
        self.seen: set[tuple[str, int]] = set()
        sys.addaudithook(self._hear)

    def _hear(self, event: str, _arguments: tuple[object, ...]) -> None:
        if self.on and event in SLOW:
            self.seen.add((event, threading.get_ident()))


@pytest.fixture(scope="module")
def watch() -> Iterator[Watch]:
    watch = Watch()
    yield watch
    watch.on = False


def _committed(repository: PaperRepository, price: int) -> str:
    repository.write("app.py", f"price = {price}\n")
    return repository.commit()


async def test_a_review_starts_no_process_and_removes_no_folder_in_the_loop(watch: Watch, tmp_path: Path) -> None:
    repository = PaperRepository(tmp_path)
    base, head = (_committed(repository, number) for number in (1, 2))
    wanted = Wanted(tenant="t", base=base, head=head, is_guided=True)

    watch.on = True
    await review_commits(Models(configuration=load(None)), repository.folder, wanted)
    watch.on = False

    assert {event for event, _ in watch.seen} == SLOW
    assert threading.get_ident() not in {thread for _, thread in watch.seen}
