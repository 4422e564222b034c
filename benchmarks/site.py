"""A site with one model for the benchmarks: a stand-in server in a process of its own, and its configuration."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import ROOT

REGISTRY = """
models:
  - id: stand-in
    provider: local
    version: "1"
    endpoint: "http://127.0.0.1:{port}/v1"
    capabilities: [code-review, security-audit, documentation]
    constraints: {{max_tokens: 16384, cost_per_1k_input: 0.0, cost_per_1k_output: 0.0}}
    status: active
    allowed_versions: [v2]
    offline_only: true
model_groups:
  - name: bench
    description: "one stand-in"
    models: [stand-in]
    timeout_cascade_ms: [10000]
"""


@contextmanager
def model_server(delay_ms: int = 0, *extra: str) -> Iterator[int]:
    """Start the stand-in server; its port."""
    argv = [sys.executable, str(ROOT / "tests/stand_ins/model_server.py"), "--port", "0", "--delay-ms", str(delay_ms)]
    with subprocess.Popen([*argv, *extra], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.kill()


def configure(folder: Path, port: int, settings: str = "") -> Path:
    """Write the configuration of a site whose only model listens on that port."""
    (folder / "model_registry.yaml").write_text(REGISTRY.format(port=port), encoding="utf-8")
    (folder / "coderev.yaml").write_text(settings, encoding="utf-8")
    return folder
