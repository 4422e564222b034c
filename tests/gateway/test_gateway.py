import asyncio
from typing import Any

import msgspec
import pytest
from stand_ins.registries import group, model, policy, question, registry, rule
from stand_ins.scripted_backend import ScriptedBackend, endpoints, fails

from coderev.egress import Egress
from coderev.files import monotonic
from coderev.gateway.answer import NoAnswer
from coderev.gateway.cascade import Endpoint
from coderev.gateway.gateway import Gateway
from coderev.gateway.opening import OpenSite
from coderev.gateway.prefixes import HEAD_START, MAX_PREFIXES, Prefixes
from coderev.gateway.prompt import Message
from coderev.gateway.redaction import _parted, redacted
from coderev.gateway.registry import Registry
from coderev.gateway.routing import Routing
from coderev.settings import Mode, Settings

WELL = '{"verdict": "fine"}'
KEY = "AKIA" + "Q3EGXMPLW7ZT2RYB"  # of the form of an AWS access key id


class Opinion(msgspec.Struct, frozen=True):
    verdict: str


def gateway(
    made: Registry, known: dict[str, Endpoint], *, mode: Mode = "private", external: str = "", limit: int = 16
) -> Gateway:
    outside = {external: "provider openai"} if external else {}
    site = OpenSite(routing=Routing(made, mode, outside), endpoints=known, egress=Egress(Settings()))
    return Gateway(site, concurrency=limit)


def small(*steps: Any, **how: Any) -> tuple[Gateway, ScriptedBackend]:
    made, backend = registry([model("small")]), ScriptedBackend(*steps, **how)
    return gateway(made, endpoints(made, small=backend)), backend


async def test_a_question_is_answered_by_the_model_that_policy_chose() -> None:
    asking, _ = small(WELL)

    answer = await asking.ask(question(), Opinion)

    assert answer.value == Opinion("fine")
    assert answer.model == "small"


async def test_a_question_without_a_route_has_no_answer_and_asks_nobody() -> None:
    made = registry([model("small", status="disabled")])
    backend = ScriptedBackend(WELL)

    with pytest.raises(NoAnswer, match="small is disabled") as caught:
        await gateway(made, endpoints(made, small=backend)).ask(question(), Opinion)

    assert caught.value.attempts == ()
    assert caught.value.exit_status == 4
    assert backend.prompts == []


async def test_a_secret_is_redacted_for_every_model_and_restored_in_the_answer() -> None:
    made, backend = registry([model("small")]), ScriptedBackend('{"verdict": "rotate «SECRET:aws-access-key-id:1»"}')
    asking = gateway(made, endpoints(made, small=backend))
    messages = (Message("system", f"Keys like {KEY}\nare bad."), Message("user", f'key = "{KEY}"'))

    answer = await asking.ask(question(messages=messages), Opinion)

    assert answer.value == Opinion(f"rotate {KEY}")
    sent = backend.prompts[0].messages
    assert [message.text.count("«SECRET:aws-access-key-id:1»") for message in sent] == [1, 1]
    assert KEY not in str(sent)


async def test_a_repair_quotes_the_redacted_answer() -> None:
    asking, backend = small("«SECRET:aws-access-key-id:1» is bad", WELL)

    await asking.ask(question(KEY), Opinion)

    assert KEY not in str(backend.prompts)


async def hybrid(text: str, **facts: Any) -> str:
    """Which model a question goes to in hybrid mode, with an external model before a local one."""
    made = registry(
        [model("cloudy", provider="openai"), model("inside")],
        [group("cloudy", name="fast"), group("inside", name="safe")],
        [policy(rule("fast"), rule("safe"))],
    )
    known = endpoints(made, cloudy=ScriptedBackend(WELL), inside=ScriptedBackend(WELL))
    asking = gateway(made, known, mode="hybrid", external="cloudy")
    return (await asking.ask(question(text, **facts), Opinion)).model


async def test_in_hybrid_mode_a_plain_question_may_go_outside() -> None:
    assert await hybrid("x = 1") == "cloudy"


async def test_in_hybrid_mode_a_sensitive_question_stays_inside() -> None:
    assert await hybrid("x = 1", sensitive=True) == "inside"


async def test_in_hybrid_mode_a_question_with_a_secret_in_it_stays_inside() -> None:
    assert await hybrid(f'key = "{KEY}"') == "inside"


class Unjudgeable(str):
    """Text that cannot be redacted."""

    __slots__ = ()

    def count(self, *_: Any) -> int:
        raise MemoryError


async def test_a_redaction_that_fails_keeps_the_question_inside() -> None:
    assert await hybrid(Unjudgeable("x = 1")) == "inside"


