"""What makes a comment recognisably ours: a hidden first line that nobody else can write.

The line is an HTML comment, which GitLab, GitHub and Gitea keep in a comment's source and show to nobody. It names
what the comment is about, the digest of what it says, and an HMAC over both and over the merge request, so that a
copy of it in another place, or in another account's comment, means nothing. It stands first because then nothing
that a repository wrote can stand before it. Pure.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from coderev.errors import Bug
from coderev.forge.values import Comment, Request

Mac = Callable[[bytes], bytes]  # under a key of the site: `functools.partial(store.seal.mac, MARKERS)`
Kind = Literal["summary", "inline", "answer"]

MARKERS = b"forge comment"  # the purpose of the key that markers are signed with
SUMMARY = "summary"  # the key of the one comment of that kind
_DIGITS = 32  # hexadecimal, of a digest and of an HMAC: 128 bits
_KEY = re.compile("[A-Za-z0-9._:-]{1,128}")
_LINE = re.compile(
    rf"<!-- coderev:v1 (?P<kind>summary|inline|answer) (?P<key>{_KEY.pattern}) (?P<digest>[0-9a-f]{{32}})"
    r" (?P<about>[a-z0-9-]{1,32}) (?P<mac>[0-9a-f]{32}) -->(?:\r?\n|$)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """What a comment of ours is about.

    `key` is a fingerprint (inline), the id of the comment that is answered (answer), or SUMMARY; `digest` is of the
    words; `about` says where a finding came from and in which file (`publishing` reads it), and else is `-`.
    """

    kind: Kind
    key: str
    digest: str
    about: str = "-"


class Marks:
    """Writes and reads the markers of one merge request."""

    def __init__(self, request: Request, forge: str, mac: Mac) -> None:
        self._place = f"{forge}\0{request.project.id}\0{request.number}\0"
        self._mac = mac

    def marked(self, kind: Kind, key: str, words: str, *, about: str = "-") -> str:
        """The body of a comment: the marker, and the words below it."""
        marker = Marker(kind=kind, key=key, digest=digest_of(words), about=about)
        if not _KEY.fullmatch(key):
            raise Bug(what=f"a comment of kind {kind} has the key {key!r}")
        told = f"{marker.kind} {marker.key} {marker.digest} {marker.about}"
        return f"<!-- coderev:v1 {told} {self._signature(told)} -->\n{words}"

    def read(self, comment: Comment) -> Marker | None:
        """What a comment is about; None unless our account wrote it and its marker is genuine."""
        found = _LINE.match(comment.body) if comment.ours else None
        if found is None:
            return None
        kind, key, digest, about, mac = found.groups()
        if not hmac.compare_digest(mac, self._signature(f"{kind} {key} {digest} {about}")):
            return None
        return Marker(kind=kind, key=key, digest=digest, about=about)  # type: ignore[arg-type] # the pattern says so

    def finding_of(self, comment: Comment, comments: Iterable[Comment]) -> str | None:
        """The fingerprint of the finding in whose thread a comment stands; None where it stands in no thread of ours.

        `comments` are those of the merge request.
        """
        started = next((each for each in comments if each.id == comment.reply_to), None)
        marker = self.read(started) if started else None
        return marker.key if marker and marker.kind == "inline" else None

    def _signature(self, told: str) -> str:
        return self._mac(f"{self._place}{told}".encode()).hex()[:_DIGITS]


def digest_of(words: str) -> str:
    """What stands for the words of a comment, so that the same are not sent again."""
    return hashlib.sha256(words.encode(errors="backslashreplace")).hexdigest()[:_DIGITS]
