"""What Ruby's structure keys forget, and what they never do."""

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stand_ins.structures import key_of

from coderev.syntax import parse


def body(text: str) -> str:
    """A method with a body."""
    return f"def f(a, b = 1)\n  {text}\nend\n"


SAME = {
    "indentation": ("if a\n    g\n  end", "if a\n  g\nend"),
    "wider blanks": ("a + b", "a  +   b"),
    "no blanks around an operator": ("a + b", "a+b"),
    "blank lines": ("g\n  h", "g\n\n\n  h"),
    "blanks at a line's end": ("g\n  h", "g  \n  h"),
    "carriage returns": ("g\n  h", "g\r\n  h"),
    "a comment": ("g", "g # because"),
    "a comment on its own line": ("g\n  h", "g\n  # a note\n  h"),
    "a comment within a call": ("g(a,\n    b)", "g(a, # one\n    b) # two"),
    "a comment within a chain": ("g\n    .h", "g\n    # a note\n    .h"),
    "a comment of several lines": ("g\n  h", "g\n=begin\na note\n=end\n  h"),
    "a line end after an operator": ("a + b", "a +\n    b"),
    "a line end after a comma": ("g(a, b)", "g(a,\n    b)"),
    "a line end in brackets": ("g(a, b)", "g(\n    a, b\n  )"),
    "a line end before a point": ("g.h.i", "g\n    .h\n    .i"),
    "a joined line": ("g a, b", "g a, \\\n    b"),
    "a joined text": ("g 'a' 'b'", "g 'a' \\\n    'b'"),
    "a semicolon": ("g\n  h", "g; h"),
    "a semicolon at a line's end": ("g\n  h", "g;\n  h;"),
    "a semicolon in brackets": ("a = (g\n  h)", "a = (g; h)"),
    "then": ("if a\n    g\n  end", "if a then g end"),
    "then of a case": ("case a\n  when 1\n    g\n  end", "case a\n  when 1 then g\n  end"),
    "then of a pattern": ("case a\n  in [1]\n    g\n  end", "case a\n  in [1] then g\n  end"),
    "do of a loop": ("while a\n    g\n  end", "while a do g end"),
    "do of an endless loop": ("until a\n    g\n  end", "until a do\n    g\n  end"),
    "a whole definition on a line": ("g", "g;"),
    "brackets of a value": ("c = a + b", "c = (a + b)"),
    "doubled brackets": ("c = ((a + b))", "c = a + b"),
    "brackets of an argument": ("g(a, b + 1)", "g((a), (b + 1))"),
    "brackets that bind as without": ("c = a + b * 2", "c = a + (b * 2)"),
    "brackets on the left": ("c = a * b + 2", "c = (a * b) + 2"),
    "brackets of and within or": ("c = a && b || g", "c = (a && b) || g"),
    "brackets of a comparison": ("c = a == 1 && b", "c = (a == 1) && b"),
    "brackets of an element": ("c = [a, b + 1]", "c = [(a), (b + 1)]"),
    "brackets of a pair": ("c = { d: a + 1 }", "c = { d: (a + 1) }"),
    "brackets of a call": ("c = g(a) + 1", "c = (g(a)) + 1"),
    "brackets of a chosen value": ("c = a ? b : g(a)", "c = a ? (b) : (g(a))"),
    "the comma of an array": ("c = [a, b]", "c = [a, b,]"),
    "the comma of a hash": ("c = { d: a }", "c = { d: a, }"),
    "the comma of a call": ("g(a, b)", "g(a, b,)"),
    "quotes": ("g('a b')", 'g("a b")'),
    "quotes of nothing": ("g('')", 'g("")'),
    "a plain escape": (r"g('a\'b')", 'g("a\'b")'),
    "an escaped backslash": (r"g('a\\b')", r'g("a\\b")'),
    "an escape of a sign that interpolates": (r"g('#{a}')", r'g("\#{a}")'),
    "a text of two lines": ("g('a\n  b')", 'g("a\n  b")'),
    "an escaped line end": (r'g("a\nb")', 'g("a\nb")'),
    "the case of a number": ("g(0XFF)", "g(0xff)"),
    "the case of an exponent": ("g(1E5)", "g(1e5)"),
    "underscores": ("g(1_000)", "g(1000)"),
    "two ways to write octal": ("g(017)", "g(0o17)"),
    "blanks in a list of words": ("g(%w[c d])", "g(%w[c   d])"),
    "a renamed local": ("c = a\n  g(c)", "d = a\n  g(d)"),
    "renamed locals": ("c, d = a, b\n  c - d", "d, c = a, b\n  d - c"),
    "a changed local": ("c = a\n  c += 1\n  c", "d = a\n  d += 1\n  d"),
    "a local that a block sees": ("c = a\n  g { h(c) }", "d = a\n  g { h(d) }"),
    "a local of a block": ("g do\n    c = 1\n    h(c)\n  end", "g do\n    d = 1\n    h(d)\n  end"),
    "a local of a lambda": ("g(-> { c = 1; h(c) })", "g(-> { d = 1; h(d) })"),
    "a local of a branch": ("if a\n    c = 1\n  end\n  g(c)", "if a\n    d = 1\n  end\n  g(d)"),
    "a local in a text": ('c = a\n  g("#{c}")', 'd = a\n  g("#{d}")'),
    "a renamed element": ("for c in a\n    g(c)\n  end", "for d in a\n    g(d)\n  end"),
    "a renamed exception": ("g\nrescue E => c\n  h(c)", "g\nrescue E => d\n  h(d)"),
    "the rest of a list": ("c, (d, *e) = a\n  g(c, d, e)", "x, (y, *z) = a\n  g(x, y, z)"),
    "a local given as a block": ("c = a\n  g(&c)", "d = a\n  g(&d)"),
    "a local of its own": ("c = c\n  g(c)", "d = d\n  g(d)"),
}

