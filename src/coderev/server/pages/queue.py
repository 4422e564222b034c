"""The page of the queue: what waits, what runs, who works, and what was given up, which a person may run again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from aiohttp import web

from coderev.server.access.actions import Action
from coderev.server.access.deciding import NotFound
from coderev.server.api.numbers import number_of
from coderev.server.asking import Ask, Route
from coderev.server.pages.answers import Done, framed, html, see
from coderev.server.pages.frame import Frame, duration, page, plural
from coderev.store import Job

PAGE = 100  # jobs of each kind
STATES = {"todo": "queued", "doing": "running", "failed": "given up"}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """A job as a person sees it."""

    id: int
    task: str
    repository: str
    state: str
    attempts: int
    since: datetime | None
    review: str = ""  # its id
    why: str = ""  # it was given up


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerRow:
    """A worker, and when it was heard of last."""

    name: str
    alive: bool
    heard: datetime
    jobs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCounts:
    """How much there is; `oldest` is how long the oldest job has been waiting."""

    waiting: int
    running: int
    dead: int
    oldest: timedelta | None = None


def render_queue(
    frame: Frame,
    queue: QueueCounts,
    current: Sequence[JobRow],
    dead: Sequence[JobRow],
    workers: Sequence[WorkerRow],
    *,
    may_replay: bool = False,
) -> str:
    """The page."""
    return page(
        "queue.html.j2",
        frame,
        title="Queue",
        here="/queue",
        queue=queue,
        current=current,
        dead=dead,
        workers=workers,
        may_replay=may_replay,
        sentence=sentence(queue, workers),
    )


def sentence(queue: QueueCounts, workers: Sequence[WorkerRow]) -> str:
    """What a person must do, if anything."""
    if queue.waiting and not any(worker.alive for worker in workers):
        return f"{plural(queue.waiting, 'job')} waiting and no worker is alive: nothing will happen."
    if queue.dead:
        jobs = plural(queue.dead, "job was", "jobs were")
        return f"{jobs} given up: see why, then run again what should be."
    if queue.oldest:
        return f"All is well. The longest wait is {duration(queue.oldest)}."
    return "All is well."


class QueueQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the page says was done."""

    done: Done = ""


async def show_queue(ask: Ask) -> web.StreamResponse:
    """The queue as it is now."""
    done, queue = ask.query(QueueQuery).done, ask.site.store.queue
    async with ask.site.store.work() as work:
        stats, dead = await queue.stats(work), await queue.dead(work, PAGE)
        current = await queue.jobs(work, states=("doing", "todo"), limit=PAGE)
        workers = await queue.workers(work, ask.at)
    counts = QueueCounts(
        waiting=stats.counts.ready + stats.counts.later,
        running=stats.counts.running,
        dead=stats.counts.dead,
        oldest=timedelta(seconds=stats.age) if stats.age else None,
    )
    text = render_queue(
        framed(ask, done),
        counts,
        [job_row(job) for job in current],
        [job_row(job) for job in dead],
        [WorkerRow(name=f"worker {it.id}", alive=it.alive, heard=it.seen, jobs=it.running) for it in workers],
        may_replay=ask.allows(Action.REPLAY_JOB).allowed,
    )
    return html(text)


async def replay(ask: Ask) -> web.StreamResponse:
    """Put a job that was given up into the queue again."""
    id_ = number_of(ask, "job")
    await ask.form()
    async with ask.site.store.work() as work:
        if not await ask.site.store.queue.replay(work, id_):
            raise NotFound(what=f"job {id_} to run again")
    return see("/queue", "replayed")


def job_row(job: Job) -> JobRow:
    """A job as the page tells it."""
    review = job.arguments.get("review")
    return JobRow(
        id=job.id,
        task=job.task,
        repository=job.repository,
        state=STATES.get(job.state, job.state),
        attempts=job.attempt if job.state != "todo" else job.attempt - 1,
        since=job.ended or job.started or job.queued,
        review=review if isinstance(review, str) and is_id(review) else "",
        why=job.failure,
    )


def is_id(text: str) -> bool:
    """Whether a text is a review's id."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


ROUTES = (
    Route(method="GET", path="/queue", action=Action.SEE_QUEUE, handler=show_queue),
    Route(method="POST", path="/queue/{number}/replay", action=Action.REPLAY_JOB, handler=replay),
)
