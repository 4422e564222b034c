"""Registries, policies and questions for tests of the gateway."""

from pathlib import Path
from typing import Any

import msgspec

from coderev.gateway.prompt import Message
from coderev.gateway.question import Question
from coderev.gateway.registry import Registry

GUIDE = Path(__file__).parents[1] / "golden" / "guide"


def model(name: str = "small", **changes: Any) -> dict[str, Any]:
    """A local model that can do everything, as plain values."""
    return {
        "id": name,
        "provider": "local",
        "version": "1",
        "endpoint": f"http://{name}:8000/v1",
        "capabilities": ["code-review", "security-audit", "documentation"],
        **changes,
    }


def group(*models: str, name: str = "primary", timeout_ms: int = 1000) -> dict[str, Any]:
    return {"name": name, "models": list(models), "timeout_cascade_ms": [timeout_ms] * len(models)}


def rule(group_name: str = "primary", condition: dict[str, Any] | None = None, **action: Any) -> dict[str, Any]:
    return {
        "name": f"to-{group_name}",
        "condition": condition or {"type": "always"},
        "actions": [{"model_group": group_name, **action}],
    }


def policy(*rules: dict[str, Any], name: str = "usual", **changes: Any) -> dict[str, Any]:
    return {"id": name, "version": "1", "rules": list(rules), **changes}


def registry(models: list[Any], groups: list[Any] | None = None, policies: list[Any] | None = None) -> Registry:
    """A registry of these models; where no group is given, all stand in one, and where no policy is, it takes all."""
    groups = groups or [group(*(model["id"] for model in models))]
    plain = {"models": models, "model_groups": groups, "routing_policies": policies or [policy(rule())]}
    return msgspec.convert(plain, Registry)


def question(text: str = "Is this right?", **changes: Any) -> Question:
    facts: dict[str, Any] = {
        "task": "code-review",
        "version": "1",
        "messages": (Message("system", "You review code."), Message("user", text)),
        "answer_tokens": 100,
        **changes,
    }
    return Question(**facts)
