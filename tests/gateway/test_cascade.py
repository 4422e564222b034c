import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stand_ins.registries import group, model, policy, question, registry, rule
from stand_ins.scripted_backend import ScriptedBackend, Step, endpoints, fails, said

from coderev.files import monotonic
from coderev.gateway.answer import Answer, NoAnswer
from coderev.gateway.breaker import FAILURES
from coderev.gateway.cascade import MAX_QUOTED, Cascade, Endpoint
from coderev.gateway.form import form_of
from coderev.gateway.prompt import Cause
from coderev.gateway.question import Question
from coderev.gateway.rate import WINDOW
from coderev.gateway.registry import Registry
from coderev.gateway.routing import Routing

WELL = '{"verdict": "fine"}'
CAUSES: tuple[Cause, ...] = ("timeout", "connection", "throttled", "server", "refused", "garbled")


class Opinion(msgspec.Struct, frozen=True):
    verdict: str


def cascade(made: Registry, known: dict[str, Endpoint], asked: Question | None = None) -> Cascade[Opinion]:
    asked = asked or question()
    route = Routing(made, "air-gapped", {}).explain(asked).route
    assert route is not None
    return Cascade(question=asked, route=route, form=form_of(Opinion), endpoints=known)


def two(first: Step, *more: Step, **action: Any) -> tuple[Registry, dict[str, Endpoint]]:
    """A group of two models: the first follows the script, the second answers well."""
    made = registry([model("first"), model("second")], policies=[policy(rule(**action))])
    return made, endpoints(made, first=ScriptedBackend(first, *more), second=ScriptedBackend(WELL))


def outcomes(found: Answer[Opinion] | NoAnswer) -> list[tuple[str, str]]:
    return [(attempt.model, attempt.outcome) for attempt in found.attempts]


async def test_the_first_model_that_answers_is_the_only_one_asked() -> None:
    answer = await cascade(*two(WELL)).run()

    assert answer.value == Opinion("fine")
    assert (answer.model, answer.version, answer.served_name) == ("first", "1", "served")
    assert outcomes(answer) == [("first", "answered")]


@pytest.mark.parametrize("cause", ["timeout", "connection", "throttled", "server", "garbled"])
async def test_the_next_model_is_asked_when_one_does_not_answer(cause: Cause) -> None:
    answer = await cascade(*two(fails(cause))).run()

    assert answer.model == "second"
    assert outcomes(answer) == [("first", cause), ("second", "answered")]


async def test_no_other_model_is_asked_after_a_refusal() -> None:
    with pytest.raises(NoAnswer, match="first refused: status 400") as caught:
        await cascade(*two(fails("refused", "status 400"))).run()

    assert outcomes(caught.value) == [("first", "refused")]


async def test_an_unreadable_answer_is_repaired_once_by_the_same_model() -> None:
    made, known = two("I find no fault. " + "x" * 2000, WELL)

    answer = await cascade(made, known).run()

    assert outcomes(answer) == [("first", "unreadable"), ("first", "answered")]
    backend = known["first"].backend
    assert isinstance(backend, ScriptedBackend)
    first, second = backend.prompts
    assert second.messages[:-1] == first.messages
    assert "no JSON object in it" in second.messages[-1].text
    assert second.messages[-1].text.count("x") < MAX_QUOTED + 5


async def test_a_second_unreadable_answer_ends_the_question() -> None:
    with pytest.raises(
        NoAnswer, match=r"first unreadable: it is empty; first unreadable: .*missing required field"
    ) as caught:
        await cascade(*two("", "{}", WELL)).run()

    assert outcomes(caught.value) == [("first", "unreadable")] * 2


async def test_an_answer_that_was_cut_is_repaired_and_then_failed() -> None:
    cut = said('{"verdict": "fi', finish="length")

    with pytest.raises(NoAnswer, match="cut after 100 tokens"):
        await cascade(*two(cut)).run()


async def test_a_whole_answer_that_ended_at_the_limit_is_an_answer() -> None:
    answer = await cascade(*two(said(WELL, finish="length"))).run()

    assert answer.value == Opinion("fine")