DIFFERENT = {
    "an operator": ("a + b", "a - b"),
    "an order": ("a - b", "b - a"),
    "brackets that group": ("c = a * (b + 1)", "c = a * b + 1"),
    "brackets on the right": ("c = a - (b - 1)", "c = a - b - 1"),
    "brackets of a negation": ("c = !(a && b)", "c = !a && b"),
    "brackets of a power": ("c = (-2) ** 2", "c = -2 ** 2"),
    "brackets of a negative number": ("c = -2.abs", "c = -(2.abs)"),
    "a blank behind a sign": ("c = -2.abs", "c = - 2.abs"),
    "brackets of an assignment": ("c = (a = b)", "(c = a) = b"),
    "brackets of a rescued value": ("(c = g) rescue 1", "c = g rescue 1"),
    "brackets of loose words": ("c = (a and b)", "c = a and b"),
    "brackets of not": ("(not a) == b", "not a == b"),
    "brackets of an argument after a blank": ("g (a).h", "g(a).h"),
    "an argument in brackets after a blank": ("g (-1)", "g -1"),
    "a list in brackets after a blank": ("g ([1])", "g [1]"),
    "empty brackets after a blank": ("g ()", "g()"),
    "empty brackets of super": ("super()", "super"),
    "empty brackets of super after a blank": ("super ()", "super()"),
    "whether it is defined, and": ("defined?(a) && b", "defined? (a) && b"),
    "whether it is defined, on another line": ("defined?(a) && b", "defined?\n(a) && b"),
    "the receiver in brackets": ("self << a", "(self) << a"),
    "an index against a list": ("g[1]", "g [1]"),
    "a sign against a difference": ("g -1", "g - 1"),
    "a sign before a pattern": ("g x +/r/ > b", "g x + /r/ > b"),
    "a splat against a product": ("g *a", "g * a"),
    "a block's argument against an and": ("g &a", "g & a"),
    "a glued block's argument": ("g &a", "g&a"),
    "a constant against an argument": ("g ::A", "g::A"),
    "a format": ("g %w[a]", "g % w[a]"),
    "a character": ("g ?a", "g ? a : b"),
    "a question": ("c = a ?b : 1", "c = a ? b : 1"),
    "a heredoc against a shift": ("g <<A\nA", "g << A\n  A"),
    "a statement on the next line": ("a\n  -b", "a - b"),
    "a value on the next line": ("return g", "return\n  g"),
    "a range on the next line": ("c = (a..\n  b)", "c = (a..; b)"),
    "a range that goes on": ("a..\n  b", "a..b"),
    "a block's braces": ("g h { a }", "g h do a end"),
    "a block for another": ("g(h) { a }", "g(h { a })"),
    "loose words": ("c = a and b", "c = a && b"),
    "not": ("!a == b", "not a == b"),
    "brackets of a call": ("g a", "g(a)"),
    "a comma of a parameter": ("g { |c,| c }", "g { |c| c }"),
    "a comma of an assignment": ("c, = a", "c = a"),
    "a comma of a pattern": ("case a\n  in [c,] then g\n  end", "case a\n  in [c] then g\n  end"),
    "a block's own local": ("g { |c; d| d }", "g { |c, d| d }"),
    "a block's own local against none": ("d = 1\n  g { |c; d| d = 2 }", "d = 1\n  g { |c| d = 2 }"),
    "a parameter that a line end follows": ("g\nend\ndef h *\n  a", "g\nend\ndef h *; a"),
    "a do-while": ("begin\n    g\n  end while a", "(begin\n    g\n  end) while a"),
    "a modifier": ("g if a", "g unless a"),
    "a safe call": ("a&.g", "a.g"),
    "a symbol": ("g(:a)", "g('a')"),
    "a key": ("g('c' => 1)", "g(c: 1)"),
    "a quoted key": ("g('c': 1)", "g('c' => 1)"),
    "a rational": ("g(1r)", "g(1)"),
    "an imaginary": ("g(1i)", "g(1)"),
    "a float": ("g(1.0)", "g(1)"),
    "octal": ("g(010)", "g(10)"),
    "the case of a text": ("g('a')", "g('A')"),
    "blanks of a text": ("g('a b')", "g('a  b')"),
    "blanks between two interpolations": ('g("#{a} #{b}")', 'g("#{a}#{b}")'),
    "an interpolation": ("g('#{a}')", 'g("#{a}")'),
    "an interpolated variable": ("g('#@a')", 'g("#@a")'),
    "an interpolated global": ("g('#$a')", 'g("#$a")'),
    "an escape": (r"g('\n')", r'g("\n")'),
    "a numbered escape": (r'g("\x41")', r'g("\x42")'),
    "a pattern's options": ("g(/a/)", "g(/a/i)"),
    "blanks of a pattern": ("g(/a b/x)", "g(/ab/x)"),
    "words against symbols": ("g(%w[c])", "g(%i[c])"),
    "a heredoc's text": ("g(<<A)\nc\nA", "g(<<A)\nd\nA"),
    "a heredoc's indentation": ("g(<<~A)\n  c\nA", "g(<<~A)\n    c\n  d\nA"),
    "a heredoc's rule": ("g(<<~A)\n  c\n  A", "g(<<-A)\n  c\n  A"),
    "a heredoc without interpolation": ("g(<<A)\n#{a}\nA", "g(<<'A')\n#{a}\nA"),
    "a heredoc's comment": ("g(<<A)\nc # d\nA", "g(<<A)\nc # e\nA"),
    "a line that goes on behind a heredoc": ("c = <<A + b\nx\nA", "c = <<A \\\n+ b\nx\nA"),
    "a backslash that joins nothing": ("g 'a' \\\n'b'", "g 'a' \\ 'b'"),
    "a heredoc that goes on behind its last word": ("c = <<A\nx\nA\n  d\nA", "c = <<A\nx\nA \n  d\nA"),
    "a heredoc whose last word is indented": ("c = <<A\nx\nA\n  d\nA", "c = <<A\nx\n  A\n  d\nA"),
    "a heredoc whose last word goes on": ("c = <<A\nx\nA\n  d\nA", "c = <<A\nx\nAB\n  d\nA"),
    "an ensured end": ("g\nensure\n  h", "g\n  h"),
    "an inclusive range": ("a..b", "a...b"),
    "next": ("g { next }", "g { break }"),
    "a numbered parameter": ("g { _1 }", "g { _2 }"),
    "a parameter of a block": ("g { |c| h(c) }", "g { |d| h(d) }"),
    "a keyword": ("g(c: 1)", "g(d: 1)"),
    "a keyword like a local": ("c = 1\n  g(c, c: 2)", "d = 1\n  g(d, d: 2)"),
    "a short keyword": ("c = 1\n  g(c:)", "d = 1\n  g(d:)"),
    "a symbol against a local": (
        "c = 1\n  g(c, binding.local_variable_get(:c))",
        "d = 1\n  g(d, binding.local_variable_get(:c))",
    ),
    "a method against a local": ("c\n  c = 1", "d\n  d = 1"),
    "a method with arguments": ("c = 1\n  c(2)", "d = 1\n  d(2)"),
    "a method with an empty list": ("c = 1\n  c()", "d = 1\n  d()"),
    "a method of another": ("c = 1\n  g(c, h.c)", "d = 1\n  g(d, h.d)"),
    "a method that a local hides later": ("g(c) if c = 1", "g(d) if d = 1"),
    "a local of a block, outside": ("g { c = 1 }\n  h(c)", "g { d = 1 }\n  h(d)"),
    "a local that a definition does not see": (
        "c = 1\n  def g\n    c\n  end\n  c",
        "d = 1\n  def g\n    d\n  end\n  d",
    ),
    "a local that a class does not see": (
        "c = 1\n  class << self\n    c\n  end\n  c",
        "d = 1\n  class << self\n    d\n  end\n  d",
    ),
    "a local in a heredoc before it is one": ("g(<<A, c = 1)\n#{c}\nA", "g(<<A, d = 1)\n#{d}\nA"),
    "a name that a pattern binds": ("c = 1\n  /(?<c>x)/ =~ a\n  g(c)", "d = 1\n  /(?<c>x)/ =~ a\n  g(d)"),
    "a name that a pattern matches": ("case a\n  in { c: } then g(c)\n  end", "case a\n  in { d: } then g(d)\n  end"),
    "one of two": ("c = a\n  c + c", "c = a\n  c + d"),
    "two merged": ("c, d = a, b\n  c - d", "c, c = a, b\n  c - c"),
    "one split": ("c = a\n  c = b\n  c", "c = a\n  d = b\n  c"),
    "a name from outside": ("c = 1\n  g(c, x)", "x = 1\n  g(x, x)"),
    "binding": ("c = 1\n  g(binding)", "d = 1\n  g(binding)"),
    "eval": ("c = 1\n  eval(a)", "d = 1\n  eval(a)"),
    "send": ("c = 1\n  send(a)", "d = 1\n  send(a)"),
    "a block's binding": ("c = 1\n  g(a.map(&:binding))", "d = 1\n  g(a.map(&:binding))"),
    "names of locals": ("c = 1\n  g(local_variables)", "d = 1\n  g(local_variables)"),
    "a name that tells something": ("timeout_ms = a\n  g(timeout_ms)", "timeout = a\n  g(timeout)"),
}

