import pytest
from stand_ins.analysers import Parrot
from stand_ins.changes import PaperRepository

from coderev.analysis import ANALYSERS, Choice, analyse
from coderev.analysis.analyser import Analyser, SourceFile
from coderev.analysis.examine import MAX_SIGHTINGS, look
from coderev.analysis.places import Seen, places
from coderev.analysis.rule import Rule
from coderev.analysis.sighting import Sighting
from coderev.finding import Fix
from coderev.process import ProgramMissing
from coderev.syntax import Parsed
from coderev.syntax.trees import TooHard


def source_file(source: bytes, key: str = "k") -> SourceFile:
    return SourceFile(key=key, path="a.py", language="python", source=source)


def test_an_analyser_that_raises_is_asked_about_each_file_alone() -> None:
    files = [source_file(b"word", "good"), source_file(b"word poison", "bad")]

    looked = look(Parrot(b"word", poison=b"poison"), files)

    assert list(looked.sightings) == ["good"]
    assert looked.failed == {"bad": "ValueError: a.py"}


def test_a_flood_of_sightings_is_cut_and_said() -> None:
    looked = look(Parrot(b"x"), [source_file(b"x\n" * (MAX_SIGHTINGS + 1))])

    assert [each.start_line for each in looked.sightings["k"]] == list(range(1, MAX_SIGHTINGS + 1))
    assert looked.failed == {"k": f"more than {MAX_SIGHTINGS} results: only the first are shown"}


class Slow(SourceFile):
    @property
    def parsed(self) -> Parsed | None:
        raise TooHard(language="python", reason="too deep")


def test_a_file_that_no_parser_finishes_is_judged_as_text() -> None:
    rule = Rule(id="r/1", title="t", severity="low", category="bug")
    seen = Seen(analyser="r", version="1", sighting=Sighting(rule=rule, start_line=2, end_line=2, message="m"))

    (place,) = places(Slow(key="k", path="a.py", language="python", source=b"def f():\n    eval(x)\n"), [seen])

    assert (place.evidence, place.unit) == ("    eval(x)", "")


def missing(_: int) -> Analyser:
    raise ProgramMissing(program="ruff")


def test_an_analyser_that_cannot_run_has_failed_and_the_others_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ANALYSERS, "ruff", missing)
    repository = PaperRepository()

    analysis = analyse(repository.everything({"a.py": b"x\n"}), repository.read, Choice(process_seconds=8))

    assert [(each.name, each.status, each.reason) for each in analysis.coverage][:2] == [
        ("ruff", "failed", "the program ruff was not found"),
        ("characters", "ran", None),
    ]


SECONDS = iter(range(1000, 2000))  # an analyser is made once for each


def fix_of(monkeypatch: pytest.MonkeyPatch, source: bytes, replacement: str) -> Fix | None:
    monkeypatch.setitem(ANALYSERS, "characters", lambda _: Parrot(b"word", replacement=replacement, poison=b"poison"))
    repository = PaperRepository()
    choice = Choice(process_seconds=next(SECONDS))
    analysis = analyse(repository.everything({"a.py": source}), repository.read, choice)
    return next(each.fix for each in analysis.findings if each.rule == "parrot/word")


@pytest.mark.parametrize(
    ("replacement", "safe"),
    [
        ("y = 1\n", True),
        ("", True),
        ("y = eval(x)\n", False),
        ("y = (\n", False),
        ("# word\n# word\n", False),
        ("# poison\n", False),
    ],
)
def test_a_fix_is_safe_when_it_was_tried(monkeypatch: pytest.MonkeyPatch, replacement: str, safe: bool) -> None:
    fix = fix_of(monkeypatch, b"x = 1\nword = 1\nz = 1\n", replacement)

    assert fix is not None
    assert fix.safe is safe


def test_a_fix_of_bytes_that_are_no_text_is_not_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    fix = fix_of(monkeypatch, b"x = '\xff'\nword = 1\n", "y = 1\n")

    assert fix is not None
    assert not fix.safe
