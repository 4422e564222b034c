"""Where the service keeps mirrors of repositories, and how a job gets both sides of a change out of one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

from coderev.files import cache_folder
from coderev.forge import fetching, values
from coderev.server.site import Site

FOLDER = "mirrors"  # in the user's cache folder
KEPT = timedelta(days=30)  # for which a mirror that nobody uses stays


@asynccontextmanager
async def fetched(site: Site, forge: str, wanted: values.Request | fetching.Commits) -> AsyncIterator[fetching.Fetched]:
    """Both sides of a change, in a repository that is there while the context lasts.

    Raises as `fetching.fetch`, and NoRoomToFetch, also for what is written while the context lasts.
    """
    try:
        async with fetching.fetch(site.forge_settings(forge), site.egress, wanted, folder(), site.settings) as both:
            yield both
    except OSError as error:
        if error.errno not in fetching.FULL:
            raise
        raise fetching.NoRoomToFetch(forge=forge, path=wanted.project.path, reason=error.strerror) from error


def folder() -> Path:
    """The folder of the mirrors. Raises CannotWrite."""
    return cache_folder() / FOLDER


def forget_unused(at: datetime) -> int:
    """Remove the mirrors that nobody used for `KEPT`; how many they were."""
    return fetching.forget_unused(folder(), at - KEPT)
