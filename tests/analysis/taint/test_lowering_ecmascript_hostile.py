"""Source that is broken, or made to break the lowering: it is lowered as far as it goes, and never raises."""

import sys

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coderev.analysis.taint.form import (
    Argument,
    Assign,
    Branch,
    Call,
    Case,
    Catch,
    Class,
    Closure,
    Evaluate,
    Function,
    Module,
    Name,
    Operation,
    Unknown,
)
from coderev.analysis.taint.lowering.ecmascript import lower_module
from coderev.errors import Unavailable
from coderev.syntax import parse

LANGUAGES = ("javascript", "typescript", "tsx")
DEEPEST = 130  # levels: who reads the form recurses some 150 deep
MANY = 3_000


def lowered(source: str | bytes, language: str = "javascript") -> Module:
    encoded = source if isinstance(source, bytes) else source.encode()
    return lower_module(parse(encoded, language), "src/a.js")


def walked(root: object) -> list[tuple[object, int]]:
    """Everything in a piece of the form with its depth, in no order. Arguments, cases and handlers are no level."""
    found: list[tuple[object, int]] = []
    waiting = [(root, 1)]
    while waiting:
        part, depth = waiting.pop()
        found.append((part, depth))
        if isinstance(part, tuple):
            waiting += [(item, depth) for item in part]
        elif isinstance(part, msgspec.Struct):
            inside = depth + (not isinstance(part, Argument | Case | Catch))
            waiting += [(getattr(part, name), inside) for name in part.__struct_fields__]
    return found


def depth(module: Module) -> int:
    return max(depth for part, depth in walked(module.body) if isinstance(part, msgspec.Struct))


def names(module: Module) -> set[str]:
    return {part.name for part, _ in walked(module.body) if isinstance(part, Name)}


