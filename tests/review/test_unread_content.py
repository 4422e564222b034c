"""Content that cannot be read is named: no file is called reviewed that no analyser saw."""

from stand_ins.changes import PaperRepository

from coderev.review import Order, review
from coderev.settings import Settings


async def test_a_file_whose_content_is_not_there_has_failed_and_the_review_is_incomplete() -> None:
    change = PaperRepository().everything({"lost.py": b"eval(x)\n"})

    result = await review(change, None, Settings(), Order())

    (file,) = result.coverage.files
    assert (file.path, file.status) == ("lost.py", "failed")
    assert file.reason == "is not in the repository, or over a cap"
    assert result.verdict == "incomplete"


async def test_a_base_that_is_not_there_is_told_since_all_of_the_file_counts_as_new() -> None:
    change = PaperRepository().change({"lost.py": b"x = 1\n"}, {"lost.py": b"eval(x)\n"})

    result = await review(change, None, Settings(), Order())

    assert "lost.py: base is not in the repository, or over a cap" in result.coverage.notes
