"""What a rule pack says, as types: one YAML file for each framework (`spec/rule-pack.md`). Pure values.

Names are dotted and canonical: imports and aliases are resolved before a name is looked up. `os.path.join` is a member
of a module; `flask.Request.args` an attribute of a type, wherever the object came from; `*.execute` a method of a
receiver that nobody knows; `flask.session[]` an element. A call of `a.b` that no row types gives an instance of `a.b`
where `b` begins with a capital, and else something that is named `a.b()`. Languages write the same names: JavaScript's
`require("child_process").exec` is `child_process.exec`, a default import is the module, `node:fs` is `fs`.

A place names what of a call is meant, as in `0`, `command`, `0/args` (the first, or the keyword), `1+` (the second and
all after it), `receiver`, `any` (every argument), `**` (the mapping that is spread into keywords), and of a store
`value` or `key` (of a read element `key` too); `.name` goes into an object, a number into a sequence:
`1.dangerouslySetInnerHTML.__html`, `0/args.0`.

Methods of text, bytes and containers, and a few functions of the languages' libraries, are the interpreter's (`known`).
What an `except` or `catch` binds is read as `except`; a comparison is a call of `==` with two arguments; `a / b` calls
`__truediv__` where `a` is of a library's type.
`spec/rule-pack.md` says all of this in numbered clauses.
"""

from typing import Literal

import msgspec

from coderev.finding import Confidence, Severity

