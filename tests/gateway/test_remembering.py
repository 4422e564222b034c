"""The gateway asks recall before it asks a model, by the rule of the route, and no secret is remembered."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from stand_ins.registries import group, model, policy, question, registry, rule
from stand_ins.remembering import a_recall
from stand_ins.scripted_backend import ScriptedBackend, endpoints, fails, said

from coderev.egress import Egress
from coderev.gateway.answer import NoAnswer
from coderev.gateway.gateway import Gateway
from coderev.gateway.opening import OpenSite
from coderev.gateway.prompt import Message
from coderev.gateway.question import Question
from coderev.gateway.routing import Routing
from coderev.recall import Recall
from coderev.settings import Settings

WELL = '{"verdict": "fine"}'
KEY = "AKIA" + "Q3EGXMPLW7ZT2RYB"  # of the form of an AWS access key id
OTHER_KEY = "AKIA" + "Z7QWLMPXRT3YB2EG"


class Opinion(msgspec.Struct, frozen=True):
    verdict: str


@pytest.fixture
async def recall(tmp_path: Path) -> AsyncIterator[Recall]:
    async with a_recall(tmp_path) as recall:
        yield recall


def asking(recall: Recall, *names: str, cache: dict[str, Any] | None = None, **backends: Any) -> Gateway:
    """A gateway whose models are tried in this order."""
    action: dict[str, Any] = {} if cache is None else {"cache": cache}
    made = registry([model(name) for name in names], [group(*names)], [policy(rule(**action))])
    site = OpenSite(
        routing=Routing(made, "private", {}), endpoints=endpoints(made, **backends), egress=Egress(Settings())
    )
    return Gateway(site, recall, concurrency=64)


def texts_below(folder: Path) -> list[str]:
    return [file.read_bytes().decode("latin-1") for file in folder.rglob("*") if file.is_file()]


def about(text: str) -> Question:
    return question(messages=(Message("system", "Review."), Message("user", text)))


async def test_a_question_is_asked_once(recall: Recall) -> None:
    backend = ScriptedBackend(WELL)
    gateway = asking(recall, "small", small=backend)

    first = await gateway.ask(question(), Opinion)
    second = await gateway.ask(question(), Opinion)

    assert first.value == second.value == Opinion("fine")
    assert (first.model, first.version, first.served_name) == (second.model, second.version, second.served_name)
    assert len(backend.prompts) == 1
    assert second.attempts == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"task": "security-audit"},
        {"version": "2"},
        {"answer_tokens": 99},
        {"seed": 1},
        {"temperature": 0.4},
        {"messages": (Message("system", "You review code!"), Message("user", "Is this right?"))},
        {"messages": (Message("system", "You review code."), Message("user", "Is this right? "))},
    ],
)
async def test_whatever_decides_an_answer_makes_another_question(recall: Recall, changes: dict[str, Any]) -> None:
    backend = ScriptedBackend(WELL)
    gateway = asking(recall, "small", small=backend)
    await gateway.ask(question(), Opinion)

    await gateway.ask(question(**changes), Opinion)

    assert len(backend.prompts) == 2


@pytest.mark.parametrize(("cache", "asked"), [({"enabled": False}, 2), ({"enabled": True, "ttl_hours": 168}, 1)])
async def test_the_guides_cache_rule_decides(recall: Recall, cache: dict[str, Any], asked: int) -> None:
    backend = ScriptedBackend(WELL)
    gateway = asking(recall, "small", cache=cache, small=backend)

    await gateway.ask(question(), Opinion)
    await gateway.ask(question(), Opinion)

    assert len(backend.prompts) == asked


async def test_an_answer_lives_as_long_as_the_route_says(recall: Recall) -> None:
    backend = ScriptedBackend(WELL)
    gateway = asking(recall, "small", cache={"ttl_hours": 0.1 / 3600}, small=backend)
    await gateway.ask(question(), Opinion)
    await asyncio.sleep(0.15)

    await gateway.ask(question(), Opinion)

    assert len(backend.prompts) == 2


async def test_the_answer_of_the_second_model_serves_while_the_first_is_down(recall: Recall) -> None:
    first, second = ScriptedBackend(fails("timeout")), ScriptedBackend(WELL)
    gateway = asking(recall, "first", "second", first=first, second=second)
    await gateway.ask(question(), Opinion)

    answer = await gateway.ask(question(), Opinion)

    assert answer.model == "second"
    assert len(first.prompts) == len(second.prompts) == 1


async def test_what_is_remembered_holds_placeholders_and_each_question_its_own_secret(
    recall: Recall, tmp_path: Path
) -> None:
    backend = ScriptedBackend('{"verdict": "rotate «SECRET:aws-access-key-id:1»"}')
    gateway = asking(recall, "small", small=backend)

    first = await gateway.ask(about(f'key = "{KEY}"'), Opinion)
    second = await gateway.ask(about(f'key = "{OTHER_KEY}"'), Opinion)

    assert first.value == Opinion(f"rotate {KEY}")
    assert second.value == Opinion(f"rotate {OTHER_KEY}")
    assert len(backend.prompts) == 1
    assert not any(KEY in text for text in texts_below(tmp_path))


async def test_an_answer_that_was_cut_or_failed_is_not_remembered(recall: Recall) -> None:
    backend = ScriptedBackend(said(WELL, finish="length"), "no object", "no object", WELL)
    gateway = asking(recall, "small", small=backend)

    cut = await gateway.ask(question(), Opinion)
    with pytest.raises(NoAnswer):
        await gateway.ask(question(), Opinion)
    whole = await gateway.ask(question(), Opinion)

    assert cut.value == whole.value == Opinion("fine")
    assert len(backend.prompts) == 4


async def test_sixty_four_tasks_ask_a_hundred_different_questions_a_hundred_times(recall: Recall) -> None:
    backend = ScriptedBackend(WELL, seconds=0.002)
    gateway = asking(recall, "small", small=backend)

    async def ask(first: int) -> None:
        for number in range(first, 1_000, 64):
            await gateway.ask(about(f"question {number % 100}"), Opinion)

    await asyncio.gather(*(ask(task) for task in range(64)))

    assert len(backend.prompts) == 100


async def test_what_is_told_aside_is_sent_and_is_no_part_of_the_question(recall: Recall) -> None:
    backend = ScriptedBackend(WELL)
    gateway = asking(recall, "small", small=backend)

    await gateway.ask(question(aside="Earlier: nothing."), Opinion)
    await gateway.ask(question(aside="Earlier: a bug."), Opinion)
    await gateway.ask(question(), Opinion)

    assert [message.text for prompt in backend.prompts for message in prompt.messages] == [
        "You review code.",
        "Earlier: nothing.\n\nIs this right?",
    ]


async def test_what_is_told_aside_is_left_out_where_it_holds_a_secret(recall: Recall) -> None:
    backend = ScriptedBackend(WELL)
    gateway = asking(recall, "small", small=backend)

    await gateway.ask(question(aside=f"Earlier: {KEY}"), Opinion)

    assert backend.prompts[0].messages[-1].text == "Is this right?"
