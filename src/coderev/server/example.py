"""The example's review, for whoever starts the service in a fresh clone and has connected nothing yet."""

from asyncio import to_thread
from pathlib import Path
from uuid import uuid4

from coderev.files import now, scratch_folder
from coderev.process import run
from coderev.server.keeping import keep
from coderev.server.operations.logs import log
from coderev.server.reviewing import Wanted, review_commits
from coderev.server.site import Site
from coderev.store import records

EXAMPLE = Path(__file__).parents[3] / "examples" / "clinic.bundle"  # in a clone; an installed package has none
TENANT = "@example"
SECONDS = 60  # to unpack it


async def show_example(site: Site, bundle: Path = EXAMPLE) -> None:
    """Review the example, where there is one, no forge is connected, and nothing was ever reviewed.

    It is there for newcomers: where it cannot be shown, the service goes on without it.
    """
    try:
        if _is_wanted(site, bundle):
            await _show(site, bundle)
    except Exception:  # noqa: BLE001 - no disk, no git, no database: none of it may end the service
        log.warning("the example cannot be shown", exc_info=True)


async def _show(site: Site, bundle: Path) -> None:
    async with site.store.work() as work:
        if await work.reviews.search(records.ReviewFilter(tenants=None, limit=1)):
            return
    started = now()
    with scratch_folder() as folder:
        await to_thread(run, ["git", "clone", "--quiet", str(bundle), str(folder / "clinic")], seconds=SECONDS)
        wanted = Wanted(tenant=TENANT, base="refs/remotes/origin/main", head="refs/remotes/origin/topic")
        reviewed = await review_commits(site.models, folder / "clinic", wanted)
    async with site.store.work() as work:
        review = await work.reviews.add(uuid4(), TENANT, None, None, "coderev itself", "example", started)
        await work.reviews.start(review.id, started)
        await keep(work, review, reviewed)


def _is_wanted(site: Site, bundle: Path) -> bool:
    return bundle.is_file() and not site.settings.forges