APART = {
    "a method's name": ("def f; end", "def g; end"),
    "a parameter": ("def f(a) = g(a)", "def f(b) = g(b)"),
    "a keyword": ("def f(a:) = g(a)", "def f(b:) = g(b)"),
    "a default": ("def f(a = 1); end", "def f(a = 2); end"),
    "a singleton": ("def self.f; end", "def f; end"),
    "a local of the file": ("a = 1", "b = 1"),
    "a local of a class": ("class A\n  def f = b\nend", "class A\n  def f = c\nend"),
    "a constant": ("A = 1", "B = 1"),
    "what stands at the end": ("g\n__END__\na\n", "g\n__END__\nb\n"),
    "how lines end at the end": ("g\n__END__\na\n", "g\n__END__\na\r\n"),
    "a magic comment": ("# frozen_string_literal: true\ng", "# frozen_string_literal: false\ng"),
}

HEEDED = [
    "# frozen_string_literal: true",
    "# -*- coding: utf-8 -*-",
    "# encoding: ascii",
    "# shareable_constant_value: literal",
    "# warn_indent: true",
    "# typed: strict",
    "# rubocop:disable Style/X",
    "# :nodoc:",
    "# :nocov:",
    "#: (Integer) -> String",
    "# @rbs a: Integer",
    "# steep:ignore",
    "# standard:disable all",
    "# nosemgrep",
]

