"""The queue: what is to be done, on procrastinate's tables, in the same transaction as what it follows from.

A job runs at least once. It publishes once, because `Job.fence` lets only the attempt that holds the job through.
"""

from coderev.store.queue.patience import Patience
from coderev.store.queue.queue import Queue
from coderev.store.queue.shift import Pace
from coderev.store.queue.slots import NoSlot
from coderev.store.queue.values import Counts, Job, JobLost, Stats, Task

__all__ = ["Counts", "Job", "JobLost", "NoSlot", "Pace", "Patience", "Queue", "Stats", "Task"]
