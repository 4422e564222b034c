"""The intermediate form: what a program does, in few words that every language is lowered to. Pure values.

A module is a function without parameters. There is no control-flow graph: statements nest as in the source, and
`interpreter` walks them once, forward. Every node knows its bytes in the file, `start` to `end` (exclusive).
What a language can say and the form cannot is lowered to what it does; what nobody knows is `Unknown`: its operands
reach its value.

Names are resolved by scope, not by the form: a name in `Function.bound` is a local of that function, any other belongs
to the function around it, at last to the module, else to the language (`open`, `document`). Where a block of the source
hides an outer variable of the same function, lowering renames the inner one (`x` becomes `x@1`), so that a function is
one scope. A field `label` belongs to `Break`, `Continue`, `Loop` and `Switch`.
"""

from typing import Literal

import msgspec


class Node(msgspec.Struct, gc=False, frozen=True):
    """A piece of the form, and where it stands."""

    start: int
    end: int


# --- expressions


class Constant(Node, gc=False, frozen=True):
    """A literal. `None` is Python's None and JavaScript's null; undefined is `Name("undefined")`."""

    value: str | bytes | int | float | bool | None


class Name(Node, gc=False, frozen=True):
    """A variable. JavaScript's `this` and `super` are names."""

    name: str


class Attribute(Node, frozen=True):
    """`object.name`; JavaScript's `?.` and `#name` alike."""

    object: "Expression"
    name: str


class Element(Node, frozen=True):
    """`object[key]`; a slice has a `Slice` as its key."""

    object: "Expression"
    key: "Expression"


class Slice(Node, frozen=True):
    """Bounds of a slice, each None where it is left out."""

    lower: "Expression | None"
    upper: "Expression | None"
    step: "Expression | None"


class Argument(Node, frozen=True):
    """One argument: `name` of a keyword; `spread` is 1 for `*x` and `...x`, 2 for `**x`."""

    value: "Expression"
    name: str | None = None
    spread: int = 0


class Call(Node, frozen=True):
    """`function(arguments)`; `new` for JavaScript's `new`. Regular expression literals are `RegExp(text, flags)`.

    JSX is a call of `Name("jsx")` with the tag (text or name), a `Mapping` of props, and the children.
    """

    function: "Expression"
    arguments: tuple[Argument, ...]
    new: bool = False


class Operation(Node, frozen=True):
    """An operator on one, two or more operands, spelt as in Python.

    `+ - * / // % ** @ << >> & | ^ ~` (`~`, unary `-` and `+` have one operand), `not`, `and`, `or`, `??`,
    `== != === !== < <= > >= in "not in" is "is not"`, `instanceof`, `typeof`, `void`, `delete`; `,` gives its last.
    JavaScript's `!` is `not`, `&&` is `and`, `||` is `or`, `>>>` is `>>`. A chain `a < b < c` is an `and` of two.
    """

    operator: str
    operands: tuple["Expression", ...]


class Text(Node, frozen=True):
    """Parts joined to text: f-strings, template literals, adjacent literals."""

    parts: tuple["Expression", ...]


class Spread(Node, frozen=True):
    """`*x` or `...x` inside of a sequence or a target."""

    value: "Expression"


class Sequence(Node, frozen=True):
    """A list, tuple or set display. As a target: unpacking, where an item may be a `Spread` or a `Default`."""

    kind: Literal["list", "tuple", "set"]
    items: tuple["Expression", ...]


class Mapping(Node, frozen=True):
    """A dict display or object literal, (key, value) in order; the key None spreads the value.

    As a target: destructuring, where a value is a target, and the key None takes the rest.
    """

    entries: tuple[tuple["Expression | None", "Expression"], ...]


class Default(Node, frozen=True):
    """A target with the value that it gets where there is none: `{a = 1} = x`."""

    target: "Expression"
    value: "Expression"


class Choice(Node, frozen=True):
    """`a if test else b`, `test ? a : b`."""

    test: "Expression"
    then: "Expression"
    otherwise: "Expression"


class Closure(Node, frozen=True):
    """A lambda, an arrow function, a function or class expression."""

    definition: "Function | Class"


class Bind(Node, frozen=True):
    """An assignment as an expression; its value is what was assigned. `x = y = 1`, `(x := 1)`, `i++` alike."""

    target: "Expression"
    value: "Expression"


class Await(Node, frozen=True):
    """`await x`."""

    value: "Expression"


class Yield(Node, frozen=True):
    """`yield x`; `delegate` for `yield from` and `yield*`."""

    value: "Expression | None"
    delegate: bool = False


class Enter(Node, frozen=True):
    """What `with x as y` gives y."""

    value: "Expression"


class Block(Node, frozen=True):
    """Statements, then a value: a comprehension is a loop that fills a local of a name that no source can spell."""

    body: tuple["Statement", ...]
    value: "Expression"


class Unknown(Node, frozen=True):
    """Syntax that the form has no word for, or that did not parse; its operands reach its value."""

    operands: tuple["Expression", ...]


Binding = Literal["plain", "instance", "class", "static", "lexical"]  # what the first parameter of a function is
Expression = (
    Constant
    | Name
    | Attribute
    | Element
    | Slice
    | Call
    | Operation
    | Text
    | Spread
    | Sequence
    | Mapping
    | Default
    | Choice
    | Closure
    | Bind
    | Await
    | Yield
    | Enter
    | Block
    | Unknown
)

# --- statements


class Evaluate(Node, frozen=True):
    """An expression for its effects."""

    value: Expression


class Assign(Node, frozen=True):
    """`target = value`. Augmented assignment is an operation on the target, an annotation alone assigns `Unknown`."""

    target: Expression
    value: Expression
    annotation: Expression | None = None


