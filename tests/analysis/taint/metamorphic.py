"""Small vulnerable programs and what can be done to them: mutations that keep a finding, kill it, or seem to kill it.

A mutant carries its value from the source towards the sink: each mutation takes the expression that holds it now and
gives one that holds it afterwards, with the lines and definitions that this needs. So mutations compose in any order,
and what comes out is a program that runs. They are written in `cases/mutations`, one file for each language: there
`%v%` is the expression, `%n%` a number that no other mutation has, `%clean%` and `%other%` the expression after a
sanitiser of the sink's context and of another one, and `%clean NAME%` a name (`v`, `part`, `end`) after the first.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent
from typing import Literal, get_args

import msgspec
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

Effect = Literal["keeps", "kills", "seems to kill"]
Style = Literal["plus", "template", "format", "percent", "join"]
STYLES: tuple[Style, ...] = get_args(Style)
DEEPEST = 4  # mutations in a row
READS_NAMES = frozenset(("CWE-522", "CWE-532", "CWE-798"))  # their rules read names: renaming may change what they say
CASES = Path(__file__).parent / "cases" / "mutations"


class Seed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A vulnerable program: `head`, a handler that begins with `open`, has `source` and `sink` in it, and `close`.

    The sink's `%text%` is `before`, the value and `after` as one text. `clean` and `other` have a `%v%`.
    """

    name: str
    cwe: str
    rule: str
    head: str
    open: str
    source: str
    sink: str
    before: str = ""
    after: str = ""
    close: str = ""
    clean: str
    other: str


class Mutation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is done to a program; see the module. `behind` are lines after the sink, `files` come beside the program."""

    name: str
    effect: Effect = "keeps"
    defines: str = ""
    lines: str = ""
    value: str = "%v%"
    behind: str = ""
    files: dict[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A seed with some mutations done to it, the first at its source."""

    seed: Seed
    mutations: tuple[Mutation, ...]
    style: Style = "plus"

    @property
    def is_vulnerable(self) -> bool:
        """Whether no mutation kills the flow."""
        return all(mutation.effect != "kills" for mutation in self.mutations)

    @property
    def name(self) -> str:
        """The seed, then its mutations in order."""
        return ", ".join([self.seed.name, self.style, *(mutation.name for mutation in self.mutations)])


def program(mutant: Mutant, language: "Language") -> dict[str, str]:
    """The files of a mutant."""
    seed, value = mutant.seed, mutant.seed.source
    defines, lines, behind = "", "", ""
    files: dict[str, str] = {}
    for number, mutation in enumerate(mutant.mutations):
        fill = _filler(seed, number, value)
        defines += fill(mutation.defines)
        lines += fill(mutation.lines)
        behind += fill(mutation.behind)
        files |= {fill(path): fill(text) for path, text in mutation.files.items()}
        value = fill(mutation.value)
    lines += f"{language.declare}end = {value}{language.stop}\n"
    text = language.styles[mutant.style](seed.before, "end", seed.after)
    body = lines + seed.sink.replace("%text%", text) + "\n" + behind
    main = seed.head + defines + "\n" + seed.open + indent(body, language.indent) + seed.close
    return {language.main: main, **files}


def _filler(seed: Seed, number: int, value: str) -> Callable[[str], str]:
    def fill(text: str) -> str:
        for name, written in (("v", "v"), ("part", f"part{number}"), ("end", "end")):
            text = text.replace(f"%clean {name}%", seed.clean.replace("%v%", written))
        text = text.replace("%clean%", seed.clean).replace("%other%", seed.other)
        return text.replace("%v%", value).replace("%n%", str(number))

    return fill


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """How one language spells what all mutants have, its seeds, and its mutations."""

    main: str
    declare: str
    stop: str
    indent: str
    styles: Mapping[Style, Callable[[str, str, str], str]]
    seeds: tuple[Seed, ...]
    mutations: tuple[Mutation, ...]

    def with_effect(self, *effects: Effect) -> tuple[Mutation, ...]:
        """The mutations with one of some effects."""
        return tuple(mutation for mutation in self.mutations if mutation.effect in effects)


def compositions(language: Language, count: int) -> list[Mutant]:
    """Mutants of up to four mutations, about so many and always the same ones.

    One mutation may kill; nothing that seems to kill stands behind it.
    """
    found: dict[str, Mutant] = {}

    @settings(max_examples=count, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
    @given(_compositions(language))
    def collect(mutant: Mutant) -> None:
        found[mutant.name] = mutant

    collect()
    return list(found.values())


@st.composite
def _compositions(draw: st.DrawFn, language: Language) -> Mutant:
    seed, style = draw(st.sampled_from(language.seeds)), draw(st.sampled_from(STYLES))
    first = draw(
        st.lists(st.sampled_from(language.with_effect("keeps", "seems to kill")), min_size=1, max_size=DEEPEST)
    )
    if len(first) == DEEPEST or not draw(st.booleans()):
        return Mutant(seed=seed, style=style, mutations=tuple(first))
    killer = draw(st.sampled_from(language.with_effect("kills")))
    after = draw(st.lists(st.sampled_from(language.with_effect("keeps")), max_size=DEEPEST - 1 - len(first)))
    return Mutant(seed=seed, style=style, mutations=(*first, killer, *after))


def renamed(text: str) -> str:
    """The same program, where all names that mutations make are other names."""
    return re.sub(
        r"\b(?:part|held|row|box|Box|same|inner|way|tried|each|end|check|spread|later)(?=\d*\b)", r"z\g<0>y", text
    )


def _written(name: str) -> tuple[tuple[Seed, ...], tuple[Mutation, ...]]:
    """The seeds and mutations of a language, from its file."""
    held = msgspec.yaml.decode((CASES / f"{name}.yaml").read_text("utf-8"), type=_Written)
    return held.seeds, held.mutations


class _Written(msgspec.Struct, forbid_unknown_fields=True):
    seeds: tuple[Seed, ...]
    mutations: tuple[Mutation, ...]


def _python() -> Language:
    seeds, mutations = _written("python")
    styles: dict[Style, Callable[[str, str, str], str]] = {
        "plus": lambda before, value, after: f"{before!r} + {value} + {after!r}",
        "template": lambda before, value, after: f"f{(before + '{' + value + '}' + after)!r}",
        "format": lambda before, value, after: f"{(before + '{}' + after)!r}.format({value})",
        "percent": lambda before, value, after: f"{(before + '%s' + after)!r} % ({value},)",
        "join": lambda before, value, after: f"''.join([{before!r}, {value}, {after!r}])",
    }
    return Language(main="app.py", declare="", stop="", indent="    ", styles=styles, seeds=seeds, mutations=mutations)


def _javascript() -> Language:
    seeds, mutations = _written("javascript")
    styles: dict[Style, Callable[[str, str, str], str]] = {
        "plus": lambda before, value, after: f"'{before}' + {value} + '{after}'",
        "template": lambda before, value, after: f"`{before}${{{value}}}{after}`",
        "format": lambda before, value, after: f"'{before}'.concat({value}, '{after}')",
        "percent": lambda before, value, after: f"'{before}{{}}{after}'.replace('{{}}', () => {value})",
        "join": lambda before, value, after: f"['{before}', {value}, '{after}'].join('')",
    }
    return Language(
        main="app.js", declare="const ", stop=";", indent="  ", styles=styles, seeds=seeds, mutations=mutations
    )


PYTHON, JAVASCRIPT = _python(), _javascript()
