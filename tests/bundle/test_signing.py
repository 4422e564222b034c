"""Signing: on the metadata only, by one key after the other, on any machine, with the officer's real gpg."""

import os
import shutil
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner
from stand_ins.releases import AT, Makers, gpg, gpg_home, make_officer, the_makers, write_recipe

from coderev.bundle.create import Created
from coderev.bundle.custody import read_travelling
from coderev.bundle.key_files import NoRootYet
from coderev.bundle.making.checksums import checksums
from coderev.bundle.making.media_folders import NoBundle, write_everywhere
from coderev.bundle.officer import GpgRefused, WrongOfficer, armoured, gpg_line, joined, pinned_in, signers_in
from coderev.bundle.signing import (
    BootstrapRefused,
    KeyWithoutRole,
    NotThisBundle,
    RootNotSigned,
    Signatures,
    TooEarly,
    describe,
    read_authority,
    sign,
    sign_openpgp,
    signatures_of,
    take_over,
)
from coderev.trust.keys import Algorithm, make_key
from coderev.trust.making import make_root, roles_of
from coderev.trust.metadata import Accepted, Offered, judge
from coderev.trust.openpgp import read_signatures

FILES = {f"app/{n}": bytes([n]) * 100 for n in range(3)}


@pytest.fixture
def made(tmp_path: Path) -> Created:
    recipe = write_recipe(tmp_path / "sources", "tree: [{from: app, to: app}]\nmedia_size: 16 MiB\n", files=FILES)
    return the_makers().make(recipe, tmp_path / "out")


@pytest.fixture
def out(made: Created, tmp_path: Path) -> Path:
    del made
    return tmp_path / "out"


@pytest.fixture
def officer(monkeypatch: pytest.MonkeyPatch) -> Makers:
    """The makers, with the officer's gpg as the one that is found."""
    monkeypatch.setenv("GNUPGHOME", str(the_makers().home))
    return the_makers()


def counts(signatures: Signatures) -> dict[str, int]:
    return {tally.role: len(tally.signed) for tally in signatures.tallies}


def metadata_of(out: Path, to: Path) -> Path:
    """What is carried to the machine with the keys: a medium without its parts."""
    shutil.copytree(out / "medium-1", to, ignore=shutil.ignore_patterns("parts"))
    return to


def all_signers(makers: Makers) -> Sequence[CryptoSigner]:
    return (*makers.targets[:2], makers.daily)


def believe(medium: Path) -> int:
    """Judge the metadata as a site does that has the root from paper; its seq."""
    root = (medium / "tuf" / "1.root.json").read_bytes()
    files = {name: (medium / "tuf" / f"{name}.json").read_bytes() for name in ("timestamp", "snapshot", "targets")}
    return judge(Offered(roots=(root,), **files), Accepted(root=root), AT).seq


def test_a_new_bundle_is_signed_by_nobody_and_says_who_may(out: Path) -> None:
    signatures = signatures_of(out)

    assert counts(signatures) == {"targets": 0, "snapshot": 0, "timestamp": 0}
    assert set(signatures.tallies[0].waiting) == {key.public_key.keyid for key in the_makers().targets}
    assert (signatures.openpgp, signatures.pinned) == ((), (the_makers().fingerprint,))
    assert not signatures.complete


def test_all_keys_at_once_make_a_set_that_a_site_believes(out: Path) -> None:
    """5.2, 5.5."""
    signatures = sign(out, all_signers(the_makers()), AT)

    assert counts(signatures) == {"targets": 2, "snapshot": 1, "timestamp": 1}
    assert [believe(out / medium) for medium in ("medium-1",)] == [1]


def test_one_key_after_the_other_on_another_machine_comes_back_to_every_medium(out: Path, tmp_path: Path) -> None:
    """5.11: the other machine has the metadata only."""
    makers = the_makers()
    elsewhere = metadata_of(out, tmp_path / "elsewhere")

    sign(out, makers.targets[:1], AT)
    sign(elsewhere, makers.targets[1:2], AT)
    take_over(out, elsewhere, AT)
    signatures = sign(out, [makers.daily], AT)

    assert counts(signatures) == {"targets": 2, "snapshot": 1, "timestamp": 1}
    assert believe(out / "medium-1") == 1


def test_what_was_finished_elsewhere_is_taken_over_whole(out: Path, tmp_path: Path, officer: Makers) -> None:
    """5.11."""
    elsewhere = metadata_of(out, tmp_path / "elsewhere")
    sign(elsewhere, all_signers(officer), AT)
    sign_openpgp(elsewhere, (), AT)

    signatures = take_over(out, elsewhere, AT)

    assert signatures.complete
    assert believe(out / "medium-1") == 1


