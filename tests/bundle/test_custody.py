"""Custody: each step leaves a signed line, and a line that was changed, removed, added or moved is found."""

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import ValidationError

from coderev.bundle.custody import (
    CustodyKeyMissing,
    CustodyTooLong,
    Record,
    ReportRefused,
    open_custody,
    operator,
    read_travelling,
    record,
    travel,
    travelled_on,
)
from coderev.bundle.labels import Medium, medium_of
from coderev.files import CannotWrite
from coderev.trust.canonical import encode
from coderev.trust.chain import ChainBroken, next_line
from coderev.trust.keys import Algorithm, make_key, read_private

NOW = datetime(2026, 11, 25, 12, 30, 15, 999, tzinfo=UTC)
MANIFEST = sha256(b"{}").hexdigest()
STICK = Medium(label="CODEREV-1", serial="0951-666")


def three_steps(state: Path) -> bytes:
    """A site that scanned, verified and installed; what stands in its file."""
    custody = open_custody(state)
    custody.add(
        record("scanned", MANIFEST, NOW, medium=STICK, details={"verdict": "not scanned", "reason": "no scanner"})
    )
    custody.add(record("verified", MANIFEST, NOW, medium=STICK, travelled="0" * 64))
    custody.add(record("installed", MANIFEST, NOW, details={"outcome": "live"}))
    return (state / "custody.jsonl").read_bytes()


def add_many(state: Path, count: int) -> None:
    custody = open_custody(state)
    for _ in range(count):
        custody.add(record("verified", MANIFEST, NOW))


def test_a_record_says_who_where_when_on_which_medium_and_of_what(tmp_path: Path) -> None:
    """10.3: who, on which host, when, the medium's label and serial number, the digest of the manifest."""
    three_steps(tmp_path)

    scanned, verified, installed = (told.record for told in open_custody(tmp_path).read())

    assert (scanned.by, scanned.host) == (operator(), os.uname().nodename)
    assert scanned.at == NOW.replace(microsecond=0)
    assert (scanned.medium, scanned.manifest) == (STICK, MANIFEST)
    assert scanned.details == {"verdict": "not scanned", "reason": "no scanner"}
    assert (scanned.step, verified.step, installed.step) == ("scanned", "verified", "installed")
    assert verified.travelled == "0" * 64


def test_every_line_of_a_site_is_signed_by_its_custody_key(tmp_path: Path) -> None:
    """10.4."""
    three_steps(tmp_path)
    custody = open_custody(tmp_path)

    signers = {told.signer for told in custody.read()}

    assert signers == custody.key_ids
    assert len(signers) == 1


def test_the_custody_key_is_for_one_account_only(tmp_path: Path) -> None:
    three_steps(tmp_path)

    key = (tmp_path / "custody/key.pem").stat()

    assert stat.S_IMODE(key.st_mode) == 0o600


@pytest.mark.parametrize("removed", [0, 1], ids=["first", "middle"])
def test_a_line_that_was_removed_is_found(tmp_path: Path, removed: int) -> None:
    """10.1."""
    lines = three_steps(tmp_path).splitlines(keepends=True)
    del lines[removed]
    (tmp_path / "custody.jsonl").write_bytes(b"".join(lines))

    with pytest.raises(ChainBroken):
        open_custody(tmp_path).read()


