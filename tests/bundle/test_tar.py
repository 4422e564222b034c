"""11.5: archives of images are read as a stream, strictly, and nothing is written."""

import io
import tarfile
from typing import Any, BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stand_ins.container_images import entry, tar_of

from coderev.bundle.images.tar import BadArchive, members

LONG = "a/" + "n" * 180 + "/" + "ü" * 60  # too long for a header, and not ASCII


class Pipe(io.RawIOBase):
    """A stream that cannot seek and gives a few bytes at a time."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        return self._content.read(min(size, 700))


def listed(content: bytes) -> list[tuple[str, str, str, bytes]]:
    found = members(io.BytesIO(content), "x.tar")
    return [(member.name, member.kind, member.target, file.read()) for member, file in found]


def refusal(content: bytes) -> str:
    with pytest.raises(BadArchive) as caught:
        listed(content)
    return str(caught.value)


@pytest.mark.parametrize("kind", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_files_folders_and_links_are_read_in_order(kind: int) -> None:
    """11.5: names, contents and targets come out as they were put in."""
    archive = tar_of(
        [
            entry("d", tarfile.DIRTYPE),
            ("d/one", b"1" * 513),
            ("d/empty", b""),
            entry("d/soft", tarfile.SYMTYPE, "../up"),
            entry("hard", tarfile.LNKTYPE, "d/one"),
            ("./dotted", b"x"),
        ],
        kind,
    )

    found = listed(archive)

    assert found == [
        ("d", "folder", "", b""),
        ("d/one", "file", "", b"1" * 513),
        ("d/empty", "file", "", b""),
        ("d/soft", "symlink", "../up", b""),
        ("hard", "hardlink", "d/one", b""),
        ("dotted", "file", "", b"x"),
    ]


@pytest.mark.parametrize("kind", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_and_targets_are_read(kind: int) -> None:
    """11.5: GNU's long names and the pax headers path and linkpath."""
    found = listed(tar_of([(LONG, b"content"), entry("link", tarfile.SYMTYPE, LONG)], kind))

    assert found == [(LONG, "file", "", b"content"), ("link", "symlink", LONG, b"")]


def test_a_long_ustar_name_is_put_together_from_its_prefix() -> None:
    """11.5: POSIX splits a name at a slash."""
    name = "p" * 120 + "/" + "n" * 90

    assert listed(tar_of([(name, b"")], tarfile.USTAR_FORMAT)) == [(name, "file", "", b"")]


@pytest.mark.parametrize("wrap", [io.BytesIO, Pipe])
def test_content_that_nobody_reads_is_passed_over(wrap: Any) -> None:
    """11.5: of a file or of a pipe."""
    stream: BinaryIO = wrap(tar_of([("a", b"A" * 5000), ("b", b"B" * 10), ("c", b"C" * 600)]))

    found = [(member.name, file.read(4)) for member, file in members(stream, "x.tar") if member.name != "a"]

    assert found == [("b", b"BBBB"), ("c", b"CCCC")]


def test_a_member_lies_where_its_offset_says() -> None:
    """11.5: so its content can be read again later."""
    archive = tar_of([("a", b"first"), (LONG, b"second")], tarfile.PAX_FORMAT)

    found = {member.name: member for member, _ in members(io.BytesIO(archive), "x.tar")}

    assert [archive[each.offset :][: each.size] for each in found.values()] == [b"first", b"second"]


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ([("/etc/passwd", b"")], "not a plain relative name"),
        ([("a/../../b", b"")], "not a plain relative name"),
        ([("a//b", b"")], "not a plain relative name"),
        ([("a\\b", b"")], "not a plain relative name"),
        ([("a/", b"")], "not a plain relative name"),
        ([("a\x01b", b"")], "a control character"),
        ([("a", b"1"), ("./a", b"2")], "'a' stands twice"),
        ([entry("d", tarfile.DIRTYPE), ("d", b"")], "'d' stands twice"),
        ([entry("null", tarfile.CHRTYPE)], "a device"),
        ([entry("disk", tarfile.BLKTYPE)], "a device"),
        ([entry("fifo", tarfile.FIFOTYPE)], "a pipe"),
        ([entry("s", tarfile.GNUTYPE_SPARSE)], "a sparse file"),
        ([entry("c", tarfile.CONTTYPE)], "an unknown kind"),
        ([entry("hard", tarfile.LNKTYPE, "../../etc/shadow")], "not a plain relative name"),
        ([entry("hard", tarfile.LNKTYPE, "/etc/shadow")], "not a plain relative name"),
    ],
)
def test_what_no_image_archive_holds_is_refused(entries: list[Any], reason: str) -> None:
    """11.5: absolute names, `..`, entries twice, sparse files and devices."""
    assert reason in refusal(tar_of(entries, tarfile.GNU_FORMAT))


