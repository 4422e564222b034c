"""`coderev keys`: the ceremony of the release keys, and which keys a site believes (docs/howto/keys.md)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from coderev.bundle import bootstrapping, custody, key_files, media, revocations
from coderev.cli.options import CONFIG
from coderev.cli.output import examples, make_folder, write_lines
from coderev.cli.passphrase import PASSPHRASE_FILE, passphrase
from coderev.files import data_folder, now, write_atomic
from coderev.settings import load
from coderev.trust import keys, making

ROLES = ("root", "targets", "snapshot", "timestamp")
DAYS = click.option("--days", type=click.IntRange(1, 3660), default=365, show_default=True, help="Until it expires.")
TUF = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default="tuf",
    show_default=True,
    help="The folder of the roots.",
)


@click.group("keys")
def command() -> None:
    """The keys that sign bundles, and those that a site believes."""


def _public_keys(*, required: bool) -> Callable[[Any], Any]:
    def options(function: Any) -> Any:
        for role in reversed(ROLES):
            path = click.Path(path_type=Path, dir_okay=False, exists=True)
            asked = f"The public half of a key that may sign {role}; may repeat."
            function = click.option(f"--{role}", role, type=path, multiple=True, required=required, help=asked)(
                function
            )
        return function

    return options


@examples(
    "coderev keys add alice --folder alice",
)
@command.command("add", short_help="Make a key pair.")
@click.argument("name")
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), help="Where to put it; else a folder of your own."
)
@click.option(
    "--algorithm",
    type=click.Choice([each.value for each in keys.Algorithm]),
    default=keys.Algorithm.ED25519.value,
    show_default=True,
    help="Of the key.",
)
@PASSPHRASE_FILE
def add(name: str, folder: Path | None, algorithm: str, passphrase_file: Path | None) -> None:
    """Make a key pair called NAME: NAME.pem for its holder, NAME.pub for the ceremony."""
    signer = keys.make_key(keys.Algorithm(algorithm))
    secret = passphrase(passphrase_file, key=name, new=True)
    private, public = key_files.write_pair(folder or data_folder() / "keys", name, signer, secret)
    write_lines([f"key id: {signer.public_key.keyid}", f"private: {private}", f"public: {public}"])


@examples(
    "coderev keys init --root a.pub --root b.pub --targets a.pub --targets b.pub --snapshot c.pub --timestamp c.pub",
)
@command.command("init", short_help="Make the first root: who may sign what.")
@_public_keys(required=True)
@click.option("--root-threshold", default=making.DEFAULT_THRESHOLD, show_default=True, help="How many must sign roots.")
@click.option(
    "--targets-threshold", default=making.DEFAULT_THRESHOLD, show_default=True, help="How many must sign bundles."
)
@DAYS
@TUF
def init(folder: Path, days: int, root_threshold: int, targets_threshold: int, **given: tuple[Path, ...]) -> None:
    """Make the first root, which says who may sign what. Its holders then sign it with `coderev keys sign`."""
    if folder.is_dir() and (path := key_files.next_root(folder)).name != "1.root.json":
        raise key_files.RootExists(path=key_files.last_root(folder), folder=folder)
    named: dict[str, Any] = {role: tuple(map(key_files.open_public, given[role])) for role in ROLES}
    roles = making.Roles(**named, root_threshold=root_threshold, targets_threshold=targets_threshold)
    made = making.make_root(roles, _expiry(days))
    make_folder(folder)
    path = key_files.next_root(folder)
    write_atomic(path, made)
    write_lines([f"made: {path}", *_told(path, None)])


@examples(
    "coderev keys sign tuf/1.root.json --key alice.pem",
)
@command.command("sign", short_help="Add a signature to a root.")
@click.argument("root", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--key", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The private half.")
@PASSPHRASE_FILE
def sign(root: Path, key: Path, passphrase_file: Path | None) -> None:
    """Add a signature to ROOT, a file of the folder of roots; nothing else in it changes."""
    content = key_files.read_root(root)
    signer = key_files.open_private(key, passphrase(passphrase_file, key=key.stem))
    key_files.check_signs(root, signer.public_key.keyid)
    write_atomic(root, making.sign(content, signer))
    write_lines([f"signed: {root} with {signer.public_key.keyid}", *_told(root, None)])


@examples(
    "coderev keys rotate --drop KEYID --root dora.pub --targets dora.pub",
    "coderev keys rotate --custody",
)
@command.command("rotate", short_help="Make the next root, or the site's next custody key.")
@_public_keys(required=False)
@click.option("--drop", multiple=True, metavar="KEYID", help="A key that has no role any more; may repeat.")
@click.option("--custody", "of_custody", is_flag=True, help="Make this site's next custody key instead.")
@DAYS
@TUF
@CONFIG
def rotate(config: Path | None, folder: Path, days: int, **given: Any) -> None:
    """Make the next root: with keys added or dropped, or only a later expiry.

    It needs signatures by the old root's keys and by its own.
    """
    if given["of_custody"]:
        state = Path(load(config).settings.bundle.state)
        write_lines([f"custody key id: {custody.open_custody(state).make_key()}"])
        return
    before = key_files.read_root(key_files.last_root(folder))
    roles = making.roles_of(before)
    for key_id in map(revocations.key_named, given["drop"]):
        roles = roles.without(key_id)
    for role in ROLES:
        added = tuple(map(key_files.open_public, given[role]))
        changed: dict[str, Any] = {role: (*roles.of(role), *added)}
        roles = replace(roles, **changed)
    made = making.make_root(roles, _expiry(days), before)
    path = key_files.next_root(folder)
    write_atomic(path, made)
    write_lines([f"made: {path}", *_told(path, None)])


@examples(
    "coderev keys revoke '164D 569D DB03 04D7 6D8E 3F41 F354 C72E 2E12 6369'",
)
@command.command("revoke", short_help="Stop believing a key on this site, at once.")
@click.argument("key")
@CONFIG
def revoke(config: Path | None, key: str) -> None:
    """Stop believing KEY on this site, at once: an OpenPGP fingerprint or a TUF key id, typed from paper."""
    state = Path(load(config).settings.bundle.state)
    name = revocations.key_named(key)
    added = revocations.revoke(state, key)
    write_lines([f"revoked: {name}" if added else f"revoked before: {name}"])


@examples(
    "coderev keys show tuf/1.root.json",
    "coderev keys show --paper release-7",
)
@command.command("show", short_help="Show who may sign, what this site believes, or the paper.")
@click.argument("root", type=click.Path(path_type=Path, dir_okay=False, exists=True), required=False)
@click.option(
    "--names", type=click.Path(path_type=Path, file_okay=False, exists=True), help="A folder of public halves."
)
@click.option(
    "--paper",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="MEDIUM",
    help="Print what goes on paper for the first installation from this medium.",
)
@CONFIG
def show(config: Path | None, root: Path | None, names: Path | None, paper: Path | None) -> None:
    """Show who may sign by ROOT and who signed it; without it, what this site believes."""
    if paper is not None:
        write_lines(bootstrapping.sheet(media.named([paper]).folders[0], now()).lines)
    elif root is not None:
        write_lines(_told(root, names))
    else:
        write_lines(_of_site(Path(load(config).settings.bundle.state)))


def _expiry(days: int) -> Any:
    return now().replace(microsecond=0) + timedelta(days=days)


def _told(path: Path, names: Path | None) -> Iterator[str]:
    content = key_files.read_root(path)
    roles, signed = making.roles_of(content), making.tally(content, content)
    called = key_files.names_of(names) if names else {}
    yield f"SHA-256: {sha256(content).hexdigest()}"
    thresholds = {"root": roles.root_threshold, "targets": roles.targets_threshold}
    for role in ROLES:
        yield f"{role}: {thresholds.get(role, 1)} of {len(roles.of(role))}"
        for key in roles.of(role):
            yield _key_line(key, signed.signed if role == "root" else (), called)
    yield f"signed by its own keys: {len(signed.signed)} of {signed.threshold}"
    if (before := key_files.root_before(path)) is not None:
        old = making.tally(content, key_files.read_root(before))
        yield f"signed by the keys of the root before it: {len(old.signed)} of {old.threshold}"


def _key_line(key: Any, signed: tuple[str, ...], called: Mapping[str, str]) -> str:
    name = f"  {called[key.keyid]}" if key.keyid in called else ""
    return f"  {key.keyid}  {keys.algorithm_of(key)}{name}" + ("  signed" if key.keyid in signed else "")


def _of_site(state: Path) -> Iterator[str]:
    revoked = revocations.read(state)
    yield f"state: {state}"
    yield "custody: " + (", ".join(sorted(custody.open_custody(state).key_ids)) or "no key yet")
    yield f"revoked: {len(revoked.openpgp | revoked.tuf)}"
    yield from (f"  {name}" for name in sorted(revoked.openpgp | revoked.tuf))