Scalar = str | int | float | bool | None
Where = int | str  # a place


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A row of a pack."""


class Condition(Row, frozen=True, kw_only=True):
    """What must hold of one place. Of several that are given, each must hold; unknown values leave it open.

    `value`: it is one of these constants; `other`: it is a constant that is none of these; `named`: it is one of these
    functions, classes or names; `matches`: its text matches (RE2, searched); `begins`: its known beginning matches;
    `absent`: it is not given; `kind`: it is a text, number, list, mapping or function.
    """

    at: Where
    value: tuple[Scalar, ...] | None = None
    other: tuple[Scalar, ...] | None = None
    named: tuple[str, ...] = ()
    matches: str | None = None
    begins: str | None = None
    absent: bool | None = None
    kind: Literal["text", "number", "list", "mapping", "function"] | None = None


class Matched(Row, frozen=True, kw_only=True):
    """A row that is about calls, each by its names, where all of `when` and none of `unless` hold."""

    call: tuple[str, ...] = ()
    when: tuple[Condition, ...] = ()
    unless: tuple[Condition, ...] = ()


class TypeRow(Row, frozen=True, kw_only=True):
    """What a call gives, or an attribute is. `type` may be any name: methods are then looked up under it."""

    type: str
    call: tuple[str, ...] = ()
    read: tuple[str, ...] = ()  # attributes, and elements as `a.b[]`
    inherits: tuple[str, ...] = ()  # names of `type` are looked up there too


class SourceRow(Matched, frozen=True, kw_only=True):
    """Where values of a kind come from: the result of a call, an attribute that is read, or what a call writes to `to`.

    `clean` are the contexts in which it cannot be dangerous; `type` is what the value is.
    """

    read: tuple[str, ...] = ()
    to: Where | None = None
    kind: str = "request"
    note: str
    clean: tuple[str, ...] = ()
    type: str | None = None


class Stored(Row, frozen=True, kw_only=True):
    """A store that takes back what was said of the object that is stored into; `when` is about `key` and `value`."""

    store: tuple[str, ...]
    when: tuple[Condition, ...] = ()


class SinkRow(Matched, frozen=True, kw_only=True):
    """Where a value is dangerous: places of a call, or what is stored into an attribute or element.

    `names` (RE2, searched): a variable, attribute, key or keyword of such a name that gets the value, which says what
    it is for. `rule` is an id of any pack's rules. `kinds` are the kinds of sources that count. `unless_stored`: what
    the call made is harmless where one of these is stored into it afterwards (a response that becomes plain text).
    """

    store: tuple[str, ...] = ()  # `*.innerHTML`, `flask.session[]`
    names: str | None = None
    at: tuple[Where, ...] = ()  # of a store: `value` (the default), `key`
    context: str
    rule: str
    kinds: tuple[str, ...] = ("request",)
    unless_stored: tuple[Stored, ...] = ()


class PropagatorRow(Matched, frozen=True, kw_only=True):
    """What a call hands on: all of `origins` reach `to`, nothing else does. `origins: []` gives a clean result.

    `sets` are contexts that become dangerous again (decoders). `type` is what `to` is from then on: the result, or
    the receiver that the call changed (a parser that was told to resolve entities).
    """

    origins: tuple[Where, ...]
    to: tuple[Where, ...] = ("result",)
    sets: tuple[str, ...] = ()
    type: str | None = None


class SanitiserRow(Matched, frozen=True, kw_only=True):
    """A call that makes `at` harmless in the contexts `clears`; `all` means every one.

    `removes` are characters of which none is left: what cannot end the quotes that it stands in is harmless there.
    """

    at: tuple[Where, ...] = (0,)
    clears: tuple[str, ...]
    type: str | None = None
    removes: str = ""


class GuardRow(Matched, frozen=True, kw_only=True):
    """A call that tells of `at` whether it is harmless: where its result is true or false, or where it `returns`."""

    at: Where
    on: Literal["true", "false", "return"] = "true"
    clears: tuple[str, ...]


class DefenceRow(Matched, frozen=True, kw_only=True):
    """A call after which requests are harmless in `clears`: middleware that is installed, a setting."""

    clears: tuple[str, ...]


class Given(Row, frozen=True, kw_only=True):
    """A parameter of an entry: its type, and, where it is a source itself, the kind and note of it."""

    type: str | None = None
    kind: str | None = None
    note: str = "a parameter of the request"
    clean: tuple[str, ...] = ()


class Route(Row, frozen=True, kw_only=True):
    """Where a route names parameters: its text is at `at`, `pattern` has the groups `name` and perhaps `type`.

    A parameter of one of the types `enforced` is clean, since the framework converts it.
    """

    at: Where = 0
    pattern: str
    enforced: tuple[str, ...] = ()


class Returned(Row, frozen=True, kw_only=True):
    """What an entry's returned text (or the first of a returned tuple) is dangerous in.

    `where_typed`: only where one of the entry's parameters is of one of these types by then.
    """

    context: str
    rule: str
    kinds: tuple[str, ...] = ("request",)
    unless_types: tuple[str, ...] = ()  # instances of these are no text
    where_typed: tuple[str, ...] = ()


class EntryRow(Row, frozen=True, kw_only=True):
    """Functions that the framework calls: decorated, handed to a call, methods of a class, or named by convention.

    `parameters` are by position (after the instance of a method); `others` is what all further ones are; `by_name` goes
    before both. `annotations`: a parameter so annotated is clean, because the framework enforces it.
    `convention`: a function whose first parameter (after the instance) has this name, where the pack is recognised.
    `injected`: a parameter whose default (or `Annotated` word) is a call of one of these is no source: it is what the
    function handed to that call returns. `models`: of a parameter that is annotated with a class derived from one of
    these, the fields that are annotated with one of `annotations` are clean too. `when` is about the arguments of the
    decorator, and must certainly hold; `files` is searched in the path (RE2), for conventions. `store`: functions that
    are stored there. `base: [exports]`: what a module exports under one of the names `methods`, in files whose path has
    `files`, or without that where the pack is recognised.
    """

    decorator: tuple[str, ...] = ()
    call: tuple[str, ...] = ()
    at: tuple[Where, ...] = ()  # which arguments of the call are entries
    base: tuple[str, ...] = ()  # classes whose subclasses'
    methods: tuple[str, ...] = ()  # methods with these names are entries
    store: tuple[str, ...] = ()  # `Window.onmessage`
    counts: tuple[int, ...] = ()  # numbers of parameters that such a function has; none: any
    schemas: dict[str, str] = {}  # places of JSON schemas that are enforced, with what of the first parameter they say
    convention: str | None = None
    when: tuple[Condition, ...] = ()
    files: str | None = None
    parameters: tuple[Given, ...] = ()
    by_name: dict[str, Given] = {}
    others: Given | None = None
    annotations: tuple[str, ...] = ()
    injected: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    route: Route | None = None
    returns: tuple[Returned, ...] = ()


class ConfigurationRow(Matched, frozen=True, kw_only=True):
    """A call, store or decorator that is wrong by itself, where `when` certainly holds and `unless` certainly not.

    `assign`: an assignment to a variable of this name in the code of a module; its value is the place `value`.
    `files` is searched in the path (RE2): rows of settings are for files of settings.
    """

    store: tuple[str, ...] = ()
    decorator: tuple[str, ...] = ()
    assign: tuple[str, ...] = ()
    files: str | None = None
    rule: str


class AbsenceRow(Row, frozen=True, kw_only=True):
    """A call that is wrong because the project, its module or its function never mentions any of `missing`.

    Where `present` is given, one of these must be mentioned there: what makes the absence matter.
    """

    call: tuple[str, ...]
    when: tuple[Condition, ...] = ()
    missing: tuple[str, ...]
    present: tuple[str, ...] = ()
    within: Literal["project", "module", "function"] = "project"
    rule: str


class RuleRow(Row, frozen=True, kw_only=True):
    """One weakness, as it is told. `message` may name `{source}` and `{sink}`."""

    id: str  # `sql-injection`; findings show `taint/sql-injection`
    cwe: str  # "CWE-89"
    title: str
    severity: Severity
    confidence: Confidence = "high"
    message: str
    advice: str
    safe: str = ""  # what would have made it safe, in code
    safe_javascript: str = ""  # the same in JavaScript
    advice_javascript: str = ""  # where the advice names what only Python has


class Pack(Row, frozen=True, kw_only=True):
    """One file. It applies where the project imports one of `requires`, or everywhere where that is empty.

    `ends` are calls that never return: what follows them does not run.
    """

    schema: Literal[1]
    name: str
    languages: tuple[Literal["python", "javascript"], ...]  # javascript: TypeScript too
    requires: tuple[str, ...] = ()
    rules: tuple[RuleRow, ...] = ()
    types: tuple[TypeRow, ...] = ()
    sources: tuple[SourceRow, ...] = ()
    sinks: tuple[SinkRow, ...] = ()
    propagators: tuple[PropagatorRow, ...] = ()
    sanitisers: tuple[SanitiserRow, ...] = ()
    guards: tuple[GuardRow, ...] = ()
    entries: tuple[EntryRow, ...] = ()
    configuration: tuple[ConfigurationRow, ...] = ()
    absence: tuple[AbsenceRow, ...] = ()
    defences: tuple[DefenceRow, ...] = ()
    ends: tuple[str, ...] = ()
