"""Which repositories a forge has here: what a login's permissions are asked about for a list."""

from importlib import resources

from coderev.store import Work, records

MOST = 2_000  # repositories that are looked at for one person's list, those that were seen last


async def repositories_of(work: Work, forge: str) -> tuple[records.Repository, ...]:
    """The repositories of a forge, those that were seen last first."""
    statement = resources.files("coderev.server.access").joinpath("repositories_of.sql").read_bytes()
    rows = await (await work.connection.execute(statement, {"forge": forge, "most": MOST})).fetchall()
    return tuple(
        records.Repository(id=id_, forge=forge, forge_id=forge_id, path=path, tenant=tenant)
        for id_, forge_id, path, tenant in rows
    )
