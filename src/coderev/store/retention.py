"""What the service forgets, and when: each table by its own age, in batches, and nothing that is still going on."""

from datetime import datetime, timedelta

import msgspec

from coderev.settings import Retention
from coderev.store.tables.statements import Statements
from coderev.store.work import Work

BATCH = 1_000  # rows of each table in one transaction: nobody waits long for their locks
ROWS_OF_A_REVIEW = 20  # that go with it, as a rule: its findings
FAILURE_DAYS = 1  # since the last wrong token from somewhere
INVITATION_DAYS = 1  # after it expired
SESSION_DAYS = 8  # longer than the longest that `server.session_hours` allows


class Pruned(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows of each table went, and whether there are more to go: then prune again, in another transaction."""

    rows: dict[str, int]
    more: bool


async def prune(work: Work, keep: Retention, at: datetime, *, most: int = BATCH) -> Pruned:
    """Forget what is older than `keep` says, at most `most` rows of each table.

    A review that waits or runs stays, and an open merge request with what was published on it. Access records go by
    age alone, and never within a day by the database's own clock.
    """
    statements = Statements(work.connection, "prune")
    limits = dict.fromkeys(_days(keep), most) | {"reviews": -(-most // ROWS_OF_A_REVIEW)}
    rows = {}
    for table, days in _days(keep).items():
        about = {"before": at - timedelta(days=days), "most": limits[table]}
        if table == "accesses":
            row = await statements.row(table, **about)
            rows[table] = int((row or {})["count"])
        else:
            rows[table] = await statements.changed(table, **about)
    return Pruned(rows=rows, more=any(rows[table] >= limits[table] for table in rows))


def _days(keep: Retention) -> dict[str, int]:
    """How many days which rows are kept, in the order in which they go."""
    return {
        "reviews": keep.reviews,
        "merge_requests": keep.reviews,
        "dismissals": keep.dismissals,
        "deliveries": keep.deliveries,
        "jobs": keep.jobs,
        "dead_jobs": keep.reviews,
        "accesses": keep.accesses,
        "tokens": keep.accesses,
        "sessions": SESSION_DAYS,
        "invitations": INVITATION_DAYS,
        "failures": FAILURE_DAYS,
    }
