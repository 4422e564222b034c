"""`coderev bundle verify` and `coderev bundle install`: what a medium holds, and whether it becomes live."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import click
import msgspec

from coderev.bundle import custody, defaults, judge, labels, media, planning, progress, scanning, site, steps
from coderev.bundle import install as installing
from coderev.bundle import verify as verifying
from coderev.cli.options import CONFIG, PROGRESS
from coderev.cli.output import examples, write_lines
from coderev.errors import CoderevError, InputError, TrustError, Unavailable
from coderev.files import now, write_atomic
from coderev.report import visible
from coderev.settings import BundleSettings, Settings, load, tighten
from coderev.trust import openpgp

FOLDERS = click.argument("media_folders", metavar="MEDIUM...", nargs=-1, type=click.Path(path_type=Path))
SPOOL = click.option(
    "--spool", type=click.Path(path_type=Path), help="A folder into which parts arrive from a data diode."
)
PAPER = (
    click.option("--root", metavar="SHA256", help="Of the TUF root, from paper: on a host that has accepted none."),
    click.option("--fingerprint", multiple=True, help="Of an OpenPGP key that may sign, whole, from paper."),
    click.option(
        "--unsafe-accept-expired",
        metavar="DIGEST",
        help="Let the one bundle whose manifest has this SHA-256 pass although it has expired; it is recorded.",
    ),
)
LEAST_SEQ = click.option("--least-seq", type=click.IntRange(min=1), help="From paper: on a host without a floor.")
ROLES = click.option(
    "--role", "roles", multiple=True, type=click.Choice(["station", "app", "gpu"]), help="Of this host; may repeat."
)
YES = click.option("--yes", is_flag=True, help="Do not ask whether the plan is right.")
SCAN = click.option("--scan", is_flag=True, help="Run the site's malware scanner over each medium first.")


class NothingNamed(InputError):
    """A command about a bundle was called without saying where it is."""

    message = "it was not said where the bundle is"
    hint = "name the folder of each medium, or `--spool FOLDER`"


class NotConfirmed(InputError):
    """Nobody said yes to the plan of an installation."""

    message = "the plan was not confirmed, so nothing was installed"
    hint = "run the command again and answer `y`, or give `--yes` where nobody can be asked"


class NotProved(Unavailable):
    """A bundle is good as far as it was there, and not all of it was."""

    message = "the bundle is not verified: {reason}"
    hint = "bring what is missing and run the command again"


class BundleFaulty(TrustError):
    """A bundle has other bytes than those that were signed."""

    message = "the bundle is not verified: {count} faults"
    hint = "each fault above has its own advice; install nothing of this bundle before that"


PLACES = (
    click.option("--folder", help="Of the generations and the store, instead of bundle.folder."),
    click.option("--state", help="Of what the site remembers, instead of bundle.state."),
    CONFIG,
)


def at_a_site(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say which site is meant."""
    for option in reversed(PLACES):
        function = option(function)
    return function


def configured(config: Path | None, folder: str | None, state: str | None) -> Settings:
    """The settings of the site that is meant, within the ceiling. Raises LooserThanSite."""
    configuration = load(config)
    settings = configuration.settings
    bundle = msgspec.structs.replace(
        settings.bundle, folder=folder or settings.bundle.folder, state=state or settings.bundle.state
    )
    wanted = msgspec.structs.replace(settings, bundle=bundle)
    ceiling = configuration.ceiling
    return wanted if ceiling is None else tighten(ceiling, wanted, origin="the command line")