class Branch(Node, frozen=True):
    """`if test: then else: otherwise`; `elif` nests. `match` is a chain of branches with `==` and `isinstance`."""

    test: Expression
    then: tuple["Statement", ...]
    otherwise: tuple["Statement", ...]


class Case(Node, frozen=True):
    """A case of a switch: `tests` are compared with the subject; none for `default`."""

    tests: tuple[Expression, ...]
    body: tuple["Statement", ...]


class Switch(Node, frozen=True):
    """JavaScript's switch: a case without `Break` falls through into the next."""

    subject: Expression
    cases: tuple[Case, ...]
    label: str | None = None


class Loop(Node, frozen=True):
    """A loop. Over an iterable: `target` and `iterable`; else while `test` (None: for ever).

    `takes` says what the target gets of the iterable: its `items`, or its `keys` (JavaScript's `for … in`).
    `update` runs after each round, also after `Continue`. `post` tests after the body (`do … while`). `otherwise` runs
    where no `Break` ended the loop.
    """

    body: tuple["Statement", ...]
    target: Expression | None = None
    iterable: Expression | None = None
    takes: Literal["items", "keys"] = "items"
    test: Expression | None = None
    update: tuple["Statement", ...] = ()
    post: bool = False
    otherwise: tuple["Statement", ...] = ()
    label: str | None = None


class Return(Node, frozen=True):
    """Leave the function with a value; None is the language's nothing."""

    value: Expression | None


class Raise(Node, frozen=True):
    """Raise or throw; None raises again what is handled."""

    value: Expression | None


class Break(Node, frozen=True):
    """Leave the innermost loop or switch, or the labelled one."""

    label: str | None = None


class Continue(Node, frozen=True):
    """Begin the next round of the innermost loop, or the labelled one."""

    label: str | None = None


class Catch(Node, frozen=True):
    """`except types as target` or `catch (target)`. No types: everything."""

    types: tuple[Expression, ...]
    target: Expression | None
    body: tuple["Statement", ...]


class Try(Node, frozen=True):
    """`try`; `otherwise` runs where nothing was raised, `final` on every way out."""

    body: tuple["Statement", ...]
    handlers: tuple[Catch, ...]
    otherwise: tuple["Statement", ...] = ()
    final: tuple["Statement", ...] = ()


class Define(Node, frozen=True):
    """A function or class that gets its name here. JavaScript's function declarations come first in their scope."""

    definition: "Function | Class"


class Import(Node, frozen=True):
    """Bring in a module, or a name of it, as `alias`.

    `name` None: the module itself (`import a.b as c`, `import * as c from "a"`, `const c = require("a")` where it is
    written as a whole declaration; other uses of `require` are calls). Python's `import a.b` binds `a`, with the module
    `a.b` loaded: alias `a`, module `a.b`, `binds_root`. `name` `*`: all public names (alias is empty);
    `default`: JavaScript's default export. `level` counts Python's leading dots; JavaScript's module is as written.
    """

    module: str
    name: str | None
    alias: str
    level: int = 0
    binds_root: bool = False


class Delete(Node, frozen=True):
    """`del x`."""

    target: Expression


class Assert(Node, frozen=True):
    """`assert test`: what follows may not count on it, since it can be switched off."""

    test: Expression


Statement = (
    Evaluate
    | Assign
    | Branch
    | Switch
    | Loop
    | Return
    | Raise
    | Break
    | Continue
    | Try
    | Define
    | Import
    | Delete
    | Assert
)

# --- definitions


class Parameter(Node, frozen=True):
    """One parameter. `target` is a pattern where it has no name of its own (JavaScript); `name` is then made up."""

    name: str
    kind: Literal["positional", "plain", "keyword", "rest", "keyword-rest"] = "plain"
    default: Expression | None = None
    annotation: Expression | None = None
    target: Expression | None = None


class Function(Node, frozen=True):
    """A function or method. `qualified` is its name as `syntax` names units: `Class.method`, `outer.inner`.

    `bound` are its locals, parameters included; `mentions` all names, attributes, keywords and texts of at most 64
    characters that stand in it or in what it defines, attributes also as `.name`: what stage one searches. `binding`
    says what the first parameter is: an `instance`, the class (`class`), or nothing special (`plain`, `static`);
    JavaScript's methods have `this` (`instance`), arrow functions have the one around them (`lexical`).
    """

    name: str
    qualified: str
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...]
    bound: frozenset[str]
    mentions: frozenset[str]
    decorators: tuple[Expression, ...] = ()
    returns: Expression | None = None
    binding: Binding = "plain"
    accessor: Literal["get", "set"] | None = None  # a property
    is_async: bool = False
    is_generator: bool = False


class Class(Node, frozen=True):
    """A class: its body defines methods and assigns attributes; JavaScript's fields are assignments of the body."""

    name: str
    qualified: str
    bases: tuple[Expression, ...]
    body: tuple[Statement, ...]
    decorators: tuple[Expression, ...] = ()
    keywords: tuple[Argument, ...] = ()


class Module(msgspec.Struct, frozen=True):
    """One file: `body` is the function that loading it runs, named `""`; `exports` assign to `exports.NAME`.

    ECMAScript's `export` is lowered to a definition and `exports.NAME = NAME`; `export default x` to
    `exports.default = x`; `export * from "m"` to an `Import` of `*` with alias `exports`. CommonJS needs nothing:
    `module.exports` and `exports` are names like others. `unread` are lines (first, last) that did not parse.
    `imports` are the modules that it may bring in, with those that each lies below; in ECMAScript, where any text may
    be given to `require`, all that it mentions.
    """

    path: str
    language: str
    body: Function
    imports: frozenset[str]
    unread: tuple[tuple[int, int], ...] = ()
