"""Who guesses, waits: by where the guesses come from, and all together."""

from datetime import datetime, timedelta

from coderev.errors import TrustError
from coderev.store import Work

EVERYWHERE = "*"  # the source that stands for all
FREE = {False: 5, True: 1_000}  # wrong tokens without a wait: of one source, of all together
MOST_SECONDS = {False: 900.0, True: 60.0}
FORGET = timedelta(minutes=15)  # after the latest one


class LockedOut(TrustError):
    """Too many wrong tokens came from one place, or from everywhere."""

    http_status = 429
    message = "too many wrong tokens came from {where}"
    hint = "wait {seconds} seconds, then use a token that is valid"

    @property
    def retry_after(self) -> int:
        """Seconds to wait."""
        return int(str(self.facts["seconds"]))


def wait_after(count: int, *, all_together: bool = False) -> timedelta:
    """How long after the latest of `count` wrong tokens no other is looked at: it doubles with each."""
    beyond = count - FREE[all_together]
    if beyond < 0:
        return timedelta()
    return timedelta(seconds=min(2.0 ** min(beyond, 20), MOST_SECONDS[all_together]))


async def check_lockout(work: Work, source: str, at: datetime) -> bool:
    """Whether wrong tokens of this source are remembered. Raises LockedOut while it must wait."""
    remembered = False
    for place, where in ((source, "your address"), (EVERYWHERE, "many addresses")):
        found = await work.failures.of(place)
        if found is None:
            continue
        count, latest = found
        if at - latest > FORGET:
            await work.failures.clear(place)
            continue
        remembered = remembered or place == source
        left = latest + wait_after(count, all_together=place == EVERYWHERE) - at
        if left > timedelta():
            raise LockedOut(where=where, seconds=max(1, round(left.total_seconds())))
    return remembered


async def count_failure(work: Work, source: str, at: datetime) -> int:
    """Count a wrong token, in the database and so across all processes; how many came from this source."""
    count = await work.failures.add(source, at)
    await work.failures.add(EVERYWHERE, at)
    return count
