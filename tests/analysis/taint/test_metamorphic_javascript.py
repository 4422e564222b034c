"""JavaScript mutants: what is found of each is what running it shows, alone and composed up to four deep."""

import re
import shutil
import sys
from functools import cache
from pathlib import Path

import pytest
from analysis.taint.metamorphic import JAVASCRIPT, READS_NAMES, STYLES, Mutant, Seed, compositions, program, renamed
from analysis.taint.programs import flows

sys.path.append(str(Path(__file__).parents[3]))  # `benchmarks` is a folder of scripts, and not installed
from benchmarks.taint.truth_javascript import Outcome, judge_all

MUTANTS = 120
pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="node, which runs the mutants, is not on PATH")


def is_found(mutant: Mutant) -> bool:
    return mutant.seed.rule in {flow.rule.id for flow in flows(program(mutant, JAVASCRIPT))}


@cache
def single() -> dict[str, tuple[Mutant, Outcome]]:
    """Each mutation of each seed, and each style of its text, with what running it shows."""
    alone = [Mutant(seed=seed, mutations=(one,)) for seed in JAVASCRIPT.seeds for one in JAVASCRIPT.mutations]
    styled = [Mutant(seed=seed, mutations=(), style=style) for seed in JAVASCRIPT.seeds for style in STYLES]
    return judged([*alone, *styled])


def judged(mutants: list[Mutant]) -> dict[str, tuple[Mutant, Outcome]]:
    outcomes = judge_all([(program(mutant, JAVASCRIPT), mutant.seed.cwe) for mutant in mutants])
    return {mutant.name: (mutant, outcome) for mutant, outcome in zip(mutants, outcomes, strict=True)}


@cache
def composed() -> dict[str, tuple[Mutant, Outcome]]:
    """Compositions, always the same ones, with what running them shows."""
    return judged(compositions(JAVASCRIPT, MUTANTS))


@pytest.mark.parametrize("seed", JAVASCRIPT.seeds, ids=lambda seed: seed.name)
def test_a_mutation_does_what_it_says_when_it_is_run(seed: Seed) -> None:
    cases = {name: case for name, case in single().items() if case[0].seed is seed}

    assert [name for name, (_, outcome) in cases.items() if outcome.faults] == []
    assert [name for name, (mutant, outcome) in cases.items() if outcome.vulnerable != mutant.is_vulnerable] == []


@pytest.mark.parametrize("seed", JAVASCRIPT.seeds, ids=lambda seed: seed.name)
def test_a_mutant_is_found_if_it_is_vulnerable(seed: Seed) -> None:
    cases = {name: mutant for name, (mutant, _) in single().items() if mutant.seed is seed}

    assert [name for name, mutant in cases.items() if is_found(mutant) != mutant.is_vulnerable] == []


def test_a_composition_does_what_it_says_when_it_is_run() -> None:
    wrong = {
        name: outcome for name, (mutant, outcome) in composed().items() if outcome.vulnerable != mutant.is_vulnerable
    }

    assert wrong == {}
    assert len(composed()) > MUTANTS * 0.9


def test_a_composition_is_found_if_it_is_vulnerable() -> None:
    wrong = [name for name, (mutant, _) in composed().items() if is_found(mutant) != mutant.is_vulnerable]

    assert wrong == []


def told(files: dict[str, str]) -> list[tuple[str, str, str]]:
    """Rule, confidence and sink of each finding, the sink without its spaces."""
    return sorted(
        (flow.rule.id, flow.confidence, bare(files[flow.path].encode()[flow.start : flow.end].decode()))
        for flow in flows(files)
        if flow.rule.cwe not in READS_NAMES
    )


@pytest.mark.parametrize("seed", JAVASCRIPT.seeds, ids=lambda seed: seed.name)
def test_names_layout_and_comments_change_nothing(seed: Seed) -> None:
    chosen = [mutant for mutant in compositions(JAVASCRIPT, MUTANTS) if mutant.seed is seed]
    programs = [program(mutant, JAVASCRIPT) for mutant in chosen]
    names = [{path: renamed(text) for path, text in files.items()} for files in programs]
    layout = [{path: laid_out(text) for path, text in files.items()} for files in programs]
    comments = [{path: commented(text) for path, text in files.items()} for files in programs]

    expected = [told(files) for files in programs]

    assert [told(files) for files in layout] == expected
    assert [told(files) for files in comments] == expected
    assert [told(files) for files in names] == [
        [(rule, sure, renamed(sink)) for rule, sure, sink in one] for one in expected
    ]


def commented(text: str) -> str:
    return "".join(f"/* exec(q) */ {line}  // exec(q)\n\n" for line in text.splitlines())


def laid_out(text: str) -> str:
    return re.sub(r"([{};])(?= |$)", "\\n\\t\\1\\n\\n", text, flags=re.MULTILINE)


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)
