"""PostgreSQL: what the service knows, sealed where it is code, and the queue of what is to be done.

`migrations/` is the schema. `records` are the rows as values, `tables/` the verbs on them, `Work` is one transaction.
`embedded/` is the PostgreSQL of our own for whoever names none; `queue/` is procrastinate's, with rules of our own.
`key_file` is for recall too, in a core installation that has no database: all else is imported when it is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from coderev.store import key_file, records

if TYPE_CHECKING:
    from coderev.store import administering
    from coderev.store.opening import Store, open_store
    from coderev.store.queue import Job, JobLost
    from coderev.store.retention import prune
    from coderev.store.sealing import Seal
    from coderev.store.work import Work

__all__ = ["Job", "JobLost", "Seal", "Store", "Work", "administering", "key_file", "open_store", "prune", "records"]

_MODULES = {
    "Job": "queue",
    "JobLost": "queue",
    "Seal": "sealing",
    "Store": "opening",
    "Work": "work",
    "open_store": "opening",
    "prune": "retention",
}


def __getattr__(name: str) -> Any:
    """What needs the extra `server`, imported at first use."""
    if name == "administering":
        return import_module("coderev.store.administering")
    if name not in _MODULES:
        raise AttributeError(name)
    return getattr(import_module(f"coderev.store.{_MODULES[name]}"), name)