FORGOTTEN = ["# fine", "# approved, safe, audited", "# TODO: later", "# @param a [Integer]", "#"]


@pytest.mark.parametrize(("first", "second"), SAME.values(), ids=SAME)
def test_layout_is_forgotten(first: str, second: str) -> None:
    one = key_of(body(first), "ruby")

    other = key_of(body(second), "ruby")

    assert one is not None
    assert one == other


@pytest.mark.parametrize(("first", "second"), DIFFERENT.values(), ids=DIFFERENT)
def test_meaning_is_kept(first: str, second: str) -> None:
    one = key_of(body(first), "ruby")

    other = key_of(body(second), "ruby")

    assert one is not None or other is not None
    assert one != other


@pytest.mark.parametrize(("first", "second"), APART.values(), ids=APART)
def test_definitions_with_different_meanings_differ(first: str, second: str) -> None:
    one = key_of(f"{first}\n", "ruby")

    other = key_of(f"{second}\n", "ruby")

    assert one is not None
    assert other is not None
    assert one != other


@pytest.mark.parametrize(
    "text",
    [
        "=begin\na\n =end\ng\n=begin\n=end\n",
        "=begin\na\n=endx\ng\n=begin\n=end\n",
        "g\n=begin\na\n=end h\n",
        "g\n =begin\n=end\n",
        "g\n __END__\nh\n",
        "g\n__END__ \nh\n",
        "g(<<A)\nx\nA \nh\nA\n",
        "g(<<A)\n\\\nA\nh\nA\n",
        "g(<<A \\\n)\nA\nh\nA\n",
    ],
)
def test_what_ruby_ends_elsewhere_has_no_key(text: str) -> None:
    found = key_of(text, "ruby")

    assert found is None


