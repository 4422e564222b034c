import msgspec
import pytest
from stand_ins.registries import policy, rule

from coderev.gateway.policies import MODES_OF, Always, ByLanguage, ByTask, Policy, policy_faults
from coderev.settings import MODES


def convert(plain: dict[str, object]) -> Policy:
    return msgspec.convert(plain, Policy)


def test_offline_is_private_and_air_gapped() -> None:
    assert MODES_OF["offline"] == ("private", "air-gapped")
    assert MODES_OF["online"] == ("cloud", "hybrid")


def test_each_mode_is_an_environment_of_its_own() -> None:
    assert all(MODES_OF[mode] == (mode,) for mode in MODES)


def test_a_condition_takes_one_value_or_a_list() -> None:
    one = convert(policy(rule(condition={"type": "language", "value": "python"})))
    some = convert(policy(rule(condition={"type": "task", "value": ["verify", "code-review"]})))

    assert one.rules[0].condition == ByLanguage("python")
    assert some.rules[0].condition == ByTask(("verify", "code-review"))


def test_what_an_action_leaves_out_is_one_answer_within_two_minutes_remembered_for_a_week() -> None:
    found = convert(policy(rule()))

    action = found.rules[0].actions[0]
    assert found.rules[0].condition == Always()
    assert (action.samples, action.budget.max_latency_ms, action.budget.max_cost_usd) == (1, 120_000, None)
    assert (action.cache.enabled, action.cache.ttl_hours) == (True, 168)


def test_a_rule_without_actions_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="length >= 1"):
        convert(policy({"name": "empty", "condition": {"type": "always"}, "actions": []}))


def test_every_fault_of_the_policies_is_found() -> None:
    first = convert(policy(rule("small"), rule("big")))
    second = convert(policy(rule("none")))

    faults = list(policy_faults((first, second), {"small", "big"}))

    assert [path for path, _ in faults] == [
        "$.routing_policies[1].id",
        "$.routing_policies[1].rules[0].actions[0].model_group",
    ]
