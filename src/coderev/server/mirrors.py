"""Where the service keeps mirrors of repositories, and how a job gets both sides of a change out of one."""

from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from pathlib import Path

from coderev.files import cache_folder
from coderev.forge import fetching, values
from coderev.server.site import Site

FOLDER = "mirrors"  # in the user's cache folder
KEPT = timedelta(days=30)  # for which a mirror that nobody uses stays


def fetched(
    site: Site, forge: str, wanted: values.Request | fetching.Commits
) -> AbstractAsyncContextManager[fetching.Fetched]:
    """Both sides of a change, in a repository that is there while the context lasts. Raises as `fetching.fetch`."""
    return fetching.fetch(site.forge_settings(forge), site.egress, wanted, folder(), site.settings)


def folder() -> Path:
    """The folder of the mirrors. Raises CannotWrite."""
    return cache_folder() / FOLDER


def forget_unused(at: datetime) -> int:
    """Remove the mirrors that nobody used for `KEPT`; how many they were."""
    return fetching.forget_unused(folder(), at - KEPT)
