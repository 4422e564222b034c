"""The gateway from a site's files to the wire and back."""

import asyncio
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from stand_ins.model_server import ModelServer, answer, half_json, never, prose, status
from stand_ins.registries import GUIDE, group, model, policy, question, rule

from coderev.gateway import open_gateway
from coderev.gateway.answer import NoAnswer
from coderev.gateway.opening import NoKey, own_places
from coderev.settings import BadConfiguration, Configuration, Mode, Settings, Site

WELL = answer('{"verdict": "fine"}')


class Opinion(msgspec.Struct, frozen=True):
    verdict: str


def site(folder: Path, *models: dict[str, Any], mode: Mode = "private", **settings: Any) -> Configuration:
    """A site with these models in one group; JSON is YAML too."""
    names = [one["id"] for one in models]
    plain = {"models": models, "model_groups": [group(*names, timeout_ms=300)], "routing_policies": [policy(rule())]}
    (folder / "model_registry.yaml").write_text(json.dumps(plain))
    return Configuration(settings=Settings(mode=mode, **settings), folders=(folder,))


def at(server: ModelServer, name: str = "small", **changes: Any) -> dict[str, Any]:
    return model(name, endpoint=server.endpoint, **changes)


async def test_without_a_registry_there_is_no_gateway(tmp_path: Path) -> None:
    async with open_gateway(Configuration(settings=Settings(), folders=(tmp_path,))) as gateway:
        assert gateway is None


async def test_the_guides_files_route_to_its_group_in_air_gapped_mode() -> None:
    configuration = Configuration(settings=Settings(mode="air-gapped"), folders=(GUIDE,))

    async with open_gateway(configuration) as gateway:
        assert gateway is not None
        route = gateway.route(question())

    assert (route.policy, route.group) == ("offline-routing", "offline-primary")


async def test_a_question_is_asked_over_http_and_nothing_goes_outside(tmp_path: Path) -> None:
    with ModelServer(WELL) as server:
        async with open_gateway(site(tmp_path, at(server))) as gateway:
            assert gateway is not None
            found = await gateway.ask(question(), Opinion)

    assert found.value == Opinion("fine")
    assert gateway.outside_bytes == 0
    assert server.questions[0].json["response_format"]["json_schema"]["schema"]["required"] == ["verdict"]


@pytest.mark.parametrize("failing", [status(500), status(429, "{}", "Retry-After: 9"), never()])
async def test_the_next_model_answers_for_one_that_does_not(tmp_path: Path, failing: Any) -> None:
    with ModelServer(failing) as first, ModelServer(WELL) as second:
        async with open_gateway(site(tmp_path, at(first, "first"), at(second, "second"))) as gateway:
            assert gateway is not None
            found = await gateway.ask(question(), Opinion)

    assert found.model == "second"


async def test_a_model_that_is_down_is_passed_over(tmp_path: Path) -> None:
    with ModelServer(WELL) as gone:
        pass
    with ModelServer(WELL) as second:
        async with open_gateway(site(tmp_path, at(gone, "gone"), at(second, "second"))) as gateway:
            assert gateway is not None
            found = await gateway.ask(question(), Opinion)

    assert [attempt.outcome for attempt in found.attempts] == ["connection", "answered"]


async def test_a_refusal_is_not_passed_on(tmp_path: Path) -> None:
    with ModelServer(status(403)) as first, ModelServer(WELL) as second:
        async with open_gateway(site(tmp_path, at(first, "first"), at(second, "second"))) as gateway:
            assert gateway is not None
            with pytest.raises(NoAnswer, match="status 403"):
                await gateway.ask(question(), Opinion)

    assert second.questions == []


async def test_prose_and_half_an_answer_are_repaired(tmp_path: Path) -> None:
    with ModelServer([prose(), WELL, half_json(), WELL]) as server:
        async with open_gateway(site(tmp_path, at(server)), recall="off") as gateway:
            assert gateway is not None
            found = [await gateway.ask(question(), Opinion) for _ in range(2)]

    assert [answered.value for answered in found] == [Opinion("fine")] * 2
    assert len(server.questions) == 4


async def test_recorded_answers_are_replayed_without_a_model(tmp_path: Path) -> None:
    folder = tmp_path / "answers"
    with ModelServer([status(500), prose(), WELL]) as server:
        configuration = site(tmp_path, at(server, "first"), at(server, "second"))
        async with open_gateway(configuration, record=folder) as gateway:
            assert gateway is not None
            said = await gateway.ask(question(), Opinion)

    async with open_gateway(configuration, replay=folder) as gateway:
        assert gateway is not None
        again = await gateway.ask(question(), Opinion)

    assert (said.model, said.value) == (again.model, again.value) == ("second", Opinion("fine"))
    assert [attempt.outcome for attempt in again.attempts] == ["skipped", "unreadable", "answered"]


