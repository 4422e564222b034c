"""Methods of text: what of it is in the result, and what a test of it proves."""

from collections.abc import Callable, Iterable

from coderev.analysis.taint.callbacks import called, some_list
from coderev.analysis.taint.contexts import BIT, EVERY, MASK
from coderev.analysis.taint.form import Node
from coderev.analysis.taint.given import Given
from coderev.analysis.taint.memory import (
    elements,
    reaching,
    sequence,
)
from coderev.analysis.taint.operations import as_text, formatted, joined_text
from coderev.analysis.taint.patterns import beginnings, cleared_by, cleared_without, refused, removed_by, without
from coderev.analysis.taint.quoting import cleared_by_escapes, escapes
from coderev.analysis.taint.run import Run
from coderev.analysis.taint.sequences import includes, index_of
from coderev.analysis.taint.truths import LEADS, addresses, begins_without, lacking, lacks
from coderev.analysis.taint.value import (
    BOOLEAN,
    CLEAN,
    NUMBER,
    UNKNOWN,
    Fact,
    FunctionSite,
    Label,
    Mark,
    Object,
    Value,
    cleaned,
    constant,
    union,
)

Method = Callable[[Run, Value, Given, Node], Value | None]
_MATCH = Label("match")  # what a function is handed that says what stands in the place of a match


def _whole(run: Run, receiver: Value, given: Given, _: Node) -> Value:
    """All of receiver and arguments may be in the result."""
    taint = reaching(run, receiver)
    for value in given.all:
        taint = union(taint, reaching(run, value))
    return Value(taint=taint, kind="text")


def _format(run: Run, receiver: Value, given: Given, node: Node) -> Value:
    if (
        receiver.is_known
        and receiver.text is not None
        and all(value.is_known for value in given.all)
        and not given.rest
    ):
        try:
            positional = [value.literal for value in given.positional]
            keywords = {name: value.literal for name, value in given.keywords.items()}
            return constant(receiver.text.format(*positional, **keywords)[:10_000])
        except (ValueError, LookupError, AttributeError, TypeError):
            return Value(kind="text")
    return run.told(formatted(run, [receiver, *given.all], given.keywords), node, "formatted into text")


def join_text(run: Run, receiver: Value, given: Given, node: Node) -> Value | None:
    """Python: `separator.join(parts)`; JavaScript: `parts.join(separator)`."""
    if run.file.is_script:
        if not any(isinstance(site, Object) for site in receiver.sites) and not receiver.taint:
            return None
        parts, separator = receiver, given.at(0) or constant(",")
    else:
        if given.at(0) is None or len(given.positional) != 1:
            return None
        parts, separator = given.positional[0], receiver
    known = elements(run, parts)
    if known is None:
        taint = union(reaching(run, parts), separator.taint)
        return run.told(Value(taint=taint, kind="text"), node, "joined to text")
    woven = [value for part in known for value in (separator, part)][1:]
    return run.told(joined_text(woven or [constant("")]), node, "joined to text")


def _split(run: Run, receiver: Value, given: Given, node: Node) -> Value:
    text, separator = receiver.text, given.at(0)
    if text is not None and separator is not None and separator.text:
        return sequence(run, node.start, "list", [constant(part) for part in text.split(separator.text)])
    return some_list(run, node.start, _piece(receiver, separator))


def _lines(run: Run, receiver: Value, given: Given, node: Node) -> Value:
    """`text.splitlines()`: no line has a line end."""
    del given
    return some_list(run, node.start, Value(taint=cleaned(receiver.taint, MASK["header"] | MASK["log"]), kind="text"))


def _partition(run: Run, receiver: Value, given: Given, node: Node, *, last: bool = False) -> Value:
    separator = given.at(0)
    whole, piece = Value(taint=receiver.taint, kind="text"), _piece(receiver, separator)
    parts = (whole, separator or UNKNOWN, piece) if last else (piece, separator or UNKNOWN, whole)
    return sequence(run, node.start, "tuple", parts)


def _partition_last(run: Run, receiver: Value, given: Given, node: Node) -> Value:
    return _partition(run, receiver, given, node, last=True)


def _piece(receiver: Value, separator: Value | None) -> Value:
    """A part of text that was taken apart: it lacks the separator; behind a dot it is the ending of a name."""
    piece = Value(taint=receiver.taint, kind="text")
    if separator is None or separator.text is None or not receiver.taint:
        return piece
    if separator.text == ".":
        return piece.but(origin=("suffix", receiver))
    return next((fact.narrowed for fact in lacks(piece, separator.text, on=True) if fact.value is piece), piece)


