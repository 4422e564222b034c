"""`schemathesis` sends what it makes up from the OpenAPI document, and finds nothing."""

import asyncio
import importlib.util
import os
import sys
from pathlib import Path

import pytest
from stand_ins.service import Service

SECONDS = 240
EXAMPLES = 25  # of each operation and phase
NOT_OURS = (
    "positive_data_acceptance",  # a well-formed id or patch that names nothing is refused: its schema cannot say so
    "ignored_auth",  # it guesses tokens, and who guesses is locked out: `test_access.py` tries each route as nobody
)


@pytest.mark.skipif(importlib.util.find_spec("schemathesis") is None, reason="schemathesis is not installed")
async def test_schemathesis_finds_nothing(service: Service, tmp_path: Path) -> None:
    await service.review(await service.repository())
    token = await service.token("admin")

    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{service.url}/api/v1/openapi.json"),
        *("--header", f"Authorization: Bearer {token}", "--max-examples", str(EXAMPLES), "--seed", "1"),
        *("--exclude-checks", ",".join(NOT_OURS), "--no-color", "--workers", "1"),
        *("--generation-database", "none"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=tmp_path,  # where it keeps what it found
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    async with asyncio.timeout(SECONDS):
        said, _ = await process.communicate()

    assert process.returncode == 0, said.decode()[-8_000:]
