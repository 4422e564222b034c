"""How an attempt ended, and what becomes of its job; pure."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec

from coderev.errors import CoderevError
from coderev.store.queue.patience import Patience
from coderev.store.queue.values import Job, JobLost

Why = Literal["cancelled", "stopped", "lost"]  # why we ended an attempt ourselves
MAX_FAILURE = 500  # characters that are kept


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What is written about a job when the attempt that holds it has ended."""

    job: Job
    state: Literal["succeeded", "failed", "aborted", "todo"]
    counted: bool = True  # as an attempt
    wait: float | None = None  # seconds until the next one; None: none, or at once
    failure: str | None = None


def outcome(
    job: Job, error: BaseException | None, why: Why | None, patience: Patience, chance: Callable[[], float]
) -> Outcome | None:
    """What becomes of a job whose attempt ended with this error, or none; None: it is not ours to say.

    Work that was done is done, even where its end was asked for meanwhile.
    """
    if why == "lost" or isinstance(error, JobLost):
        return None
    if error is None:
        return Outcome(job=job, state="succeeded")
    if why == "cancelled":
        return Outcome(job=job, state="aborted")
    if why == "stopped":
        return Outcome(job=job, state="todo", counted=False)
    wait = patience.wait(error, job.attempt, chance)
    return Outcome(job=job, state="failed" if wait is None else "todo", wait=wait, failure=told(error))


def told(error: BaseException) -> str:
    """What may be kept of an error: of those that we did not write only the name, for their words may be code."""
    if isinstance(error, CoderevError):
        return str(error).replace("\0", "�").encode(errors="replace").decode()[:MAX_FAILURE]
    return "cancelled by itself" if isinstance(error, asyncio.CancelledError) else f"a bug: {type(error).__name__}"


def columns(batch: Sequence[Outcome]) -> dict[str, list[Any]]:
    """Outcomes as `sql/settle.sql` takes them: one array for each column."""
    return {
        "ids": [ended.job.id for ended in batch],
        "workers": [ended.job.worker for ended in batch],
        "attempts": [ended.job.attempt - 1 for ended in batch],
        "states": [ended.state for ended in batch],
        "counted": [int(ended.counted) for ended in batch],
        "waits": [ended.wait for ended in batch],
        "failures": [ended.failure for ended in batch],
    }
