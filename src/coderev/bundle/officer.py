"""The officer's OpenPGP signature of a manifest, by the officer's own gpg and agent (spec/bundle.md 5.7).

coderev never holds an OpenPGP key. What gpg gives back is read as strictly as an installing host will read it.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence

from coderev.bundle.making.media_folders import MANIFEST, SIGNATURE
from coderev.errors import InputError, Unavailable
from coderev.process import run
from coderev.settings import environment, users_home
from coderev.trust import openpgp, packets

GPG_SECONDS = 600  # a person types a passphrase, or looks for a smart card
_PASSED = ("GNUPGHOME", "GPG_TTY", "DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "TERM")
_COLUMNS = 64


class GpgRefused(Unavailable):
    """The officer's gpg made no signature."""

    message = "gpg made no signature: {reason}"
    hint = "look with `gpg --list-secret-keys`, name the key with --local-user, and see that its agent may ask you"


class WrongOfficer(InputError):
    """The manifest was signed by a key that the bundle's keyring does not hold or does not pin."""

    message = "{fingerprint} signed, and is not among the keys that this bundle names: {pinned}"
    hint = "name one of those with --local-user, or make the bundle again with a keyring that holds this key"


def gpg_command(users: Sequence[str]) -> list[str]:
    """What the officer runs, or what is run for them; manifest on standard input, signature on standard output."""
    named = [word for user in users for word in ("--local-user", user)]
    return ["gpg", "--no-verbose", *named, "--digest-algo", "SHA512", "--armor", "--detach-sign"]


def gpg_line(users: Sequence[str]) -> str:
    """The same as a line for people, run in the folder of the manifest."""
    return f"{' '.join(gpg_command(users))} --output {SIGNATURE} {MANIFEST}"


def sign_with_gpg(manifest: bytes, users: Sequence[str]) -> bytes:
    """A new signature of the manifest. Raises GpgRefused, ProgramMissing, ProcessTimedOut, SignatureRefused."""
    passed = {name: value for name in _PASSED if (value := environment(name))}
    home = users_home()
    done = run(
        gpg_command(users),
        stdin=manifest,
        env=passed | ({} if home is None else {"HOME": str(home)}),
        seconds=GPG_SECONDS,
        max_output=openpgp.MAX_SIGNATURE_BYTES,
    )
    if done.status or not done.stdout:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise GpgRefused(reason=said[-1].removeprefix("gpg: ") if said else f"exit status {done.status}")
    openpgp.read_signatures(done.stdout, manifest)
    return done.stdout


def signers_in(signature: bytes, manifest: bytes, keyring: bytes, pinned: Sequence[str]) -> tuple[str, ...]:
    """The primary keys that a signature file names, all of them pinned; whether they signed, gpgv tells.

    Raises SignatureRefused, KeyringRefused, WrongOfficer.
    """
    known = openpgp.read_keyring(keyring)
    found = []
    for packet in openpgp.read_signatures(signature, manifest).signatures:
        key = known.get(packet.issuer)
        if key is None or key.primary not in pinned:
            raise WrongOfficer(fingerprint=packet.issuer, pinned=", ".join(pinned))
        found.append(key.primary)
    return tuple(found)


def joined(ours: bytes, other: bytes, manifest: bytes) -> bytes:
    """The signatures of both files in one; of a key that signed in both, the first stays. Raises SignatureRefused."""
    first, second = openpgp.read_signatures(ours, manifest), openpgp.read_signatures(other, manifest)
    signed = {packet.issuer for packet in first.signatures}
    if signed >= {packet.issuer for packet in second.signatures}:
        return ours
    return armoured(first.binary + second.binary)


def armoured(binary: bytes) -> bytes:
    """Signature packets as ASCII armour (RFC 9580, 6)."""
    text = b64encode(binary).decode()
    lines = [text[start : start + _COLUMNS] for start in range(0, len(text), _COLUMNS)]
    check = b64encode(packets.crc24(binary)).decode()
    head, end = "-----BEGIN PGP SIGNATURE-----", "-----END PGP SIGNATURE-----"
    return "\n".join((head, "", *lines, f"={check}", end, "")).encode()


def pinned_in(keyring: bytes, chosen: Sequence[str] = ()) -> tuple[str, ...]:
    """The primary keys of a keyring that may sign: all, or those chosen. Raises KeyringRefused, WrongOfficer."""
    primaries: Mapping[str, None] = dict.fromkeys(key.primary for key in openpgp.read_keyring(keyring).values())
    wanted = [openpgp.fingerprint(each) for each in chosen]
    for each in wanted:
        if each not in primaries:
            raise WrongOfficer(fingerprint=each, pinned=", ".join(sorted(primaries)))
    return tuple(sorted(wanted or primaries))