async def test_without_a_local_model_an_unjudged_question_has_no_answer() -> None:
    made = registry([model("cloudy", provider="openai")])
    backend = ScriptedBackend(WELL)
    asking = gateway(made, endpoints(made, cloudy=backend), mode="cloud", external="cloudy")

    with pytest.raises(NoAnswer, match="the question is sensitive"):
        await asking.ask(question(Unjudgeable("x = 1")), Opinion)

    assert backend.prompts == []


def test_a_secret_over_the_seam_of_two_messages_is_redacted_in_both() -> None:
    begin, end = "-----BEGIN RSA " + "PRIVATE KEY-----", "-----END RSA " + "PRIVATE KEY-----"
    body = "MIIEpAIBAAKCAQEA" * 4
    messages = (Message("system", f"{begin}\n{body}"), Message("user", f"{body}\n{end}\nafter"))

    ready = redacted(question(messages=messages), "private")

    assert body not in str(ready.question.messages)
    assert [message.text.count("\n") for message in ready.question.messages] == [1, 2]
    assert ready.question.messages[1].text.endswith("\nafter")


@pytest.mark.parametrize("text", ["one line", "one\ntwo\nthree\nfour"])
def test_a_redaction_that_does_not_keep_the_lines_counts_as_failed(text: str) -> None:
    with pytest.raises(ValueError, match="3 lines became"):
        list(_parted((Message("system", "a\nb"), Message("user", "c")), text))


def test_a_question_without_secrets_is_sent_as_it_is() -> None:
    asked = question()

    assert redacted(asked, "hybrid").question is asked


async def test_the_first_question_with_a_prefix_goes_alone_and_the_others_follow_together() -> None:
    asking, backend = small(WELL, seconds=0.02)
    first = asyncio.create_task(asking.ask(question("0"), Opinion))
    others = [asyncio.create_task(asking.ask(question(str(number)), Opinion)) for number in range(1, 6)]

    await asyncio.sleep(0.01)
    alone = backend.at_once
    await asyncio.gather(first, *others)

    assert alone == 1
    assert backend.most_at_once == 5


async def test_questions_with_other_prefixes_do_not_wait() -> None:
    asking, backend = small(WELL, seconds=0.02)
    asked = [question(messages=(Message("system", str(number)),)) for number in range(4)]

    await asyncio.gather(*(asking.ask(one, Opinion) for one in asked))

    assert backend.most_at_once == 4


async def test_when_the_first_question_fails_the_others_are_asked_all_the_same() -> None:
    asking, backend = small(fails("refused"), WELL, seconds=0.01)

    results = await asyncio.gather(
        *(asking.ask(question(str(number)), Opinion) for number in range(4)), return_exceptions=True
    )

    assert sum(isinstance(result, NoAnswer) for result in results) == 1
    assert len(backend.prompts) == 4


async def test_when_the_first_question_is_withdrawn_the_others_are_asked_all_the_same() -> None:
    asking, _ = small(WELL, seconds=0.05)
    first = asyncio.create_task(asking.ask(question("0"), Opinion))
    other = asyncio.create_task(asking.ask(question("1"), Opinion))
    await asyncio.sleep(0.01)

    first.cancel()

    assert (await other).value == Opinion("fine")


async def test_the_first_question_has_a_head_start_and_its_answer_is_not_waited_for() -> None:
    asking, _ = small(WELL, seconds=3 * HEAD_START)
    before = monotonic()

    await asyncio.gather(*(asking.ask(question(str(number)), Opinion) for number in range(3)))

    assert 4 * HEAD_START <= monotonic() - before < 6 * HEAD_START


async def test_prefixes_are_forgotten_one_by_one() -> None:
    prefixes = Prefixes()
    for number in range(MAX_PREFIXES + 1):
        async with prefixes.turn(number):
            pass

    assert len(prefixes._read) == MAX_PREFIXES


async def test_no_more_questions_are_under_way_than_the_limit_allows() -> None:
    made, backend = registry([model("small")]), ScriptedBackend(WELL, seconds=0.01)
    asking = gateway(made, endpoints(made, small=backend), limit=3)

    await asyncio.gather(*(asking.ask(question(str(number)), Opinion) for number in range(10)))

    assert backend.most_at_once == 3


async def test_the_counters_tell_what_was_asked_and_what_became_of_it() -> None:
    asking, _ = small("prose", WELL, fails("connection"))
    await asking.ask(question(), Opinion)
    with pytest.raises(NoAnswer):
        await asking.ask(question(), Opinion)

    counted = asking.stats()

    assert (counted["asked"], counted["answered"], counted["unreadable"], counted["connection"]) == (2, 1, 1, 1)
    assert counted["output_tokens"] > 0
    assert counted["cost_usd"] == 0


def test_an_explanation_needs_no_model_to_answer() -> None:
    asking, backend = small(WELL)

    assert "route: usual chose primary" in list(asking.explain(question()).lines())
    assert backend.prompts == []