async def test_a_repair_that_times_out_falls_to_the_next_model() -> None:
    answer = await cascade(*two("prose", fails("timeout"))).run()

    assert outcomes(answer) == [("first", "unreadable"), ("first", "timeout"), ("second", "answered")]


async def test_time_outs_of_the_group_limit_each_model_and_the_budget_limits_all() -> None:
    made, known = two(fails("timeout"), budget={"max_latency_ms": 4000})
    before = monotonic()

    await cascade(made, known).run()

    for name in ("first", "second"):
        backend = known[name].backend
        assert isinstance(backend, ScriptedBackend)
        assert (backend.patience[0].first_token_seconds, backend.patience[0].gap_seconds) == (1.0, 1.0)
        assert 4.0 <= backend.patience[0].deadline - before < 4.5


async def test_no_model_is_asked_after_the_deadline() -> None:
    made = registry([model("first"), model("second")], policies=[policy(rule(budget={"max_latency_ms": 20}))])
    slow = ScriptedBackend(fails("timeout"), seconds=0.05)

    with pytest.raises(NoAnswer, match="second skipped: no time left of 20 ms"):
        await cascade(made, endpoints(made, first=slow, second=ScriptedBackend(WELL))).run()


async def test_what_a_time_out_may_have_cost_is_counted_before_the_next_model() -> None:
    priced = {"cost_per_1k_output": 0.1}
    made = registry(
        [model("first", constraints=priced), model("second", constraints=priced)],
        policies=[policy(rule(budget={"max_cost_usd": 0.015}))],
    )
    known = endpoints(made, first=ScriptedBackend(fails("timeout")), second=ScriptedBackend(WELL))

    with pytest.raises(NoAnswer, match=r"second skipped: would cost up to \$0.0100 with \$0.0100 spent of \$0.0150"):
        await cascade(made, known).run()


async def test_tokens_are_counted_as_the_server_says_and_estimated_where_it_does_not() -> None:
    made = registry([model("first", constraints={"cost_per_1k_input": 1.0, "cost_per_1k_output": 2.0})])

    told = await cascade(made, endpoints(made, first=ScriptedBackend(said(WELL, tokens=(1000, 500))))).run()
    untold = await cascade(made, endpoints(made, first=ScriptedBackend(WELL))).run()
    lying = await cascade(made, endpoints(made, first=ScriptedBackend(said(WELL, tokens=(-9, -9))))).run()

    assert (told.attempts[0].input_tokens, told.attempts[0].output_tokens) == (1000, 500)
    assert told.attempts[0].cost_usd == pytest.approx(2.0)
    assert (untold.attempts[0].input_tokens, untold.attempts[0].output_tokens) == (10, 6)
    assert lying.attempts[0].cost_usd == 0


async def test_a_model_that_keeps_failing_is_left_alone() -> None:
    made, known = two(fails("connection"))
    for _ in range(FAILURES):
        await cascade(made, known).run()

    answer = await cascade(made, known).run()

    assert outcomes(answer) == [("first", "skipped"), ("second", "answered")]
    assert answer.attempts[0].detail == "is left alone after repeated failures"


@pytest.mark.parametrize("cause", ["refused", "throttled"])
async def test_a_model_that_answers_at_all_is_not_left_alone(cause: Cause) -> None:
    made, known = two(fails(cause))
    for _ in range(FAILURES + 1):
        known["first"].breaker.failed(0.0)
        if cause == "refused":
            with pytest.raises(NoAnswer):
                await cascade(made, known).run()
            assert not known["first"].breaker.is_open
        else:
            await cascade(made, known).run()


async def test_a_question_waits_for_its_turn_under_the_rate_limit() -> None:
    made = registry([model("first", constraints={"rate_limit_rpm": 1})])
    known = endpoints(made, first=ScriptedBackend(WELL))
    known["first"].rate.reserve(monotonic() - WINDOW + 0.05, monotonic())
    before = monotonic()

    await cascade(made, known).run()

    assert monotonic() - before >= 0.04