@pytest.mark.parametrize("comment", HEEDED)
def test_a_comment_that_ruby_or_tools_obey_is_kept(comment: str) -> None:
    bare = key_of(body("g\n\n  h"), "ruby")

    found = key_of(body(f"g {comment}\n\n  h"), "ruby")

    assert found is not None
    assert found != bare


@pytest.mark.parametrize("comment", FORGOTTEN)
def test_a_comment_for_people_is_forgotten(comment: str) -> None:
    bare = key_of(body("g\n\n  h"), "ruby")

    found = key_of(body(f"g {comment}\n\n  h"), "ruby")

    assert found == bare


def test_comments_are_kept_on_demand() -> None:
    bare = key_of(body("g"), "ruby", keep_comments=True)

    found = key_of(body("g # why"), "ruby", keep_comments=True)

    assert found is not None
    assert found != bare


def test_a_method_has_the_key_that_its_lines_have_in_their_file() -> None:
    method = body("c = a # note\n  g(c)")
    file = f"require 'x'\n\nclass A\n{method}\nend\n"

    within = parse(file.encode(), "ruby").structure(4, 7)

    assert within is not None
    assert within.key == key_of(method, "ruby")


def test_a_unit_says_its_names_and_what_it_forgot() -> None:
    source = body("c = a # note\n  c + x").encode()

    structure = parse(source, "ruby").structure(1, 4)

    assert structure is not None
    assert structure.names == ("c",)
    assert [source[start:end] for start, end in structure.forgotten] == [b"# note"]


