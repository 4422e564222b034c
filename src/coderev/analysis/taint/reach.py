"""Stage one: which functions can matter at all. It reads words only; what it leaves out has no source for its sinks.

A word counts in a file where its name can stand there: a function of a module where the module is mentioned, a member
of a type where the module of the type is mentioned anywhere in the project, a bare name and the method of anything
everywhere that the pack is recognised.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache

import re2

from coderev.analysis.taint.calls import COMMON, MAX_CANDIDATES
from coderev.analysis.taint.catalogue import Catalogue
from coderev.analysis.taint.conditions import compiled
from coderev.analysis.taint.contexts import KINDS
from coderev.analysis.taint.form import Module
from coderev.analysis.taint.pack import SinkRow
from coderev.analysis.taint.value import FunctionSite

ROUNDS = 8  # of calls that lead to a source or a sink
_KIND = {kind: 1 << place for place, kind in enumerate(KINDS)}
_ERROR = _KIND["error"]
_ANYWHERE = ""
Words = dict[str, int]  # word → kinds of sources, as bits


class Vocabulary:
    """The words of one language's packs, by the module that must be mentioned: in the file, or in the project."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.sources: dict[tuple[str, bool], Words] = {}
        self.sinks: dict[tuple[str, bool], Words] = {}
        self.others: dict[tuple[str, bool], Words] = {}
        self._named: list[tuple[str, int]] = []  # patterns of what is a sink by its name
        self._kinds: Words = {}  # of words that were looked at
        leads = _leads(catalogue)
        for pack in catalogue.packs:
            for source in pack.sources:
                _add(self.sources, (*source.call, *source.read), _KIND[source.kind], pack.requires or leads)
            for sink in pack.sinks:
                kinds = sum(_KIND[kind] for kind in set(sink.kinds))
                if sink.names is not None:
                    self._named.append((sink.names, kinds))
                _add(self.sinks, (*sink.call, *sink.store, *_props(sink)), kinds, pack.requires or leads)
            for entry in pack.entries:
                _add(self.others, entry.call, 1, pack.requires or leads)
            for wrong in pack.configuration:
                _add(self.others, (*wrong.call, *wrong.store), 1, pack.requires or leads)
            for absent in pack.absence:
                _add(self.others, absent.call, 1, pack.requires or leads)

    def named(self, words: frozenset[str]) -> Words:
        """The words that are sinks as names of variables, attributes, keys and keywords."""
        if not self._named:
            return {}
        for word in words - self._kinds.keys():
            self._kinds[word] = 0
            if self._any.search(word):
                for pattern, kinds in self._named:
                    if compiled(pattern).search(word):
                        self._kinds[word] |= kinds
        return {word: kinds for word in words if (kinds := self._kinds[word])}

    @cached_property
    def _any(self) -> "re2._Regexp":
        return compiled("|".join(f"(?:{pattern})" for pattern, _ in self._named))

    def of(self, table: dict[tuple[str, bool], Words], module: Module, project: frozenset[str]) -> Words:
        """The words of a table that count in a file."""
        here = module.body.mentions
        found: Words = {}
        for (root, is_type), words in table.items():
            if root == _ANYWHERE or root in (project if is_type else here) or f"node:{root}" in here:
                for word, kinds in words.items():
                    found[word] = found.get(word, 0) | kinds
        return found


def _props(sink: SinkRow) -> Iterator[str]:
    """The props of a JSX element that a sink is about: nobody writes the call that it is."""
    if "jsx" in sink.call:
        yield from (f"*.{word}" for where in sink.at for word in str(where).split(".")[1:2])


Leads = dict[str, frozenset[str]]  # of types that need no import, what must be mentioned to have one of them


def _leads(catalogue: Catalogue) -> Leads:
    """What leads to the types that the language itself has: `document` to `Document`, and that to `Element`."""
    found: dict[str, set[str]] = {}
    rows = [row for pack in catalogue.packs if not pack.requires for row in pack.types]
    for _ in range(ROUNDS):
        for row in rows:
            for owner in (*(name.rpartition(".")[0] or name for name in (*row.call, *row.read)), ""):
                if owner and "." not in row.type:
                    found.setdefault(row.type, set()).update(found.get(owner, ()), (owner.partition(".")[0],))
            for parent in row.inherits:
                if "." not in parent:
                    found.setdefault(parent, set()).update(found.get(row.type, ()), (row.type.partition(".")[0],))
    return {name: frozenset(each) for name, each in found.items()}


