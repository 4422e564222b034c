"""Which route a question takes, and why no other: pure.

Policies are looked at by priority, then as they stand in the file; in a policy, rules in their order. The first rule
that matches and has a group with a usable model decides. A matching rule without one is passed over, and says so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import assert_never

from coderev.gateway.policies import (
    MODES_OF,
    Action,
    Always,
    Budget,
    ByComplexity,
    ByLabel,
    ByLanguage,
    ByTask,
    CacheRule,
    Condition,
    Policy,
    Rule,
)
from coderev.gateway.question import BYTES_PER_TOKEN_AT_LEAST, BYTES_PER_TOKEN_AT_MOST, Question, Task
from coderev.gateway.registry import Capability, Lane, Model, ModelGroup, Registry
from coderev.settings import Mode

LANE: Lane = "v2"  # stable; the lifecycle will choose among lanes
OFFLINE = MODES_OF["offline"]
NEEDS: dict[Task, Capability] = {
    "code-review": "code-review",
    "change-review": "code-review",
    "verify": "code-review",
    "security-audit": "security-audit",
    "documentation": "documentation",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A model that may answer, and how long its first token and each gap may take."""

    model: Model
    timeout_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The group, budget and cache rule that policy chose for one question."""

    policy: str
    policy_version: str
    rule: str
    group: str
    candidates: tuple[Candidate, ...]  # in the order in which they are tried, never empty
    skipped: tuple[tuple[str, str], ...]  # the group's other models: (id, reason)
    budget: Budget
    cache: CacheRule
    samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """A policy or one of its rules, and what became of it."""

    policy: str
    rule: str | None  # None: the policy as a whole did not hold
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The route of one question, if there is one, and what became of every policy and rule in the order looked at."""

    mode: Mode
    route: Route | None
    considered: tuple[Considered, ...]

    @property
    def reason(self) -> str:
        """Why there is no route."""
        said = "; ".join(f"{_place(step)} {step.outcome}" for step in self.considered)
        return said or "there is no active routing policy"

    def lines(self) -> Iterator[str]:
        """What `coderev route explain` prints."""
        yield f"mode: {self.mode}"
        for step in self.considered:
            yield f"{_place(step)}: {step.outcome}"
        if self.route is None:
            yield f"no route: {self.reason}"
            return
        yield from _route_lines(self.route)


class Routing:
    """A site's models, groups and active policies under its mode. `external` says why a model is outside, by its id."""

    def __init__(self, registry: Registry, mode: Mode, external: Mapping[str, str]) -> None:
        self.mode: Mode = mode
        self.models = {model.id: model for model in registry.models}
        self.groups = {group.name: group for group in registry.model_groups}
        self.policies = sorted(registry.routing_policies, key=lambda policy: -policy.priority)  # stable
        self._external = external

    def explain(self, question: Question) -> Explanation:
        """Decide the route of a question, and say what became of every rule: there is one route, or a reason."""
        route: Route | None = None
        considered: list[Considered] = []
        for policy in self.policies:
            if refusal := self._policy_refusal(policy):
                considered.append(Considered(policy=policy.id, rule=None, outcome=refusal))
                continue
            for rule in policy.rules:
                if route is not None:
                    outcome = "was not needed: an earlier rule decided"
                elif refusal := mismatch(rule.condition, question):
                    outcome = f"does not match: {refusal}"
                else:
                    route, outcome = self._follow(policy, rule, question)
                considered.append(Considered(policy=policy.id, rule=rule.name, outcome=outcome))
        return Explanation(mode=self.mode, route=route, considered=tuple(considered))

    def actions(self) -> Iterator[tuple[Policy, Rule, Action]]:
        """Every action of the policies that hold in this mode."""
        for policy in self.policies:
            if self._policy_refusal(policy) is None:
                yield from ((policy, rule, action) for rule in policy.rules for action in rule.actions)

    def closed(self, model: Model) -> str | None:
        """Why a model may not be asked anything in this mode; None: it may."""
        if model.status == "disabled":
            return "is disabled"
        if LANE not in model.allowed_versions:
            return f"is not allowed in lane {LANE}"
        if model.offline_only and self.mode not in OFFLINE:
            return f"is offline_only, and the mode is {self.mode}"
        if self.mode in OFFLINE and (outside := self._external.get(model.id)):
            return f"is external ({outside}), and the mode is {self.mode}"
        return None

    def refusal(self, model: Model, question: Question) -> str | None:
        """Why a model may not answer a question; None: it may."""
        if reason := self.closed(model):
            return reason
        if question.sensitive and (outside := self._external.get(model.id)):
            return f"is external ({outside}), and the question is sensitive"
        return _unfit(model, question)

    def _policy_refusal(self, policy: Policy) -> str | None:
        environment = policy.conditions.environment
        if policy.status != "active":
            return f"is {policy.status}"
        if environment and self.mode not in MODES_OF[environment]:
            return f"holds where the environment is {environment}, and the mode is {self.mode}"
        return None

    def _follow(self, policy: Policy, rule: Rule, question: Question) -> tuple[Route | None, str]:
        reasons: list[str] = []
        for action in rule.actions:
            candidates, skipped = self._sorted_out(self.groups[action.model_group], action, question)
            if candidates:
                route = Route(
                    policy=policy.id,
                    policy_version=policy.version,
                    rule=rule.name,
                    group=action.model_group,
                    candidates=candidates,
                    skipped=skipped,
                    budget=action.budget,
                    cache=action.cache,
                    samples=action.samples,
                )
                return route, f"chose {action.model_group}: {reading(rule.condition)}"
            why = ", ".join(f"{name} {reason}" for name, reason in skipped) or "it is empty"
            reasons.append(f"{action.model_group} has no usable model: {why}")
        return None, f"matches, but {'; '.join(reasons)}"

    def _sorted_out(
        self, group: ModelGroup, action: Action, question: Question
    ) -> tuple[tuple[Candidate, ...], tuple[tuple[str, str], ...]]:
        candidates: list[Candidate] = []
        skipped: list[tuple[str, str]] = []
        for name, timeout_ms in zip(group.models, group.timeout_cascade_ms, strict=True):
            model = self.models[name]
            if reason := self.refusal(model, question) or over_budget(model, question, action.budget):
                skipped.append((name, reason))
            else:
                candidates.append(Candidate(model=model, timeout_ms=timeout_ms))
        return tuple(candidates), tuple(skipped)


