"""Functions that give something of a value from which a test can tell of all of it: its type, digest, ending."""

from coderev.analysis.taint.contexts import BIT, EVERY
from coderev.analysis.taint.form import Node
from coderev.analysis.taint.given import Given
from coderev.analysis.taint.later import Known
from coderev.analysis.taint.memory import elements, reaching, sequence
from coderev.analysis.taint.operations import joined_text
from coderev.analysis.taint.run import Run
from coderev.analysis.taint.value import UNKNOWN, Library, Object, Value, cleaned, constant

MAX_BYTES = 4096  # of bytes that are made by their number
HASHES = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s", "sha3_256", "sha3_512")
GUESSED = EVERY & ~BIT["secret"]  # what nobody can choose in a digest: that its text can be guessed stays


def _type(_: Run, __: Value | None, given: Given, ___: Node) -> Value:
    """`type(x)`: equal to a type of ours, x is of that type and of none that derives from it."""
    value = given.at(0)
    return Value() if value is None or len(given.positional) > 1 else Value(origin=("type", value))


def _hash(run: Run, _: Value | None, given: Given, node: Node) -> Value:
    """A digest is as secret as what it is of; equal to one of ours, so is what it is of."""
    message = given.at(0, "data")
    site = Object((*run.key, node.start, "hash"), "instance", Library("hashlib.Hash"), many=run.loops > 0)
    if message is None:
        return Value(sites=(site,))
    return Value(sites=(site,), taint=cleaned(reaching(run, message), GUESSED), origin=("digest", message))


def _digest(_: Run, receiver: Value | None, __: Given, ___: Node) -> Value:
    return Value(kind="text") if receiver is None else Value(kind="text", taint=receiver.taint, origin=receiver.origin)


def _bytes(run: Run, _: Value | None, given: Given, __: Node) -> Value:
    """`bytes(12)` is twelve zeros; of text or bytes it is these."""
    value = given.at(0)
    if value is None:
        return constant(b"")
    count = value.literal
    if isinstance(count, int) and 0 <= count <= MAX_BYTES:
        return constant(bytes(count))
    return Value(taint=reaching(run, value), kind="text", origin=value.origin)


def _ending(run: Run, _: Value | None, given: Given, node: Node) -> Value:
    """`os.path.splitext`: the ending tells what a server makes of the file."""
    path = given.at(0)
    if path is None:
        return UNKNOWN
    taint = reaching(run, path)
    name = Value(taint=taint, kind="text", prefix=path.prefix)
    return sequence(run, node.start, "tuple", [name, Value(taint=taint, kind="text", origin=("suffix", path))])


def _address(run: Run, _: Value | None, given: Given, node: Node) -> Value | None:
    """`urlunsplit((scheme, host, path, query, fragment))`: with a known host only the rest is anybody's."""
    parts = elements(run, given.positional[0]) if given.positional else None
    if parts is None or len(parts) < 3:  # noqa: PLR2004 - scheme, host, path
        return None
    scheme, host, path, *rest = parts
    beginning = [scheme, constant("://"), host, constant("/")] if host.is_known or host.taint else [scheme, host]
    return run.told(joined_text([*beginning, path, constant("?"), *rest]), node, "built into an address")


def _folder(_: Run, __: Value | None, ___: Given, ____: Node) -> Value:
    """Where everybody may write."""
    return constant("/tmp")  # noqa: S108 - it is what such code gets


PARTS: dict[str, Known] = {
    "type": _type,
    "bytes": _bytes,
    "os.path.splitext": _ending,
    "tempfile.gettempdir": _folder,
    "os.tmpdir": _folder,
    **{f"hashlib.{name}": _hash for name in HASHES},
    **dict.fromkeys(("hashlib.Hash.hexdigest", "hashlib.Hash.digest"), _digest),
    **dict.fromkeys(("urllib.parse.urlunsplit", "urllib.parse.urlunparse"), _address),
}