def _add(
    table: dict[tuple[str, bool], Words], names: Iterable[str], kinds: int, requires: tuple[str, ...] | Leads
) -> None:
    for name in names:
        for anchor in _anchors(name, requires):
            words = table.setdefault(anchor, {})
            word = name.rpartition(".")[2].removesuffix("[]").removesuffix("()")
            words[word] = words.get(word, 0) | kinds


def _anchors(name: str, requires: tuple[str, ...] | Leads) -> Iterator[tuple[str, bool]]:
    """What must be mentioned for a name to stand somewhere, and whether anywhere in the project is enough."""
    owner = name.rpartition(".")[0]
    leads, requires = (requires, ()) if isinstance(requires, dict) else ({}, requires)
    if owner in ("", "*"):
        yield from ((module.partition(".")[0], True) for module in requires) if requires else ((_ANYWHERE, True),)
        return
    root = owner.partition(".")[0].partition("(")[0]
    is_type = any(part[:1].isupper() for part in owner.split(".")) or "(" in owner or "[" in name
    yield root.partition("/")[0] if root not in requires else root, is_type
    if is_type:
        yield from ((module.partition(".")[0], True) for module in (*requires, *leads.get(root, ())))


@lru_cache(maxsize=8)
def vocabulary(catalogue: Catalogue) -> Vocabulary:
    """The words of a catalogue, gathered once."""
    return Vocabulary(catalogue)


def roots(
    sites: Iterable[FunctionSite], modules: dict[str, Module], catalogues: dict[str, Catalogue]
) -> tuple[list[FunctionSite], frozenset[tuple[object, ...]]]:
    """The functions that may bring a source to a sink, or hold what is wrong by itself, callees included.

    And the identities of all that lead to a source, a sink, or what is wrong by itself. `modules` are all files by
    path, `catalogues` the packs of each file's language.
    """
    project = frozenset[str]().union(*(module.body.mentions for module in modules.values()))
    found: dict[str, tuple[Words, Words, Words]] = {}
    named = {id(each): vocabulary(each).named(project) for each in catalogues.values()}
    for path, module in modules.items():
        words = vocabulary(catalogues[path])
        found[path] = (
            words.of(words.sources, module, project),
            words.of(words.sinks, module, project) | named[id(catalogues[path])],
            words.of(words.others, module, project),
        )
    known = list(sites)
    sources = _reaching(known, {path: words[0] for path, words in found.items()})
    sinks = _reaching(known, {path: words[1] for path, words in found.items()})
    wrong = {id(site) for site in known if not site.function.mentions.isdisjoint(found[site.home][2])}
    leading = sources.keys() | sinks.keys() | wrong
    return (
        [site for site in known if (sources.get(id(site), 0) | _ERROR) & sinks.get(id(site), 0) or id(site) in wrong],
        frozenset(site.identity[:3] for site in known if id(site) in leading),
    )


def _reaching(sites: list[FunctionSite], words: dict[str, Words]) -> dict[int, int]:
    """The kinds that each function mentions a word of, or a function that does, by the identity of its site.

    A name that many functions have leads on in its own file only.
    """
    defined = Counter(site.function.name for site in sites)
    telling = {name for name, count in defined.items() if count <= MAX_CANDIDATES and name not in COMMON}
    users: dict[tuple[str, str], list[FunctionSite]] = {}
    found: dict[int, int] = {}
    for site in sites:
        known = words[site.home]
        for word in site.function.mentions & known.keys():
            found[id(site)] = found.get(id(site), 0) | known[word]
        for name in site.function.mentions & defined.keys():
            users.setdefault((_ANYWHERE if name in telling else site.home, name), []).append(site)
    waiting = [site for site in sites if id(site) in found]
    while waiting:
        site = waiting.pop()
        name, kinds = site.function.name, found[id(site)]
        for user in users.get((_ANYWHERE if name in telling else site.home, name), ()):
            if kinds & ~found.get(id(user), 0):
                found[id(user)] = found.get(id(user), 0) | kinds
                waiting.append(user)
    return found


def readers(sites: Iterable[FunctionSite], changed: frozenset[str]) -> frozenset[tuple[object, ...]]:
    """The functions that mention what has changed, and those that mention their names, by identity."""
    waiting = list(sites)
    found: set[tuple[object, ...]] = set()
    names = set(changed)
    for _ in range(ROUNDS):
        fresh = [site for site in waiting if not site.function.mentions.isdisjoint(names)]
        if not fresh:
            break
        found |= {site.identity[:3] for site in fresh}
        names = {site.function.name for site in fresh if site.function.name not in COMMON}
        waiting = [site for site in waiting if site.identity[:3] not in found]
    return frozenset(found)