def test_signing_changes_nothing_that_was_signed(out: Path) -> None:
    """5.11."""
    before = {name: (out / "medium-1" / name).read_bytes() for name in ("MANIFEST.json", "KEYRING.gpg")}

    sign(out, all_signers(the_makers()), AT)

    assert {name: (out / "medium-1" / name).read_bytes() for name in before} == before


def test_a_third_signature_makes_the_snapshot_stale_until_its_key_signs_again(out: Path) -> None:
    makers = the_makers()
    sign(out, all_signers(makers), AT)

    later = sign(out, makers.targets[2:], AT)
    again = sign(out, [makers.daily], AT)

    assert counts(later) == {"targets": 3, "snapshot": 0, "timestamp": 0}
    assert counts(again) == {"targets": 3, "snapshot": 1, "timestamp": 1}
    assert believe(out / "medium-1") == 1


def test_a_key_that_signed_before_changes_nothing(out: Path) -> None:
    makers = the_makers()
    sign(out, all_signers(makers), AT)
    before = (out / "medium-1" / "tuf" / "targets.json").read_bytes()

    signatures = sign(out, makers.targets[:1], AT)

    assert counts(signatures)["snapshot"] == 1
    assert (out / "medium-1" / "tuf" / "targets.json").read_bytes() == before


def test_the_daily_key_waits_for_the_targets(out: Path) -> None:
    with pytest.raises(TooEarly, match=r"targets\.json has 2 signatures, and it has 0"):
        sign(out, [the_makers().daily], AT)


def test_a_key_without_a_role_is_refused_before_anything_is_signed(out: Path) -> None:
    """5.3."""
    stranger = make_key(Algorithm.ED25519)

    with pytest.raises(KeyWithoutRole, match=stranger.public_key.keyid):
        sign(out, [the_makers().targets[0], stranger], AT)

    assert counts(signatures_of(out))["targets"] == 0


def test_a_manifest_that_is_not_the_described_one_is_not_signed(out: Path) -> None:
    """6.3: whoever swaps it on the way to the keys gets no signature."""
    path = out / "medium-1" / "MANIFEST.json"
    path.write_bytes(path.read_bytes().replace(b"1.1.0", b"1.1.1"))

    with pytest.raises(NotThisBundle, match="the targets name another one"):
        sign(out, the_makers().targets[:1], AT)


def test_signatures_of_another_bundle_are_not_taken_over(out: Path, tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path / "other", "tree: [{from: app, to: app}]\n", files={"app/x": b"x"})
    the_makers().make(recipe, tmp_path / "second")

    with pytest.raises(NotThisBundle, match=r"MANIFEST\.json"):
        take_over(out, tmp_path / "second", AT)


def test_the_officers_gpg_signs_the_manifest(out: Path, officer: Makers) -> None:
    """5.7, 5.8: with a hash that is allowed."""
    signatures = sign_openpgp(out, [officer.fingerprint], AT)

    signature = (out / "medium-1" / "SIGNATURE.asc").read_bytes()
    (packet,) = read_signatures(signature, (out / "medium-1" / "MANIFEST.json").read_bytes()).signatures
    assert signatures.openpgp == (officer.fingerprint,)
    assert (packet.issuer, packet.hash) == (officer.fingerprint, 10)