def _replace(run: Run, receiver: Value, given: Given, node: Node, *, name: str = "replace") -> Value | None:
    """Text with some of it replaced; a pattern that leaves only harmless characters cleans."""
    old, new = given.at(0), given.at(1)
    if old is None or new is None:
        return None
    is_raw = new.text is not None and "$&" in new.text
    if any(isinstance(site, FunctionSite) for site in new.sites):  # what it makes of a match is judged by the pattern
        new = called(run, new, Given((Value(taint={_MATCH: Mark(EVERY)}, kind="text"),), rest=UNKNOWN), node)
        is_raw = _MATCH in new.taint and new.taint[_MATCH].mask != BIT["container"]  # no mere key of a table
        new = new.but(taint={label: mark for label, mark in new.taint.items() if label is not _MATCH})
    found = folded(run, receiver, "replace", given)
    if found is not None and found.is_known:
        return found
    taint = union(receiver.taint, new.taint)
    origin = ("same", receiver) if not new.taint else None
    removed = _replaced(run, old, name)
    spelt = "".join(str(each) for each in new.literals) or new.begins + new.ends
    gone = without(receiver.without, frozenset() if is_raw else removed, spelt)
    known = escapes(removed, new.begins)
    taint = cleaned(taint, cleared_without(gone) | cleared_by_escapes(known, is_raw=is_raw))
    return Value(taint=taint, kind="text", origin=origin, without=gone | known)


def _replaced(run: Run, old: Value, name: str) -> frozenset[int]:
    """The characters of which none is left: JavaScript's `replace` takes the first only, without the flag g."""
    from coderev.analysis.taint.searching import flags_of, pattern_of

    pattern = pattern_of(run, old)
    if pattern is not None:
        return removed_by(pattern) if "g" in flags_of(run, old) else frozenset()
    is_one = old.text is not None and len(old.text) == 1 and (not run.file.is_script or name == "replaceAll")
    return frozenset({min(ord(old.text or ""), 128)}) if is_one else frozenset()


def _replace_all(run: Run, receiver: Value, given: Given, node: Node) -> Value | None:
    return _replace(run, receiver, given, node, name="replaceAll")


def _starts(run: Run, receiver: Value, given: Given, _: Node) -> Value:
    """`text.startswith(beginning)`: a guard if the beginning ends with what ends a folder or a host."""
    beginning = given.at(0)
    if beginning is None:
        return BOOLEAN
    if receiver.is_known and beginning.is_known and receiver.text is not None and beginning.text is not None:
        return constant(receiver.text.startswith(beginning.text))
    facts: list[Fact] = []
    if beginning.text == ".." and receiver.origin is not None and receiver.origin[0] == "relative":
        facts += lacks(receiver, "..", on=False)
    for text, on, bit in (
        ("/", True, "redirect"),
        ("/", False, "path-absolute"),
        ("//", False, "redirect-slashes"),
    ):
        if beginning.text == text and receiver.taint:
            narrowed = receiver.but(taint=cleaned(receiver.taint, BIT[bit]))
            facts.append(Fact(on=on, value=receiver, narrowed=narrowed))
    facts += begins_without(receiver, [each.text for each in elements(run, beginning) or [beginning]])
    clears = _begun(run, receiver, beginning)
    if clears and receiver.taint:
        facts.append(Fact(on=True, value=receiver, narrowed=receiver.but(taint=cleaned(receiver.taint, clears))))
    return BOOLEAN.but(facts=tuple(facts))


def _begun(run: Run, receiver: Value, beginning: Value) -> int:
    if reaching(run, beginning):
        return 0
    one_of = elements(run, beginning) or [beginning]
    ends = [str(text) for each in one_of for text in (each.literals if each.is_known else (each.suffix,))]
    clears = _of_beginnings(ends, receiver)
    if not beginning.is_known and beginning.suffix.endswith("/"):
        clears |= MASK["request"] | MASK["redirect"] | MASK["href"]
    return clears


def _of_beginnings(ends: Iterable[str], receiver: Value) -> int:
    """What a text need not be feared in that begins with one of some texts."""
    from coderev.analysis.taint.contexts import UNRESOLVED

    clears = 0
    is_resolved = not any(mark.mask & UNRESOLVED for mark in receiver.taint.values())
    if is_resolved and all(end.endswith(("/", "\\")) for end in ends):
        clears |= MASK["path"]
    if all(_is_origin(end) for end in ends):
        clears |= MASK["request"] | MASK["redirect"] | MASK["href"]
    if all(end.startswith(("http:", "https:", "mailto:", "/", "#")) for end in ends):
        clears |= MASK["href"]
    return clears


def _is_origin(text: str) -> bool:
    scheme, _, rest = text.partition("://")
    return scheme in ("http", "https", "ws", "wss") and "/" in rest and not rest.startswith("/")


