"""Work on both cores: a pool of spawned processes, results in the order of the work.

Threads would share one interpreter lock: two of them parse no faster than one.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context
from typing import Self, TypeVar

Task = TypeVar("Task")
Outcome = TypeVar("Outcome")

AHEAD = 2  # tasks for each process that are made before their turn: this bounds memory


def spread(
    work: Callable[[Task], Outcome], tasks: Iterable[Task], *, processes: int | None = None
) -> Iterator[tuple[Task, Outcome | None]]:
    """Do each task in a pool; the outcome of a task whose process died is None. What `work` raises is raised here.

    `work`, tasks and outcomes must pickle. A death takes the pool with it: what was under way is done again,
    each task in a process of its own, so that only the guilty one is lost.
    """
    count = processes or len(os.sched_getaffinity(0))
    remaining = iter(tasks)
    under_way: deque[tuple[Task, Future[Outcome]]] = deque()
    with _Pool(count) as pool:
        while True:
            under_way.extend(
                (task, pool.submit(work, task)) for task in islice(remaining, AHEAD * count - len(under_way))
            )
            if not under_way:
                return
            task, future = under_way.popleft()
            try:
                outcome: Outcome | None = future.result()
            except BrokenProcessPool:
                outcome = _alone(work, task)
            yield task, outcome


def _alone(work: Callable[[Task], Outcome], task: Task) -> Outcome | None:
    with _Pool(1) as pool:
        try:
            return pool.submit(work, task).result()
        except BrokenProcessPool:
            return None


class _Pool:
    """A pool of spawned processes that replaces itself when one of them has died."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._renew()

    def _renew(self) -> None:
        self._executor = ProcessPoolExecutor(self._count, mp_context=get_context("spawn"))

    def submit(self, work: Callable[[Task], Outcome], task: Task) -> "Future[Outcome]":
        try:
            return self._executor.submit(work, task)
        except BrokenProcessPool:
            self._executor.shutdown()
            self._renew()
            return self._executor.submit(work, task)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown(cancel_futures=True)