def with_pax(headers: dict[str, str]) -> bytes:
    found = tarfile.TarInfo("a")
    found.pax_headers = headers
    return tar_of([found], tarfile.PAX_FORMAT)


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"GNU.sparse.major": "1"}, "'GNU.sparse.major'"),
        ({"size": "-1"}, "no size that is possible"),
        ({"size": "9" * 15}, "no size that is possible"),
        ({"path": "../up"}, "not a plain relative name"),
        ({"path": "a\0b"}, "a control character"),
        ({"hdrcharset": "BINARY"}, "'hdrcharset'"),
    ],
)
def test_a_hostile_pax_header_is_refused(headers: dict[str, str], reason: str) -> None:
    """11.5: what a pax header says is judged as what the header says."""
    assert reason in refusal(with_pax(headers))


def test_pax_times_and_attributes_are_read_past() -> None:
    """11.5: docker and podman write them."""
    headers = {"mtime": "1.5", "SCHILY.xattr.user.x": "y", "LIBARCHIVE.creationtime": "1"}

    assert [name for name, *_ in listed(with_pax(headers))] == ["a"]


def test_a_pax_size_counts_and_not_the_header_s() -> None:
    """11.5: POSIX.1-2001 says so, and two readers must not see two archives."""
    record = b"12 size=700\n"
    found = bytearray(tar_of([("PaxHeaders/a", record), ("a", b"x" * 700)]))
    found[156:157] = b"x"
    fix_sum(found, 0)
    found[1024 + 124 : 1024 + 136] = b"00000000001\0"
    fix_sum(found, 1024)

    assert listed(bytes(found)) == [("a", "file", "", b"x" * 700)]


