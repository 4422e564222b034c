"""Whoever writes the gateway's files by mistake or on purpose: one error that names file, line and path."""

from pathlib import Path

import pytest
from stand_ins.registries import GUIDE

from coderev.gateway.registry import read_registry
from coderev.settings import BadConfiguration, Configuration, Settings

REGISTRY = (GUIDE / "model_registry.yaml").read_text()
POLICIES = (GUIDE / "routing_policies.yaml").read_text()

POLICY = "$.routing_policies[0]"
RULE = f"{POLICY}.rules[0]"


def refused(folder: Path, registry: str = REGISTRY, policies: str = POLICIES) -> BadConfiguration:
    (folder / "model_registry.yaml").write_text(registry)
    (folder / "routing_policies.yaml").write_text(policies)
    with pytest.raises(BadConfiguration) as caught:
        read_registry(Configuration(settings=Settings(), folders=(folder,)))
    return caught.value


@pytest.mark.parametrize(
    ("old", "new", "line", "path", "reason"),
    [
        ("    provider: local", "\tprovider: local", 3, "$", "tab character"),
        ("    slo:", "    api_key: secret\n    slo:", 15, "$.models[0].api_key", "unknown field"),
        ("    offline_only: true", "    offline_only: true\n    version: '2'", 21, "$.models[0].version", "twice"),
        ("  - id: deepseek-coder-33b-local", "  - id: codellama-34b-local", 22, "$.models[1].id", "stands above"),
        (
            "      - deepseek-coder-33b-local",
            "      - absent",
            43,
            "$.model_groups[0].models[1]",
            "no model `absent`",
        ),
        ("[5000, 5000]", "[5000]", 44, "$.model_groups[0].timeout_cascade_ms", "1 time-outs for 2 models"),
        ("[5000, 5000]", "[5000, 0]", 44, "$.model_groups[0].timeout_cascade_ms[1]", ">= 1"),
        ("status: active", "status: awake", 18, "$.models[0].status", "awake"),
        ("allowed_versions: [v1, v2, v3]", "allowed_versions: [v9]", 19, "$.models[0].allowed_versions[0]", "v9"),
        ("      - security-audit", "      - bribery", 8, "$.models[0].capabilities[1]", "bribery"),
        ("cost_per_1k_input: 0.0001", "cost_per_1k_input: -1", 12, "$.models[0].constraints.cost_per_1k_input", ">= 0"),
        ("cost_per_1k_input: 0.0001", "cost_per_1k_input: .nan", 12, "$.models[0].constraints.cost_per_1k_input", ">="),
        ("rate_limit_rpm: 1000", "rate_limit_rpm: 0", 14, "$.models[0].constraints.rate_limit_rpm", ">= 1"),
        ("max_tokens: 16384", "max_tokens: many", 11, "$.models[0].constraints.max_tokens", "Expected `int`"),
        ('"http://codellama-server:8000/v1"', "file:///etc/passwd", 5, "$.models[0].endpoint", "is a URL"),
        ('"http://codellama-server:8000/v1"', "http://h:99999999/v1", 5, "$.models[0].endpoint", "Port"),
        ('"http://codellama-server:8000/v1"', "http://u:p@h/v1", 5, "$.models[0].endpoint", "no password"),
        ('"http://codellama-server:8000/v1"', "http://h/v1?key=k", 5, "$.models[0].endpoint", "no password"),
        ('"http://codellama-server:8000/v1"', "''", 5, "$.models[0].endpoint", "has an endpoint"),
        ("provider: local", "provider: embedded", 2, "$.models[0].path", "path of a GGUF file"),
        ("provider: local", "provider: Local Inc", 3, "$.models[0].provider", "regex"),
        ("    slo:", "    api_key_env: A\n    api_key_file: B\n    slo:", 16, "$.models[0].api_key_file", "either"),
    ],
)
def test_a_wrong_registry_is_refused_with_its_place(
    tmp_path: Path, old: str, new: str, line: int, path: str, reason: str
) -> None:
    assert old in REGISTRY

    error = refused(tmp_path, registry=REGISTRY.replace(old, new, 1))

    assert error.facts["file"] == str(tmp_path / "model_registry.yaml")
    assert (error.facts["line"], error.facts["path"]) == (line, path)
    assert reason in str(error)


@pytest.mark.parametrize(
    ("old", "new", "line", "path", "reason"),
    [
        (
            "model_group: offline-primary",
            "model_group: other",
            15,
            f"{RULE}.actions[0].model_group",
            "no group `other`",
        ),
        ("type: always", "type: sometimes", 13, f"{RULE}.condition.type", "sometimes"),
        ("type: always", "type: task\n          value: nap", 14, f"{RULE}.condition.value", "nap"),
        ("type: always", "type: language", 12, f"{RULE}.condition", "missing required field"),
        ("environment: offline", "environment: moon", 8, f"{POLICY}.conditions.environment", "moon"),
        ("priority: 1000", "priority: true", 4, f"{POLICY}.priority", "Expected `int`"),
        ("max_latency_ms: 10000", "max_latency_ms: -5", 18, f"{RULE}.actions[0].budget.max_latency_ms", ">= 1"),
        ("max_cost_usd: 0.01", "max_cost_usd: .inf", 17, f"{RULE}.actions[0].budget.max_cost_usd", "<="),
        ("enabled: true", "switched: true", 20, f"{RULE}.actions[0].cache.switched", "unknown field"),
    ],
)
def test_wrong_policies_are_refused_with_their_place(
    tmp_path: Path, old: str, new: str, line: int, path: str, reason: str
) -> None:
    assert old in POLICIES

    error = refused(tmp_path, policies=POLICIES.replace(old, new, 1))

    assert error.facts["file"] == str(tmp_path / "routing_policies.yaml")
    assert (error.facts["line"], error.facts["path"]) == (line, path)
    assert reason in str(error)


def test_two_policies_of_one_id_are_refused(tmp_path: Path) -> None:
    second = POLICIES.partition("routing_policies:\n")[2]

    error = refused(tmp_path, policies=POLICIES + second)

    assert error.facts["path"] == "$.routing_policies[1].id"


def test_two_groups_of_one_name_are_refused(tmp_path: Path) -> None:
    again = "  - {name: offline-primary, models: [codellama-34b-local], timeout_cascade_ms: [1]}\n"

    error = refused(tmp_path, registry=REGISTRY + again)

    assert error.facts["path"] == "$.model_groups[1].name"


def test_an_empty_registry_file_is_refused(tmp_path: Path) -> None:
    assert "missing required field `models`" in str(refused(tmp_path, registry=""))
