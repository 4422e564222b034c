import json
from pathlib import Path
from typing import Any

import pytest
from stand_ins.model_server import ModelServer, answer
from stand_ins.registries import group, model, policy, registry, rule
from stand_ins.scripted_backend import ScriptedBackend, said

from coderev.gateway import Checkup, check_models
from coderev.gateway.check import judged
from coderev.gateway.prompt import Message
from coderev.gateway.routing import Routing
from coderev.gateway.speed import PROBES, Speed, measure, probe, short_routes
from coderev.settings import Configuration, Settings


def site(folder: Path, *models: dict[str, Any]) -> Configuration:
    plain = {
        "models": models,
        "model_groups": [group(*(one["id"] for one in models), timeout_ms=500)],
        "routing_policies": [policy(rule(budget={"max_latency_ms": 700}))],
    }
    (folder / "model_registry.yaml").write_text(json.dumps(plain))
    return Configuration(settings=Settings(), folders=(folder,))


async def checked(configuration: Configuration, depth: Any = "check") -> Checkup:
    found = await check_models(configuration, depth)
    assert found is not None
    return found


def one(**changes: Any) -> Any:
    return registry([model(**changes)]).models[0]


async def test_without_a_registry_there_is_nothing_to_check(tmp_path: Path) -> None:
    assert await check_models(Configuration(settings=Settings(), folders=(tmp_path,))) is None


async def test_listing_connects_to_nothing(tmp_path: Path) -> None:
    with ModelServer(answer("{}")) as server:
        found = await checked(site(tmp_path, model(endpoint=server.endpoint), model("off", status="disabled")), "list")

    assert [(check.model.id, check.status, check.detail) for check in found.models] == [
        ("small", "open", ""),
        ("off", "closed", "is disabled"),
    ]
    assert found.is_well
    assert server.requests == []


async def test_a_check_asks_each_endpoint_what_it_serves_and_no_question(tmp_path: Path) -> None:
    with ModelServer(answer("{}"), models=["other", "small"]) as server:
        found = await checked(site(tmp_path, model(endpoint=server.endpoint)))

    assert (found.models[0].status, found.models[0].served_name) == ("answers", "small")
    assert found.is_well
    assert server.questions == []


async def test_a_model_that_is_down_fails_the_check(tmp_path: Path) -> None:
    with ModelServer(answer("{}")) as gone:
        pass

    found = await checked(site(tmp_path, model(endpoint=gone.endpoint)))

    assert found.models[0].status == "fails"
    assert "connection" in found.models[0].detail
    assert not found.is_well


def test_the_served_name_is_looked_for_before_the_id() -> None:
    check = judged(one(served_name="/models/codellama"), ["small", "/models/codellama"])

    assert (check.status, check.served_name) == ("answers", "/models/codellama")


def test_the_only_model_of_an_endpoint_is_taken_and_reported() -> None:
    check = judged(one(), ["/models/codellama"])

    assert (check.status, check.served_name) == ("answers", "/models/codellama")
    assert check.detail == "is asked as /models/codellama, the only model of its endpoint"


@pytest.mark.parametrize(("serves", "listed"), [(["a", "b"], "a, b"), ([], "no model")])
def test_a_name_that_several_do_not_include_is_a_failure(serves: list[str], listed: str) -> None:
    check = judged(one(), serves)

    assert check.status == "fails"
    assert check.detail == f"its endpoint lists {listed}, and not small: set served_name"


async def test_a_measurement_names_each_route_that_cannot_hold_an_answer(tmp_path: Path) -> None:
    slow = answer(lambda asked: "x" * 4 * asked.json["max_tokens"], after=0.02, gap=0.001)
    with ModelServer(slow, models=["small"]) as server:
        found = await checked(site(tmp_path, model(endpoint=server.endpoint)), "measure")

    speed = found.models[0].speed
    assert speed is not None
    assert speed.first_token_ms >= 20
    assert len(server.questions) == 1 + 2 * PROBES
    assert not found.is_well
    assert "usual / to-primary: primary: small takes" in found.short_routes[0]
    assert "for 2000 tokens, max_latency_ms is 700" in found.short_routes[0]


async def test_a_rate_is_measured_from_estimated_tokens_where_a_server_does_not_count() -> None:
    backend = ScriptedBackend("x" * 256, seconds=0.01)

    speed = await measure(backend)

    assert 0 < speed.tokens_per_second <= 64 / 0.01
    assert [prompt.max_tokens for prompt in backend.prompts] == [1] + [1, 64] * PROBES


async def test_an_answer_without_tokens_has_no_rate_to_divide_by() -> None:
    speed = await measure(ScriptedBackend(said("", tokens=(1, 0))))

    assert speed.answer_ms(100) == float("inf")


def test_probes_share_no_prefix() -> None:
    first, second = (probe(number, max_tokens=1).messages[0] for number in (0, 1))

    assert isinstance(first, Message)
    assert first.text[:12] != second.text[:12]
    assert len(first.text) / 4 == pytest.approx(1000, rel=0.2)


def test_a_route_as_in_the_guide_does_not_hold_600_tokens_at_40_a_second() -> None:
    made = registry([model()], [group("small", timeout_ms=5000)], [policy(rule(budget={"max_latency_ms": 10_000}))])
    speeds = {"small": Speed(first_token_ms=800, tokens_per_second=40)}

    short = list(short_routes(Routing(made, "private", {}), speeds, 600))

    assert short == ["usual / to-primary: primary: small takes 15800 ms for 600 tokens, max_latency_ms is 10000"]


def test_a_first_token_that_comes_after_its_time_out_is_named() -> None:
    made = registry([model()], [group("small", timeout_ms=500)])
    speeds = {"small": Speed(first_token_ms=800, tokens_per_second=4000)}

    short = list(short_routes(Routing(made, "private", {}), speeds, 600))

    assert short == ["usual / to-primary: primary: small takes 800 ms to its first token, its time-out is 500 ms"]


def test_a_policy_that_does_not_hold_here_is_not_judged() -> None:
    online = policy(rule(budget={"max_latency_ms": 1}), conditions={"environment": "online"})
    speeds = {"small": Speed(first_token_ms=800, tokens_per_second=40)}

    assert not list(short_routes(Routing(registry([model()], policies=[online]), "private", {}), speeds, 600))
