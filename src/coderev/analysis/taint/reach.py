"""Stage one: which functions can matter at all. It reads words only: who mentions a source, and who uses what met one.

A word counts in a file where its name can stand there: a function of a module where the module is imported, a member
of a type where the module of the type is imported anywhere in the project, a bare name and the method of anything
everywhere that the pack is recognised.
"""

import builtins
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache

import re2

from coderev.analysis.taint.catalogue import Catalogue
from coderev.analysis.taint.conditions import compiled
from coderev.analysis.taint.contexts import KINDS
from coderev.analysis.taint.outline import COMMON, MAX_CANDIDATES, FileOutline, Outline
from coderev.analysis.taint.pack import SinkRow

SCANS = 12  # questions for who mentions a word, before the answers are prepared
ROUNDS = 8  # of calls that lead to a source or a sink
_KIND = {kind: 1 << place for place, kind in enumerate(KINDS)}
_ERROR = _KIND["error"]
_ANYWHERE = ""
CONSTRUCTORS = ("__init__", "constructor")
_SEPARATORS = re.compile(r"[./]")
_BUILTINS = frozenset(dir(builtins))
Words = dict[str, int]  # word → kinds of sources, as bits


class Vocabulary:
    """The words of one language's packs, by the module that must be mentioned: in the file, or in the project."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.sources: dict[tuple[str, bool], Words] = {}
        self.sinks: dict[tuple[str, bool], Words] = {}
        self.others: dict[tuple[str, bool], Words] = {}
        self.carriers: dict[
            tuple[str, bool], Words
        ] = {}  # what gives an object whose attributes or methods are sources
        self._named: list[tuple[str, int]] = []  # patterns of what is a sink by its name
        self._kinds: Words = {}  # of words that were looked at
        leads = _leads(catalogue)
        for pack in catalogue.packs:
            for row in (each for each in pack.types if catalogue.gives(each.type)):
                _add(self.carriers, (*row.call, *row.read, row.type), 1, pack.requires or leads)
            for source in (each for each in pack.sources if each.kind in catalogue.kinds and each.read != ("except",)):
                _add(self.sources, (*source.call, *source.read), _KIND[source.kind], pack.requires or leads)
            for sink in pack.sinks:
                self._sink(sink, pack.requires or leads)
            for entry in pack.entries:
                _add(self.others, entry.call, 1, pack.requires or leads)
            calls = [(*row.call, *row.store) for row in pack.configuration] + [row.call for row in pack.absence]
            for names in calls:
                _add(self.others, names, 1, pack.requires or leads)

    def _sink(self, sink: SinkRow, requires: "tuple[str, ...] | Leads") -> None:
        kinds = sum(_KIND[kind] for kind in set(sink.kinds))
        if sink.names is not None:
            self._named.append((sink.names, kinds))
        _add(self.sinks, (*sink.call, *sink.store, *_props(sink)), kinds, requires)

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

    def know(self, words: Iterable[str], named: Words) -> None:
        """These words were looked at: those of `named` are sinks by their names, no others."""
        self._kinds = {**dict.fromkeys(words, 0), **named, **self._kinds}

    @property
    def known(self) -> Words:
        """The words that were looked at and are sinks by their names."""
        return {word: kinds for word, kinds in self._kinds.items() if kinds}

    @cached_property
    def _any(self) -> "re2._Regexp":
        return compiled("|".join(f"(?:{pattern})" for pattern, _ in self._named))

    def of(self, table: dict[tuple[str, bool], Words], here: frozenset[str], project: frozenset[str]) -> Words:
        """The words of a table that count where some modules are imported, in a project that imports some."""
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


def _brought(module: FileOutline) -> frozenset[str]:
    """What may stand before a name of the packs in a file: modules that it imports, and names that need no import."""
    bare = (word for word in module.mentions if word in _BUILTINS or word[:1].isupper())
    return module.imports.union(bare)


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


class Reach:
    """Where walks begin: what mentions a source or is wrong by itself; and who may use a function that met a source.

    `sites` are all functions, `modules` all files by path, `catalogues` the packs of each file's language. `leading`
    are the identities of all functions that lead to a source, a sink, or what is wrong by itself.
    """

    def __init__(
        self, sites: Iterable[Outline], modules: dict[str, FileOutline], catalogues: dict[str, Catalogue]
    ) -> None:
        self._sites, self._modules = list(sites), modules
        self._asked = 0
        self._words_of_imports = {path: _parts(module) for path, module in modules.items()}
        words = _Words(modules, catalogues)
        self._users, self._telling = _users(self._sites)
        sources, sinks = self._above(words.sources), self._above(words.sinks)
        wrong = {id(site) for site in self._sites if not site.mentions.isdisjoint(words.others[site.home])}
        leading = sources.keys() | sinks.keys() | wrong
        self.leading = frozenset(site.identity for site in self._sites if id(site) in leading)
        telling = {id(site) for site in self._sites if _ERROR & sinks.get(id(site), 0)}
        self.first = [
            site
            for site in self._sites
            if id(site) in wrong
            or not site.mentions.isdisjoint(words.bringing[site.home])
            or self._may_tell(site, telling)
        ]

    def _may_tell(self, site: Outline, telling: set[int]) -> bool:
        """Whether a function may hand an error that it caught to where errors are told: it, or who uses it, does so."""
        if self._modules[site.home].language != "python":  # callbacks get errors too
            return id(site) in telling
        if "except" not in site.mentions:
            return False
        near = [site, *self._mentioning(site.name, site.home)]
        return any(id(each) in telling for each in near)

    def users(self, site: Outline) -> list[Outline]:
        """The functions that may call one: they mention its name, or that of the class that it makes instances of."""
        name, owner = site.name, site.owner
        if owner is not None and name in CONSTRUCTORS:
            return list(self._mentioning(owner, site.home))
        return [user for user in self._mentioning(name, site.home) if self._may_use(user, site)]

    def _may_use(self, user: Outline, site: Outline) -> bool:
        """A method is got from an object; a function of another file by importing that, or what lies above it."""
        if self._modules[user.home].language != "python":
            return True
        if site.owner is not None:
            return f".{site.name}" in user.mentions or "getattr" in user.mentions
        return user.home == site.home or not self._words_of_imports[user.home].isdisjoint(_words_of_path(site.home))

    def readers(self, words: frozenset[str], writer: Outline) -> list[Outline]:
        """The functions that mention a name under which one stored something, in files that know its class."""
        return [site for site in self._mentioners(words) if self._knows(site.home, writer)]

    def readers_of_module(self, path: str, words: frozenset[str]) -> list[Outline]:
        """The functions that mention a variable of a module, and stand in it or in one that imports it."""
        parts = _words_of_path(path)
        found = self._mentioners(words)
        imports = self._words_of_imports
        return [site for site in found if site.home == path or not imports[site.home].isdisjoint(parts)]

    def _mentioners(self, words: frozenset[str]) -> list[Outline]:
        if not words or self._asked < SCANS:  # of few questions, each is answered by looking at all
            self._asked += bool(words)
            return [site for site in self._sites if not site.mentions.isdisjoint(words)] if words else []
        places = {place for word in words for place in self._by_word.get(word, ())}
        return [self._sites[place] for place in sorted(places)]

    @cached_property
    def _by_word(self) -> dict[str, list[int]]:
        """The places of the functions that mention a word."""
        found: dict[str, list[int]] = {}
        for place, site in enumerate(self._sites):
            for word in site.mentions:
                found.setdefault(word, []).append(place)
        return found

    def _knows(self, path: str, site: Outline) -> bool:
        owner = site.owner
        return path == site.home or (owner is not None and owner in self._modules[path].mentions)

    def _mentioning(self, name: str, home: str) -> Sequence[Outline]:
        """A name that many functions have leads on in its own file only."""
        return self._users.get((_ANYWHERE if name in self._telling else home, name), ())

    def _above(self, words: dict[str, Words]) -> dict[int, int]:
        """The kinds that each function mentions a word of, or a function that does, by the identity of its site."""
        found: dict[int, int] = {}
        for site in self._sites:
            known = words[site.home]
            for word in site.mentions & known.keys():
                found[id(site)] = found.get(id(site), 0) | known[word]
        waiting = [site for site in self._sites if id(site) in found]
        while waiting:
            site = waiting.pop()
            kinds = found[id(site)]
            for user in self._mentioning(site.name, site.home):
                if kinds & ~found.get(id(user), 0):
                    found[id(user)] = found.get(id(user), 0) | kinds
                    waiting.append(user)
        return found


@lru_cache(maxsize=4096)
def _words_of_path(path: str) -> frozenset[str]:
    """The words by one of which whoever imports a file names it: its own name, or that of a folder that it lies in."""
    return frozenset(_SEPARATORS.split(path.rpartition(".")[0]))


def _parts(module: FileOutline) -> frozenset[str]:
    """The words of which the names of modules consist that a file imports."""
    return frozenset(part for name in module.imports for part in _SEPARATORS.split(name))


class _Words:
    """The words that count in each file."""

    def __init__(self, modules: dict[str, FileOutline], catalogues: dict[str, Catalogue]) -> None:
        project = frozenset[str]().union(*(_brought(module) for module in modules.values()))
        mentioned = frozenset[str]().union(*(module.mentions for module in modules.values()))
        different = {id(each): each for each in catalogues.values()}
        named = {number: vocabulary(each).named(mentioned) for number, each in different.items()}
        self.sources: dict[str, Words] = {}
        self.sinks: dict[str, Words] = {}
        self.others: dict[str, Words] = {}
        self.bringing: dict[str, frozenset[str]] = {}  # sources, and what gives an object that has them
        for path, module in modules.items():
            words, here = vocabulary(catalogues[path]), _brought(module)
            self.sources[path] = words.of(words.sources, here, project)
            self.sinks[path] = words.of(words.sinks, here, project) | named[id(catalogues[path])]
            self.others[path] = words.of(words.others, here, project)
            # what has a type is known to have it where that is imported: elsewhere it is given by who imports it
            self.bringing[path] = frozenset(
                (*words.of(words.sources, here, here), *words.of(words.carriers, here, here))
            )


def _users(sites: list[Outline]) -> tuple[dict[tuple[str, str], list[Outline]], frozenset[str]]:
    """Who mentions each function or class, anywhere or in its file; and the names that tell few functions apart."""
    defined = Counter(site.name for site in sites)
    defined.update({site.owner for site in sites if site.owner is not None})
    telling = frozenset(name for name, count in defined.items() if count <= MAX_CANDIDATES and name not in COMMON)
    users: dict[tuple[str, str], list[Outline]] = {}
    for site in sites:
        for name in site.mentions & defined.keys():
            if name in site.bound and f".{name}" not in site.mentions:
                continue  # a variable of its own
            users.setdefault((_ANYWHERE if name in telling else site.home, name), []).append(site)
    return users, telling