DEEP = {
    "array": ("[", "x", "]"),
    "object": ("a = {b:", "x", "}"),
    "call": ("f(", "x", ")"),
    "block": ("{", "x", "}"),
    "blocks with variables": ("{ let x;", "x", "}"),
    "if": ("if (a)", "x", ""),
    "loop": ("while (a) {", "x", "}"),
    "switch": ("switch (a) { case 1:", "x", "}"),
    "try": ("try {", "x", "} catch (e) {}"),
    "function": ("function f() {", "x", "}"),
    "arrow": ("a =>", "x", ""),
    "callback": ("f(function () {", "x", "})"),
    "class": ("class A { m() {", "x", "}}"),
    "base class": ("a = class extends ", "x", " {}"),
    "power": ("a **", "x", ""),
    "not": ("!", "x", ""),
    "minus": ("- ", "x", ""),
    "increment": ("++", "x", ""),
    "subscript": ("a[", "x", "]++"),
    "augmented": ("a += (", "x", ")"),
    "await": ("await ", "x", ""),
    "new": ("new ", "x", ""),
    "template": ("`${", "x", "}`"),
    "element": ("<a>", "x", "</a>"),
    "pattern": ("[", "x", "] = y"),
    "default": ("function f(a =", "x", ") {}"),
    "spread": ("[...", "x", "]"),
    "and": ("a && (", "x", ")"),
    "brackets": ("(", "x", ")"),
    "delete": ("delete ", "x", ""),
    "with": ("with (a)", "x", ""),
    "label": ("a: ", "x", ""),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", DEEP)
def test_what_nests_deep_is_lowered_to_a_bounded_depth(kind: str, language: str) -> None:
    before, middle, after = DEEP[kind]

    module = lowered(before * MANY + middle + after * MANY, language)

    assert depth(module) <= DEEPEST


def test_the_names_in_what_is_too_deep_are_kept_and_its_lines_are_told() -> None:
    module = lowered("\n" + "f(" * 500 + "secret, x.member, 'text'" + ")" * 500)

    [unknown] = [part for part, _ in walked(module.body) if isinstance(part, Unknown)]
    assert [part.name for part in unknown.operands if isinstance(part, Name)] == ["f", "secret", "x"]
    assert {"secret", "member", "text"} <= module.body.mentions
    assert module.unread == ((2, 2),)


def test_a_variable_in_what_is_too_deep_is_renamed_with_its_block() -> None:
    module = lowered("let x; { let x; " + "f(" * 500 + "x" + ")" * 500 + "}")

    assert names(module) == {"f", "x@1", "undefined"}


LONG = {
    "sum": "a = " + " + ".join(f"b{at}" for at in range(MANY)),
    "difference": "a = " + " - ".join(f"b{at}" for at in range(MANY)),
    "both": "a = b" + "".join(f" + c{at} - d{at}" for at in range(MANY)),
    "conditions": "a = " + "".join(f"b{at} ? c{at} : " for at in range(MANY)) + "d",
    "else if": "".join(f"if (a{at}) b{at}; else " for at in range(MANY)) + "c",
    "branches": "".join(f"a{at} ? b{at}() : " for at in range(MANY)) + "c()",
    "promises": "a" + ".then(b => c)" * MANY,
    "members": "a" + ".b" * MANY + " = c",
    "elements": "a" + "[b]" * MANY,
    "calls": "a" + "(b)" * MANY,
    "assignments": "".join(f"exports.a{at} = " for at in range(MANY)) + "void 0",
    "assigned value": "f(" + "a = " * MANY + "b)",
    "and": " && ".join(f"a{at}()" for at in range(MANY)),
    "and or": "a = b" + " && c || d" * MANY,
    "comma": ", ".join(f"a{at}()" for at in range(MANY)),
    "labels": "".join(f"a{at}: " for at in range(MANY)) + "b",
}
LONG_TYPES = {
    "union": "function f(a: " + " | ".join(f"A{at}" for at in range(MANY)) + ") {}",
    "casts": "x" + " as A" * MANY,
    "arguments of types": "let x: " + "A<" * MANY + "B" + ">" * MANY + " = 1",
    "namespace": "namespace " + ".".join(f"a{at}" for at in range(MANY)) + " {}",
    "name": "import x = " + "a." * MANY + "b",
}


@pytest.mark.parametrize("source", [*LONG.values(), *LONG_TYPES.values()], ids=[*LONG, *LONG_TYPES])
def test_what_is_long_does_not_nest(source: str) -> None:
    assert depth(lowered(source, "typescript")) < 40


@pytest.mark.parametrize("source", LONG.values(), ids=LONG)
def test_nothing_of_what_is_long_is_lost(source: str) -> None:
    module = lowered(source)

    assert module.unread == ()
    assert not [part for part, _ in walked(module.body) if isinstance(part, Unknown)]


def test_a_thousand_parts_of_a_sum_are_one_operation() -> None:
    [statement] = lowered("x = " + " + ".join(f"a{at}" for at in range(1_000))).body.body

    assert isinstance(statement, Assign)
    assert isinstance(statement.value, Operation)
    assert len(statement.value.operands) == 1_000


def test_the_branches_of_a_long_chain_are_taken_in_turn() -> None:
    module = lowered("".join(f"if (a{at}) b{at}; else " for at in range(100)) + "c")

    outer = [statement for statement in module.body.body if isinstance(statement, Branch)]
    guards = [statement.test.name for statement in outer if isinstance(statement.test, Name)]
    assert guards == ["a0", "else@1", "else@2", "else@3", "else@4"]
    assert {"else@1", "else@2", "else@3", "else@4"} <= module.body.bound


def test_the_stack_of_the_caller_is_respected() -> None:
    used = 0
    frame = sys._getframe()
    while frame.f_back is not None:
        frame, used = frame.f_back, used + 1
    sources = ["class A { m() {" * 200, "f(a => {" * 200, "if (a) { b[" * 200, "a ? [{b:" * 200]

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(used + 800)
    try:
        depths = [depth(lowered(source + "}" * 400)) for source in sources]
    finally:
        sys.setrecursionlimit(limit)

    assert max(depths) <= DEEPEST


# --- what did not parse


def test_what_parses_beside_an_error_is_lowered() -> None:
    module = lowered("a(1);\nb = = 2;\nc(3);\n")

    assert {"a", "b", "c"} <= names(module)
    assert module.unread == ((2, 2),)


def test_the_names_in_an_error_are_kept() -> None:
    module = lowered("query(`select ${req.body.id}` + ;\n")

    assert "req" in names(module)
    assert {"query", "body", "id"} <= module.body.mentions


def test_a_missing_name_is_unknown() -> None:
    module = lowered("a = b + ;")

    assert "" not in names(module)
    assert module.unread == ((1, 1),)


def test_good_source_has_no_unread_lines() -> None:
    assert lowered("const a = b => c;\n").unread == ()


# --- bytes


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"\x00",
        b"\xef\xbb\xbfa = 1",
        b"a = '\xff\xfe\x00'; \x00 b(\xe2\x82)",
        "größe = 'ü'; f(größe)".encode("latin-1"),
        "a = 1".encode("utf-16"),
        b"\xed\xa0\x80 = 1",
        b"a = '\\ud800\\u{ffffffffffff}\\x\\u{}'",
        b"a\r\nb\rc\xe2\x80\xa8d",
    ],
)
def test_bytes_of_any_encoding_are_lowered_to_texts_that_can_be_written(source: bytes) -> None:
    for language in LANGUAGES:
        assert msgspec.json.encode(str(lowered(source, language).body))


def test_names_with_escapes_are_the_names_that_they_spell() -> None:
    assert names(lowered(r"\u0061bc = {\u0064}")) == {"abc", "d"}