def _tells(clears: int) -> Method:
    """Methods that are true only of harmless text."""

    def method(run: Run, receiver: Value, given: Given, node: Node) -> Value:
        del run, given, node
        if not receiver.taint:
            return BOOLEAN
        facts = [Fact(on=True, value=receiver, narrowed=receiver.but(taint=cleaned(receiver.taint, clears)))]
        if receiver.origin is not None and receiver.origin[0] == "start" and clears & BIT["path-absolute"]:
            whole = receiver.origin[1]
            facts.append(Fact(on=True, value=whole, narrowed=whole.but(taint=cleaned(whole.taint, STARTS))))
        return BOOLEAN.but(facts=tuple(facts))

    return method


def _matches(run: Run, receiver: Value, given: Given, node: Node) -> Value | None:
    """`pattern.test(text)`, `text.match(pattern)`: a guard if the pattern is of the whole text and harmless."""
    del node
    from coderev.analysis.taint.searching import flags_of, pattern_of

    argument = given.at(0)
    if argument is None:
        return None
    for pattern_value, value in ((receiver, argument), (argument, receiver)):
        pattern = pattern_of(run, pattern_value)
        if pattern is not None:
            is_whole = "m" not in flags_of(run, pattern_value)  # else `^` and `$` stand at any line
            clears = (cleared_by(pattern, whole=False) | _begun_by(value, pattern)) if is_whole else 0
            lacked = cleared_without(removed_by(pattern)) | _lacking(pattern)
            lacked |= BIT["object"] if run.file.is_script and ord("$") in removed_by(pattern) else 0
            facts = tuple(
                Fact(on=on, value=value, narrowed=value.but(taint=cleaned(value.taint, contexts)))
                for on, contexts in ((True, clears), (False, lacked))
                if contexts and value.taint
            )
            return Value(taint=cleaned(value.taint, clears) if pattern_value is argument else CLEAN, facts=facts)
    return None


def _begun_by(value: Value, pattern: str) -> int:
    """What it proves that a text begins as a pattern wants it."""
    found = beginnings(pattern)
    return _of_beginnings(found, value) | (BIT["redirect"] if found == {"/"} else 0) if found else 0


def _lacking(pattern: str) -> int:
    """What it proves that a text does not match a pattern."""
    where, found = refused(pattern)
    clears = 0
    if where == "holds":
        for text in found:
            clears |= lacking(text)
    elif where == "equal" and "__proto__" in found:
        clears |= BIT["key"]
    if where in ("holds", "begins") and all(any(text.startswith(each) for each in found) for text in ("//", "/\\")):
        clears |= BIT["redirect-slashes"]
    if where in ("holds", "begins") and found >= set("=+-@"):
        clears |= BIT["csv"]
    return clears


def _number(_: Run, __: Value, ___: Given, ____: Node) -> Value:
    return NUMBER


def _stripped(run: Run, receiver: Value, given: Given, _: Node) -> Value:
    """`text.lstrip("/")`: what does not begin with a slash begins no path and no other host."""
    found = folded(run, receiver, "strip", given)
    taint = reaching(run, receiver)
    characters = given.at(0)
    if characters is not None and characters.text is not None and "/" in characters.text:
        taint = cleaned(taint, BIT["redirect-slashes"] | BIT["path-absolute"])
    return found if found is not None and found.is_known else Value(taint=taint, kind="text")


def _ends(run: Run, receiver: Value, given: Given, _: Node) -> Value:
    """`host.endswith(".example.com")`: with its dot, only hosts of that domain; of a name, only endings of ours."""
    ending = given.at(0)
    if receiver.is_known:
        found = folded(run, receiver, "endswith", given)
        if found is not None:
            return found
    if ending is None or not _are_endings(run, ending):
        return BOOLEAN
    facts = [Fact(on=True, value=receiver, narrowed=receiver.but(taint=cleaned(receiver.taint, BIT["upload"])))]
    if receiver.origin is not None and receiver.origin[0] == "host":
        facts = [Fact(on=True, value=it, narrowed=it.but(taint=cleaned(it.taint, LEADS))) for it in addresses(receiver)]
    return BOOLEAN.but(facts=tuple(facts))


def _are_endings(run: Run, ending: Value) -> bool:
    """Whether a text, or each of several, is a known one that begins with a dot."""
    texts = [each.text for each in elements(run, ending) or [ending]]
    return all(text is not None and text.startswith(".") for text in texts)


def _char_at(_run: Run, receiver: Value, given: Given, _: Node) -> Value:
    place = given.at(0)
    if receiver.text is not None and place is not None and isinstance(place.literal, int):
        return constant(receiver.text[place.literal : place.literal + 1])
    return Value(taint=receiver.taint, kind="text")