async def test_a_question_that_has_no_turn_in_time_falls_to_the_next_model() -> None:
    limited = model("first", constraints={"rate_limit_rpm": 1})
    made = registry([limited, model("second")], policies=[policy(rule(budget={"max_latency_ms": 500}))])
    known = endpoints(made, first=ScriptedBackend(WELL), second=ScriptedBackend(WELL))
    await cascade(made, known).run()

    answer = await cascade(made, known).run()

    assert outcomes(answer) == [("first", "skipped"), ("second", "answered")]


async def test_a_server_that_names_a_time_to_wait_is_not_asked_before() -> None:
    made = registry([model("first"), model("second")], policies=[policy(rule(budget={"max_latency_ms": 500}))])
    busy = ScriptedBackend(fails("throttled", retry_after=30.0))
    known = endpoints(made, first=busy, second=ScriptedBackend(WELL))

    for _ in range(3):
        await cascade(made, known).run()

    assert len(busy.prompts) == 1


async def test_a_prompt_carries_what_decides_the_answer() -> None:
    made, known = two(WELL)

    await cascade(made, known, question(seed=7, temperature=0.4, answer_tokens=33)).run()

    backend = known["first"].backend
    assert isinstance(backend, ScriptedBackend)
    prompt = backend.prompts[0]
    assert (prompt.seed, prompt.temperature, prompt.max_tokens, prompt.schema_name) == (7, 0.4, 33, "Opinion")
    assert prompt.schema["required"] == ["verdict"]


STEPS = st.one_of(
    st.just(WELL), st.sampled_from(["", "prose", "{}", '{"verdict":']), st.sampled_from(CAUSES).map(fails)
)


@settings(max_examples=60)
@given(scripts=st.lists(st.lists(STEPS, min_size=1, max_size=3), min_size=1, max_size=3))
def test_a_cascade_answers_or_says_why_and_never_asks_on_after_an_answer(scripts: list[list[Step]]) -> None:
    made = registry(
        [model(f"m{number}") for number in range(len(scripts))],
        [group(*(f"m{number}" for number in range(len(scripts))))],
    )
    known = endpoints(made, **{f"m{number}": ScriptedBackend(*script) for number, script in enumerate(scripts)})
    going = cascade(made, known)

    try:
        found: Answer[Opinion] | NoAnswer = asyncio.run(going.run())
    except NoAnswer as none:
        found = none

    tried = outcomes(found)
    assert tried
    assert [attempted for attempted, _ in tried] == sorted(attempted for attempted, _ in tried)
    final = [outcome for _, outcome in tried[:-1]]
    assert "answered" not in final
    assert "refused" not in final
    assert all(tried.count((f"m{number}", "unreadable")) <= 2 for number in range(len(scripts)))
    assert isinstance(found, Answer) == (tried[-1][1] == "answered")


@settings(max_examples=60)
@given(
    prices=st.lists(st.floats(0, 0.2), min_size=1, max_size=4),
    limit=st.floats(0.001, 0.1),
    steps=st.lists(STEPS, min_size=8, max_size=8),
)
def test_a_cascade_never_spends_more_than_its_budget(prices: list[float], limit: float, steps: list[Step]) -> None:
    made = registry(
        [model(f"m{number}", constraints={"cost_per_1k_output": price}) for number, price in enumerate(prices)],
        policies=[policy(rule(budget={"max_cost_usd": limit}))],
    )
    asked = question()
    if Routing(made, "air-gapped", {}).explain(asked).route is None:
        return
    known = endpoints(made, **{f"m{number}": ScriptedBackend(*steps[number:]) for number in range(len(prices))})
    going = cascade(made, known, asked)

    with contextlib.suppress(NoAnswer):
        asyncio.run(going.run())

    assert sum(attempt.cost_usd for attempt in going.attempts) <= limit + 1e-9


async def test_a_model_that_has_no_free_place_in_time_is_skipped() -> None:
    _, known = two(WELL)
    full = asyncio.Semaphore(0)

    @contextlib.asynccontextmanager
    async def place() -> AsyncIterator[None]:
        async with full:
            yield

    one = policy(rule(budget={"max_latency_ms": 50}))
    made = registry([model("first")], policies=[one])
    known = {"first": replace(known["first"], place=place)}

    with pytest.raises(NoAnswer, match="no place in time") as caught:
        await cascade(made, known).run()

    assert outcomes(caught.value) == [("first", "skipped")]
