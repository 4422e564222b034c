"""What C#'s structure keys forget, and what they never do."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stand_ins.managed import SNIPPETS, edited, laid_out, plain
from stand_ins.structures import key_of

from coderev.syntax import parse, structure_key


def body(text: str) -> str:
    """A method with a body."""
    return f"int F(int a, int b, string s)\n{{\n  {text}\n}}\n"


SAME = {
    "blanks": ("return a+b;", "return  a + b ;"),
    "line ends": ("return a + b;", "return a +\n\n    b;"),
    "carriage returns": ("a = 1;\n  return a;", "a = 1;\r\n  return a;"),
    "a comment": ("return a;", "/* why */ return a; // because"),
    "a comment between tokens": ("return a + b;", "return a /* left */ + /* right */ b;"),
    "another comment": ("return a; // one", "return a; // two"),
    "a comment like code": ("return a;", "return a; /* a = 1; } */"),
    "a documenting comment": ("return a;", "/// <summary>why</summary>\n  return a;"),
    "a brace on its line": ("if (a < 1) { b = 1; }", "if (a < 1)\n  {\n    b = 1;\n  }"),
    "brackets of a result": ("return a + b;", "return (a + b);"),
    "brackets of a name": ("return a;", "return (a);"),
    "doubled brackets": ("return ((a + b));", "return a + b;"),
    "brackets of a condition": ("if (a < b) return 1;", "if ((a < b)) return 1;"),
    "brackets in a loop": ("while (a < b) a++;", "while (((a < b))) a++;"),
    "brackets of a switch": ("switch (a) { case 1: break; }", "switch ((a)) { case 1: break; }"),
    "brackets of a value": ("a = b;", "a = (b);"),
    "brackets of an assigned condition": ("if (a = b) { }", "if ((a = b)) { }"),
    "brackets of a first value": ("int c = a + b;", "int c = (a + b);"),
    "brackets of an argument": ("G(a, b + 1);", "G((a), (b + 1));"),
    "brackets of an index": ("v[a] = 1;", "v[(a)] = 1;"),
    "brackets that bind as without": ("return a + b * 2;", "return a + (b * 2);"),
    "brackets on the left": ("return a * b + 2;", "return (a * b) + 2;"),
    "brackets between and and or": ("p = q && r || !t;", "p = (q && r) || (!t);"),
    "brackets of a comparison": ("p = a == 1 && q;", "p = (a == 1) && (q);"),
    "brackets of a choice": ("a = b > 0 ? 1 : 2;", "a = (b > 0) ? (1) : (2);"),
    "brackets of a type test": ("p = o is T t;", "p = (o is T t);"),
    "brackets of what is coalesced": ("s = t ?? u;", "s = (t ?? u);"),
    "brackets of what is awaited": ("await G();", "await (G());"),
    "brackets under a cast": ("a = (int)d;", "a = (int)(d);"),
    "brackets of a call that is called on": ("G(a).H();", "(G(a)).H();"),
    "the comma of an array": ("int[] c = { 1, 2 };", "int[] c = { 1, 2, };"),
    "the comma of an object": ("var c = new T { A = 1 };", "var c = new T { A = 1, };"),
    "the comma of an anonymous object": ("var c = new { A = 1 };", "var c = new { A = 1, };"),
    "the comma of arms": ("a = b switch { 1 => 2, _ => 3 };", "a = b switch { 1 => 2, _ => 3, };"),
    "the case of a number": ("return 0XFF;", "return 0xff;"),
    "the case of a suffix": ("long c = 10l;", "long c = 10L;"),
    "the case of two suffixes": ("var c = 10ul;", "var c = 10UL;"),
    "the case of an exponent": ("double d = 1E5D;", "double d = 1e5d;"),
    "underscores": ("return 1_000_000;", "return 1000000;"),
    "underscores in bits": ("return 0b1010_0101;", "return 0B10100101;"),
    "a verbatim text": (r's = @"C:\x";', r's = "C:\\x";'),
    "a verbatim quote": ('s = @"a""b";', r's = "a\"b";'),
    "a verbatim line end": ('s = @"a\nb";', r's = "a\nb";'),
    "an escape": (r's = "\u0041\x42\t";', 's = "AB\t";'),
    "a raw text": ('s = """a\\b""";', r's = "a\\b";'),
    "the indentation of a raw text": ('s = """\n    x\n      y\n    """;', 's = """\n  x\n    y\n  """;'),
    "blanks in a hole": ('s = $"{a}";', 's = $"{ a }";'),
    "blanks beside an alignment": ('s = $"{a,5:F2}";', 's = $"{ a , 5:F2}";'),
    "a renamed local": ("int c = a; return c;", "int d = a; return d;"),
    "renamed locals": ("int c = a, d = b; return c - d;", "int d = a, c = b; return d - c;"),
    "a renamed local of a loop": ("for (int i = 0; i < a; i++) G(i);", "for (int j = 0; j < a; j++) G(j);"),
    "a renamed element": ("foreach (var t in v) G(t);", "foreach (var u in v) G(u);"),
    "a renamed resource": ("using (var r = G()) { r.H(); }", "using (var q = G()) { q.H(); }"),
    "a renamed resource without a block": ("using var r = G(); r.H();", "using var q = G(); q.H();"),
    "a renamed exception": (
        "try { G(); } catch (E e) when (e.P) { H(e); }",
        "try { G(); } catch (E x) when (x.P) { H(x); }",
    ),
    "a renamed out": ("G(out var c); H(c);", "G(out var d); H(d);"),
    "a renamed variable of a pattern": ("if (o is T c) { G(c); }", "if (o is T d) { G(d); }"),
    "a renamed case": (
        "switch (o) { case T c when c.P: G(c); break; }",
        "switch (o) { case T d when d.P: G(d); break; }",
    ),
    "a renamed part": ("var (c, d) = G(); H(c - d);", "var (d, c) = G(); H(d - c);"),
    "a local within a lambda": ("G(() => { int c = 1; H(c); });", "G(() => { int d = 1; H(d); });"),
    "a local within a local function": (
        "int G() { int c = 1; return c; } G();",
        "int G() { int d = 1; return d; } G();",
    ),
    "a local beside a region": (
        "\n#region x\n  int c = a;\n#endregion\n  G(c);",
        "\n  #region x\n  int d = a;\n  #endregion\n  G(d);",
    ),
    "a comment in a directive": ("\n#if X\n  G();\n#endif\n", "\n#if X // if\n  G();\n#endif // X\n"),
}

DIFFERENT = {
    "an operator": ("return a + b;", "return a - b;"),
    "a comparison": ("p = a < b;", "p = a <= b;"),
    "an order": ("return a - b;", "return b - a;"),
    "brackets that group": ("return a * (b + 1);", "return a * b + 1;"),
    "brackets on the right": ("return a - (b - 1);", "return a - b - 1;"),
    "brackets in a text": ('s = a + (b + "x");', 's = a + b + "x";'),
    "brackets of a negation": ("p = !(q && r);", "p = !q && r;"),
    "brackets of a cast": ("a = (int)(d + 1);", "a = (int)d + 1;"),
    "brackets of a cast's member": ("var c = ((T)(o)).N;", "var c = (T)(o).N;"),
    "brackets of a call's member": ("((T)(o)).N();", "(T)(o).N();"),
    "a cast against a difference": ("a = (T)(-b);", "a = (T) - b;"),
    "a cast against a product": ("a = (T)(*b);", "a = (T) * b;"),
    "a difference in brackets": ("return s + ((a) - b);", "return s + (a) - b;"),
    "a sum at the right edge": ("return s + (c * (a) - b);", "return s + c * (a) - b;"),
    "a difference at the left edge": ("return ((a) - b * c) % d;", "return (a) - b * c % d;"),
    "a type test that goes on": ("p = a == (o is T && q);", "p = a == o is T && q;"),
    "a type test between or and and": ("p = a || b && (o is T || q);", "p = a || b && o is T || q;"),
    "a negated test that goes on": ("p = a == (o is not null && q);", "p = a == o is not null && q;"),
    "a compared pattern that goes on": ("p = a == (o is > 1 && q);", "p = a == o is > 1 && q;"),
    "a pattern in brackets": ("p = o is (T == q) || r;", "p = o is T == q || r;"),
    "an initializer in brackets": ("int[] c = { 1 };", "int[] c = ({ 1 });"),
    "a place's member": ("a = (*c).D;", "a = *c.D;"),
    "a place's element": ("a = (*c)[1];", "a = *c[1];"),
    "a place's element's member": ("a = (*c[0]).D;", "a = *c[0].D;"),
    "a comparison like a declaration": ("H(a < b, c > d);", "H(a < b, c > e);"),
    "a cast against a call": ("a = (G)(b);", "a = G(b);"),
    "a generic call": ("H(a < b, c > (d));", "H(a < b, c > d);"),
    "the smallest number": ("return -2147483648;", "return -(2147483648);"),
    "brackets of an assignment": ("a = b - (c = 3);", "a = b - c = 3;"),
    "a short cut's end": ("s = (x?.Y).Z;", "s = x?.Y.Z;"),
    "a stack's array": ("var c = stackalloc int[3];", "var c = (stackalloc int[3]);"),
    "a type against a variable": ("(T).G();", "T.G();"),
    "a lambda's body in brackets": ("G(() => H());", "G(() => (H()));"),
    "a lambda's block": ("G(() => H());", "G(() => { H(); });"),
    "a statement in brackets": ("G();", "(G());"),
    "brackets of an anonymous member": ("var c = new { s };", "var c = new { (s) };"),
    "brackets of a tuple's member": ("var c = (s, a);", "var c = ((s), a);"),
    "an initializer's member": ("var c = new T { A = a };", "var c = new T { (A = a) };"),
    "brackets in a hole": ('s = $"{(p ? a : b)}";', 's = $"{p ? a : b}";'),
    "brackets that a call may see": ("Assert(a);", "Assert((a));"),
    "braces": ("if (p) G(); H();", "if (p) { G(); H(); }"),
    "braces of one": ("if (p) G();", "if (p) { G(); }"),
    "an else": ("if (p) if (q) G(); else H();", "if (p) { if (q) G(); } else H();"),
    "an empty statement": ("while (p) G();", "while (p) ; G();"),
    "the parts of a loop": ("for (a = 1; ; ) ;", "for ( ; ; a = 1) ;"),
    "a suffix": ("G(1L);", "G(1);"),
    "decimal against double": ("G(1m);", "G(1d);"),
    "float against double": ("G(1f);", "G(1d);"),
    "unsigned": ("G(1u);", "G(1);"),
    "a character against a text": ("G('a');", 'G("a");'),
    "the case of a text": ('s = "a";', 's = "A";'),
    "blanks in a text": ('s = "a b";', 's = "a  b";'),
    "a comment in a text": ('s = "a // b";', 's = "a // c";'),
    "an escape": (r's = "\n";', r's = "\t";'),
    "an escape against a verbatim text": (r's = "\n";', r's = @"\n";'),
    "line ends of a verbatim text": ('s = @"a\nb";', 's = @"a\r\nb";'),
    "line ends of a raw text": ('s = """\n  a\n  b\n  """;', 's = """\r\n  a\r\n  b\r\n  """;'),
    "bytes against a text": ('var c = "a"u8;', 'var c = "a";'),
    "an interpolated text": ('s = $"{a}";', 's = "{a}";'),
    "a format": ('s = $"{a:F1}";', 's = $"{a:F2}";'),
    "blanks in a format": ('s = $"{a:yyyy MM}";', 's = $"{a:yyyy  MM}";'),
    "a blank before a format": ('s = $"{a:F}";', 's = $"{a: F}";'),
    "an alignment": ('s = $"{a,5}";', 's = $"{a,-5}";'),
    "blanks around a hole": ('s = $"x {a}";', 's = $"x  {a}";'),
    "blanks at the start of a text": ('s = $" {a}";', 's = $"{a}";'),
    "a verbatim hole": (r's = $"\n{a}";', r's = $@"\n{a}";'),
    "a field against a local": ("this.c = b;", "c = b;"),
    "a member": ("return s.C;", "return s.D;"),
    "a type": ("List c = G(); H(c);", "Set c = G(); H(c);"),
    "var against a type": ("var c = G(); H(c);", "int c = G(); H(c);"),
    "dynamic against a type": ("dynamic c = G(); H(c);", "object c = G(); H(c);"),
    "const": ("const int c = 1; G(c);", "int c = 1; G(c);"),
    "checked": ("checked { a++; }", "unchecked { a++; }"),
    "unsafe": ("unsafe { a++; }", "{ a++; }"),
    "ref": ("G(ref a);", "G(a);"),
    "out": ("G(out a);", "G(ref a);"),
    "a conditional member": ("s = o?.P;", "s = o.P;"),
    "a forgiven null": ("s = o!.P;", "s = o.P;"),
    "a named argument": ("G(first: a, second: b);", "G(second: a, first: b);"),
    "a label": ("x: goto x;", "y: goto y;"),
    "goto case": ("switch (a) { case 1: goto case 2; case 2: break; }", "switch (a) { case 1: break; case 2: break; }"),
    "a cast against as": ("o = (T)s;", "o = s as T;"),
    "shifts": ("return a >> b;", "return a >>> b;"),
    "and against both": ("p = q && r;", "p = q & r;"),
    "a pattern": ("p = o is 1 or 2;", "p = o is 1 and 2;"),
    "a pattern's brackets": ("p = o is not (A or B);", "p = o is not A or B;"),
    "a region": ("\n#region x\n  G();\n#endregion\n", "\n  G();\n"),
    "a region's name": ("\n#region x\n  G();\n#endregion\n", "\n#region y\n  G();\n#endregion\n"),
    "a warning": (
        "\n#pragma warning disable CS1\n  G();",
        "\n#pragma warning disable CS2\n  G();",
    ),
    "where a warning begins": (
        "\n#pragma warning disable CS1\n  G(); H();",
        "G();\n#pragma warning disable CS1\n H();",
    ),
    "nullability": ("\n#nullable enable\n  G();", "\n#nullable disable\n  G();"),
    "a condition": ("\n#if X\n  G();\n#endif\n", "\n#if Y\n  G();\n#endif\n"),
    "a condition's end": ("\n#if X\n  G();\n#endif\n  H();", "\n#if X\n  G();\n  H();\n#endif\n"),
    "an else of a condition": ("\n#if X\n  G();\n#else\n  H();\n#endif\n", "\n#if X\n  G();\n  H();\n#endif\n"),
    "a local where something is conditional": (
        "\n#if X\n  int c = 1;\n#endif\n  G(c);",
        "\n#if X\n  int d = 1;\n#endif\n  G(d);",
    ),
    "another local": ("int c = 1, d = 2; return c;", "int c = 1, d = 2; return d;"),
    "one occurrence": ("int c = 1; c++; return c;", "int c = 1; d++; return c;"),
    "merged locals": ("int c = 1; int d = 2; G(c, d);", "int c = 1; int d = 2; G(c, c);"),
    "a split local": ("{ int c = 1; G(c); } { int c = 2; G(c); }", "{ int c = 1; G(c); } { int d = 2; G(c); }"),
    "a field after the local's block": ("{ int c = 1; G(c); } H(c);", "{ int d = 1; G(d); } H(d);"),
    "a field that is looped over": ("foreach (var c in c.G()) H(c);", "foreach (var d in d.G()) H(d);"),
    "a field compared": ("int c = 1; H(a < c, b > d);", "int c = 1; H(a < c, b > e);"),
    "a type tested": ("int c = 1; G(c, o is c && q);", "int d = 1; G(d, o is d && q);"),
    "a field beside an else": ("if (p) G(out var c); else H(c);", "if (p) G(out var d); else H(d);"),
    "a field in a loop's end": ("do G(out var c); while (H(c));", "do G(out var d); while (H(d));"),
    "a parameter of a lambda": ("G(c => c + 1);", "G(d => d + 1);"),
    "a name that a lambda uses": ("int c = a; G(() => c);", "int d = a; G(() => d);"),
    "a name that a delegate uses": (
        "int c = a; G(delegate { return c; });",
        "int d = a; G(delegate { return d; });",
    ),
    "a name that a query uses": (
        "int c = a; G(from x in v where x > c select x);",
        "int d = a; G(from x in v where x > d select x);",
    ),
    "a query's name": ("G(from c in v select c);", "G(from d in v select d);"),
    "a name that a local function uses": (
        "int c = a; int G() { return c; } G();",
        "int d = a; int G() { return d; } G();",
    ),
    "a local function's parameter": ("int G(int c) => c; G(1);", "int G(int d) => d; G(1);"),
    "nameof": ("int c = a; G(nameof(c));", "int d = a; G(nameof(d));"),
    "an anonymous member": ("int c = a; G(new { c });", "int d = a; G(new { d });"),
    "a tuple's member": ("int c = a; G((c, b));", "int d = a; G((d, b));"),
    "a name that a call may see": ("int c = a; Assert.That(c);", "int d = a; Assert.That(d);"),
    "a guarded name": (
        "var c = s; ArgumentNullException.ThrowIfNull(c);",
        "var d = s; ArgumentNullException.ThrowIfNull(d);",
    ),
    "a guard": ("var c = s; Guard.Against.Null(c);", "var d = s; Guard.Against.Null(d);"),
    "an initializer's name": ("int c = 1; G(new T { c = c });", "int d = 1; G(new T { d = d });"),
    "a changed copy": ("int c = 1; G(o with { c = c });", "int d = 1; G(o with { d = d });"),
    "a pattern's property": ("int c = 1; G(c, o is { c: 1 });", "int d = 1; G(d, o is { d: 1 });"),
    "a pattern's property's property": ("int c = 1; G(c, o is { c.X: 1 });", "int d = 1; G(d, o is { d.X: 1 });"),
    "a pattern's constant": ("int c = 1; G(c, o is c);", "int d = 1; G(d, o is d);"),
    "an escaped name": ("int c = 1; G(@c);", "int d = 1; G(@c);"),
    "an escaped local": ("int @c = 1; G(c);", "int @d = 1; G(c);"),
    "a discard": ("int c = G(); _ = c;", "int c = G(); d = c;"),
    "a discarded out": ("G(out _);", "G(out c);"),
    "a local like a type": ("T c = G(); T.H(c);", "U c = G(); T.H(c);"),
    "a local like a label": ("int c = 1; G(c); c: H();", "int d = 1; G(d); d: H();"),
    "a local like a named argument": ("int c = 1; G(c: c);", "int d = 1; G(d: d);"),
    "a name with a meaning": ("int ms = G(); H(ms);", "int c = G(); H(c);"),
    "a name in a text": ('int c = G(); H("c", c);', 'int d = G(); H("c", d);'),
}

NO_KEY = {
    "a name with an escape": "int c = 1; return \\u0063;",
    "a line end of two bytes": "return a; // \u0085 b = 1;\n",
    "a line separator": "return a; // \u2028 b = 1;\n",
    "a paragraph separator": "return a; /* */ // \u2029 b = 1;\n",
    "a joiner in a name": "int ab = 1; return a\u200db;",
    "a mark in a name": "int ab = 1; return a\ufeffb;",
    "a carriage return": "return a; // \r b = 1;\n",
    "a directive in a comment": "\n#if X\n/*\n#endif\n b = 1;\n#if X\n*/\n#endif\n return a;",
    "a directive in a comment after an odd blank": "\n#if X\n/*\n\u00a0#endif\n b = 1;\n#if X\n*/\n#endif\n return a;",
    "a directive in a text": '\n#if X\n  s = @"\n#endif\n b = 1;\n#if X\n";\n#endif\n return a;',
    "a condition that goes on": "\n#if X\n  || Y\n#endif\n return a;",
    "a statement beside a directive": "\n#if X\n  G();\n#endif b = 1;\n return a;",
    "a statement beside a condition": "\n#if X\n  G();\n#else b = 1;\n#endif\n return a;",
    "a directive beside a statement": "\n#if X\n  G(); #endif\n return a;",
    "a condition in an expression": "a = b\n#if X\n + 1\n#endif\n ;",
}

HEEDED = [
    "// ReSharper disable once UnusedVariable",
    "// resharper restore All",
    "// <auto-generated/>",
    "// NOSONAR",
    "//noinspection X",
    "// @formatter:off",
    "// csharpier-ignore",
    "// Stryker disable all",
    "// NCrunch: no coverage start",
    "//-V3001",
    "// lang=regex",
    "/* language=sql */",
    "/* first: */",
    "// codeql[cs/sql-injection]",
    "/* \n# heading */",
]

FORGOTTEN = [
    "// fine",
    "/// <summary>Text.</summary>",
    "/// <param name='a'>A number.</param>",
    "// issue #12",
    "/* approved, safe, audited */",
    "// TODO: mail a@example.org",
]

APART = {
    "a parameter": ("int F(int a) { return a; }", "int F(int b) { return b; }"),
    "a modifier": ("static int F() { return 1; }", "int F() { return 1; }"),
    "an attribute": ("[A] int F() { return 1; }", "[B] int F() { return 1; }"),
    "an attribute's argument": ("[A(X = 1)] int F() { return 1; }", "[A(Y = 1)] int F() { return 1; }"),
    "a suppression": ('[SuppressMessage("a", "b")] int F() { return 1; }', "int F() { return 1; }"),
    "a default": ("int F(int a = 1) { return a; }", "int F(int a = 2) { return a; }"),
    "an expression for a body": ("int F() => 1;", "int F() { return 1; }"),
    "brackets of an expression for a body": ("void F() => G();", "void F() => (G());"),
    "a property": ("int P { get { return a; } }", "int P { set { return a; } }"),
    "a property's value": ("int P { set { int c = value; G(c); } }", "int P { set { int value = c; G(value); } }"),
    "a field": ("int a = 1;", "int b = 1;"),
    "a class's field": ("class T { int a; int F() { return a; } }", "class T { int b; int F() { return b; } }"),
    "a base's argument": ("class T { T(int a) : base(a) { } }", "class T { T(int a) : this(a) { } }"),
    "a component": ("record T(int A);", "record T(int B);"),
    "a constant": ("enum T { A, B }", "enum T { B, A }"),
    "a constraint": ("void F<T>() where T : class { }", "void F<T>() where T : struct { }"),
    "async": ("async Task F() { await G(); }", "Task F() { await G(); }"),
    "a statement of the file": ("var a = 1; G(a);", "var b = 1; G(b);"),
}


@pytest.mark.parametrize(("first", "second"), SAME.values(), ids=SAME)
def test_layout_is_forgotten(first: str, second: str) -> None:
    one = key_of(body(first), "csharp")

    other = key_of(body(second), "csharp")

    assert one is not None
    assert one == other


@pytest.mark.parametrize(("first", "second"), DIFFERENT.values(), ids=DIFFERENT)
def test_meaning_is_kept(first: str, second: str) -> None:
    one = key_of(body(first), "csharp")

    other = key_of(body(second), "csharp")

    assert one is not None
    assert one != other


@pytest.mark.parametrize(("first", "second"), APART.values(), ids=APART)
def test_members_with_different_meanings_differ(first: str, second: str) -> None:
    one = structure_key(first.encode(), "csharp")

    other = structure_key(second.encode(), "csharp")

    assert one is not None
    assert other is not None
    assert one != other


@pytest.mark.parametrize("text", NO_KEY.values(), ids=NO_KEY)
def test_what_compilers_may_read_otherwise_has_no_key(text: str) -> None:
    found = key_of(body(text), "csharp")

    assert found is None


@pytest.mark.parametrize(
    "text", ['s = "\\u00e9#";', 's = @"\n# heading";', "/* #if */ G();", "\n# if X\n G();\n# endif\n"]
)
def test_a_sign_that_hides_nothing_is_no_hindrance(text: str) -> None:
    found = key_of(body(text), "csharp")

    assert found is not None


@pytest.mark.parametrize("comment", HEEDED)
def test_a_comment_that_tools_obey_is_kept(comment: str) -> None:
    bare = key_of(body("G();\n H();"), "csharp")

    found = key_of(body(f"G(); {comment}\n H();"), "csharp")

    assert found is not None
    assert found != bare


@pytest.mark.parametrize("comment", FORGOTTEN)
def test_a_comment_for_people_is_forgotten(comment: str) -> None:
    bare = key_of(body("G();\n H();"), "csharp")

    found = key_of(body(f"G(); {comment}\n H();"), "csharp")

    assert found == bare


def test_comments_are_kept_on_demand() -> None:
    bare = key_of(body("return a;"), "csharp", keep_comments=True)

    found = key_of(body("return a; // why"), "csharp", keep_comments=True)

    assert found is not None
    assert found != bare


@pytest.mark.parametrize(
    "member",
    [
        "T(int a) : base(a) { int c = a; G(c); }",
        "~T() { int c = 1; G(c); }",
        "int P { get { int c = 1; return c; } }",
        "int this[int i] { get { int c = i; return c; } }",
        "static T operator +(T a, T b) { int c = 1; return a.G(b, c); }",
    ],
)
def test_a_member_that_does_not_parse_alone_has_a_key_as_a_member(member: str) -> None:
    alone = structure_key(member.encode(), "csharp")

    renamed = structure_key(
        member.replace("int c", "int  d").replace(" c", " d").replace("(c)", "(d)").encode(), "csharp"
    )

    assert alone is not None
    assert alone == renamed


def test_a_unit_says_its_names_and_what_it_forgot() -> None:
    source = body("int c = a; // note\n  return c + n;").encode()

    structure = parse(source, "csharp").structure(1, 5)

    assert structure is not None
    assert structure.names == ("c",)
    assert [source[start:end] for start, end in structure.forgotten] == [b"// note"]


def test_thousands_of_escapes_cost_little_and_have_no_key() -> None:
    text = body('s = "' + "\\u00e9#" * 20_000 + '";')

    found = key_of(text, "csharp")

    assert found is None


@given(st.sampled_from(SNIPPETS["csharp"]), st.randoms(use_true_random=False))
@settings(max_examples=400, deadline=None)
def test_an_edited_token_changes_the_key(snippet: str, chance: random.Random) -> None:
    text = edited(snippet, chance)

    found = key_of(text, "csharp")

    assert found is None or found != key_of(snippet, "csharp") or plain(text) == plain(snippet)


@given(st.sampled_from(SNIPPETS["csharp"]), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_any_layout_keeps_the_key(snippet: str, chance: random.Random) -> None:
    rewritten = laid_out(snippet, chance)

    found = key_of(rewritten, "csharp")

    assert found is not None
    assert found == key_of(snippet, "csharp")