def extended(flag: bytes, *contents: bytes) -> bytes:
    """Extension headers before a file."""
    found = bytearray(tar_of([*(("x", content) for content in contents), ("a", b"")]))
    start = 0
    for content in contents:
        found[start + 156 : start + 157] = flag
        fix_sum(found, start)
        start += 512 + -(-len(content) // 512) * 512
    return bytes(found)


@pytest.mark.parametrize(
    ("flag", "contents", "reason"),
    [
        (b"x", [b"nonsense"], "a broken pax header"),
        (b"x", [b"99 path=a\n"], "a broken pax header"),
        (b"x", [b"3 path=a\n"], "a broken pax header"),
        (b"x", [b"10 path=ab"], "a broken pax header"),
        (b"x", [b"9 path=a\n9 path=b\n"], "'path' stands twice"),
        (b"x", [b"9 path=a\n", b"9 path=b\n"], "two extension headers say the same"),
        (b"L", [b"a", b"b"], "two extension headers say the same"),
        (b"L", [b"n" * 5000], "a name longer than 4096 bytes"),
        (b"L", [b"\xff\xfe"], "a name that is not UTF-8"),
        (b"L", [b"n" * 70_000], "an extension header of a wrong size"),
        (b"L", [b""], "an extension header of a wrong size"),
        (b"g", [b"9 path=a\n"], "a global pax header"),
    ],
)
def test_a_broken_extension_is_refused(flag: bytes, contents: list[bytes], reason: str) -> None:
    """11.5: extensions say one thing, once."""
    assert reason in refusal(extended(flag, *contents))


def test_a_folder_with_content_is_refused() -> None:
    """11.5: what another reader would take for the next header."""
    found = bytearray(tar_of([("a", b"x" * 512)]))
    found[156:157] = b"5"
    fix_sum(found, 0)

    assert "a folder with content" in refusal(bytes(found))


def test_the_folder_itself_is_passed_over() -> None:
    """11.5: `tar` of a folder begins with it."""
    assert listed(tar_of([entry("./", tarfile.DIRTYPE), ("./a", b"x")])) == [("a", "file", "", b"x")]


def test_an_archive_that_ends_with_an_extension_is_refused() -> None:
    """11.5: it speaks of an entry that does not come."""
    found = extended(b"L", b"name")[:1024] + bytes(10240)

    assert "the end of the archive is not two blocks of zeros" in refusal(found)


def fix_sum(content: bytearray, start: int) -> None:
    content[start + 148 : start + 156] = b"        "
    content[start + 148 : start + 156] = f"{sum(content[start : start + 512]):06o}\0 ".encode()


@pytest.mark.parametrize("size", [b"\xff" * 12, b"\x80" + b"\xff" * 11, b"99999999999\0", b"-0000000001\0"])
def test_an_impossible_size_is_refused(size: bytes) -> None:
    """11.5: negative, not octal, or over the limit."""
    found = bytearray(tar_of([("a", b"x")]))
    found[124:136] = size
    fix_sum(found, 0)

    assert "octal" in (reason := refusal(bytes(found))) or "a size over" in reason


@pytest.mark.parametrize("length", [0, 100, 512, 700, 1024, 1536])
def test_an_archive_that_ends_early_is_refused(length: int) -> None:
    """11.5: also one that ends at the end of an entry, for the end is two blocks of zeros."""
    whole = tar_of([("a", b"x" * 300)])

    reason = refusal(whole[:length])

    assert "ends in the middle" in reason or "bytes are missing" in reason


def test_content_that_is_cut_off_is_refused_while_it_is_read() -> None:
    """11.5: a reader never gets less than the entry says."""
    stream = io.BytesIO(tar_of([("a", b"x" * 300)])[:600])
    _, file = next(members(stream, "x.tar"))

    with pytest.raises(BadArchive, match="212 bytes are missing"):
        file.read()


def test_too_many_entries_are_refused() -> None:
    """11.5, 14.1: the number of entries is limited."""
    archive = tar_of([(f"f{n}", b"") for n in range(4)])

    with pytest.raises(BadArchive, match="more than 3 entries"):
        list(members(io.BytesIO(archive), "x.tar", most=3))


@given(st.lists(st.tuples(st.text("abc/.", min_size=1, max_size=8), st.binary(max_size=600)), max_size=4))
def test_what_is_accepted_is_what_python_s_reader_sees(entries: list[tuple[str, bytes]]) -> None:
    """11.5: an archive is refused, or means the same to both readers."""
    archive = tar_of(entries)
    with tarfile.open(fileobj=io.BytesIO(archive)) as other:
        seen = [(each.name.removeprefix("./"), file.read()) for each in other if (file := other.extractfile(each))]

    try:
        found = [(name, content) for name, _, _, content in listed(archive)]
    except BadArchive:
        return

    assert found == seen


@given(st.integers(0, 2559), st.integers(1, 255))
def test_no_flipped_bits_make_it_crash_or_lead_elsewhere(offset: int, flip: int) -> None:
    """11.5: any changed byte is refused or leaves plain names."""
    content = bytearray(tar_of([("d/one", b"1" * 513), (LONG, b"x")], tarfile.PAX_FORMAT)[:2560])
    content[offset] ^= flip

    try:
        names = [name for name, *_ in listed(bytes(content) + bytes(8192))]
    except BadArchive:
        return

    assert not any(name.startswith("/") or ".." in name.split("/") for name in names)
