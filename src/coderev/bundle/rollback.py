"""Going back to a generation that is kept: checked whole, then one rename, recorded; the floor stays.

Clause 8 of spec/bundle.md.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from coderev.bundle.host.disk import point, writing
from coderev.bundle.host.generations import Building, read_contents
from coderev.bundle.host.health import HealthFailed, NotWell, last_step
from coderev.bundle.host.store import Watch
from coderev.bundle.install import Order
from coderev.bundle.journal import Journal, Notes
from coderev.bundle.site import Kind, Standing
from coderev.trust import generations as states

RESTORE = "pg_restore --clean --if-exists --dbname=DATABASE DUMP"  # PostgreSQL's own, of the dump made before


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Where to go back to: a kept generation's seq, or what was live before; and the database's schema, if known."""

    kind: Kind = "release"
    seq: int | None = None
    schema: int | None = None  # None: what the live generation migrated to


def rollback(wish: Wish, order: Order, at: datetime, watch: Watch) -> states.Generation:
    """Make a kept generation live again. Where this raises, what was live stays live, but for HealthFailed.

    Raises GenerationUnknown, DatabaseIncompatible, GenerationDamaged, SiteBusy, FolderNotOurs, DiskFull, DiskFails;
    HealthFailed where the site's last step fails for the generation that is live now.
    """
    site = order.site
    with site.locked(), Journal(site.state).attempt(order.began("rollback", at)) as notes:
        standing = site.standing(wish.kind)
        schema = wish.schema if wish.schema is not None else _schema(order, wish.kind, standing)
        found = standing.generations.back(wish.seq, schema, RESTORE)  # 8.3
        chosen = found.kept[-1]
        _note(notes, wish.kind, chosen, standing)
        contents = read_contents(site, wish.kind, chosen)
        Building(site=site, contents=contents).check(watch=watch)  # 8.1, 8.4
        site.remember(wish.kind, replace(standing, generations=found, proving=False))
        with writing(site.current(wish.kind)):
            point(site.current(wish.kind), f"generations/{chosen.name}")
        notes.outcome = "gone back"
        _last_step(order, wish.kind, chosen)
        return chosen


def _schema(order: Order, kind: Kind, standing: Standing) -> int | None:
    """The schema that the live generation migrated the database to; None where it has no database."""
    live = standing.generations.live
    if live is None or live.schemas is None:  # so a damaged generation without a database can be left
        return None
    database = read_contents(order.site, kind, live).manifest.database
    return None if database is None else database.schema


def _note(notes: Notes, kind: Kind, chosen: states.Generation, standing: Standing) -> None:
    live = standing.generations.live
    notes.know(kind=kind, seq=chosen.seq, generation=chosen.name, before=live.name if live else None)


def _last_step(order: Order, kind: Kind, chosen: states.Generation) -> None:
    try:
        last_step(order.settings.bundle.last_step, order.site.current(kind))
    except NotWell as error:
        state = f"{chosen.name} is live"
        hint = "mend what it says, then run the site's last step by hand"
        raise HealthFailed(check=error.check, reason=error.reason, state=state, hint_=hint) from error
