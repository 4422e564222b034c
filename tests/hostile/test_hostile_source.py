"""Source that would silence, outlast or mislead the analysers."""

import time

import pytest
from stand_ins.changes import PaperRepository

from coderev.analysis import Analysis, Choice, analyse


def review(files: dict[str, bytes]) -> Analysis:
    repository = PaperRepository()
    return analyse(repository.everything(files), repository.read, Choice())


def rules(analysis: Analysis) -> set[str]:
    return {each.rule for each in analysis.findings}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ruff.toml", b"exclude = ['*']\nlint.select = []\n"),
        (".ruff.toml", b"lint.ignore = ['ALL']\n"),
        ("pyproject.toml", b"[tool.ruff]\nexclude = ['*']\n"),
        (".gitignore", b"*\n"),
        (".coderev.yaml", b"ignore: ['**']\n"),
    ],
)
def test_a_configuration_of_the_repository_silences_nothing(name: str, text: bytes) -> None:
    assert "ruff/S307" in rules(
        review({name: text, "a.py": b"eval(x)\n", f"pkg/{name}": text, "pkg/b.py": b"eval(x)\n"})
    )


@pytest.mark.parametrize(
    "path",
    ["../../etc/passwd.py", "/etc/x.py", "a\nb.py", "--config=x.py", "\u202etxt.py", "a" * 4000 + ".py", "C:\\x.py"],
)
def test_a_path_is_never_opened(path: str) -> None:
    analysis = review({path: b"eval(x)\n"})

    assert [each.path for each in analysis.findings if each.rule == "ruff/S307"] == [path]


@pytest.mark.parametrize(
    "source",
    [
        b"(" * 20_000,
        b"x = " + b"-" * 20_000 + b"1\n",
        b"\x00" * 1000,
        b"eval(x);" * 8_000,
        b"assert x\n" * 8_000,
        b"\n" * 500_000,
        b"'" * 9_999,
        b"if x:\n" + b"".join(b" " * depth + b"if x:\n" for depth in range(1, 800)),
    ],
    ids=["brackets", "signs", "nulls", "one line", "many findings", "empty lines", "quotes", "nesting"],
)
def test_hostile_text_ends_in_time_and_spoils_no_other_file(source: bytes) -> None:
    start = time.process_time()

    analysis = review({"bad.py": source, "good.py": b"exec(x)\n"})

    assert "ruff/S102" in {each.rule for each in analysis.findings if each.path == "good.py"}
    assert time.process_time() - start < 20


def test_a_carriage_return_does_not_shift_lines() -> None:
    analysis = review({"a.py": b"# one\r# two\r# three\neval(x)\n"})

    (finding,) = [each for each in analysis.findings if each.rule == "ruff/S307"]
    assert (finding.start_line, finding.evidence) == (2, "eval(x)")
    assert "characters/lone-carriage-return" in rules(analysis)


def test_every_quote_is_in_the_file_at_its_line() -> None:
    source = "é = 1\r\n\x0ceval(x)\r\n# \u202e\u2028\x85\neval(\n  x)\n\nkey = 'AKIA".encode() + b"QYLPMN5HFIQR7XYA'"
    analysis = review({"a.py": source})
    lines = source.decode().split("\n")

    assert len(analysis.findings) > 3
    for finding in analysis.findings:
        assert "\n".join(lines[finding.start_line - 1 : finding.end_line]).startswith(finding.evidence)


def test_a_file_that_nests_to_exhaust_the_rules_fails_by_name_and_spoils_no_other() -> None:
    deep = b'res.send("<p>" + req.query.x + ' * 8_000 + b'""' + b")" * 8_000
    start = time.process_time()

    analysis = review({"deep.js": deep, "good.js": b"if (x === NaN) stop();\n"})

    assert "structural/js-nan-comparison" in rules(analysis)
    (structural,) = [each for each in analysis.coverage if each.name == "structural"]
    assert "deep.js" in repr(structural)
    assert time.process_time() - start < 10


@pytest.mark.parametrize("piece", ["= {{", "in (", "=%(a", "='", "a ", "%0", "update "])
def test_a_long_text_does_not_keep_the_expressions_of_the_rules_busy(piece: str) -> None:
    text = f'"select a from b {piece * 50_000}'
    source = f'import os\nx = f{text}{{y}}"\nos.system({text}" % y)\nos.system({text}" + y)\n'
    start = time.process_time()

    review({"a.py": source.encode()})

    assert time.process_time() - start < 10
