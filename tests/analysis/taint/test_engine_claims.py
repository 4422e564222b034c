"""The claims of `cases/engine`: each is a small program, and the lines that it marks are found, and no others."""

import pytest
from analysis.taint.programs import CLAIMS, Files, claims, found, marked, python

CASES = [
    pytest.param(rule, files, id=f"{path.stem}: {claim}")
    for path in sorted(CLAIMS.glob("*.md"))
    for rule, programs in [claims(path)]
    for claim, files in programs.items()
]
LONG = "def f(v):\n" + "    n = 1\n" * 500 + "    return v\n"


@pytest.mark.parametrize(("rule", "files"), CASES)
def test_a_claim_holds(rule: str, files: Files) -> None:
    lines = found(files, rule)

    assert lines == marked(files)


def test_there_are_claims_of_both_languages() -> None:
    assert len(CASES) > 350


def test_a_callee_that_is_too_long_to_walk_again_hands_on_by_its_summary() -> None:
    files = {"app.py": python("os.system(f(x))  # flow\nos.system(f('ls'))", LONG)}

    assert found(files) == marked(files)


def test_a_mutation_by_a_callee_that_is_too_long_is_in_its_summary() -> None:
    before = LONG.replace("return v", "v['a'] = v['b']")
    body = "d = {'b': x, 'c': 'ls'}\nf(d)\nos.system(d['a'])  # flow\nos.system(d['c'])"
    files = {"app.py": python(body, before)}

    assert found(files) == marked(files)