def _same(run: Run, receiver: Value, given: Given, node: Node) -> Value:
    """Text that stays what it is, for all that anybody has to fear of it."""
    del run, given, node
    if receiver.is_known:
        return receiver
    origin = receiver.origin
    if receiver.taint and (origin is None or origin[0] == "same"):
        origin = ("same", receiver)
    return Value(taint=receiver.taint, kind="text", prefix=receiver.prefix, origin=origin)


def _encoded(run: Run, receiver: Value, given: Given, node: Node) -> Value:
    """`text.encode()`; as `unicode_escape` its line ends are escaped."""
    made = _same(run, receiver, given, node)
    name = given.at(0, "encoding")
    if name is None or name.text not in ESCAPING:
        return made
    return made.but(taint=cleaned(made.taint, MASK["header"] | MASK["log"]), constants=None, origin=None)


def _as_text(run: Run, receiver: Value, given: Given, node: Node) -> Value:
    del given, node
    if receiver.is_known and len(receiver.literals) == 1 and not isinstance(receiver.literal, bool):
        return constant(as_text(receiver.literal))
    clears = MASK["nosql"] | MASK["type"] | MASK["fields"]
    return Value(taint=cleaned(reaching(run, receiver), clears), kind="text")


_FOLDED = {
    "lower": str.lower, "upper": str.upper, "strip": str.strip, "lstrip": str.lstrip, "rstrip": str.rstrip,
    "casefold": str.casefold,
    "title": str.title, "capitalize": str.capitalize, "replace": str.replace, "toLowerCase": str.lower,
    "toUpperCase": str.upper, "trim": str.strip, "startswith": str.startswith, "endswith": str.endswith,
    "startsWith": str.startswith, "endsWith": str.endswith, "find": str.find, "count": str.count,
    "removeprefix": str.removeprefix, "removesuffix": str.removesuffix, "zfill": str.zfill,
}  # fmt: skip


def folded(run: Run, receiver: Value, name: str, given: Given) -> Value | None:
    """A method of text on constants; of anything else all of it may be in the result."""
    compute = _FOLDED.get(name)
    literals = [value.literal for value in given.positional]
    if compute is not None and receiver.text is not None and all(value.is_known for value in given.all):
        try:
            return constant(compute(receiver.text, *literals))  # type: ignore[operator]
        except (TypeError, ValueError):
            return UNKNOWN
    if compute is not None and (receiver.taint or receiver.kind == "text"):
        taint = reaching(run, receiver)
        for value in given.all:
            taint = union(taint, reaching(run, value))
        origin = receiver.origin if name in _KEEPING and receiver.origin is not None else None
        return Value(taint=taint, kind="text", origin=origin if origin is None or origin[0] in _PARTS else None)
    return None


_KEEPING = frozenset(("lower", "upper", "strip", "rstrip", "toLowerCase", "toUpperCase", "trim", "casefold"))
_PARTS = frozenset(("host", "scheme", "suffix", "start", "digest"))  # a test of what is left of them tells of the whole
ESCAPING = frozenset(("unicode_escape", "unicode-escape", "raw_unicode_escape"))
STARTS = BIT["argument"] | BIT["csv"] | BIT["path-absolute"] | BIT["redirect-slashes"]  # where the beginning decides
SAFE_TEXT = EVERY & ~(BIT["secret"] | BIT["disclosure"] | BIT["authority"] | BIT["session"])
METHODS: dict[str, Method] = {
    "format": _format, "join": join_text, "split": _split, "rsplit": _split, "splitlines": _lines,
    "partition": _partition, "rpartition": _partition_last, "replace": _replace, "replaceAll": _replace_all,
    "startswith": _starts, "startsWith": _starts, "endswith": _ends, "endsWith": _ends, "lstrip": _stripped,
    "strip": _stripped, "isdigit": _tells(EVERY), "isdecimal": _tells(EVERY), "isnumeric": _tells(EVERY),
    "isalnum": _tells(SAFE_TEXT), "isalpha": _tells(SAFE_TEXT), "isidentifier": _tells(SAFE_TEXT), "test": _matches,
    "match": _matches, "includes": includes, "indexOf": index_of, "find": index_of, "charAt": _char_at,
    "at": _char_at, "charCodeAt": _number, "length": _number, "count": _number, "toString": _as_text, "valueOf": _same,
    "concat": _whole, "substring": _whole, "substr": _whole, "slice": _whole, "encode": _encoded, "decode": _same,
    "normalize": _same, "repeat": _whole, "padStart": _whole, "padEnd": _whole, "search": _number,
    "localeCompare": _number, "isprintable": _tells(MASK["header"] | MASK["log"]),
}  # fmt: skip