def test_a_megabyte_on_one_line_is_lowered() -> None:
    piece = "!function(t,e){var n=t.a||(t.a={}),r=e?n.b(e):n.c;for(var i=0;i<r.length;i++)n[i]&&(r=n[i],e=r)}(this,0);"

    module = lowered(piece * (1_000_000 // len(piece)))

    values = [statement.value for statement in module.body.body if isinstance(statement, Evaluate)]
    callees = [value.function for value in values if isinstance(value, Call)]
    qualified = {callee.definition.qualified for callee in callees if isinstance(callee, Closure)}
    assert len(qualified) == 1_000_000 // len(piece)


# --- properties

SAMPLE = b"""import express, { Router as R } from "express";
const { exec: run, ...rest } = require("child_process"), db = new Pool();
export class Users extends Base {
  #cache = new Map(); static count = 0;
  static { Users.count++; }
  get size() { return this.#cache?.size ?? 0; }
  async *all({ limit = 10, ...q } = {}, ...[first]) {
    outer: for await (const row of db.query(`select * from ${q.table} limit ${+limit}`)) {
      switch (typeof row) { case "object": yield* row; break; default: continue outer; }
    }
  }
}
let i = 0; for (let i = 0, n = 3; i < n; i++) { let x = i; setTimeout(() => x); }
app.get("/:id", async (req, res, next) => {
  try { const { id } = req.params; res.send(<p className="a" {...rest}>{id} &amp; {[...id]}</p>); }
  catch ({ message: m }) { next(m), i ||= 1; } finally { delete rest[i]; }
});
var a = b => c => b ? c : d ? e : (f, g), h = function k() { return k() }, l = /x\\/y/g.test(`a${b}`);
do { if (a) with (b) c(); else throw new Error("\\u{1F600}" + 0x1F + 1_000n) } while (!void 0);
export { a as z, h as default }; export * as ns from "m"; module.exports = { run, [i]: 1, get j() {}, async m() {} };
"""
TYPED = b"""import type { Request } from "express"; import fs = require("fs");
@Controller("users") export class A<T> extends B<T> implements C, D.E {
  constructor(@Inject(F) private readonly f: Repo<T>, public g?: string | null) { super(); }
  h(id: string): Promise<T[]>;
  h(@Param("id") id: any, @Req() req: Request) { return this.f!.find(id as unknown as number) satisfies X; }
  abstract i(): void; declare j: K; static readonly l = <M,>(x: M) => x;
}
enum N { O, P = "p", Q = 1 << 2 } namespace R.S { export const t = 1; export function u() {} }
declare module "v" {} type W = { [k in X]?: Y }; function z(this: A, { a }: B = {}, ...c: D[]): asserts a is E {}
"""
TOKENS = SAMPLE.decode().split() + TYPED.decode().split() + [*"(){}[]<>;,.=+-*/%!?:&|^~`'\"@#\\\n", "=>", "...", "?."]


def check(source: bytes, language: str) -> None:
    """Lower whatever parses, and see that the form is one that can be read."""
    try:
        parsed = parse(source, language)
    except Unavailable:
        return
    module = lower_module(parsed, "src/a.js")
    nodes = walked(module.body)
    places = [(part.start, part.end) for part, _ in nodes if isinstance(part, msgspec.Struct)]  # type: ignore[attr-defined]
    qualified = [part.qualified for part, _ in nodes if isinstance(part, Function | Class)]

    assert all(0 <= start <= end <= len(source) for start, end in places)
    assert len(set(qualified)) == len(qualified)
    assert max(depth for _, depth in nodes) <= DEEPEST
    assert all(1 <= first <= last <= source.count(b"\n") + 1 for first, last in module.unread)
    assert lower_module(parsed, "src/a.js") == module


@given(source=st.binary(max_size=200), language=st.sampled_from(LANGUAGES))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_lowered(source: bytes, language: str) -> None:
    check(source, language)


@given(tokens=st.lists(st.sampled_from(TOKENS), max_size=60), language=st.sampled_from(LANGUAGES))
@settings(max_examples=300, deadline=None)
def test_any_soup_of_tokens_is_lowered(tokens: list[str], language: str) -> None:
    check(" ".join(tokens).encode(), language)


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_damaged_source_is_lowered(data: st.DataObject) -> None:
    source, language = data.draw(st.sampled_from([(SAMPLE, "javascript"), (SAMPLE, "tsx"), (TYPED, "typescript")]))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(source)))
        stop = min(len(source), at + data.draw(st.integers(0, 30)))
        other = data.draw(st.integers(0, len(source)))
        source = source[:at] + source[other : other + data.draw(st.integers(0, 12))] + source[stop:]

    check(source, language)


@pytest.mark.parametrize(("source", "language"), [(SAMPLE, "javascript"), (SAMPLE, "tsx"), (TYPED, "typescript")])
def test_the_samples_themselves_are_read_wholly(source: bytes, language: str) -> None:
    module = lowered(source, language)

    assert module.unread == ()
    assert not [part for part, _ in walked(module.body) if isinstance(part, Unknown)]
    assert all(not isinstance(statement, Evaluate) or statement.value for statement in module.body.body)
