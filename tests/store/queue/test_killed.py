"""500 queued jobs, and workers killed by SIGKILL ten times: none is lost, none is published twice."""

import asyncio
from contextlib import ExitStack

from stand_ins.queue_site import Site, until
from stand_ins.queue_worker import killing

JOBS = 500


async def test_of_500_jobs_none_is_lost_and_none_is_published_twice(site: Site) -> None:
    async with site.work() as work:
        for number in range(JOBS):
            await site.queue.enqueue(work, "publish", {}, lock=f"mr {number % 200}", repository=f"{number % 7}")
    order = {"concurrency": 4, "seconds": 0.02, "pace": {"pulse": 0.1, "beat": 0.2, "silence": 1.0}}

    with ExitStack() as processes:
        murder = asyncio.create_task(killing(site.server.port, site.database, order, processes, workers=3, every=0.7))
        await until(lambda: _all_done(site), 100)
        murder.cancel()
        await asyncio.gather(murder, return_exceptions=True)

    assert await site.ask("SELECT count(*), count(DISTINCT job) FROM published") == [(JOBS, JOBS)]
    [(again,)] = await site.ask("SELECT count(*) FROM begun WHERE attempt > 1")
    assert again > 0  # workers did die while they ran jobs


async def _all_done(site: Site) -> bool:
    return await site.ask("SELECT count(*) FROM procrastinate_jobs WHERE status = 'succeeded'") == [(JOBS,)]
