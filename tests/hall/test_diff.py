from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coderev.diff import (
    BINARY,
    LFS,
    Change,
    FileChange,
    Hunk,
    LineMap,
    Side,
    Unread,
    UnreadablePatch,
    parse_patch,
    parse_raw,
    parse_texts,
    path_bytes,
    plain_path,
    render_patch,
    shown_path,
    touched_lines,
    unquoted,
)

LINES = st.binary(max_size=8).map(lambda line: line.replace(b"\n", b""))
PARTS = st.binary(min_size=1, max_size=6).filter(
    lambda part: not set(part) & set(b"/\0") and part.lower() not in (b".", b"..", b".git")
)
PATHS = st.lists(PARTS, min_size=1, max_size=3).map(b"/".join).map(shown_path)
OIDS = st.text("0123456789abcdef", min_size=40, max_size=40).filter(lambda oid: oid.strip("0"))
PLAIN_MODES = st.sampled_from([0o100644, 0o100755])


@st.composite
def hunk_lists(draw: st.DrawFn) -> tuple[Hunk, ...]:
    """Hunks as git makes them: in order, apart, with or without context, sometimes without a last line end."""
    hunks = []
    old = new = 1
    for _ in range(draw(st.integers(1, 4))):
        gap = draw(st.integers(1, 5))
        old, new = old + gap, new + gap
        marks = draw(st.lists(st.sampled_from([b" ", b"-", b"+"]), min_size=1, max_size=6))
        marks += [b"+"] * (marks.count(b" ") == len(marks))
        old_lines, new_lines = (sum(mark in (b" ", side) for mark in marks) for side in (b"-", b"+"))
        lines = tuple(mark + draw(LINES) for mark in marks)
        if draw(st.booleans()):
            lines = (*lines, b"\\ No newline at end of file")
        starts = (old - (not old_lines), new - (not new_lines))
        hunks.append(
            Hunk(old_start=starts[0], old_lines=old_lines, new_start=starts[1], new_lines=new_lines, lines=lines)
        )
        old, new = old + old_lines, new + new_lines
    return tuple(hunks)


@st.composite
def whole(draw: st.DrawFn, mark: bytes) -> tuple[Hunk, ...]:
    """The one hunk of a file that comes or goes."""
    lines = tuple(mark + line for line in draw(st.lists(LINES, max_size=4)))
    starts = (0, 0, 1, len(lines)) if mark == b"+" else (1, len(lines), 0, 0)
    names = ("old_start", "old_lines", "new_start", "new_lines")
    return (Hunk(**dict(zip(names, starts, strict=True)), lines=lines),) if lines else ()


@st.composite
def file_changes(draw: st.DrawFn, path: str) -> FileChange:
    kind = draw(st.sampled_from(["added", "deleted", "modified", "renamed", "binary"]))
    modes = [draw(PLAIN_MODES), draw(PLAIN_MODES)]
    sides = [Side(oid=draw(OIDS), mode=mode) for mode in modes]
    if draw(st.booleans()):
        sides = [Side(oid="", mode=mode) for mode in modes]
    file = FileChange(path=path, kind="modified", base=sides[0], head=sides[1])
    match kind:
        case "added":
            return replace(file, kind="added", base=None, hunks=draw(whole(b"+")))
        case "deleted":
            return replace(file, kind="deleted", head=None, hunks=draw(whole(b"-")))
        case "renamed":
            return replace(file, kind="renamed", old_path=draw(PATHS), hunks=draw(st.just(()) | hunk_lists()))
        case "binary":
            return replace(file, unread=BINARY)
        case _:
            return replace(file, hunks=draw(hunk_lists()))


@st.composite
def changes(draw: st.DrawFn) -> Change:
    paths = draw(st.lists(PATHS, unique=True, max_size=4))
    return Change(base="patch", head="patch", files=tuple(draw(file_changes(path)) for path in paths))


@given(changes())
@settings(max_examples=200, deadline=None)
def test_a_rendered_change_is_read_back_as_it_was(change: Change) -> None:
    assert parse_patch(render_patch(change)) == change


@given(hunk_lists(), st.integers(1, 60))
@settings(max_examples=200, deadline=None)
def test_a_line_that_stays_maps_there_and_back(hunks: tuple[Hunk, ...], line: int) -> None:
    lines = LineMap(hunks)

    there = lines.head_line(line)

    assert there is None or lines.base_line(there) == line


@given(hunk_lists())
@settings(max_examples=200, deadline=None)
def test_a_line_map_never_goes_back(hunks: tuple[Hunk, ...]) -> None:
    lines = LineMap(hunks)

    there = [line for number in range(1, 80) if (line := lines.head_line(number)) is not None]

    assert there == sorted(set(there))


@given(hunk_lists())
@settings(max_examples=200, deadline=None)
def test_each_line_of_head_is_touched_or_was_there_before(hunks: tuple[Hunk, ...]) -> None:
    side = Side(oid="", mode=0o100644)
    file = FileChange(path="a", kind="modified", base=side, head=side, hunks=hunks)
    touched = {line for lines in touched_lines(file) for line in lines}

    added = {line for line in range(1, 80) if LineMap(hunks).base_line(line) is None}

    assert added <= touched
    assert len(added) == sum(line[:1] == b"+" for hunk in hunks for line in hunk.lines)