SNIPPETS = [
    "def f(a, s) ; c = a ; [1, 2].each { |d| s += t[d] ; c -= 1 } ; return c - a + s.size ; end",
    "def g(q) ; k = @x ; for v in q do ; if v.nil? then break end ; k <<= 010 ; h(:i, v) ; end ; k ; end",
    ("def h(o) ; r = ->(x) { x + 1 } ; j = 1.5 ; y(r.call(2), o.x, j) ; n, *m = *o ; { a: j, 'b' => n }.z(m) ; end"),
    (
        'def k(n = 2, *w, z: 3) ; v = [1, 2, n] ; case v[0] when 1, n then z(n) else w end ; "a#{v}b" ; '
        "rescue E => e ; l(e) ; end"
    ),
    (
        "def self.l(x) ; begin ; x.u! ; ensure ; w&.v ; end ; y = !x || (x && @y) ; yield(y) unless y == /p/ "
        "; super ; end"
    ),
]
TOKEN = re.compile(
    r"\"[^\"]*\"|'[^']*'|/p/|[@:]?[a-zA-Z_]\w*[?!]?:?|\d[\w.]*|\*\*|<<=|&\.|->|=>|&&|\|\||[-+=!<>]=|\s+|\S"
)


def plain(text: str) -> list[str]:
    """A snippet without what may be said in two ways: brackets, ends of lines, and commas before a bracket."""
    bare = re.sub(r",\s*(?=[)}\]])", "", text)
    return [token for token in TOKEN.findall(bare) if token.strip() and token not in {"(", ")", ";", "then", "do"}]


def edited(text: str, chance: random.Random) -> str:
    """A snippet with one token dropped, doubled, replaced by another of its own, or swapped with it."""
    tokens = TOKEN.findall(text)
    places = [at for at, token in enumerate(tokens) if token.strip()]
    at, other = chance.choice(places), chance.choice(places)
    edits = [
        [*tokens[:at], *tokens[at + 1 :]],
        [*tokens[:at], tokens[at], " ", *tokens[at:]],
        [*tokens[:at], tokens[other], *tokens[at + 1 :]],
        [tokens[other if i == at else at if i == other else i] for i in range(len(tokens))],
    ]
    return "".join(chance.choice(edits))


def laid_out(text: str, chance: random.Random) -> str:
    """A snippet with wider blanks, and line ends and comments where Ruby passes over them."""
    tokens = TOKEN.findall(text)
    lines = (" ", "  ", "\n", "\n\n  ", " # a ; }\n", "\r\n")
    made = ""
    for before, token in zip(["", *tokens], tokens, strict=False):
        goes_on = before in {",", ";", "+=", "&&", "||"}
        made += chance.choice(lines if goes_on else (" ", "  ", "\t")) if token.isspace() else token
    return made


@given(st.sampled_from(SNIPPETS), st.randoms(use_true_random=False))
@settings(max_examples=400, deadline=None)
def test_an_edited_token_changes_the_key(snippet: str, chance: random.Random) -> None:
    text = edited(snippet, chance)

    found = key_of(text, "ruby")

    assert found is None or found != key_of(snippet, "ruby") or plain(text) == plain(snippet)


@given(st.sampled_from(SNIPPETS), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_any_layout_keeps_the_key(snippet: str, chance: random.Random) -> None:
    rewritten = laid_out(snippet, chance)

    found = key_of(rewritten, "ruby")

    assert found is not None
    assert found == key_of(snippet, "ruby")
