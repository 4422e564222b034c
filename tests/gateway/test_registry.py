from pathlib import Path

import pytest
from stand_ins.registries import GUIDE, group, model, registry

from coderev.gateway.registry import BUILT_IN, DEFAULT_TIMEOUT_MS, Model, Registry, read_registry
from coderev.settings import BadConfiguration, CannotReadConfiguration, Configuration, Settings

ONE = """
models:
  - id: small
    provider: local
    version: "1"
    endpoint: http://small:8000/v1
    capabilities: [code-review]
"""
GROUP = """
model_groups:
  - name: primary
    models: [small]
    timeout_cascade_ms: [5000]
"""


def read(folder: Path, **files: str) -> Registry | None:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    return read_registry(Configuration(settings=Settings(), folders=(folder,)))


def test_the_guides_files_load_verbatim() -> None:
    found = read_registry(Configuration(settings=Settings(), folders=(GUIDE,)))

    assert found is not None
    assert [model.id for model in found.models] == ["codellama-34b-local", "deepseek-coder-33b-local"]
    assert found.models[0].constraints.rate_limit_rpm == 1000
    assert found.models[0].slo.availability == 99.9
    assert found.models[1].constraints.rate_limit_rpm is None
    assert found.model_groups[0].timeout_cascade_ms == (5000, 5000)
    assert found.routing_policies[0].rules[0].actions[0].cache.ttl_hours == 168


def test_the_guides_blocks_may_stand_in_one_file(tmp_path: Path) -> None:
    blocks = [(GUIDE / f"{name}.yaml").read_text() for name in ("model_registry", "routing_policies")]

    found = read(tmp_path, model_registry="\n".join(blocks))

    assert found == read_registry(Configuration(settings=Settings(), folders=(GUIDE,)))


def test_without_a_registry_no_model_is_configured(tmp_path: Path) -> None:
    assert read(tmp_path) is None


def test_without_policies_all_goes_to_the_first_group(tmp_path: Path) -> None:
    found = read(tmp_path, model_registry=ONE + GROUP)

    assert found is not None
    assert [policy.id for policy in found.routing_policies] == [BUILT_IN]
    assert found.routing_policies[0].rules[0].actions[0].model_group == "primary"


def test_without_groups_all_goes_to_the_active_local_models_in_their_order(tmp_path: Path) -> None:
    others = """
  - {id: cloudy, provider: openai, version: "1", endpoint: "https://models.example/v1", capabilities: []}
  - {id: spare, provider: local, version: "1", endpoint: "http://spare:1/v1", capabilities: [], status: disabled}
  - {id: file, provider: embedded, version: "1", path: model.gguf, capabilities: []}
"""

    found = read(tmp_path, model_registry=ONE + others.removeprefix("\n"))

    assert found is not None
    assert found.model_groups[0].models == ("small", "file")
    assert found.model_groups[0].timeout_cascade_ms == (DEFAULT_TIMEOUT_MS, DEFAULT_TIMEOUT_MS)


def test_a_policy_file_without_policies_routes_nothing(tmp_path: Path) -> None:
    found = read(tmp_path, model_registry=ONE + GROUP, routing_policies="routing_policies: []\n")

    assert found is not None
    assert found.routing_policies == ()


def test_policies_in_both_files_are_refused(tmp_path: Path) -> None:
    policies = (GUIDE / "routing_policies.yaml").read_text()
    both = (GUIDE / "model_registry.yaml").read_text() + policies

    with pytest.raises(BadConfiguration, match=r"policies stand in .*model_registry.yaml too"):
        read(tmp_path, model_registry=both, routing_policies=policies)


def test_a_registry_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "model_registry.yaml").write_text("models: []")

    class Vanishing(Configuration, frozen=True):
        def find(self, name: str) -> Path | None:
            return tmp_path / f"gone-{name}"

    with pytest.raises(CannotReadConfiguration, match="gone-model_registry"):
        read_registry(Vanishing(settings=Settings()))


def test_a_model_costs_what_its_tokens_cost() -> None:
    priced = registry([model(constraints={"cost_per_1k_input": 0.5, "cost_per_1k_output": 2.0})], [group("small")])

    assert priced.models[0].cost(2000, 500) == pytest.approx(2.0)


def test_a_model_is_of_lane_v2_unless_its_entry_says_otherwise() -> None:
    plain = Model(id="a", provider="local", version="1", capabilities=())

    assert plain.allowed_versions == ("v2",)