def test_an_officer_who_is_not_named_is_told_so(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """5.6: nothing is written."""
    with gpg_home(the_makers().folder / "w") as home:
        make_officer(home, "stranger")
        monkeypatch.setenv("GNUPGHOME", str(home))

        with pytest.raises(WrongOfficer, match=the_makers().fingerprint):
            sign_openpgp(out, (), AT)

    assert not (out / "medium-1" / "SIGNATURE.asc").exists()


def test_a_gpg_without_a_key_is_told_in_its_words(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with gpg_home(the_makers().folder / "e") as home:
        monkeypatch.setenv("GNUPGHOME", str(home))

        with pytest.raises(GpgRefused, match="secret key"):
            sign_openpgp(out, (), AT)


def test_two_officers_signatures_stand_in_one_file_that_gpg_reads(out: Path, officer: Makers, tmp_path: Path) -> None:
    """5.7: of one or more packets and nothing else."""
    manifest = (out / "medium-1" / "MANIFEST.json").read_bytes()
    second = make_officer(officer.home, "second")
    ring = gpg(officer.home, "--export", officer.fingerprint, second)
    (tmp_path / "m").write_bytes(manifest)
    signed = [
        gpg(officer.home, "--local-user", who, "--output", "-", "--detach-sign", str(tmp_path / "m"))
        for who in (officer.fingerprint, second)
    ]

    both = joined(signed[0], signed[1], manifest)
    (tmp_path / "s.asc").write_bytes(both)

    assert signers_in(both, manifest, ring, pinned_in(ring)) == (officer.fingerprint, second)
    assert joined(both, armoured(signed[1]), manifest) == both
    gpg(officer.home, "--verify", str(tmp_path / "s.asc"), str(tmp_path / "m"))


def test_the_printed_command_signs_what_sign_would(out: Path, officer: Makers) -> None:
    """For an officer whose machine has gpg and no coderev."""
    program, *words = gpg_line([officer.fingerprint]).split(" ")

    gpg(officer.home, *words, folder=out / "medium-1")

    assert program == "gpg"
    assert signatures_of(out).openpgp == (officer.fingerprint,)


def test_custody_tells_who_made_and_signed_it(out: Path) -> None:
    """10.3, 10.4."""
    sign(out, the_makers().targets[:2], AT)

    travelled = read_travelling((out / "medium-1" / "CUSTODY.jsonl").read_bytes())
    digest = sha256((out / "medium-1" / "MANIFEST.json").read_bytes()).hexdigest()
    assert travelled.fault is None
    assert [told.record.step for told in travelled.told] == ["created", "signed"]
    assert {told.record.manifest for told in travelled.told} == {digest}


def test_the_sums_are_those_of_the_signed_files(out: Path) -> None:
    """1.6."""
    sign(out, all_signers(the_makers()), AT)

    lines = (out / "medium-1" / "CHECKSUMS.sha256").read_text(encoding="ascii").splitlines()
    assert f"{sha256((out / 'medium-1/tuf/targets.json').read_bytes()).hexdigest()}  tuf/targets.json" in lines
    assert len(lines) == 7


def test_a_root_that_is_not_signed_goes_into_no_bundle(tmp_path: Path) -> None:
    """5.4."""
    makers = the_makers()
    root = (makers.roots / "1.root.json").read_bytes()
    (tmp_path / "1.root.json").write_bytes(make_root(roles_of(root), AT.replace(year=2030)))

    with pytest.raises(RootNotSigned, match="0 of the 2"):
        read_authority(tmp_path, makers.keyring)


def test_a_folder_without_roots_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoRootYet):
        read_authority(tmp_path, the_makers().keyring)


def test_a_folder_without_a_bundle_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoBundle):
        signatures_of(tmp_path)


def test_what_a_bare_host_needs_goes_onto_every_medium(tmp_path: Path, made: Created) -> None:
    """1.2, 1.6, 13.1: as it is, and with its sums, however many wheels there are."""
    wheels = {f"{number}.whl": b"wheel %d" % number for number in range(100)}
    put_wheels(tmp_path / "boot", wheels)
    files = describe(the_makers().authority, AT, tmp_path / "boot")(made.content, made.manifest)

    write_everywhere(made.media, files)
    sign(tmp_path / "out", the_makers().targets[:1], AT)

    for medium in made.media:
        sums = (medium / "CHECKSUMS.sha256").read_text()
        assert {path.name: path.read_bytes() for path in (medium / "bootstrap/wheels").iterdir()} == wheels
        assert f"{sha256(b'wheel 99').hexdigest()}  bootstrap/wheels/99.whl\n" in sums
        assert sums.count(".whl") == len(wheels)


def test_a_wheel_is_copied_without_being_held_in_memory(tmp_path: Path, made: Created) -> None:
    """13.1: wheels of some hundred MB."""
    put_wheels(tmp_path / "boot", {"large.whl": bytes(24 << 20)})
    tracemalloc.start()

    files = describe(the_makers().authority, AT, tmp_path / "boot")(made.content, made.manifest)
    write_everywhere(made.media, {**files, "CHECKSUMS.sha256": checksums(files, {})})

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (made.media[0] / "bootstrap/wheels/large.whl").stat().st_size == 24 << 20
    assert peak < 8 << 20


SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "many": (
        lambda wheels: [(wheels / f"{number}.whl").write_bytes(b"") for number in range(2009)],
        "more than 2008 files",
    ),
    "link": (lambda wheels: (wheels / "b.whl").symlink_to("a.whl"), "wheels/b.whl is no regular file"),
    "long": (lambda wheels: os.truncate(wheels / "a.whl", 3 << 30), "wheels/a.whl has more than 2000000000 bytes"),
}


@pytest.mark.parametrize(("spoil", "reason"), SPOILT.values(), ids=SPOILT)
def test_what_is_no_bootstrap_is_refused_before_anything_is_made(
    tmp_path: Path, spoil: Callable[[Path], object], reason: str
) -> None:
    """13.1, 1.4: nothing is left out without a word."""
    put_wheels(tmp_path / "boot", {"a.whl": b""})
    spoil(tmp_path / "boot/wheels")

    with pytest.raises(BootstrapRefused, match=reason):
        describe(the_makers().authority, AT, tmp_path / "boot")


def put_wheels(boot: Path, wheels: Mapping[str, bytes]) -> None:
    (boot / "wheels").mkdir(parents=True)
    for name in ("install.sh", "wheels.lock"):
        (boot / name).write_bytes(name.encode())
    for name, content in wheels.items():
        (boot / "wheels" / name).write_bytes(content)
