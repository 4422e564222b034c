"""What Java's structure keys forget, and what they never do."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stand_ins.managed import SNIPPETS, edited, laid_out, plain
from stand_ins.structures import key_of

from coderev.syntax import parse, structure_key


def body(text: str) -> str:
    """A method with a body."""
    return f"int f(int a, int b, String s) {{\n  {text}\n}}\n"


SAME = {
    "blanks": ("return a+b;", "return  a + b ;"),
    "line ends": ("return a + b;", "return a +\n\n    b;"),
    "carriage returns": ("a = 1;\n  return a;", "a = 1;\r\n  return a;"),
    "tabs and form feeds": ("return a;", "\treturn\f a;"),
    "a comment": ("return a;", "/* why */ return a; // because"),
    "a comment between tokens": ("return a + b;", "return a /* left */ + /* right */ b;"),
    "another comment": ("return a; // one", "return a; // two"),
    "a comment like code": ("return a;", "return a; /* a = 1; } */"),
    "a comment with an escape": ("return a;", "return a; // \\u00e9 and C:\\\\users"),
    "a brace on its line": ("if (a < 1) { b = 1; }", "if (a < 1)\n  {\n    b = 1;\n  }"),
    "brackets of a result": ("return a + b;", "return (a + b);"),
    "brackets of a name": ("return a;", "return (a);"),
    "doubled brackets": ("return ((a + b));", "return a + b;"),
    "brackets of a condition": ("if (a < b) return 1;", "if ((a < b)) return 1;"),
    "brackets in a loop": ("while (a < b) a++;", "while (((a < b))) a++;"),
    "brackets in the head of a loop": ("for (int i = 0; i < a; i++) ;", "for (int i = (0); (i < (a)); i++) ;"),
    "brackets of a switch": ("switch (a) { case 1: ; }", "switch ((a)) { case 1: ; }"),
    "brackets of a lock": ("synchronized (s) { }", "synchronized ((s)) { }"),
    "brackets of a value": ("a = b;", "a = (b);"),
    "brackets of a first value": ("int c = a + b;", "int c = (a + b);"),
    "brackets of an argument": ("g(a, b + 1);", "g((a), (b + 1));"),
    "brackets of an index": ("v[a] = 1;", "v[(a)] = 1;"),
    "brackets that bind as without": ("return a + b * 2;", "return a + (b * 2);"),
    "brackets on the left": ("return a * b + 2;", "return (a * b) + 2;"),
    "brackets between and and or": ("p = q && r || !t;", "p = (q && r) || (!t);"),
    "brackets of a comparison": ("p = a == 1 && q;", "p = (a == 1) && (q);"),
    "brackets of a choice": ("a = b > 0 ? 1 : 2;", "a = (b > 0) ? (1) : (2);"),
    "brackets of a type test": ("p = o instanceof T && q;", "p = (o instanceof T) && q;"),
    "brackets of what is thrown": ("throw new E(a);", "throw (new E(a));"),
    "brackets under a cast": ("a = (int) d;", "a = (int) (d);"),
    "brackets of a made object": ("new E(a).go();", "(new E(a)).go();"),
    "brackets of a call that is called on": ("g(a).h();", "(g(a)).h();"),
    "brackets of a parameter": ("F f = x -> x + 1;", "F f = (x) -> x + 1;"),
    "the comma of an array": ("int[] c = {1, 2};", "int[] c = {1, 2,};"),
    "the comma of an inner array": ("int[][] c = {{1}, {2}};", "int[][] c = {{1,}, {2,},};"),
    "the comma of an annotation": ('@A({"x", "y"}) int c = 1;', '@A({"x", "y",}) int c = 1;'),
    "the case of a number": ("return 0XFF;", "return 0xff;"),
    "the case of a suffix": ("long c = 10l;", "long c = 10L;"),
    "the case of an exponent": ("double d = 1E5D;", "double d = 1e5d;"),
    "the case of a hexadecimal float": ("double d = 0X1.8P3;", "double d = 0x1.8p3;"),
    "underscores": ("return 1_000_000;", "return 1000000;"),
    "underscores in a byte": ("return 0b1010_0101;", "return 0B10100101;"),
    "the indentation of a text block": ('s = """\n    x\n      y\n    """;', 's = """\n  x\n    y\n  """;'),
    "blanks at the ends of a text block": ('s = """\n  x\n  """;', 's = """  \n  x   \n  """;'),
    "line ends of a text block": ('s = """\n  x\n  y""";', 's = """\r\n  x\r\n  y""";'),
    "a renamed local": ("int c = a; return c;", "int d = a; return d;"),
    "renamed locals": ("int c = a, d = b; return c - d;", "int d = a, c = b; return d - c;"),
    "a renamed local of a loop": ("for (int i = 0; i < a; i++) g(i);", "for (int j = 0; j < a; j++) g(j);"),
    "a renamed element": ("for (T t : v) g(t);", "for (T u : v) g(u);"),
    "a renamed resource": ("try (R r = g()) { r.h(); }", "try (R q = g()) { q.h(); }"),
    "a renamed exception": ("try { g(); } catch (E e) { h(e); }", "try { g(); } catch (E x) { h(x); }"),
    "a renamed parameter of a lambda": ("F f = x -> x + a;", "F f = y -> y + a;"),
    "renamed parameters of a lambda": ("F f = (x, y) -> x - y;", "F f = (y, x) -> y - x;"),
    "a local that a lambda uses": ("int c = a; g(() -> c + 1);", "int d = a; g(() -> d + 1);"),
    "a local of a switch": ("switch (a) { case 1: int c = 1; g(c); }", "switch (a) { case 1: int d = 1; g(d); }"),
    "a local within a nested class": (
        "new T() { void g() { int c = 1; h(c); } };",
        "new T() { void g() { int d = 1; h(d); } };",
    ),
}

DIFFERENT = {
    "an operator": ("return a + b;", "return a - b;"),
    "a comparison": ("p = a < b;", "p = a <= b;"),
    "an order": ("return a - b;", "return b - a;"),
    "brackets that group": ("return a * (b + 1);", "return a * b + 1;"),
    "brackets on the right": ("return a - (b - 1);", "return a - b - 1;"),
    "brackets in a text": ('s = a + (b + "x");', 's = a + b + "x";'),
    "brackets of a negation": ("p = !(q && r);", "p = !q && r;"),
    "brackets of a cast": ("a = (int) (d + 1);", "a = (int) d + 1;"),
    "brackets of a cast's member": ("a = ((T) o).n;", "a = (T) o.n;"),
    "a cast against a difference": ("a = (T) (-b);", "a = (t) - b;"),
    "a difference in brackets": ("return s + (a - b);", "return s + (a) - b;"),
    "a difference of members in brackets": ("return a * ((s.c) - b);", "return a * (s.c) - b;"),
    "a cast's edge": ("return a * ((T[]) -b);", "return a * (T[]) - b;"),
    "the smallest number": ("return -2147483648;", "return -(2147483648);"),
    "the smallest number in two pairs": ("return -2147483648;", "return -((2147483648));"),
    "brackets of an assignment": ("p = a == (a = b);", "p = a == a = b;"),
    "two brackets of an assignment": ("p = a == ((a = b));", "p = a == a = b;"),
    "brackets of a chosen assignment": ("a = p ? b : (b = 1);", "a = p ? b : b = 1;"),
    "an array's element": ("a = (new int[3])[0];", "a = new int[3][0];"),
    "a type against a variable": ("(T).g();", "T.g();"),
    "a lambda's body in brackets": ("g(() -> h());", "g(() -> (h()));"),
    "a lambda's block": ("g(() -> h());", "g(() -> { h(); });"),
    "a statement in brackets": ("g();", "(g());"),
    "the brackets of a label": ("switch (a) { case B: ; }", "switch (a) { case (B): ; }"),
    "braces": ("if (p) g(); h();", "if (p) { g(); h(); }"),
    "braces of one": ("if (p) g();", "if (p) { g(); }"),
    "an else": ("if (p) if (q) g(); else h();", "if (p) { if (q) g(); } else h();"),
    "an empty statement": ("while (p) g();", "while (p) ; g();"),
    "the parts of a loop": ("for (a = 1; ; ) ;", "for ( ; ; a = 1) ;"),
    "a loop's condition": ("for ( ; p; ) ;", "for ( ; ; p) ;"),
    "octal": ("return 010;", "return 10;"),
    "a suffix": ("g(1L);", "g(1);"),
    "float against double": ("g(1f);", "g(1d);"),
    "a hexadecimal digit": ("return 0x1F;", "return 0x1E;"),
    "a character against a text": ("g('a');", 'g("a");'),
    "the case of a text": ('s = "a";', 's = "A";'),
    "blanks in a text": ('s = "a b";', 's = "a  b";'),
    "a comment in a text": ('s = "a // b";', 's = "a // c";'),
    "an escape": ('s = "\\n";', 's = "\\t";'),
    "an escaped backslash": ('s = "\\\\n";', 's = "\\n";'),
    "indentation within a text block": ('s = """\n  x\n  y\n  """;', 's = """\n  x\n    y\n  """;'),
    "where a text block ends": ('s = """\n  x\n  """;', 's = """\n  x""";'),
    "how far a text block ends": ('s = """\n    x\n  """;', 's = """\n    x\n    """;'),
    "an escaped blank": ('s = """\n  x\\s\n  """;', 's = """\n  x\n  """;'),
    "a text block against a text": ('s = """\n  x""";', 's = "x";'),
    "a field against a local": ("this.c = b;", "c = b;"),
    "a member": ("return s.c;", "return s.d;"),
    "a method": ("g(a);", "h(a);"),
    "a type": ("List c = g(); h(c);", "Set c = g(); h(c);"),
    "var against a type": ("var c = g(); h(c);", "int c = g(); h(c);"),
    "the brackets of a declarator": ("int[] c = g(); h(c);", "int c[] = g(); h(c);"),
    "final": ("final int c = a; g(c);", "int c = a; g(c);"),
    "an annotation": ('@SuppressWarnings("x") int c = a; g(c);', "int c = a; g(c);"),
    "an annotation's key": ("@A(x = 1) int c = a; g(c);", "@A(y = 1) int c = a; g(c);"),
    "a label": ("x: for (;;) for (;;) break x;", "x: for (;;) for (;;) break;"),
    "a label's name": ("x: for (;;) break x;", "y: for (;;) break y;"),
    "which label": ("x: for (;;) y: for (;;) break x;", "x: for (;;) y: for (;;) break y;"),
    "a caught type": ("try { g(); } catch (A e) { }", "try { g(); } catch (B e) { }"),
    "a case": ("switch (a) { case 1: g(); case 2: h(); }", "switch (a) { case 1: g(); break; case 2: h(); }"),
    "an arrow": ("switch (a) { case 1 -> g(); }", "switch (a) { case 1: g(); }"),
    "a default": ("switch (a) { case 1: default: g(); }", "switch (a) { default: g(); case 1: }"),
    "shifts": ("return a >> b;", "return a >>> b;"),
    "and against both": ("p = q && r;", "p = q & r;"),
    "before against after": ("return a++;", "return ++a;"),
    "a reference": ("F f = a::g;", "F f = a::h;"),
    "a type argument": ("g(new T<A>());", "g(new T<B>());"),
    "a diamond": ("g(new T<>());", "g(new T());"),
    "another local": ("int c = 1, d = 2; return c;", "int c = 1, d = 2; return d;"),
    "one occurrence": ("int c = 1; c++; return c;", "int c = 1; d++; return c;"),
    "merged locals": ("int c = 1; int d = 2; g(c, d);", "int c = 1; int d = 2; g(c, c);"),
    "a split local": ("{ int c = 1; g(c); } { int c = 2; g(c); }", "{ int c = 1; g(c); } { int d = 2; g(c); }"),
    "a field before the local": ("c = 1; int c = 2; g(c);", "d = 1; int d = 2; g(d);"),
    "a field after the local's block": ("{ int c = 1; g(c); } h(c);", "{ int d = 1; g(d); } h(d);"),
    "a field that is looped over": ("for (T c : c.g()) h(c);", "for (T d : d.g()) h(d);"),
    "a field after a resource": ("try (R c = g()) { } finally { h(c); }", "try (R d = g()) { } finally { h(d); }"),
    "a field caught beside a resource": (
        "try (R c = g()) { } catch (E e) { h(c); }",
        "try (R d = g()) { } catch (E e) { h(d); }",
    ),
    "a name that a nested class uses": (
        "int c = a; new T() { int g() { return c; } };",
        "int d = a; new T() { int g() { return d; } };",
    ),
    "a name that a local class uses": (
        "int c = a; class T { int g() { return c; } }",
        "int d = a; class T { int g() { return d; } }",
    ),
    "a component": ("record T(int c) { } int d = 1; g(d);", "record T(int d) { } int c = 1; g(c);"),
    "a pattern's variable": ("if (!(o instanceof T c)) return c; g(c);", "if (!(o instanceof T d)) return d; g(d);"),
    "a local like a method": ("int c = 1; c(c);", "int d = 1; d(d);"),
    "a local like a member": ("int c = 1; s.c = c;", "int d = 1; s.d = d;"),
    "a local like a label": ("int c = 1; c: for (;;) g(c);", "int d = 1; d: for (;;) g(d);"),
    "a local like a constant": ("int c = 1; switch (o) { case c: g(c); }", "int d = 1; switch (o) { case d: g(d); }"),
    "a keyword for a local": ("int c = 1; g(c);", "int return = 1; g(return);"),
    "a name with a meaning": ("int ms = g(); h(ms);", "int c = g(); h(c);"),
    "a name in a text": ('int c = g(); h("c", c);', 'int d = g(); h("c", d);'),
}

NO_KEY = {
    "a line end in a comment": "return a; // \\u000a b = 1;\n",
    "a line end with many u": "return a; // \\uuuu000A b = 1;\n",
    "the end of a comment": "/* \\u002a/ b = 1; /* */ return a;",
    "the slash of a comment's end": "/* *\\u002f b = 1; /* */ return a;",
    "a quote": 's = "\\u0022 + b + \\u0022";',
    "a backslash": 's = "\\u005c" + "//";',
    "a carriage return": "return a; // \r b = 1;\n",
    "a name": "return \\u0061;",
    "a joiner in a name": "int ab = 1; return a\u200db;",
    "native code": "/*-{ x }-*/ return a;",
}

HEEDED = [
    "// NOSONAR",
    "//NOSONAR: reviewed",
    "//noinspection unchecked",
    "// noinspection ConstantConditions",
    "// CHECKSTYLE:OFF",
    "// CHECKSTYLE.ON: MagicNumber",
    "// @formatter:off",
    "//$NON-NLS-1$",
    "//$FALL-THROUGH$",
    "// fall through",
    "// NOPMD - on purpose",
    "// CPD-OFF",
    "/*package*/",
    "/* package */",
    "/* default */",
    "/* count= */",
    "//@ requires a > 0;",
    "/*@ nullable @*/",
    "/** @deprecated since long */",
    "/** @hide */",
    "/**\n * Text.\n * @noextend by others\n */",
    "// language=SQL",
    "//#ifdef X",
    "// nosemgrep: rule",
    "// Generated by a tool, do not edit",
]

FORGOTTEN = [
    "// fine",
    "// it falls",
    "// see the package's documentation",
    "/* suppressed above */",
    "/** Text.\n * @param a a number\n * @return nothing\n * {@code x}\n */",
    "/** @see Other */",
    "// mail@example.org",
    "// approved, safe, audited",
]

APART = {
    "a renamed parameter that is kept": (
        '@Bind int f(@Name("x") int a) { return a; }',
        '@Bind int f(@Name("x") int b) { return b; }',
    ),
    "a parameter with an annotation": ("int f(@Query int a) { return a; }", "int f(@Query int b) { return b; }"),
    "a parameter of an annotated method": (
        '@Get("/x") int f(int a) { return a; }',
        '@Get("/x") int f(int b) { return b; }',
    ),
    "parameters that change places": ("int f(int a, int b) { return a; }", "int f(int a, int b) { return b; }"),
    "a parameter against a field": ("int f(int a) { return b; }", "int f(int b) { return b; }"),
    "a method's name": ("int f() { return 1; }", "int g() { return 1; }"),
    "a modifier": ("static int f() { return 1; }", "int f() { return 1; }"),
    "what is thrown": ("void f() throws A { }", "void f() throws B { }"),
    "a field": ("int a = 1;", "int b = 1;"),
    "a class's field": (
        "class T { int a; int f() { return a; } }",
        "class T { int b; int f() { return b; } }",
    ),
    "a component": ("record T(int a) { T { a = 1; } }", "record T(int b) { T { b = 1; } }"),
    "a constructor's parameter": ("class T { T(int a) { g(b); } }", "class T { T(int b) { g(b); } }"),
    "a static block": ("static { int a = 1; g(a); }", "static { int b = 1; g(a); }"),
    "a constant": ("enum T { A, B }", "enum T { B, A }"),
}


@pytest.mark.parametrize(("first", "second"), SAME.values(), ids=SAME)
def test_layout_is_forgotten(first: str, second: str) -> None:
    one = key_of(body(first), "java")

    other = key_of(body(second), "java")

    assert one is not None
    assert one == other


@pytest.mark.parametrize(("first", "second"), DIFFERENT.values(), ids=DIFFERENT)
def test_meaning_is_kept(first: str, second: str) -> None:
    one = key_of(body(first), "java")

    other = key_of(body(second), "java")

    assert one is not None
    assert one != other


@pytest.mark.parametrize(("first", "second"), APART.values(), ids=APART)
def test_members_with_different_meanings_differ(first: str, second: str) -> None:
    one = structure_key(first.encode(), "java")

    other = structure_key(second.encode(), "java")

    assert one is not None
    assert other is not None
    assert one != other


@pytest.mark.parametrize("text", NO_KEY.values(), ids=NO_KEY)
def test_what_javac_may_read_otherwise_has_no_key(text: str) -> None:
    found = key_of(body(text), "java")

    assert found is None


@pytest.mark.parametrize("text", ['s = "\\\\u0022";', 's = "\\u00e9";', "g('\\u0000');", "return a; // C:\\\\u000a"])
def test_an_escape_that_ends_nothing_is_no_hindrance(text: str) -> None:
    found = key_of(body(text), "java")

    assert found is not None


@pytest.mark.parametrize("comment", HEEDED)
def test_a_comment_that_tools_obey_is_kept(comment: str) -> None:
    bare = key_of(body("g();\n h();"), "java")

    found = key_of(body(f"g(); {comment}\n h();"), "java")

    assert found is not None
    assert found != bare


@pytest.mark.parametrize("comment", FORGOTTEN)
def test_a_comment_for_people_is_forgotten(comment: str) -> None:
    bare = key_of(body("g();\n h();"), "java")

    found = key_of(body(f"g(); {comment}\n h();"), "java")

    assert found == bare


def test_comments_are_kept_on_demand() -> None:
    bare = key_of(body("return a;"), "java", keep_comments=True)

    found = key_of(body("return a; // why"), "java", keep_comments=True)

    assert found is not None
    assert found != bare


def test_parameters_are_renamed_together() -> None:
    source = "@Override public int f(final int a, String... b) { return b.length + a; }\n"

    renamed = "@Override public int f(final int x, String... y) { return y.length + x; }\n"

    assert key_of(source, "java") == key_of(renamed, "java")


def test_a_constructor_alone_has_the_key_of_the_one_in_its_class() -> None:
    alone = structure_key(b"T(int a) {\n  super(a);\n  g(a);\n}\n", "java")

    renamed = structure_key(b"T(int b) { super(b); g(b); }", "java")

    assert alone is not None
    assert alone == renamed


def test_a_method_has_the_key_that_its_lines_have_in_their_file() -> None:
    method = body("int c = a; return c; // note")
    file = f"package p;\n\nclass T {{\n  int c;\n\n{method}}}\n"

    within = parse(file.encode(), "java").structure(6, 8)

    assert within is not None
    assert within.key == key_of(method, "java")


def test_a_unit_says_its_names_and_what_it_forgot() -> None:
    source = body("int c = a; // note\n  return c + n;").encode()

    structure = parse(source, "java").structure(1, 4)

    assert structure is not None
    assert structure.names == ("a", "b", "s", "c")
    assert [source[start:end] for start, end in structure.forgotten] == [b"// note"]


@given(st.sampled_from(SNIPPETS["java"]), st.randoms(use_true_random=False))
@settings(max_examples=400, deadline=None)
def test_an_edited_token_changes_the_key(snippet: str, chance: random.Random) -> None:
    text = edited(snippet, chance)

    found = key_of(text, "java")

    assert found is None or found != key_of(snippet, "java") or plain(text) == plain(snippet)


@given(st.sampled_from(SNIPPETS["java"]), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_any_layout_keeps_the_key(snippet: str, chance: random.Random) -> None:
    rewritten = laid_out(snippet, chance)

    found = key_of(rewritten, "java")

    assert found is not None
    assert found == key_of(snippet, "java")
