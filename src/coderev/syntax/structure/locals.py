"""Which names of some lines are local and nothing but local, so that another spelling says the same.

A language's `locals` query names the places. A spelling is replaced only where every occurrence of it is a declaration
of a local variable or a reference that leads to one; a single occurrence of another sort keeps it as it is.

Captures: `@function` is a scope that hoisted declarations belong to, `@scope` any other, `@class` one whose names are
members, `@wall` one from which no name leads outwards; `@outside` is a part of a scope that belongs to what is around
it; `@local` declares a name in the innermost scope, `@hoisted` in the innermost function; `@after` is a declaration
whose names hold only after it; `@doubtful` is a declaration that begins with the name of a type and is none unless a
`@type` proves that it names one; `@other` is an identifier that is no reference to a variable; `@dynamic` is what may
see locals by their spelling: nothing is renamed.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence

import tree_sitter

from coderev.syntax.structure.dialect import WORD

LONGEST = 30  # characters: a longer name says something
MEANING = frozenset(  # a name with one of these words in it says what a value is, and a reader relies on it
    (
        b"admin allow allowed anonymous approved audited auth authenticated authorised authorized bits bytes "
        b"checked cipher clean cookie credential credentials crypto days denied deny digest encrypted escaped "
        b"guest hash hmac hours insecure iv kb key kib mb mib micros millis minutes ms nonce ns owner "
        b"passphrase passwd password permission pin plain plaintext private privileged public pwd raw root "
        b"safe salt sanitised sanitized sec seconds secret secs secure session signature signed sudo superuser "
        b"tainted token trusted unsafe untrusted us user utc valid validated verified"
    ).split()
)
_PART = re.compile(rb"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\x00-\x7f]+")

_OUTSIDE, _FUNCTION, _SCOPE, _CLASS, _WALL = range(5)  # where ranges are equal, the first is outermost
_SORTS = {"function": _FUNCTION, "scope": _SCOPE, "class": _CLASS, "outside": _OUTSIDE, "wall": _WALL}

Captured = Mapping[str, Sequence[tree_sitter.Node]]


class _Scope:
    """A range of bytes in which names are declared, and from which byte on each is known."""

    __slots__ = ("around", "end", "names", "sort")

    def __init__(self, sort: int, end: int, around: "_Scope | None") -> None:
        self.sort, self.end, self.around = sort, end, around
        self.names: dict[bytes, int] = {}

    @property
    def outer(self) -> "_Scope | None":
        """The next scope outwards; from a part that is outside, the one around what it stands in."""
        return self.around.around if self.sort == _OUTSIDE and self.around is not None else self.around


class Locals:
    """The declarations in a span of bytes. `names` are the spellings that may be local."""

    def __init__(self, captured: Captured, source: bytes, span: tuple[int, int], *, ordered: bool) -> None:
        self._starts, self._scopes = _scopes(_without_doubt(captured, source), span)
        self._other = {node.start_byte for node in captured.get("other", ())}
        self._ordered = ordered
        self._declared: set[int] = set()
        self._refused: set[bytes] = set()
        late = sorted((node.start_byte, node.end_byte) for node in captured.get("after", ()))
        for role in ("local", "hoisted"):
            for node in captured.get(role, ()):
                if span[0] <= node.start_byte < span[1]:
                    text = source[node.start_byte : node.end_byte]
                    self._declare(node.start_byte, text, late, hoisted=role == "hoisted")
        names = {name for scope in self._scopes for name in scope.names}
        if any(span[0] <= node.start_byte < span[1] for node in captured.get("dynamic", ())):
            names = set()
        self.names = frozenset(name for name in names - self._refused if not _means_something(name))

    def _declare(self, start: int, text: bytes, late: Sequence[tuple[int, int]], *, hoisted: bool) -> None:
        self._declared.add(start)
        scope = self._at(start)
        while scope is not None and (scope.sort == _OUTSIDE or (hoisted and scope.sort == _SCOPE)):
            scope = scope.outer
        if scope is None or scope.sort == _CLASS or start in self._other:
            self._refused.add(text)
        else:
            known = -1 if hoisted or not self._ordered else _end_of(late, start)
            scope.names[text] = min(known, scope.names.get(text, known))

    def leads_to_local(self, start: int, name: bytes) -> bool:
        """Whether the identifier that starts at a byte declares a local or refers to one."""
        if start in self._other:
            return False
        if start in self._declared:
            return True
        scope = self._at(start)
        while scope is not None and scope.sort == _OUTSIDE:
            scope = scope.outer
        if scope is not None and scope.sort == _CLASS:  # what makes the class may answer for any name in its body
            return False
        while scope is not None:
            if scope.names.get(name, start + 1) <= start:
                return True
            scope = None if scope.sort == _WALL else scope.outer
        return False

    def _at(self, place: int) -> _Scope | None:
        at = bisect_right(self._starts, place) - 1
        scope = self._scopes[at] if at >= 0 else None
        while scope is not None and scope.end <= place:
            scope = scope.around
        return scope


def _without_doubt(captured: Captured, source: bytes) -> Captured:
    """What was captured, with the doubtful declarations whose type is not proven as places that declare no local."""
    if not (doubtful := captured.get("doubtful")):
        return captured
    proven = {_type_at(node, source) for node in captured.get("type", ())}
    proven -= {source[node.start_byte : node.end_byte] for node in captured.get("local", ())}  # which hides the type
    refused = [node for node in doubtful if _type_first(node) and _type_at(node, source) not in proven]
    return {**captured, "class": [*captured.get("class", ()), *refused]}


def _type_first(declaration: tree_sitter.Node) -> bool:
    """Whether nothing stands before the type in a declaration, so that it may be an expression."""
    found = declaration.child_by_field_name("type")
    return found is not None and found.start_byte == declaration.start_byte


def _type_at(node: tree_sitter.Node, source: bytes) -> bytes:
    found = _TYPE.match(source, node.start_byte)
    return found[0] if found else b""


_TYPE = re.compile(rb"[\w:]+")


def _scopes(captured: Captured, span: tuple[int, int]) -> tuple[list[int], list[_Scope]]:
    """The scopes that lie within a span, in order of their starts, outer before inner."""
    ranges = sorted(
        {
            (node.start_byte, -node.end_byte, sort)
            for role, sort in _SORTS.items()
            for node in captured.get(role, ())
            if node.start_byte >= span[0] and node.end_byte <= span[1]
        }
    )
    scopes: list[_Scope] = []
    around: _Scope | None = None
    for start, minus_end, sort in ranges:
        while around is not None and around.end <= start:
            around = around.around
        around = _Scope(sort, -minus_end, around)
        scopes.append(around)
    return [start for start, _, _ in ranges], scopes


def _end_of(late: Sequence[tuple[int, int]], start: int) -> int:
    """From where on a name declared at a byte is known: the end of the innermost late declaration around it."""
    for first, end in reversed(late[: bisect_right(late, (start, 1 << 62))]):
        if end > start:
            return end
        if first < start - _FARTHEST:
            break
    return start


_FARTHEST = 65_536  # bytes that a declaration may be long and still be late


def _means_something(name: bytes) -> bool:
    if name[:1] == b"@":
        return True  # in C# it is another spelling of the name without the sign
    return len(name.decode(errors="replace")) > LONGEST or any(part.lower() in MEANING for part in _PART.findall(name))


def words(texts: Iterable[bytes]) -> set[bytes]:
    """The words in some texts."""
    return set(WORD.findall(b"\0".join(texts)))
