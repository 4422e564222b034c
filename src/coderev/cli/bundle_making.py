"""`coderev bundle create` and `coderev bundle sign`: on the connected side, and where the keys are."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from coderev.bundle import create as creating
from coderev.bundle import delta, inventory, key_files, officer, progress, recipe, signing
from coderev.cli.options import FILE, FOLDER, PROGRESS
from coderev.cli.output import examples, write_lines
from coderev.cli.passphrase import PASSPHRASE_FILE, passphrase
from coderev.errors import InputError
from coderev.files import now


class BadSize(InputError):
    """A size on the command line is none."""

    message = "--{option}: {reason}"
    hint = "write bytes, or for example 3900MiB or 25GB; a part has 16 MiB to 4 GiB - 1 byte"


class NothingToSign(InputError):
    """Signing was asked for without saying with what."""

    message = "it was not said with what to sign"
    hint = "name a key with --key, or let gpg sign with --openpgp, or take signatures over with --from"


@examples(
    "coderev bundle create bundle.yaml --roots tuf --keyring KEYRING.gpg --output release-7",
    "coderev bundle create bundle.yaml --roots tuf --keyring KEYRING.gpg --since 7 --output release-8",
)
@click.command("create", short_help="Make the bundle that a bundle.yaml describes; unsigned.")
@click.argument("recipe_file", metavar="RECIPE", type=FILE)
@click.option("--output", required=True, type=click.Path(path_type=Path), help="The folder to make.")
@click.option("--roots", required=True, type=FOLDER, help="The folder of signed roots, 1.root.json and so on.")
@click.option("--keyring", required=True, type=FILE, help="The officers' OpenPGP keys, as `gpg --export` writes them.")
@click.option("--officer", multiple=True, metavar="FINGERPRINT", help="Who of the keyring may sign; else everybody.")
@click.option("--since", metavar="SEQ|INVENTORY", help="Make a delta, from an earlier bundle or a site's inventory.")
@click.option("--bundles", type=FOLDER, help="Where earlier bundles are; else the folder that --output is in.")
@click.option("--bootstrap", type=FOLDER, help="What a bare host needs, for every medium.")
@click.option("--part-size", metavar="SIZE", help="Of a part, instead of the recipe's.")
@click.option("--media-size", metavar="SIZE", help="Of a medium, instead of the recipe's: one folder for each.")
@click.option("--checksums", is_flag=True, help="List the parts in CHECKSUMS.sha256 too; reads them once more.")
@PROGRESS
def create(recipe_file: Path, output: Path, form: progress.Form, **given: Any) -> None:
    """Make the bundle that RECIPE, a bundle.yaml, describes. It is not signed then."""
    at = now()
    read = _sized(recipe.read_recipe(recipe_file), given["part_size"], given["media_size"])
    authority = signing.read_authority(given["roots"], given["keyring"], given["officer"])
    order = creating.Order(
        recipe=read,
        folder=recipe_file.parent,
        output=output,
        at=at,
        start=_start(given["since"], given["bundles"] or output.absolute().parent),
        checksums=given["checksums"],
        progress=form,
    )
    made = creating.create(order, signing.describe(authority, at, given["bootstrap"]))
    write_lines([*_made(made), *_told(signing.signatures_of(output), output)])


def _sized(read: recipe.Recipe, part_size: str | None, media_size: str | None) -> recipe.Recipe:
    changed = {"part_size": part_size, "media_size": media_size}
    for name, text in changed.items():
        if text is not None and (fault := recipe.size_fault(name, text)):
            raise BadSize(option=name.replace("_", "-"), reason=fault)
    return msgspec.structs.replace(read, **{name: text for name, text in changed.items() if text is not None})


def _start(since: str | None, bundles: Path) -> delta.Start | None:
    if since is None:
        return None
    if since.isdecimal():
        return delta.start_from_seq(int(since), bundles)
    return delta.start_from_inventory(inventory.read_inventory(Path(since)), bundles)


def _made(made: creating.Created) -> Iterator[str]:
    manifest = made.manifest
    stored = sum(part.size for part in manifest.parts)
    whole = sum(manifest.sizes.values())
    yield f"made: seq {manifest.seq}, {len(manifest.tree)} files, {progress.human_size(whole)}"
    patched = sum(blob.encoding == "patch" for blob in manifest.blobs)
    if manifest.origin is not None:
        left_out = f"{len(manifest.held)} contents are left out, {patched} go as patches"
        yield f"a delta from seq {manifest.origin.seq}: {left_out}"
    parts = "1 part" if len(manifest.parts) == 1 else f"{len(manifest.parts)} parts"
    yield f"stored: {progress.human_size(stored)} in {parts}"
    yield from (f"medium: {medium}" for medium in made.media)


@examples(
    "coderev bundle sign release-7 --key alice.pem --openpgp --local-user alice",
    "coderev bundle sign release-7 --from copy-from-bob",
)
@click.command("sign", short_help="Add signatures, on any machine, without the parts.")
@click.argument("folder", metavar="BUNDLE", type=FOLDER)
@click.option("--key", "keys", multiple=True, type=FILE, help="The private half of a role key; may repeat.")
@PASSPHRASE_FILE
@click.option("--openpgp", "with_gpg", is_flag=True, help="Let your gpg sign the manifest.")
@click.option("--local-user", multiple=True, metavar="KEY", help="Which key gpg takes; may repeat.")
@click.option("--from", "copy", type=FOLDER, help="Take over what was signed in a copy of the metadata.")
@click.option("--print-gpg", is_flag=True, help="Print the command for the officer's machine, and do nothing else.")
def sign(folder: Path, keys: tuple[Path, ...], passphrase_file: Path | None, **given: Any) -> None:
    """Sign BUNDLE, or a copy of its metadata: the parts are not needed. Repeat it with each key, on any machine."""
    if given["print_gpg"]:
        write_lines([officer.gpg_line(given["local_user"])])
        return
    if not (keys or given["with_gpg"] or given["copy"]):
        raise NothingToSign
    signers = [key_files.open_private(key, passphrase(passphrase_file, key=key.stem)) for key in keys]
    if given["copy"]:
        signing.take_over(folder, given["copy"], now())
    if signers:
        signing.sign(folder, signers, now())
    if given["with_gpg"]:
        signing.sign_openpgp(folder, given["local_user"], now())
    write_lines(_told(signing.signatures_of(folder), folder))


def _told(signatures: signing.Signatures, folder: Path) -> Iterator[str]:
    yield f"manifest: seq {signatures.seq}, SHA-256 {signatures.manifest}"
    for tally in signatures.tallies:
        missing = "" if tally.complete else f"; may still sign: {', '.join(tally.waiting)}"
        yield f"{tally.role}: {len(tally.signed)} of {tally.threshold} signatures{missing}"
    named = ", ".join(signatures.openpgp) or f"missing; may sign: {', '.join(signatures.pinned)}"
    yield f"OpenPGP: {named}"
    if signatures.complete:
        yield f"nothing is missing: verify it with `coderev bundle verify {folder} --root SHA256`"
    else:
        yield f"NOT COMPLETE: sign it with `coderev bundle sign {folder} --key FILE`, and with --openpgp"
