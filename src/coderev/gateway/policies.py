"""`routing_policies.yaml`: which group of models a question goes to, and what it may cost.

Types only; `routing` decides. Every key is described in `docs/reference/routing-policies.md`.
"""

from collections.abc import Collection, Iterator
from typing import Annotated, Literal

import msgspec

from coderev.gateway.question import Task
from coderev.settings import Mode

Environment = Literal["offline", "online", "cloud", "hybrid", "private", "air-gapped"]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Dollars = Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]

MODES_OF: dict[Environment, tuple[Mode, ...]] = {
    "offline": ("private", "air-gapped"),
    "online": ("cloud", "hybrid"),
    "cloud": ("cloud",),
    "hybrid": ("hybrid",),
    "private": ("private",),
    "air-gapped": ("air-gapped",),
}


class Always(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="always"):
    """Every question."""


class ByTask(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="task"):
    """Questions of this task, or one of these."""

    value: Task | tuple[Task, ...]


class ByLanguage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="language"):
    """Questions about code in this language, or one of these."""

    value: Name | tuple[Name, ...]


class ByLabel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="label"):
    """Questions that bear this label, or at least one of these."""

    value: Name | tuple[Name, ...]


class ByComplexity(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="complexity"):
    """Questions about code whose branch count lies between these, both included."""

    min: int = 0
    max: int | None = None


Condition = Always | ByTask | ByLanguage | ByLabel | ByComplexity


class Conditions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a whole policy holds."""

    environment: Environment | None = None


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one question may cost, over its whole cascade."""

    max_cost_usd: Dollars | None = None
    max_latency_ms: Annotated[int, msgspec.Meta(gt=0)] = 120_000


class CacheRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether the answer may be remembered, and for how long from when it was made."""

    enabled: bool = True
    ttl_hours: Annotated[float, msgspec.Meta(gt=0)] = 168


class Action(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a question goes."""

    model_group: Name
    budget: Budget = Budget()
    cache: CacheRule = CacheRule()
    samples: Annotated[int, msgspec.Meta(ge=1, le=16)] = 1  # how many answers the engine asks for


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One condition and what follows from it: the first action whose group has a usable model."""

    name: Name
    condition: Condition
    actions: Annotated[tuple[Action, ...], msgspec.Meta(min_length=1)]


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rules that hold together; the policy of the highest priority is looked at first."""

    id: Name
    version: str
    rules: tuple[Rule, ...]
    priority: int = 0
    status: Literal["active", "disabled"] = "active"
    conditions: Conditions = Conditions()


class PolicyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`routing_policies.yaml`."""

    routing_policies: tuple[Policy, ...]


def policy_faults(policies: tuple[Policy, ...], groups: Collection[str]) -> Iterator[tuple[str, str]]:
    """What is wrong with policies that are well-formed one by one: (path, reason)."""
    seen: set[str] = set()
    for number, policy in enumerate(policies):
        path = f"$.routing_policies[{number}]"
        if policy.id in seen:
            yield f"{path}.id", f"a policy `{policy.id}` stands above already"
        seen.add(policy.id)
        for rule_number, rule in enumerate(policy.rules):
            for action_number, action in enumerate(rule.actions):
                if action.model_group not in groups:
                    where = f"{path}.rules[{rule_number}].actions[{action_number}].model_group"
                    yield where, f"no group `{action.model_group}` in the model registry"
