"""The attacker wrote the patch."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coderev.diff import Change, LineMap, UnreadablePatch, parse_patch, touched_lines

HEAD = b"--- a/x\n+++ b/x\n"
GIT = b"diff --git a/x b/x\n"
CONTRADICTIONS = {
    "prose": (b"no diff here\n", 1),
    "a hunk without a file": (b"\n@@ -1 +1 @@\n-a\n+b\n", 2),
    "a merge": (b"diff --cc x\n", 1),
    "a merge's hunk": (b"@@@ -1 -1 +1 @@@\n", 1),
    "a cut hunk": (HEAD + b"@@ -1,2 +1 @@\n-a\n", 4),
    "a line too many": (HEAD + b"@@ -1 +1 @@\n-a\n+b\n+c\n", 6),
    "a blank line too many": (HEAD + b"@@ -1 +1 @@\n-a\n+b\n c\n", 6),
    "a side too long": (HEAD + b"@@ -1 +1,2 @@\n-a\n-b\n+c\n", 5),
    "prose in a hunk": (HEAD + b"@@ -1 +1 @@\n-a\nhello\n", 5),
    "no head of a hunk": (HEAD + b"@@ -x +1 @@\n", 3),
    "a number too long": (HEAD + b"@@ -1 +12345678901 @@\n", 3),
    "line nought": (HEAD + b"@@ -0,1 +1 @@\n-a\n+b\n", 3),
    "hunks that overlap": (HEAD + b"@@ -1 +1 @@\n-a\n+b\n@@ -1 +1 @@\n-a\n+b\n", 6),
    "hunks that go back": (HEAD + b"@@ -5 +5 @@\n-a\n+b\n@@ -1 +1 @@\n-a\n+b\n", 6),
    "hunks that do not fit": (HEAD + b"@@ -1 +9 @@\n-a\n+b\n", 3),
    "a header twice": (GIT + b"new mode 100644\nnew mode 100755\n", 3),
    "an absolute path": (b"--- /etc/passwd\n+++ /etc/passwd\n@@ -1 +1 @@\n-a\n+b\n", 1),
    "a path upwards": (b"--- a/../x\n+++ b/../x\n@@ -1 +1 @@\n-a\n+b\n", 1),
    "a path into .git": (b"diff --git a/.git/config b/.git/config\nold mode 100644\nnew mode 100755\n", 1),
    "a quoted path upwards": (b'--- "a/..\\057x"\n+++ "b/..\\057x"\n@@ -1 +1 @@\n-a\n+b\n', 1),
    "names that differ": (GIT + b"--- a/x\n+++ b/evil\n@@ -1 +1 @@\n-a\n+b\n", 1),
    "names that the title denies": (GIT + b"--- a/y\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n", 1),
    "a move to elsewhere": (
        b"diff --git a/x b/y\nrename from x\nrename to y\n--- a/x\n+++ b/z\n@@ -1 +1 @@\n-a\n+b\n",
        1,
    ),
    "half a move": (b"diff --git a/x b/y\nrename from x\n", 1),
    "a title of nothing": (b"diff --git \n", 1),
    "a title of three names": (b"diff --git a/x b/y c/z\n", 1),
    "nothing to nothing": (b"--- /dev/null\n+++ /dev/null\n@@ -1 +1 @@\n-a\n+b\n", 1),
    "an addition with another side": (GIT + b"new file mode 100644\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", 1),
    "a strange mode": (GIT + b"new file mode 100777\n", 1),
    "no mode": (GIT + b"new file mode abc\n", 1),
    "a file that comes and goes": (GIT + b"new file mode 100644\ndeleted file mode 100644\n", 1),
}


@pytest.mark.parametrize(("text", "line"), CONTRADICTIONS.values(), ids=CONTRADICTIONS.keys())
def test_a_contradiction_is_refused_with_its_line(text: bytes, line: int) -> None:
    with pytest.raises(UnreadablePatch) as caught:
        parse_patch(text)

    assert caught.value.facts["line"] == line


PIECES = st.sampled_from(
    [
        b"diff --git a/x b/x\n",
        b'diff --git "a/\\303" b/y z\n',
        b"--- a/x\n",
        b"+++ b/x\n",
        b"--- /dev/null\n",
        b"+++ /dev/null\n",
        b"@@ -1 +1 @@\n",
        b"@@ -1,0 +2,3 @@\n",
        b"@@ -0,0 +1 @@\n",
        b"-a\n",
        b"+b\n",
        b" c\n",
        b"\n",
        b"\\ No newline at end of file\n",
        b"rename from x\n",
        b"rename to y\n",
        b"new file mode 100644\n",
        b"deleted file mode 120000\n",
        b"index 1234..5678 100644\n",
        b"Binary files a/x and b/x differ\n",
        b"-- \n",
    ]
)


@given(st.lists(PIECES | st.binary(max_size=12), max_size=14).map(b"".join))
@settings(max_examples=500, deadline=None)
def test_any_bytes_are_a_change_or_an_unreadable_patch(text: bytes) -> None:
    try:
        change = parse_patch(text)
    except UnreadablePatch:
        return

    for file in change.files:
        assert not file.path.startswith("/")
        assert ".." not in file.path.split("/")
        assert (file.base is None) == (file.kind == "added")
        assert (file.head is None) == (file.kind == "deleted")
        lines = LineMap(file.hunks)
        assert all((there := lines.head_line(n)) is None or lines.base_line(there) == n for n in range(1, 9))
        assert all(touched.start >= 1 for touched in touched_lines(file))


def seconds_for(text: bytes) -> float:
    start = time.process_time()
    try:
        change = parse_patch(text)
    except UnreadablePatch:
        change = Change(base="", head="", files=())
    LineMap(hunk for file in change.files for hunk in file.hunks)
    return time.process_time() - start


N = 100_000
LONG = {
    "one hunk": HEAD + b"@@ -0,0 +1,%d @@\n" % N + b"+ a line of code\n" * N,
    "many hunks": HEAD + b"".join(b"@@ -%d +%d @@\n-a\n+b\n" % (n, n) for n in range(1, N // 10)),
    "many files": b"".join(b"--- a/%d\n+++ b/%d\n@@ -1 +1 @@\n-a\n+b\n" % (n, n) for n in range(N // 20)),
    "prose": b"hello\n" * N,
    "titles": b"diff --git a/x b/x\n" * (N // 20),
    "blanks and a quote": b"diff --git " + b" " * N + b'"x\n',
    "escapes": b'diff --git "' + b"\\\\" * N + b"\n",
    "a path of slashes": b"--- a" + b"/x" * N + b"\n+++ b" + b"/x" * N + b"\n@@ -1 +1 @@\n-a\n+b\n",
    "a line without end": HEAD + b"@@ -1 +1 @@\n-" + b"a" * N * 10 + b"\n+b\n",
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG.keys())
def test_time_grows_with_the_patch_and_no_faster(text: bytes) -> None:
    assert seconds_for(text) < 2