def mismatch(condition: Condition, question: Question) -> str | None:
    """Why a condition does not hold for a question; None: it holds."""
    match condition:
        case Always():
            return None
        case ByTask(value):
            return _other("task", question.task, value)
        case ByLanguage(value):
            return _other("language", question.language, value)
        case ByLabel(value):
            wanted = _values(value)
            return None if question.labels & set(wanted) else f"no label is {' or '.join(wanted)}"
        case ByComplexity(least, most):
            fits = question.complexity >= least and (most is None or question.complexity <= most)
            return None if fits else f"the complexity is {question.complexity}, not {_between(least, most)}"
        case _:
            assert_never(condition)


def reading(condition: Condition) -> str:
    """A condition in words."""
    match condition:
        case Always():
            return "every question"
        case ByTask(value):
            return f"the task is {' or '.join(_values(value))}"
        case ByLanguage(value):
            return f"the language is {' or '.join(_values(value))}"
        case ByLabel(value):
            return f"a label is {' or '.join(_values(value))}"
        case ByComplexity(least, most):
            return f"the complexity is {_between(least, most)}"
        case _:
            assert_never(condition)


def expected_cost(model: Model, question: Question) -> float:
    """What asking a model would cost in US dollars, erring upwards: three bytes to the token, the longest answer."""
    return model.cost(question.bytes / BYTES_PER_TOKEN_AT_LEAST, question.answer_tokens)


def over_budget(model: Model, question: Question, budget: Budget, spent: float = 0.0) -> str | None:
    """Why asking a model may cost more than is left; None: it does not."""
    if budget.max_cost_usd is None:
        return None
    cost = expected_cost(model, question)
    if spent + cost <= budget.max_cost_usd:
        return None
    return f"would cost up to ${cost:.4f} with ${spent:.4f} spent of ${budget.max_cost_usd:.4f}"


def _unfit(model: Model, question: Question) -> str | None:
    needed = NEEDS[question.task]
    if needed not in model.capabilities:
        return f"lacks the capability {needed}"
    tokens = question.bytes // BYTES_PER_TOKEN_AT_MOST + question.answer_tokens
    if tokens > model.constraints.max_tokens:
        return f"takes {model.constraints.max_tokens} tokens, and question and answer have at least {tokens}"
    return None


def _other(what: str, found: str | None, value: str | tuple[str, ...]) -> str | None:
    wanted = _values(value)
    return None if found in wanted else f"the {what} is {found or 'unknown'}, not {' or '.join(wanted)}"


def _values(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def _between(least: int, most: int | None) -> str:
    return f"at least {least}" if most is None else f"from {least} to {most}"


def _place(step: Considered) -> str:
    return step.policy if step.rule is None else f"{step.policy} / {step.rule}"


def _route_lines(route: Route) -> Iterator[str]:
    yield f"route: {route.policy} chose {route.group}"
    for number, candidate in enumerate(route.candidates, 1):
        yield f"  {number}. {candidate.model.id}: first token and each gap within {candidate.timeout_ms} ms"
    for name, reason in route.skipped:
        yield f"  -  {name}: {reason}"
    cost = "no limit" if route.budget.max_cost_usd is None else f"${route.budget.max_cost_usd:g}"
    yield f"  budget: {cost}, {route.budget.max_latency_ms} ms for the whole cascade"
    yield f"  cache: {f'{route.cache.ttl_hours:g} hours' if route.cache.enabled else 'off'}"
    if route.samples > 1:
        yield f"  samples: {route.samples}"
