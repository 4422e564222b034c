"""A site's configuration for tests: models behind stand-in servers, in a folder for `--config`."""

from collections.abc import Sequence
from pathlib import Path

from coderev.settings import Configuration, load

MODEL = """
  - id: {id}
    provider: local
    version: "1.0.0"
    endpoint: "{endpoint}"
    capabilities: [code-review, security-audit, documentation]
    constraints: {{max_tokens: 16384, cost_per_1k_input: 0.0, cost_per_1k_output: 0.0}}
    status: active
    allowed_versions: [v1, v2, v3]
    offline_only: true"""
GROUP = """
model_groups:
  - name: tests
    description: "the stand-ins, in order"
    models: [{models}]
    timeout_cascade_ms: [{timeouts}]
"""
POLICIES = """
routing_policies:
  - id: tests
    version: "1.0.0"
    priority: 1
    status: active
    rules:
      - name: all
        condition: {{type: always}}
        actions:
          - model_group: tests
            samples: {samples}
            budget: {{max_cost_usd: 1.0, max_latency_ms: {latency}}}
            cache: {{enabled: {cache}, ttl_hours: 1}}
"""


def write_site(
    folder: Path,
    endpoints: Sequence[str],
    *,
    settings: str = "",
    timeout_ms: int = 5_000,
    samples: int = 1,
    cache: bool = False,
) -> Path:
    """Write the three files of a site whose models answer at `endpoints`, in the order of the cascade.

    Answers are remembered only with `cache`: what another test asks about must not depend on it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    models = "".join(MODEL.format(id=f"stand-in-{number}", endpoint=url) for number, url in enumerate(endpoints, 1))
    names = ", ".join(f"stand-in-{number}" for number in range(1, len(endpoints) + 1))
    timeouts = ", ".join([str(timeout_ms)] * len(endpoints))
    group = GROUP.format(models=names, timeouts=timeouts)
    (folder / "model_registry.yaml").write_text(f"models:{models}\n{group}", encoding="utf-8")
    policies = POLICIES.format(samples=samples, latency=timeout_ms * (len(endpoints) + 1), cache=str(cache).lower())
    (folder / "routing_policies.yaml").write_text(policies, encoding="utf-8")
    patient = "recall: {patience_ms: 10000}\n" if cache and "recall:" not in settings else ""  # on a busy machine too
    (folder / "coderev.yaml").write_text(settings + patient, encoding="utf-8")
    return folder


def a_site(folder: Path, endpoints: Sequence[str], **options: object) -> Configuration:
    """The configuration of such a site, loaded; there is no ceiling."""
    return load(write_site(folder, endpoints, **options), ceiling=folder / "no-ceiling")  # type: ignore[arg-type]
