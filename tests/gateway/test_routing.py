from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stand_ins.registries import GUIDE, group, model, policy, question, registry, rule

from coderev.gateway.policies import Budget
from coderev.gateway.prompt import Message
from coderev.gateway.question import Question
from coderev.gateway.registry import Registry, read_registry
from coderev.gateway.routing import NEEDS, Routing, expected_cost, over_budget, reading
from coderev.settings import MODES, Configuration, Mode, Settings


def routing(made: Registry, mode: Mode = "air-gapped", **external: str) -> Routing:
    return Routing(made, mode, external)


def chosen(made: Registry, asked: Question, mode: Mode = "air-gapped") -> str | None:
    route = routing(made, mode).explain(asked).route
    return route.rule if route else None


def guide() -> Registry:
    found = read_registry(Configuration(settings=Settings(), folders=(GUIDE,)))
    assert found is not None
    return found


def test_the_guides_policy_chooses_its_group_in_air_gapped_mode() -> None:
    explanation = routing(guide()).explain(question())

    assert list(explanation.lines()) == [
        "mode: air-gapped",
        "offline-routing / use-local-models: chose offline-primary: every question",
        "route: offline-routing chose offline-primary",
        "  1. codellama-34b-local: first token and each gap within 5000 ms",
        "  2. deepseek-coder-33b-local: first token and each gap within 5000 ms",
        "  budget: $0.01, 10000 ms for the whole cascade",
        "  cache: 168 hours",
    ]


def test_the_guides_policy_does_not_hold_online() -> None:
    explanation = routing(guide(), "hybrid").explain(question())

    assert explanation.route is None
    assert list(explanation.lines())[-1] == (
        "no route: offline-routing holds where the environment is offline, and the mode is hybrid"
    )


def test_a_model_without_the_capability_is_skipped_with_the_reason() -> None:
    route = routing(guide()).explain(question(task="security-audit")).route

    assert route is not None
    assert [candidate.model.id for candidate in route.candidates] == ["codellama-34b-local"]
    assert route.skipped == (("deepseek-coder-33b-local", "lacks the capability security-audit"),)


def test_the_policy_of_the_highest_priority_is_looked_at_first_and_file_order_breaks_ties() -> None:
    policies = [
        policy(rule("low"), name="low", priority=1),
        policy(rule("first"), name="first", priority=5),
        policy(rule("second"), name="second", priority=5),
    ]
    groups = [group("small", name=name) for name in ("low", "first", "second")]

    explanation = routing(registry([model()], groups, policies)).explain(question())

    assert [step.policy for step in explanation.considered] == ["first", "second", "low"]
    assert explanation.route is not None
    assert explanation.route.policy == "first"
    assert explanation.considered[1].outcome == "was not needed: an earlier rule decided"


@pytest.mark.parametrize(
    ("condition", "facts", "holds"),
    [
        ({"type": "always"}, {}, True),
        ({"type": "task", "value": "verify"}, {"task": "verify"}, True),
        ({"type": "task", "value": ["verify", "documentation"]}, {"task": "code-review"}, False),
        ({"type": "language", "value": "go"}, {"language": "go"}, True),
        ({"type": "language", "value": ["go", "rust"]}, {"language": "python"}, False),
        ({"type": "language", "value": "go"}, {"language": None}, False),
        ({"type": "label", "value": ["urgent", "money"]}, {"labels": frozenset({"money", "x"})}, True),
        ({"type": "label", "value": "urgent"}, {"labels": frozenset({"money"})}, False),
        ({"type": "complexity", "min": 10}, {"complexity": 10}, True),
        ({"type": "complexity", "min": 10}, {"complexity": 9}, False),
        ({"type": "complexity", "min": 3, "max": 7}, {"complexity": 7}, True),
        ({"type": "complexity", "max": 7}, {"complexity": 8}, False),
    ],
)
def test_a_rule_matches_by_its_condition(condition: dict[str, Any], facts: dict[str, Any], holds: bool) -> None:
    made = registry([model()], policies=[policy(rule(condition=condition))])

    explanation = routing(made).explain(question(**facts))

    assert (explanation.route is not None) == holds
    assert explanation.considered[0].outcome.startswith("chose primary" if holds else "does not match: ")
    assert reading(made.routing_policies[0].rules[0].condition) in explanation.considered[0].outcome or not holds


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": "disabled"}, "is disabled"),
        ({"allowed_versions": ["v1", "v3"]}, "is not allowed in lane v2"),
        ({"allowed_versions": []}, "is not allowed in lane v2"),
        ({"capabilities": ["code-completion"]}, "lacks the capability code-review"),
        ({"constraints": {"max_tokens": 101}}, "takes 101 tokens, and question and answer have at least 107"),
    ],
)
def test_a_model_that_may_not_answer_is_not_chosen(changes: dict[str, Any], reason: str) -> None:
    explanation = routing(registry([model(**changes)])).explain(question())

    assert explanation.route is None
    assert explanation.reason == f"usual / to-primary matches, but primary has no usable model: small {reason}"


def test_a_deprecated_model_still_answers() -> None:
    assert chosen(registry([model(status="deprecated")]), question()) == "to-primary"


def test_an_offline_model_is_not_chosen_online() -> None:
    made = registry([model(offline_only=True)])

    assert [chosen(made, question(), mode) is not None for mode in MODES] == [False, False, True, True]


def test_an_external_model_is_only_chosen_online_and_never_for_a_sensitive_question() -> None:
    made = registry([model("cloudy", provider="openai")])

    def usable(mode: Mode, *, sensitive: bool) -> bool:
        return routing(made, mode, cloudy="provider openai").explain(question(sensitive=sensitive)).route is not None

    assert [usable(mode, sensitive=False) for mode in MODES] == [True, True, False, False]
    assert not any(usable(mode, sensitive=True) for mode in MODES)