async def test_what_was_not_recorded_has_no_answer(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    async with open_gateway(site(tmp_path, model()), replay=tmp_path / "empty") as gateway:
        assert gateway is not None
        with pytest.raises(NoAnswer, match=r"small skipped: .* holds no answer of small"):
            await gateway.ask(question(), Opinion)


@pytest.mark.parametrize("mode", ["private", "air-gapped"])
async def test_a_local_model_outside_the_site_is_refused_when_the_file_is_read(tmp_path: Path, mode: Mode) -> None:
    configuration = site(tmp_path, model(endpoint="https://models.example/v1"), mode=mode)

    with pytest.raises(BadConfiguration, match="outside the site") as caught:
        async with open_gateway(configuration):
            pass

    assert caught.value.facts["path"] == "$.models[0].endpoint"


async def test_an_outside_provider_is_listed_offline_and_never_asked(tmp_path: Path) -> None:
    outside = model(provider="openai", endpoint="https://models.example/v1", api_key_env="CODEREV_TEST_UNSET")

    async with open_gateway(site(tmp_path, outside)) as gateway:
        assert gateway is not None
        with pytest.raises(NoAnswer, match=r"is external \(provider openai\), and the mode is private"):
            await gateway.ask(question(), Opinion)


async def test_a_local_model_outside_the_site_is_external_online(tmp_path: Path) -> None:
    configuration = site(tmp_path, model(endpoint="https://models.example/v1"), mode="hybrid")

    async with open_gateway(configuration) as gateway:
        assert gateway is not None
        explanation = gateway.explain(question(sensitive=True))

    assert "small is external (its endpoint is outside the site)" in explanation.reason


async def test_outside_the_site_only_https_is_accepted(tmp_path: Path) -> None:
    configuration = site(tmp_path, model(provider="openai", endpoint="http://models.example/v1"), mode="cloud")

    with pytest.raises(BadConfiguration, match="only https"):
        async with open_gateway(configuration):
            pass


async def test_a_name_inside_that_leads_outside_is_not_connected_to(tmp_path: Path) -> None:
    configuration = site(
        tmp_path, model(endpoint="http://127.0.0.1.nip.invalid:9/v1"), site=Site(domains=("nip.invalid",))
    )

    async with open_gateway(configuration) as gateway:
        assert gateway is not None
        with pytest.raises(NoAnswer, match="small"):
            await gateway.ask(question(), Opinion)


async def test_a_key_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEREV_TEST_KEY", " k-123\n")
    with ModelServer(WELL) as server:
        async with open_gateway(site(tmp_path, at(server, api_key_env="CODEREV_TEST_KEY"))) as gateway:
            assert gateway is not None
            await gateway.ask(question(), Opinion)

    assert "Bearer k-123" in server.questions[0].headers.values()


async def test_a_key_comes_from_a_file_beside_the_registry(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k-456\n")
    with ModelServer(WELL) as server:
        async with open_gateway(site(tmp_path, at(server, api_key_file="key"))) as gateway:
            assert gateway is not None
            await gateway.ask(question(), Opinion)

    assert "Bearer k-456" in server.questions[0].headers.values()


@pytest.mark.parametrize(
    ("named", "content", "reason"),
    [
        ({"api_key_env": "CODEREV_TEST_UNSET"}, "", "CODEREV_TEST_UNSET is empty or not set"),
        ({"api_key_file": "gone"}, "", "gone cannot be read: No such file"),
        ({"api_key_file": "key"}, "\n", "key is empty or not set"),
        ({"api_key_file": "key"}, "first\nsecond", "key holds more than one line"),
        ({"api_key_file": "key"}, "é", "key holds more than one line"),
    ],
)
async def test_a_key_that_is_not_there_is_named(
    tmp_path: Path, named: dict[str, str], content: str, reason: str
) -> None:
    (tmp_path / "key").write_text(content)

    with pytest.raises(NoKey, match=reason) as caught:
        async with open_gateway(site(tmp_path, model(**named))):
            pass

    assert "first" not in str(caught.value)


async def test_a_gguf_file_that_is_not_there_has_no_answer_and_says_so(tmp_path: Path) -> None:
    embedded = model(provider="embedded", path="none.gguf")
    del embedded["endpoint"]

    async with open_gateway(site(tmp_path, embedded)) as gateway:
        assert gateway is not None
        with pytest.raises(NoAnswer, match=r"none\.gguf"):
            await gateway.ask(question(), Opinion)


async def test_a_limit_of_requests_at_a_time_holds_for_each_model_alone() -> None:
    places = own_places()
    inside: dict[str, int] = {"small": 0, "large": 0}
    most = dict(inside)

    async def hold(name: str) -> None:
        async with places(name, 2):
            inside[name] += 1
            most[name] = max(most[name], inside[name])
            await asyncio.sleep(0.01)
            inside[name] -= 1

    await asyncio.gather(*(hold(name) for name in ("small", "large") for _ in range(5)))

    assert most == {"small": 2, "large": 2}


async def test_a_model_of_limited_concurrency_answers_everybody_in_turn(tmp_path: Path) -> None:
    with ModelServer(WELL) as server:
        limited = site(tmp_path, at(server, constraints={"concurrency": 1}))
        async with open_gateway(limited) as gateway:
            assert gateway is not None
            asked = [gateway.ask(question(seed=seed), Opinion) for seed in range(4)]
            answers = await asyncio.gather(*asked)

    assert [answer.value.verdict for answer in answers] == ["fine"] * 4
