"""Every kind is found in its sample and not in its near miss, and the rule data is whole."""

import gc
import time
from pathlib import Path

import pytest
from stand_ins.secret_samples import assemble

from coderev.sensitive import Detector, detectors, find, reference

ROOT = Path(__file__).parents[2]
OURS = ("src", "tests", "docs", "spec", "benchmarks", "README.md", "CONTRIBUTING.md", "SECURITY.md", "pyproject.toml")
EVERY = pytest.mark.parametrize("detector", detectors(), ids=lambda detector: detector.kind)


def kinds_in(text: str) -> set[str]:
    return {found.kind for found in find(text.encode())}


@EVERY
def test_a_sample_is_found(detector: Detector) -> None:
    samples = [assemble(detector.sample, seed) for seed in range(3)]

    assert all(detector.kind in kinds_in(sample) for sample in samples)


@EVERY
def test_a_sample_is_found_amid_code(detector: Detector) -> None:
    text = f"# é\n{assemble(detector.sample)}\nreturn None\n"

    assert detector.kind in kinds_in(text)


@EVERY
def test_a_near_miss_is_left_alone(detector: Detector) -> None:
    near_misses = [assemble(detector.near_miss, seed) for seed in range(3)]

    assert not any(detector.kind in kinds_in(near_miss) for near_miss in near_misses)


@EVERY
def test_a_kind_has_a_source_a_hint_and_one_group(detector: Detector) -> None:
    assert detector.source
    assert detector.title
    assert detector.sample != detector.near_miss
    assert detector.hints
    assert detector.expression().groups == 1


def test_kinds_are_unique_and_fit_a_placeholder() -> None:
    kinds = [detector.kind for detector in detectors()]

    assert len(set(kinds)) == len(kinds)
    assert all(kind.replace("-", "").isalnum() and kind == kind.lower() for kind in kinds)


def test_at_least_120_kinds_of_token_and_key_are_known() -> None:
    secrets = [detector for detector in detectors() if detector.category == "secret"]

    assert len(secrets) >= 120


def test_no_identifier_fails_a_review_by_the_default_gate() -> None:
    severities = {detector.severity for detector in detectors() if detector.category == "identifier"}

    assert severities <= {"low", "info"}


def test_the_rules_load_within_60_milliseconds_of_cpu_time() -> None:
    detectors.cache_clear()
    gc.disable()  # what other tests left in this process is not searched for cycles meanwhile
    start = time.process_time()

    found = detectors()

    gc.enable()
    assert found
    assert time.process_time() - start < 0.06 * 3  # a machine that is busy or small is up to three times slower


def test_the_reference_page_is_the_rule_data() -> None:
    page = ROOT / "docs" / "reference" / "detectors.md"

    assert page.read_text(encoding="utf-8") == reference()


def test_no_secret_and_no_identifier_stands_in_this_repository() -> None:
    files = [path for name in OURS for path in (ROOT / name, *(ROOT / name).rglob("*")) if path.is_file()]
    samples = "CWE-798.md"  # programs that hold made-up passwords: the weakness itself
    readable = [path for path in files if "__pycache__" not in path.parts and path.name != samples]

    found = [(str(path), one.kind) for path in readable for one in find(path.read_bytes()) if one.severity != "info"]

    assert readable
    assert found == []