def test_touched_lines_are_in_order_and_apart() -> None:
    hunks = (
        Hunk(old_start=1, old_lines=0, new_start=2, new_lines=2),
        Hunk(old_start=1, old_lines=1, new_start=4, new_lines=2),
        Hunk(old_start=9, old_lines=3, new_start=12, new_lines=0),
    )
    side = Side(oid="", mode=0o100644)
    file = FileChange(path="a", kind="modified", base=side, head=side, hunks=hunks)

    assert touched_lines(file) == (range(2, 6), range(12, 14))
    assert touched_lines(replace(file, head=None)) == ()


def test_a_deletion_at_the_top_touches_the_new_first_line() -> None:
    side = Side(oid="", mode=0o100644)
    hunk = Hunk(old_start=1, old_lines=2, new_start=0, new_lines=0)

    file = FileChange(path="a", kind="modified", base=side, head=side, hunks=(hunk,))

    assert touched_lines(file) == (range(1, 2),)


def test_lines_before_between_and_after_hunks_are_mapped() -> None:
    lines = LineMap(
        [
            Hunk(old_start=2, old_lines=2, new_start=2, new_lines=1),
            Hunk(old_start=6, old_lines=0, new_start=6, new_lines=3),
        ]
    )

    assert [lines.head_line(line) for line in (1, 2, 3, 4, 6, 7)] == [1, None, None, 3, 5, 9]
    assert [lines.base_line(line) for line in (1, 2, 3, 5, 6, 8, 9)] == [1, None, 4, 6, None, None, 7]


@given(st.binary(max_size=20))
@settings(max_examples=300, deadline=None)
def test_a_shown_path_leads_back_to_its_bytes(raw: bytes) -> None:
    shown = shown_path(raw)

    assert path_bytes(shown) == raw
    assert shown.encode().decode() == shown


@pytest.mark.parametrize(
    ("raw", "shown"), [(b"a b/\xc3\xa9.py", "a b/é.py"), (b"\xff", r"\xff"), (rb"\xff", r"\\xff"), (b"a\n", "a\n")]
)
def test_a_path_is_shown_as_text(raw: bytes, shown: str) -> None:
    assert shown_path(raw) == shown


@pytest.mark.parametrize("raw", [b"", b"/a", b"a/", b"a//b", b"../a", b"a/..", b"./a", b".git/x", b"a/.GIT", b"a\0"])
def test_a_path_out_of_the_tree_is_not_plain(raw: bytes) -> None:
    assert not plain_path(raw)


@pytest.mark.parametrize(
    ("quoted", "name"),
    [(b"a", b"a"), (b'"a\\tb"', b"a\tb"), (b'"\\303\\251"', b"\xc3\xa9"), (b'"\\"\\\\"', b'"\\'), (b'"', b'"')],
)
def test_a_quoted_name_is_read(quoted: bytes, name: bytes) -> None:
    assert unquoted(quoted) == name


def test_raw_lines_are_read() -> None:
    one, two = "1" * 40, "2" * 40
    lines = [
        f':100644 100755 {one} {two} R086\told.py\t"new\\n.py"'.encode(),
        f":000000 120000 {'0' * 40} {two} A\tlink".encode(),
        f":100644 000000 {one} {'0' * 40} D\tgone".encode(),
    ]

    renamed, added, deleted = parse_raw(lines)

    assert renamed == FileChange(
        path="new\n.py",
        old_path="old.py",
        kind="renamed",
        base=Side(oid=one, mode=0o100644),
        head=Side(oid=two, mode=0o100755),
    )
    assert (added.kind, added.base, deleted.kind, deleted.head) == ("added", None, "deleted", None)