def test_a_sensitive_question_passes_over_a_rule_to_external_models() -> None:
    made = registry(
        [model("cloudy"), model("inside")],
        [group("cloudy", name="fast"), group("inside", name="safe")],
        [policy(rule("fast"), rule("safe"))],
    )
    explanation = routing(made, "hybrid", cloudy="provider openai").explain(question(sensitive=True))

    assert explanation.route is not None
    assert explanation.route.group == "safe"
    assert "cloudy is external (provider openai), and the question is sensitive" in explanation.considered[0].outcome


def test_the_first_action_whose_group_is_usable_decides() -> None:
    two = {"name": "two", "condition": {"type": "always"}, "actions": [{"model_group": "a"}, {"model_group": "b"}]}
    models = [model("broken", status="disabled"), model("whole")]
    made = registry(models, [group("broken", name="a"), group("whole", name="b")], [policy(two)])

    route = routing(made).explain(question()).route

    assert route is not None
    assert route.group == "b"


def test_a_model_over_the_budget_is_skipped_with_the_reason() -> None:
    dear = model("dear", constraints={"cost_per_1k_output": 1.0})
    made = registry([dear, model("cheap")], policies=[policy(rule(budget={"max_cost_usd": 0.05}))])

    route = routing(made).explain(question(answer_tokens=100)).route

    assert route is not None
    assert [candidate.model.id for candidate in route.candidates] == ["cheap"]
    assert route.skipped == (("dear", "would cost up to $0.1000 with $0.0000 spent of $0.0500"),)


def test_an_inactive_policy_is_passed_over() -> None:
    made = registry([model()], policies=[policy(rule(), status="disabled")])

    assert routing(made).explain(question()).reason == "usual is disabled"


def test_without_any_policy_the_reason_says_so() -> None:
    empty = Registry(models=())

    assert routing(empty).explain(question()).reason == "there is no active routing policy"


def test_an_explanation_shows_what_was_skipped_and_what_a_route_carries() -> None:
    uncached = rule(cache={"enabled": False}, samples=3)
    made = registry([model("a"), model("b", status="disabled")], policies=[policy(uncached)])

    lines = list(routing(made).explain(question()).lines())

    assert lines[-4:] == [
        "  -  b: is disabled",
        "  budget: no limit, 120000 ms for the whole cascade",
        "  cache: off",
        "  samples: 3",
    ]


def test_the_registry_of_a_path_that_holds_no_groups_has_no_route(tmp_path: Path) -> None:
    (tmp_path / "model_registry.yaml").write_text("models: []\n")
    made = read_registry(Configuration(settings=Settings(), folders=(tmp_path,)))
    assert made is not None

    assert routing(made).explain(question()).reason == (
        "built-in / first-group matches, but built-in has no usable model: it is empty"
    )


MODELS = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["active", "deprecated", "disabled"]),
        "allowed_versions": st.lists(st.sampled_from(["v1", "v2", "v3"]), max_size=2),
        "offline_only": st.booleans(),
        "capabilities": st.lists(st.sampled_from(["code-review", "security-audit", "documentation"]), max_size=3),
    }
)
CONDITIONS = st.one_of(
    st.just({"type": "always"}),
    st.builds(lambda task: {"type": "task", "value": task}, st.sampled_from(list(NEEDS))),
    st.builds(
        lambda least, most: {"type": "complexity", "min": least, "max": most}, st.integers(0, 9), st.integers(0, 9)
    ),
)


@given(
    models=st.lists(MODELS, min_size=1, max_size=3),
    conditions=st.lists(CONDITIONS, max_size=3),
    mode=st.sampled_from(MODES),
    external=st.sets(st.integers(0, 2)),
    facts=st.fixed_dictionaries(
        {"task": st.sampled_from(list(NEEDS)), "complexity": st.integers(0, 9), "sensitive": st.booleans()}
    ),
)
def test_every_question_gets_one_route_or_a_reason(
    models: list[dict[str, Any]],
    conditions: list[dict[str, Any]],
    mode: Mode,
    external: set[int],
    facts: dict[str, Any],
) -> None:
    made = registry(
        [model(f"m{number}", **changes) for number, changes in enumerate(models)],
        policies=[policy(*(rule(condition=condition) for condition in conditions))],
    )
    outside = {f"m{number}": "provider other" for number in external}

    explanation = Routing(made, mode, outside).explain(question(**facts))

    assert len(explanation.considered) == len(conditions)
    if explanation.route is None:
        assert explanation.reason
        return
    names = [candidate.model.id for candidate in explanation.route.candidates]
    assert names
    assert {*names, *(name for name, _ in explanation.route.skipped)} == set(Routing(made, mode, {}).models)
    if facts["sensitive"] or mode in ("private", "air-gapped"):
        assert not set(names) & set(outside)


@given(text=st.text(max_size=300), output=st.integers(1, 500), price=st.floats(0, 5), spent=st.floats(0, 1))
def test_what_fits_the_budget_never_spends_more_than_it(text: str, output: int, price: float, spent: float) -> None:
    priced = registry([model(constraints={"cost_per_1k_input": price, "cost_per_1k_output": price})]).models[0]
    asked = question(text, answer_tokens=output)
    budget = Budget(max_cost_usd=0.5)

    refusal = over_budget(priced, asked, budget, spent)

    worst = spent + priced.cost(asked.bytes / 3, output)
    assert (refusal is None) == (worst <= 0.5)
    assert expected_cost(priced, asked) >= priced.cost(len(text) / 4, output)


def test_text_that_is_not_unicode_has_a_length_all_the_same() -> None:
    assert question(messages=(Message("user", "\ud800é"),)).bytes == 5
