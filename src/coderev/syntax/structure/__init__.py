"""Structure: what some lines of code mean, apart from how they are laid out and what their local names are.

Two structures with equal keys are the same program but for comments, docstrings, layout, redundant brackets, the
spelling of literals, and a consistent renaming of local variables. What is layout in a language stands in its dialect;
which names are local, in the `locals` section of its queries. `docs/reference/structure-keys.md` says it for people.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import sha256
from importlib import import_module
from unicodedata import normalize

import msgspec
import tree_sitter

from coderev.syntax.queries import captures, own_query
from coderev.syntax.structure.dialect import Dialect
from coderev.syntax.structure.locals import Locals, words
from coderev.syntax.structure.walk import Kinds, Mark, Walk

VERSION = 1  # raised whenever the same code gets another key

DIALECTS = {
    "python": "python",
    "java": "java",
    "csharp": "csharp",
    "go": "go",
    "rust": "rust",
    "ruby": "ruby",
    "c": "c",
    "cpp": "cpp",
    "javascript": "javascript",
    "typescript": "typescript",
    "tsx": "tsx",
}  # the module of each language that has structure keys
MEMBER_OF: dict[str, tuple[tuple[bytes, bytes], ...]] = {
    "java": ((b"class _ {\n", b"\n}\n"),),
    "csharp": ((b"class _ {\n", b"\n}\n"),),
    "cpp": ((b"class _ {\n", b"\n};\n"),),
    "javascript": ((b"class _ {\n", b"\n}\n"), (b"({\n", b"\n})\n")),
    "typescript": ((b"class _ {\n", b"\n}\n"), (b"({\n", b"\n})\n")),
    "tsx": ((b"class _ {\n", b"\n}\n"), (b"({\n", b"\n})\n")),
}  # what makes a member of a class parse when it stands alone


class Structure(msgspec.Struct, frozen=True):
    """What some lines mean. Bytes are counted in the whole file.

    `key` is 32 bytes. `told` is what it is made of: numbers of kinds, texts, and marks of where nodes begin and end.
    `tokens` are the (place in `told`, start, end) of each token, in order. `names` are the local names that are not
    told, in the order of their first occurrence: their numbers stand in their place. `forgotten` are the (start, end)
    of the comments and docstrings that are not told.
    """

    key: bytes
    told: Sequence[Mark]
    tokens: Sequence[tuple[int, int, int]]
    names: tuple[str, ...]
    forgotten: Sequence[tuple[int, int]]


def structure_of(
    tree: tree_sitter.Tree, source: bytes, language: str, span: tuple[int, int], *, keep_comments: bool
) -> Structure | None:
    """The structure of a span of bytes that holds whole lines.

    None where the language has no dialect, where its compiler may read the span otherwise than we do, and where a node
    is half inside. What did not parse is told as it stands,
    so the caller sees to it that all did. Raises TooManyMatches.
    """
    if language not in DIALECTS:
        return None
    dialect, kinds = _table(language)
    if dialect.defined is not None:
        dialect = dialect.defined(dialect, source)
    if dialect.misread is not None and dialect.misread(tree, source, span):
        return None
    bound = Locals(captures(own_query(language, "locals"), tree, span), source, span, ordered=dialect.ordered)
    walk = Walk(source, span, kinds, dialect, keep=keep_comments)
    walk.run(tree.root_node, bound.names | dialect.dynamic if bound.names else bound.names)
    if walk.cut:
        return None
    names = () if _is_seen(walk, kinds, dialect) else _replace_locals(walk, bound, source, dialect)
    told = (VERSION, language, kinds.digest, keep_comments, walk.told)
    return Structure(
        key=sha256(msgspec.msgpack.encode(told)).digest(),
        told=walk.told,
        tokens=walk.leaves,
        names=names,
        forgotten=walk.forgotten,
    )


def forgotten(tree: tree_sitter.Tree, source: bytes, language: str, span: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """What of a span of bytes is comment or docstring and told by no key; nothing where there is no dialect."""
    if language in DIALECTS:
        dialect, kinds = _table(language)
        if dialect.misread is not None and dialect.misread(tree, source, span):
            return
        walk = Walk(source, span, kinds, dialect, keep=False)
        walk.run(tree.root_node, frozenset())
        yield from ((max(start, span[0]), min(end, span[1])) for start, end in walk.forgotten)


@cache
def _table(language: str) -> tuple[Dialect, Kinds]:
    dialect: Dialect = import_module(f"{__name__}.{DIALECTS[language]}").DIALECT
    return dialect, Kinds(language, dialect)


def _is_seen(walk: Walk, kinds: Kinds, dialect: Dialect) -> bool:
    """Whether some identifier may see locals by their spelling, so that nothing can be renamed."""
    told, seeing, identifiers = walk.told, dialect.seeing, kinds.identifiers
    if seeing is None or not walk.seen:
        return False
    names = [told[place] for place, _, _ in walk.leaves if told[place - 1] in identifiers]
    return any(seeing.match(name) for name in names if isinstance(name, bytes))


def _replace_locals(walk: Walk, bound: Locals, source: bytes, dialect: Dialect) -> tuple[str, ...]:
    """Put numbers in the place of local names, and say which names these were: of each, every occurrence is one."""
    found, kept = _sorted_out(walk, bound)
    if kept & dialect.dynamic:
        return ()
    if not source.isascii():
        kept |= _lookalikes(walk, source)
    kept |= dialect.reserved | {name for name in found if dialect.verbatim.match(name)}
    names = [name for name in found if name not in kept]
    for number, name in enumerate(names):
        for place in found[name]:
            walk.told[place] = number
    return tuple(name.decode(errors="replace") for name in names)


def _sorted_out(walk: Walk, bound: Locals) -> tuple[dict[bytes, list[int]], set[bytes]]:
    """Where each name that leads to a local stands, and the names that are kept: some occurrence leads elsewhere."""
    found: dict[bytes, list[int]] = {}
    kept = words(walk.prose) if walk.seen else set()
    for place, start, is_identifier in walk.seen:
        name = walk.told[place]
        if not isinstance(name, bytes) or name in kept:
            continue
        if is_identifier and name in bound.names and bound.leads_to_local(start, name):
            found.setdefault(name, []).append(place)
        else:
            kept.add(name)
    return found, kept


def _lookalikes(walk: Walk, source: bytes) -> set[bytes]:
    """What is not ASCII, and the names that a compiler may take it for: Python reads `ﬁ` as `fi`."""
    texts = {text for _, start, end in walk.leaves if not (text := source[start:end]).isascii()}
    return texts | {normalize("NFKC", text.decode(errors="replace")).encode() for text in texts}