def test_a_plain_diff_is_read() -> None:
    text = b"--- old/x y.py\t2024-01-01 10:00:00\n+++ new/x y.py\t2024-01-02 10:00:00\n@@ -1 +1,2 @@\n a\n+b\n"

    change = parse_patch(text)

    assert change.files == (
        FileChange(
            path="x y.py",
            kind="modified",
            base=Side(oid="", mode=0o100644),
            head=Side(oid="", mode=0o100644),
            hunks=(Hunk(old_start=1, old_lines=1, new_start=1, new_lines=2, lines=(b" a", b"+b")),),
        ),
    )


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (b"--- /dev/null\n+++ b/x.py\n@@ -0,0 +1 @@\n+b\n", "added"),
        (b"--- a/x.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-b\n", "deleted"),
        (b"--- a/x.py\t1970-01-01\n+++ b/x.py\t2024-01-01\n@@ -0,0 +1 @@\n+b\n", "added"),
        (b"--- a/x.py\t2024-01-01\n+++ b/x.py\t1970-01-01\n@@ -1 +0,0 @@\n-b\n", "deleted"),
        (b"--- x.py.orig\n+++ x.py\n@@ -1 +1 @@\n-a\n+b\n", "modified"),
        (b"--- x.py\n+++ x.py\n@@ -1 +1 @@\n-a\n+b\n", "modified"),
        (b"diff --git x.py x.py\nindex 1111111..2222222 100644\n--- x.py\n+++ x.py\n@@ -1 +1 @@\n-a\n+b\n", "modified"),
        (b"diff --git a/x.py b/x.py\nnew file mode 100644\nindex 0000000..e69de29\n", "added"),
        (b"diff --git a/x.py b/x.py\nold mode 100644\nnew mode 100755\n", "modified"),
        (b"diff --git a/a b.py b/x.py\nsimilarity index 100%\nrename from a b.py\nrename to x.py\n", "renamed"),
        (b'diff --git "a/\\t.py" b/x.py\nrename from "\\t.py"\nrename to x.py\n', "renamed"),
        (b'diff --git a/y z.py "b/x.py"\nrename from y z.py\nrename to x.py\n', "renamed"),
    ],
)
def test_every_kind_of_file_is_recognised(text: bytes, kind: str) -> None:
    change = parse_patch(text)

    assert [(file.path, file.kind) for file in change.files] == [("x.py", kind)]


def test_names_with_blanks_are_read_from_the_title_alone() -> None:
    change = parse_patch(b"diff --git a/x b/x b/x b/x\nold mode 100644\nnew mode 100755\n")

    assert change.files[0].path == "x b/x"


def test_a_mail_of_two_patches_is_read() -> None:
    one = b"diff --git a/x.py b/x.py\nindex 1..2 100644\n--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b\n-- \n2.39.5\n\n"
    head = b"From 1234 Mon Sep 17 00:00:00 2001\nFrom: A <a@b.test>\nSubject: [PATCH] x\n\n---\n x.py | 2 +-\n\n"

    change = parse_patch(head + one + head + one.replace(b"x.py", b"y.py"))

    assert [file.path for file in change.files] == ["x.py", "y.py"]
    assert change.files[0].hunks == change.files[1].hunks


def test_a_file_that_a_series_changes_twice_is_named_as_failed() -> None:
    one = b"--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b\n"

    change = parse_patch(one + one)

    assert change.files[0].unread is None
    assert change.files[1].unread == Unread(status="failed", reason="the patch changes it more than once")


def test_carriage_returns_stay_in_lines_and_leave_headers() -> None:
    change = parse_patch(b"--- a/x.py\r\n+++ b/x.py\r\n@@ -1 +1 @@\r\n-a\r\n+b\r\n")

    assert change.files[0].path == "x.py"
    assert change.files[0].hunks[0].lines == (b"-a\r", b"+b\r")


def test_an_empty_line_of_context_may_have_lost_its_blank() -> None:
    change = parse_patch(b"--- a/x.py\n+++ b/x.py\n@@ -1,2 +1,2 @@\n\n-a\n+b\n")

    assert change.files[0].hunks[0].lines == (b" ", b"-a", b"+b")


def test_what_is_no_text_is_excluded_with_its_reason() -> None:
    link = b"diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc\n"
    submodule = b"diff --git a/s b/s\nindex 1111..2222 160000\n--- a/s\n+++ b/s\n@@ -1 +1 @@\n-a\n+b\n"
    binary = b"diff --git a/b b/b\nindex 1111..2222 100644\nGIT binary patch\nliteral 1\nIcmZ\n\nliteral 1\nIcmY\n\n"
    pointer = b"version https://git-lfs.github.com/spec/v1\n+oid sha256:" + b"1" * 64 + b"\n+size 12"
    large = b"diff --git a/p b/p\nnew file mode 100644\n--- /dev/null\n+++ b/p\n@@ -0,0 +1,3 @@\n+" + pointer + b"\n"
    copied = b"diff --git a/p b/c\ncopy from p\ncopy to c\n"

    change = parse_patch(link + submodule + binary + large + copied)

    assert [(file.path, file.unread and file.unread.reason) for file in change.files] == [
        ("l", "a symbolic link"),
        ("s", "a submodule"),
        ("b", BINARY.reason),
        ("p", LFS.reason),
        ("c", "a copy of a file that is not in the patch"),
    ]


def test_an_empty_patch_is_an_empty_change() -> None:
    assert parse_patch(b"\n \n") == Change(base="patch", head="patch", files=())


def test_the_texts_of_a_patch_come_in_its_order() -> None:
    text = b"diff --git a/b b/b\nBinary files a/b and b/b differ\n--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+a\n"

    assert [(len(hunks), binary) for hunks, binary in parse_texts(text)] == [(0, True), (1, False)]


def test_an_unreadable_patch_says_where_and_what_to_do() -> None:
    with pytest.raises(UnreadablePatch, match=r"line 3: not the head of a hunk") as caught:
        parse_patch(b"--- a/x\n+++ b/x\n@@ nonsense\n")

    assert "git diff" in caught.value.next_step
