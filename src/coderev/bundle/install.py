"""Installing a bundle: prove, plan, write what was compared, stage, check, exchange, check again, or go back.

The order is that of clause 7 of spec/bundle.md. Whatever stops it, `current` names the old generation or the new one,
whole, and the same command run again completes (7.6).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from coderev.bundle.custody import open_custody
from coderev.bundle.format.entries import File, RoleName
from coderev.bundle.host.disk import point, sync_folder, writing
from coderev.bundle.host.generations import Building, GenerationDamaged, prune
from coderev.bundle.host.health import Checks, HealthFailed, NotWell, last_step
from coderev.bundle.host.loading import load_images
from coderev.bundle.host.store import Filling, Watch
from coderev.bundle.journal import Began, Journal, Notes
from coderev.bundle.judge import Judge, Paper, Verified
from coderev.bundle.media import Media
from coderev.bundle.planning import Plan, contents_of, nothing_to_write, plan
from coderev.bundle.scanning import Scan, check
from coderev.bundle.site import Kind, Site, Standing, site_of, utc
from coderev.bundle.steps import Steps
from coderev.settings import Settings
from coderev.trust import generations as states

NOTHING_TYPED = Paper()
KINDS: tuple[Kind, ...] = ("release", "advisories")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Who installs what, where: the site's settings, what was typed from paper, and who typed it."""

    settings: Settings
    operator: str
    host: str
    paper: Paper = NOTHING_TYPED
    roles: tuple[RoleName, ...] = ()  # empty: those of the settings
    machine: str | None = None  # the architecture; None: of this host
    configuration: Path | None = None  # the folder that was named for this run
    scans: tuple[Scan, ...] = ()  # what the scanner said of each medium, in their order; empty: nobody was asked

    @property
    def site(self) -> Site:
        """The site that the settings name."""
        return site_of(self.settings.bundle)

    def began(self, what: Literal["install", "rollback"], at: datetime, media: tuple[Path, ...] = ()) -> Began:
        """The first line of an attempt in the journal."""
        return Began(
            what=what,
            at=utc(at),
            operator=self.operator,
            host=self.host,
            media=tuple(str(folder)[:1024] for folder in media),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the operator is shown: the plan, which may be declined by raising, and bytes that were read."""

    plan: Callable[[Plan], None] = lambda _: None
    watch: Watch = lambda _: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """How an installation ended."""

    generation: states.Generation
    verified: Verified
    outcome: Literal["installed", "live already"]
    folder: Path
    files: tuple[File, ...]


def install(media: Media, order: Order, at: datetime, told: Told) -> Installed:
    """Install a bundle from its media; where this raises, what was live is live, and a rerun goes on from there.

    `at` is the clock, in UTC. Raises what `Media.read`, `Judge.judge`, `plan`, `Filling.fill`, `Building.stage` and
    `Building.check` raise, and SiteBusy, FolderNotOurs, MediumInfected, HealthFailed; and what `Custody.add` raises,
    for what cannot be recorded is not done.
    """
    site = order.site
    with site.locked(), Journal(site.state).attempt(order.began("install", at, media.folders)) as notes:  # 7.8, 10.5
        files = media.read()
        notes.know(manifest=files.digest)
        steps = Steps(custody=open_custody(site.state), manifest=files.digest, media=media.folders, at=at)
        _record_scans(order.scans, steps, notes)
        judge = Judge(site=site, settings=order.settings.bundle, paper=order.paper, machine=order.machine)
        verified = judge.judge(files, at)
        return _Installation(order=order, media=media, verified=verified, notes=notes, steps=steps, told=told).run()


def _record_scans(scans: tuple[Scan, ...], steps: Steps, notes: Notes) -> None:
    """10.3, 10.6: recorded also where malware was found, which is refused then."""
    if scans:
        notes.know(custody=steps.scanned(scans))
    check(scans)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Installation:
    """One bundle that was proved, on its way to being live."""

    order: Order
    media: Media
    verified: Verified
    notes: Notes
    steps: Steps
    told: Told

    def run(self) -> Installed:
        standing, building = self.verified.standing, self._building()
        generation = building.contents.generation
        self._note(standing, generation)
        is_live = standing.generations.live == generation
        whole = self._is_whole(building, standing)
        if whole:
            if not is_live:
                self._show(nothing_to_write(self.verified, building))
            self._record_verified()
        else:
            self._write(building)
        if is_live and not standing.proving:
            return self._ended("installed" if not whole else "live already", building)
        if not is_live:
            standing = replace(standing, generations=standing.generations.stage(generation))
            self.order.site.remember(building.kind, standing)  # a rerun finds it, and need not read the media again
            self._check_staged(building)
            standing = self._exchange(standing, building)
        self._gate(standing, building)
        return self._ended("installed", building)

    def _building(self) -> Building:
        roles = self.order.roles or self.order.settings.bundle.roles
        return Building(site=self.order.site, contents=contents_of(self.verified, roles))

    def _note(self, standing: Standing, generation: states.Generation) -> None:
        verified, live = self.verified, standing.generations.live
        self.notes.know(
            kind=verified.manifest.kind,
            seq=verified.manifest.seq,
            version=verified.manifest.version,
            generation=generation.name,
            before=live.name if live else None,
            tuf=dict(verified.tuf),
            openpgp=tuple(signer.primary for signer in verified.openpgp),
            expired=verified.expired,
        )

    def _is_whole(self, building: Building, standing: Standing) -> bool:
        """Whether this very generation is here already: live, kept, or staged by an attempt that did not end well."""
        known = (*standing.generations.kept, standing.generations.staged)
        if building.contents.generation not in known:
            return False
        try:
            building.check(watch=self.told.watch)
        except GenerationDamaged:
            return False
        return True

    def _write(self, building: Building) -> None:
        """7.1 to 7.5, and `files`."""
        planned = plan(self.verified, building, self.media, self.told.watch)
        for room in planned.rooms:
            room.check()
        self._show(planned)
        self._record_verified()
        self.order.site.remember(building.kind, self.verified.standing)  # it was proved, and the operator goes on
        with writing(self.order.site.folder):
            for shelf in building.shelves:
                shelf.clear()
        filling = Filling(manifest=self.verified.manifest, media=self.media, base_of=self._base_of(building))
        right = filling.fill(planned.stock, self.told.watch)
        building.stage()
        building.check(right, self.told.watch)

    def _show(self, planned: Plan) -> None:
        """The operator sees the plan; whoever ends it there has declined, and nothing failed."""
        self.notes.outcome = "declined"
        self.told.plan(planned)
        self.notes.outcome = None

    def _record_verified(self) -> None:
        """10.3: signatures, manifest and all that clause 6 asks; each byte of a part is compared when it is read."""
        manifest = self.verified.manifest
        self.notes.know(custody=self.steps.verified({"seq": f"{manifest.seq}", "by": "install"}))

    def _base_of(self, building: Building) -> Callable[[str], Path | None]:
        """Where a content that a patch starts from lies, in whichever mode (9.3)."""

        def found(content: str) -> Path | None:
            places = (Path(shelf.path(content, mode)) for shelf in building.shelves for mode in ("0644", "0755"))
            return next((path for path in places if path.is_file()), None)

        return found

    def _check_staged(self, building: Building) -> None:
        """7.5, 7.15: what can be known before anything is exchanged."""
        folder = self.order.site.generation(building.kind, building.contents.generation.name)
        try:
            self._checks(building, folder).before()
            load_images(folder, building.contents, self.order.settings)
        except NotWell as error:
            raise HealthFailed(
                check=error.check, reason=error.reason, state="nothing was exchanged", hint_=_FIX
            ) from error

    def _checks(self, building: Building, folder: Path) -> Checks:
        ids = building.contents.manifest.health
        return Checks(folder=folder, ids=ids, settings=self.order.settings, configuration=self.order.configuration)

    def _exchange(self, standing: Standing, building: Building) -> Standing:
        """7.6, 7.7: the floor first, then the one rename."""
        site, kind, generation = self.order.site, building.kind, building.contents.generation
        standing = replace(standing, generations=standing.generations.swap(), proving=True)
        site.remember(kind, standing)
        with writing(site.current(kind)):
            point(site.current(kind), f"generations/{generation.name}")
        return standing

    def _gate(self, standing: Standing, building: Building) -> None:
        """7.10."""
        site, kind = self.order.site, building.kind
        try:
            self._checks(building, site.current(kind)).after(site.current(kind))
        except NotWell as error:
            raise self._swapped_back(standing, building, error) from error
        site.remember(kind, replace(standing, proving=False))

    def _swapped_back(self, standing: Standing, building: Building, error: NotWell) -> HealthFailed:
        """What was live before is live again; the link first, for it decides (7.6)."""
        site, kind = self.order.site, building.kind
        reverted = standing.generations.revert()
        current, live = site.current(kind), reverted.live
        with writing(current):
            if live is None:
                current.unlink()
                sync_folder(current.parent)
            else:
                point(current, f"generations/{live.name}")
        site.remember(kind, replace(standing, generations=reverted, proving=False))
        self.notes.outcome = "swapped back"
        state = f"{live.name if live else 'nothing'} is live again"
        try:
            last_step(self.order.settings.bundle.last_step if live else (), current)
        except NotWell as another:
            state += f", and its own last step failed: {another.reason}"
        return HealthFailed(check=error.check, reason=error.reason, state=state, hint_=_FIX)

    def _ended(self, outcome: Literal["installed", "live already"], building: Building) -> Installed:
        site, kind = self.order.site, building.kind
        if outcome == "installed":
            clean(site, kind, self.order.settings.bundle.keep)
        self.notes.outcome = outcome
        contents = building.contents
        details = {"outcome": outcome, "generation": contents.generation.name}
        self.notes.know(custody=self.steps.installed(details))
        return Installed(
            generation=contents.generation,
            verified=self.verified,
            outcome=outcome,
            folder=site.generation(kind, contents.generation.name),
            files=contents.files,
        )


_FIX = "mend what the check says and run the same command again: nothing is read twice"


def clean(site: Site, kind: Kind, keep: int) -> None:
    """Forget the oldest generations beyond `keep`, and contents that none has (7.11). Raises DiskFull, DiskFails."""
    standing = site.standing(kind)
    kept, _ = standing.generations.prune(keep)
    site.remember(kind, replace(standing, generations=kept))
    every = {each: site.standing(each).generations for each in KINDS}
    prune(
        site, {each: tuple(one for one in (*found.kept, found.staged) if one) for each, found in every.items()}, KINDS
    )
