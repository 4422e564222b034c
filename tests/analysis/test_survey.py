from stand_ins.changes import PaperRepository

from coderev.analysis.examine import Chunk
from coderev.analysis.intake import BYTES_AT_ONCE, FILES_AT_ONCE, Pair, pairs
from coderev.analysis.survey import DIED, gathered
from coderev.diff import Change, FileChange, Side, Unread


def test_the_files_of_a_chunk_whose_process_died_have_failed() -> None:
    change = PaperRepository().everything({"a.py": b"a", "b.py": b"b"})
    chunk = Chunk(pairs=(Pair(number=0), Pair(number=1)), analysers=(), seconds=1)

    surveyed = gathered(change, [(chunk, None)])

    assert [(each.path, each.status, each.reason) for each in surveyed.failed] == [
        ("a.py", "failed", DIED),
        ("b.py", "failed", DIED),
    ]


def test_chunks_hold_few_files_and_few_bytes() -> None:
    repository = PaperRepository()
    big = b"x" * (BYTES_AT_ONCE // 2 - 10)
    files = {f"{number:04}": b"%d" % number for number in range(FILES_AT_ONCE)}
    files |= {f"9{number}": big + b"%d" % number for number in range(5)}

    chunks = list(pairs(repository.everything(files), repository.read))

    assert [len(chunk) for chunk in chunks] == [FILES_AT_ONCE, 2, 2, 1]
    assert all(sum(pair.size for pair in chunk) <= BYTES_AT_ONCE for chunk in chunks)
    assert max(repository.reads) <= FILES_AT_ONCE


def test_a_file_over_the_bytes_of_a_chunk_is_a_chunk_of_its_own() -> None:
    repository = PaperRepository()
    change = repository.everything({"a": b"x" * (BYTES_AT_ONCE + 1), "b": b"y"})

    assert [[pair.number for pair in chunk] for chunk in pairs(change, repository.read)] == [[0], [1]]


def test_files_that_are_not_read_are_passed_over() -> None:
    unread = FileChange(
        path="a.bin",
        kind="added",
        head=Side(oid="1", mode=0o100644),
        unread=Unread(status="excluded", reason="binary"),
    )

    assert list(pairs(Change(base="b", head="h", files=(unread,)), lambda _: {})) == []
