"""Repositories in queries, by the name that people call them: `forge/group/name`."""

from coderev.store import Work

NONE = 0  # the id of no repository


async def repository_id(work: Work, name: str | None) -> int | None:
    """The id of a repository, NONE where there is none; None where nobody asks for one."""
    if name is None:
        return None
    forge, _, path = name.partition("/")
    found = await work.repositories.by_path(forge, path)
    return found.id if found else NONE