def test_a_line_missing_at_the_end_is_found_by_its_digest_from_elsewhere(tmp_path: Path) -> None:
    """10.2."""
    three_steps(tmp_path)
    custody = open_custody(tmp_path)
    head = custody.add(record("verified", MANIFEST, NOW)).digest
    lines = (tmp_path / "custody.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "custody.jsonl").write_bytes(b"".join(lines[:-1]))

    assert len(custody.read()) == 3
    with pytest.raises(ChainBroken, match="missing"):
        custody.read(head=head)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_anywhere_is_found(tmp_path: Path, place: float, bit: int) -> None:
    """10.1, 10.2: the signature covers each line, the next line's digest the signature, and a head the last."""
    content = (tmp_path / "custody.jsonl").read_bytes() if (tmp_path / "custody").exists() else three_steps(tmp_path)
    changed = bytearray(content)
    changed[int(place * len(content))] ^= 1 << bit
    (tmp_path / "custody.jsonl").write_bytes(changed)

    with pytest.raises(ChainBroken):
        open_custody(tmp_path).read(head=sha256(content.splitlines()[-1]).hexdigest())

    (tmp_path / "custody.jsonl").write_bytes(content)


def test_nothing_is_added_to_a_broken_chain(tmp_path: Path) -> None:
    content = three_steps(tmp_path).replace(b"not scanned", b"clean, sure")
    (tmp_path / "custody.jsonl").write_bytes(content)

    with pytest.raises(ChainBroken):
        open_custody(tmp_path).add(record("verified", MANIFEST, NOW))

    assert (tmp_path / "custody.jsonl").read_bytes() == content


def test_a_line_that_a_power_cut_left_unfinished_is_none_and_is_written_again(tmp_path: Path) -> None:
    """10.1."""
    content = three_steps(tmp_path)
    (tmp_path / "custody.jsonl").write_bytes(content + content[: len(content) // 4])
    custody = open_custody(tmp_path)

    before = [told.record.step for told in custody.read()]
    custody.add(record("verified", MANIFEST, NOW))

    assert before == ["scanned", "verified", "installed"]
    assert [told.record.step for told in custody.read()] == [*before, "verified"]


def test_lines_of_an_earlier_key_stay_good_after_the_key_was_rotated(tmp_path: Path) -> None:
    three_steps(tmp_path)
    custody = open_custody(tmp_path)
    (before,) = custody.key_ids

    after = custody.make_key()
    custody.add(record("verified", MANIFEST, NOW))

    assert custody.key_ids == {before, after}
    assert [told.signer for told in custody.read()] == [before, before, before, after]


def test_a_power_cut_while_the_first_key_is_made_leaves_a_site_that_records(tmp_path: Path) -> None:
    """7.6, 10.4: the private half comes first, and the public one is made good."""
    custody = open_custody(tmp_path)
    made = custody.make_key()
    (tmp_path / "custody/public" / f"{made}.pem").unlink()

    open_custody(tmp_path).add(record("verified", MANIFEST, NOW))

    assert [told.signer for told in open_custody(tmp_path).read()] == [made]


def test_several_steps_are_one_chain_and_the_last_is_told(tmp_path: Path) -> None:
    """10.1, 10.2."""
    custody = open_custody(tmp_path)

    last = custody.add(*(record("scanned", MANIFEST, NOW, details={"medium": f"{number}"}) for number in range(3)))

    told = custody.read(head=last.digest)
    assert [each.record.details["medium"] for each in told] == ["0", "1", "2"]
    assert last == told[-1]


def test_a_report_is_read_as_it_was_signed_also_after_the_key_was_rotated(tmp_path: Path) -> None:
    """10.7."""
    custody, path = open_custody(tmp_path), tmp_path / "report.json"
    path.write_bytes(custody.sign_report({"verified": False, "faults": [{"part": 3}]}))

    custody.make_key()

    assert custody.read_report(path) == {"verified": False, "faults": [{"part": 3}]}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_of_a_report_is_found(tmp_path: Path, place: float, bit: int) -> None:
    """10.7: but of its line break, which says nothing."""
    custody, path = open_custody(tmp_path), tmp_path / "report.json"
    changed = bytearray(custody.sign_report({"verified": False, "openpgp": ["\u00e9"]})[:-1])
    changed[int(place * len(changed))] ^= 1 << bit
    path.write_bytes(changed)

    with pytest.raises(ReportRefused):
        custody.read_report(path)


def test_neither_another_sites_report_nor_a_line_of_custody_passes_for_a_report(tmp_path: Path) -> None:
    """10.7."""
    ours, path = open_custody(tmp_path / "ours"), tmp_path / "report.json"
    three_steps(tmp_path / "ours")
    line = json.loads((tmp_path / "ours/custody.jsonl").read_bytes().splitlines()[0])
    disguised = encode({"report": {"record": line["record"]}, **line["signature"]})

    path.write_bytes(open_custody(tmp_path / "theirs").sign_report({"verified": True}))
    with pytest.raises(ReportRefused, match="no key of custody here"):
        ours.read_report(path)
    path.write_bytes(disguised)
    with pytest.raises(ReportRefused, match="the signature is wrong"):
        ours.read_report(path)


def test_a_medium_that_cannot_be_read_has_no_custody_and_says_why(tmp_path: Path) -> None:
    """10.4, 1.4."""
    (tmp_path / "CUSTODY.jsonl").symlink_to("/etc/passwd")

    link, gone = travelled_on(tmp_path), travelled_on(tmp_path / "away")

    assert (link.head, gone.head) == (None, None)
    assert "it is a link" in str(link.fault)
    assert "No such file" in str(gone.fault)


def test_what_would_not_be_read_is_not_added(tmp_path: Path) -> None:
    """10.3: a record without the digest of a manifest."""
    content = three_steps(tmp_path)

    with pytest.raises(ValidationError):
        open_custody(tmp_path).add(record("scanned", "", NOW))

    assert (tmp_path / "custody.jsonl").read_bytes() == content


def test_without_its_key_a_site_records_nothing_and_makes_no_other_by_itself(tmp_path: Path) -> None:
    content = three_steps(tmp_path)
    (tmp_path / "custody/key.pem").unlink()

    with pytest.raises(CustodyKeyMissing):
        open_custody(tmp_path).add(record("verified", MANIFEST, NOW))

    assert (tmp_path / "custody.jsonl").read_bytes() == content


def test_two_that_write_at_once_leave_one_chain(tmp_path: Path) -> None:
    open_custody(tmp_path).make_key()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: add_many(tmp_path, 4), range(2)))

    assert len(open_custody(tmp_path).read()) == 8


def test_custody_that_travels_grows_by_a_line_and_needs_no_site() -> None:
    """10.4: up to signing."""
    signer = make_key(Algorithm.ED25519)
    content = travel(b"", record("created", MANIFEST, NOW))
    content = travel(content, record("signed", MANIFEST, NOW, details={"key": signer.public_key.keyid}), signer)

    came = read_travelling(content)

    assert [told.record.step for told in came.told] == ["created", "signed"]
    assert [told.signer for told in came.told] == [None, signer.public_key.keyid]
    assert came.head == sha256(content.splitlines()[-1]).hexdigest()


@pytest.mark.parametrize(
    "content",
    [
        b"not json\n",
        b'{"record":{}}\n',
        b"[" * 10_000 + b"\n",
        b"\x00" * 2_000_000,
        next_line({"step": "blessed"}, None),
        travel(b"", record("created", MANIFEST, NOW))[:-1],
    ],
    ids=["no json", "no record", "nested", "endless", "another step", "no end"],
)
def test_custody_from_a_medium_decides_nothing_and_its_fault_is_told(content: bytes) -> None:
    """10.4."""
    came = read_travelling(content)

    assert came.told == ()
    assert came.head is None
    assert came.fault


def test_custody_that_travels_stays_short() -> None:
    content = travel(b"", record("created", MANIFEST, NOW, details={"note": "x" * 5000}))

    assert len(content) < 2000
    with pytest.raises(CustodyTooLong):
        travel_forever(content)


def travel_forever(content: bytes) -> None:
    line = record("signed", MANIFEST, NOW, details={f"note-{number}": "x" * 1000 for number in range(60)})
    for _ in range(40):
        content = travel(content, line)


def test_what_is_no_character_is_recorded_as_something_that_is_one() -> None:
    odd = record("signed", MANIFEST, NOW, details={"note": "a\udcffb\u0041\u030a"})

    assert read_travelling(travel(b"", odd)).told[0].record.details["note"] == "a?b\u00c5"


def test_a_record_is_one_object_of_canonical_json() -> None:
    """10.1."""
    content = travel(b"", record("created", MANIFEST, NOW, medium=STICK))

    plain = json.loads(content)["record"]

    assert plain["at"] == "2026-11-25T12:30:15Z"
    assert plain["medium"] == {"label": "CODEREV-1", "serial": "0951-666"}
    assert {*plain} == {"at", "by", "host", "manifest", "medium", "step"} < {*Record.__struct_fields__}


def test_label_and_serial_come_from_what_the_system_noted_of_the_device(tmp_path: Path) -> None:
    """10.3."""
    device = tmp_path.stat().st_dev
    noted = b"S:disk/by-id/usb\nE:ID_FS_LABEL=CODEREV_1\nE:ID_FS_LABEL_ENC=CODE\\x20REV\\x1b\nE:ID_SERIAL_SHORT=0951\n"
    (tmp_path / f"b{os.major(device)}:{os.minor(device)}").write_bytes(noted)

    medium = medium_of(tmp_path, udev=tmp_path)

    assert medium == Medium(label="CODE REV\ufffd", serial="0951")
    assert str(medium) == "label CODE REV\ufffd, serial number 0951"


def test_a_medium_that_nobody_noted_has_no_label(tmp_path: Path) -> None:
    assert str(medium_of(tmp_path, udev=tmp_path)) == "no label known, no serial number known"
    assert medium_of(tmp_path / "away", udev=tmp_path) == Medium()


def test_a_state_folder_that_is_none_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")

    with pytest.raises(CannotWrite):
        open_custody(tmp_path / "state").add(record("verified", MANIFEST, NOW))


def test_a_key_file_that_was_damaged_is_said_to_be(tmp_path: Path) -> None:
    three_steps(tmp_path)
    (tmp_path / "custody/key.pem").write_bytes(b"passphrase\nno key")

    with pytest.raises(CustodyKeyMissing, match="the passphrase is wrong, or it is no encrypted PKCS#8 key"):
        open_custody(tmp_path).add(record("verified", MANIFEST, NOW))


def test_custody_without_end_is_not_read(tmp_path: Path) -> None:
    three_steps(tmp_path)
    with (tmp_path / "custody.jsonl").open("r+b") as file:
        file.truncate(1 << 40)

    with pytest.raises(CustodyTooLong):
        open_custody(tmp_path).add(record("verified", MANIFEST, NOW))


def test_a_line_that_is_no_record_of_custody_is_found(tmp_path: Path) -> None:
    """10.3."""
    custody = open_custody(tmp_path)
    custody.make_key()
    passphrase, _, pem = (tmp_path / "custody/key.pem").read_bytes().partition(b"\n")
    (tmp_path / "custody.jsonl").write_bytes(next_line({"step": "blessed"}, None, read_private(pem, passphrase)))

    with pytest.raises(ChainBroken, match="line 1 breaks the chain: it is no record of custody"):
        custody.read()