def with_paper(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options for what is typed from paper."""
    for option in reversed(PAPER):
        function = option(function)
    return function


@examples(
    "coderev bundle verify /media/stick-1 /media/stick-2",
    "coderev bundle verify --spool /srv/diode --report report.json",
)
@click.command("verify", short_help="Read a bundle once and say everything about it.")
@FOLDERS
@SPOOL
@with_paper
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a report, signed by the site's custody key.",
)
@SCAN
@PROGRESS
@at_a_site
def verify(media_folders: tuple[Path, ...], spool: Path | None, **given: Any) -> None:
    """Read a bundle once and say everything: who signed it, what it would install, and each fault.

    Nothing is installed. Name all its media, or some: then it is said what is missing.
    """
    settings, at = configured(given["config"], given["folder"], given["state"]), now()
    carried = found_media(media_folders, spool)
    scans = scanned(carried, settings.bundle, wanted=given["scan"])
    judging = judge.Judge(site=site.site_of(settings.bundle), settings=settings.bundle, paper=paper_of(given))
    recording = _Recording(Path(settings.bundle.state), carried, at)
    with ExitStack() as stack, infected_first(scans):

        def watch_of(total: int) -> Callable[[int], None]:
            return stack.enter_context(progress.open_progress("verify", total, given["form"])).add

        def seen(files: media.Metadata) -> None:
            recording.scanned(files.digest, scans)
            scanning.check(scans)

        found = verifying.verify(carried, judging, at, watch_of, seen)
    report = found.report(at, [str(folder) for folder in carried.folders]) | {"scans": [str(each) for each in scans]}
    recording.verified(report, given["report"])
    if given["format_"] == "json":
        write_lines([msgspec.json.encode(report).decode()])
    else:
        write_lines([*told_bundle(found.verified), *_told_scans(carried, scans), *_told_parts(found)])
    _leave(found)


def _leave(found: verifying.Verification) -> None:
    """The exit status: 3 for bytes that are wrong, 4 for what is missing or cannot be read."""
    if any(fault.kind in {"changed", "long"} for fault in found.faults):
        raise BundleFaulty(count=len(found.faults))
    if found.faults:
        raise NotProved(reason=f"{len(found.faults)} faults of the medium")
    if not found.complete:
        parts = len(found.unseen) + len(found.incomplete)
        raise NotProved(reason=f"{parts} of {len(found.verified.manifest.parts)} parts are not there")


class _Recording:
    """What `bundle verify` leaves in custody. Whoever may not write there verifies all the same, and is told so."""

    def __init__(self, state: Path, carried: media.Media, at: datetime) -> None:
        self._custody, self._carried, self._at = custody.open_custody(state), carried, at
        self._works = True

    def _steps(self, manifest: str) -> steps.Steps:
        return steps.Steps(custody=self._custody, manifest=manifest, media=self._carried.folders, at=self._at)

    def scanned(self, manifest: str, scans: Sequence[scanning.Scan]) -> None:
        """10.3, 10.6."""
        with self._told():
            self._steps(manifest).scanned(scans)

    def verified(self, report: Mapping[str, Any], path: Path | None) -> None:
        """10.3: with a report, which is signed, it must be recorded. Raises then what `Custody.add` raises."""
        details = {"by": "verify", "verified": "yes" if report["verified"] else "no"}
        if path is not None:
            content = self._custody.sign_report(report)
            self._steps(report["manifest"]).verified({**details, "report": sha256(content).hexdigest()})
            write_atomic(path, content)
        elif self._works:
            with self._told():
                self._steps(report["manifest"]).verified(details)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except CoderevError as error:
            self._works = False
            _tell(f"custody:   NOT RECORDED: {error}")


@examples(
    "coderev bundle install /media/stick-1 /media/stick-2 --root SHA256 --least-seq 7",
    "coderev bundle install /media/stick --role gpu --scan",
)
@click.command("install", short_help="Verify a bundle, show the plan, and make it live.")
@FOLDERS
@SPOOL
@with_paper
@LEAST_SEQ
@ROLES
@YES
@SCAN
@PROGRESS
@at_a_site
def install(media_folders: tuple[Path, ...], spool: Path | None, **given: Any) -> None:
    """Verify a bundle, show what it would do, and make it live; or leave everything as it was.

    Name the folders of its media. Where one drive takes them one after the other, name the drive: each is asked for.
    """
    install_from(media_folders, spool, given)


def install_from(media_folders: Sequence[Path], spool: Path | None, given: dict[str, Any]) -> None:
    """What `bundle install` and `update apply` do alike; `given` holds their options."""
    settings, at = configured(given["config"], given["folder"], given["state"]), now()
    carried = found_media(media_folders, spool)
    scans = scanned(carried, settings.bundle, wanted=given["scan"])
    screen = _Screen(settings=settings.bundle, given=given, at=at, carried=carried, scans=scans)
    if sys.stdin.isatty() and spool is None:
        carried = replace(carried, bring=screen.bring)
    order = installing.Order(
        settings=settings,
        operator=custody.operator(),
        host=os.uname().nodename,
        paper=paper_of(given),
        roles=given["roles"],
        configuration=given["config"],
        scans=tuple(scans),
    )
    with screen.stack, infected_first(scans):
        screen.step("look", None)
        done = installing.install(carried, order, at, installing.Told(plan=screen.show, watch=screen.count))
    for folder in load(given["config"]).folders[:1]:
        _tell(*defaults.differences(done.folder, done.files, folder))
    write_lines(_told_end(done, order.site))


@dataclass(kw_only=True)
class _Screen:
    """What the operator of an installation is shown and asked."""

    settings: BundleSettings
    given: Mapping[str, Any]
    at: datetime
    carried: media.Media
    scans: Sequence[scanning.Scan]
    stack: ExitStack = field(default_factory=ExitStack)
    running: list[progress.Progress] = field(default_factory=list)
    manifest: str = ""  # its SHA-256, when the plan is shown
    media_of: tuple[int, ...] = ()  # of each part, then too

    def step(self, doing: str, size: int | None) -> None:
        """Begin to count the bytes of the next step."""
        self.running.append(self.stack.enter_context(progress.open_progress(doing, size, self.given["form"])))

    def count(self, more: int) -> None:
        """Add to the step that is the last one now."""
        self.running[-1].add(more)

    def show(self, plan: planning.Plan) -> None:
        """Show the plan, and ask. Raises NotConfirmed."""
        self.manifest = plan.verified.digest
        self.media_of = tuple(part.medium for part in plan.verified.manifest.parts)
        _tell(*told_bundle(plan.verified), *_told_scans(self.carried, self.scans), *_told_plan(plan))
        if not self.given["yes"]:
            _confirm()
        self.step("install", plan.stored_bytes)

    def bring(self, number: int) -> bool:
        """Ask for the medium that holds a part, and scan it as the first one was. Raises MediumInfected."""
        if not _brought(number, self.media_of[number]):
            return False
        scans = scanned(self.carried, self.settings, wanted=self.given["scan"])
        kept = custody.open_custody(Path(self.settings.state))
        steps.Steps(custody=kept, manifest=self.manifest, media=self.carried.folders, at=self.at).scanned(scans)
        _tell(*_told_scans(self.carried, scans))
        scanning.check(scans)
        return True


def found_media(media_folders: Sequence[Path], spool: Path | None) -> media.Media:
    """The media that were named. Raises NothingNamed, NotABundle."""
    if bool(media_folders) == (spool is not None):
        raise NothingNamed
    return media.named([*media_folders] if spool is None else [spool], spool=spool is not None)


def paper_of(given: dict[str, Any]) -> judge.Paper:
    """What was typed from paper. Raises FingerprintRefused."""
    return judge.Paper(
        root=given["root"],
        fingerprints=frozenset(map(openpgp.fingerprint, given["fingerprint"])),
        least_seq=given.get("least_seq"),
        unsafe_accept_expired=given["unsafe_accept_expired"],
    )


def scanned(carried: media.Media, settings: BundleSettings, *, wanted: bool) -> list[scanning.Scan]:
    """What the scanner says of each medium; it runs where it was asked for, or the site names one."""
    if not (wanted or settings.scanner):
        return [scanning.Scan(verdict="not scanned", reason="it was not asked for")] * len(carried.folders)
    return [
        scanning.scan(folder, command=settings.scanner, seconds=settings.scanner_seconds) for folder in carried.folders
    ]


@contextmanager
def infected_first(scans: Sequence[scanning.Scan]) -> Iterator[None]:
    """Say that malware was found whatever else is wrong with a medium. Raises MediumInfected."""
    try:
        yield
    except CoderevError:
        scanning.check(scans)
        raise


def told_bundle(verified: judge.Verified) -> Iterator[str]:
    """What a bundle is, for whom, and who signed it."""
    manifest = verified.manifest
    what = f"{manifest.product} {manifest.version}, seq {manifest.seq}, {manifest.kind}, channel {manifest.channel}"
    yield f"bundle:    {what}" + (f", a delta from seq {manifest.origin.seq}" if manifest.origin else "")
    roles = ", ".join(sorted(manifest.roles))
    yield f"for:       site {manifest.site}, architecture {manifest.architecture}, roles {roles}"
    yield f"made:      {manifest.created:%Y-%m-%d}, expires {manifest.expires:%Y-%m-%d}"
    yield f"manifest:  SHA-256 {verified.digest}"
    if verified.tuf:
        yield f"TUF:       targets by {', '.join(verified.tuf['targets'])}"
        yield f"           root by {', '.join(verified.tuf['root'])}"
    else:
        yield "TUF:       NOT CHECKED, as this site's configuration says"
    for signer in verified.openpgp:
        yield f"OpenPGP:   {signer.primary} ({signer.algorithm}, {signer.hash}), {signer.made:%Y-%m-%d %H:%M} UTC"
    if not verified.openpgp:
        yield "OpenPGP:   NOT CHECKED, as this site's configuration says"
    for entry in verified.expired:
        yield f"EXPIRED:   {entry}; let pass by --unsafe-accept-expired"


def _told_scans(carried: media.Media, scans: Sequence[scanning.Scan]) -> Iterator[str]:
    for folder, each in zip(carried.folders, scans, strict=True):
        yield f"medium:    {folder}: {labels.medium_of(folder)}; {each}"


def _told_parts(found: verifying.Verification) -> Iterator[str]:
    manifest = found.verified.manifest
    size = sum(part.size for part in manifest.parts)
    yield f"contents:  {len(manifest.tree)} files, {progress.human_size(manifest.needs.bytes)} once installed"
    yield f"read:      {progress.human_size(found.bytes)} of {progress.human_size(size)} are as they were signed"
    for fault in found.faults:
        yield f"fault:     {fault}"
        yield f"           {fault.advice}"
    for number in (*found.unseen, *found.incomplete):
        state = "is not there" if number in found.unseen else "has not wholly arrived"
        yield f"missing:   part {number} {state}; it is on medium {manifest.parts[number].medium}"
    if found.stale:
        yield f"STALE:     older than the {manifest.maximum_age_days} days that these advisories may have"
    yield "verified:  " + ("yes" if found.proved else "NO")


def _told_plan(plan: planning.Plan) -> Iterator[str]:
    yield f"live now:  {plan.before.name if plan.before else 'nothing'}; then {plan.generation.name}"
    for room in plan.rooms:
        inodes = "" if room.free_inodes is None else f", {room.free_inodes} inodes"
        wanted = f"{progress.human_size(room.bytes)} and {room.inodes} inodes"
        yield f"to write:  {wanted} below {room.path}; free: {progress.human_size(room.free)}{inodes}"
    if not plan.parts:
        yield "to read:   nothing: all of it is here already, and was compared"
        return
    parts = ", ".join(map(str, plan.parts))
    yield f"to read:   {'part' if len(plan.parts) == 1 else 'parts'} {parts}: {progress.human_size(plan.stored_bytes)}"


def _told_end(done: installing.Installed, own: site.Site) -> Iterator[str]:
    kind = done.verified.manifest.kind
    if done.outcome == "live already":
        yield f"{done.generation.name} is live already: nothing was changed"
        return
    yield f"installed: {done.generation.name} is live, {own.current(kind)} leads to it"


def _confirm() -> None:
    if not sys.stdin.isatty():
        raise NotConfirmed
    if not click.confirm("Install this?", err=True):
        raise NotConfirmed


def _brought(number: int, medium: int) -> bool:
    if sys.stderr.isatty():
        click.echo(progress.CLEAR, nl=False, err=True)  # of the step that waits
    answer: str = click.prompt(
        f"Part {number} is not there. Put in medium {medium} and press Enter, or type q",
        default="",
        show_default=False,
        err=True,
    )
    return answer.strip().lower() != "q"


def _tell(*lines: str) -> None:
    for line in lines:
        click.echo(visible(line), err=True)
