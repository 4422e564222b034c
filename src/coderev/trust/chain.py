"""Lines that only ever grow: journal and custody, each line chained to the one before it (spec/bundle.md 10.1 to 10.4).

A line is one object in canonical JSON: `record`, what happened; `previous`, the SHA-256 of the line before without its
line break, which the first line leaves out; and, where a key of custody signs, `signature` over the line without it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated

from msgspec import Meta, Struct
from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import Key, Signature, Signer

from coderev.errors import TrustError
from coderev.trust.canonical import NotCanonical, decode_as, encode

MAX_LINE_BYTES = 65_536  # without the line break
_PURPOSE = b"coderev custody 1\n"  # before what is signed, so that no other signature of the key passes for one

_Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]


class ChainBroken(TrustError):
    """A line of a journal or of custody was changed, removed, added or moved."""

    message = "line {line} breaks the chain: {reason}"
    hint = "the lines before it are whole; compare with another copy, and find out who could write to the file"


class _Signed(Struct, frozen=True, forbid_unknown_fields=True):
    keyid: _Digest
    sig: Annotated[str, Meta(pattern=r"^(?:[0-9a-f]{2}){1,256}\Z")]


class _Line(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    record: dict[str, object]
    previous: _Digest | None = None
    signature: _Signed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One line that was found whole: what it records, who signed it, and its digest, which the next one carries."""

    record: Mapping[str, object]
    signer: str | None  # a key id
    digest: str


def next_line(record: Mapping[str, object], previous: str | None, signer: Signer | None = None) -> bytes:
    """The line to add, with its line break; `previous` is the digest of the last one, None in an empty file.

    Raises NotCanonical for what canonical JSON cannot say or what is over MAX_LINE_BYTES, and what the signer raises.
    """
    line = _Line(record=dict(record), previous=previous)
    if signer is not None:
        signature = signer.sign(_PURPOSE + encode(line))
        signed = _Signed(keyid=signature.keyid, sig=signature.signature)
        line = _Line(record=line.record, previous=previous, signature=signed)
    content = encode(line)
    decode_as(_Line, content, limit=MAX_LINE_BYTES)  # nothing is added that would not be read
    return content + b"\n"


def read_chain(content: bytes, *, keys: Mapping[str, Key] | None = None, head: str | None = None) -> tuple[Link, ...]:
    """Every line of a file, or the first one that is broken.

    `keys`: the keys of custody by key id; then every line must be signed by one of them. Without it no signature is
    judged. `head`: the digest of a line that is known from elsewhere and must be there: so lines that are missing at
    the end are found (10.2). Raises ChainBroken.
    """
    links: list[Link] = []
    for number, raw in enumerate(_raw_lines(content), start=1):
        links.append(_link(number, raw, links[-1].digest if links else None, keys))
    if head is not None and head not in {link.digest for link in links}:
        raise ChainBroken(line=len(links) + 1, reason=f"the line with the SHA-256 {head} is missing")
    return tuple(links)


def _raw_lines(content: bytes) -> Iterator[bytes]:
    start, number = 0, 1
    while start < len(content):
        end = content.find(b"\n", start, start + MAX_LINE_BYTES + 1)
        if end < 0:
            raise ChainBroken(line=number, reason=f"it has no end within {MAX_LINE_BYTES} bytes")
        yield content[start:end]
        start, number = end + 1, number + 1


def _link(number: int, raw: bytes, previous: str | None, keys: Mapping[str, Key] | None) -> Link:
    try:
        line = decode_as(_Line, raw, limit=MAX_LINE_BYTES)
    except NotCanonical as error:
        raise ChainBroken(line=number, reason=str(error)) from error
    if line.previous != previous:
        raise ChainBroken(line=number, reason="it does not carry the SHA-256 of the line before it")
    if keys is not None:
        _check_signature(number, line, keys)
    signer = None if line.signature is None else line.signature.keyid
    return Link(record=line.record, signer=signer, digest=sha256(raw).hexdigest())


def _check_signature(number: int, line: _Line, keys: Mapping[str, Key]) -> None:
    if line.signature is None:
        raise ChainBroken(line=number, reason="it is not signed")
    if (key := keys.get(line.signature.keyid)) is None:
        raise ChainBroken(line=number, reason=f"it is signed by {line.signature.keyid}, which is no key of custody")
    unsigned = encode(_Line(record=line.record, previous=line.previous))
    try:
        key.verify_signature(Signature(line.signature.keyid, line.signature.sig), _PURPOSE + unsigned)
    except UnverifiedSignatureError as error:
        raise ChainBroken(line=number, reason=f"the signature of {line.signature.keyid} is wrong") from error
