"""What C's structure keys forget, and what they never do."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stand_ins.native import SNIPPETS, edited, laid_out, plain
from stand_ins.structures import key_of

from coderev.syntax import parse


def body(text: str) -> str:
    """A function with a body."""
    return f"int f(int a, int b, char *s)\n{{\n  {text}\n}}\n"


SAME = {
    "blanks": ("return a+b;", "return  a + b ;"),
    "a blank less": ("return a - b;", "return a-b;"),
    "line ends": ("return a + b;", "return a +\n\n    b;"),
    "a string on two lines": ('s = "\\\nabc\\\ndef"; return a;', 's = "\\\nabc\\\ndef";\n  return a; // b'),
    "carriage returns": ("a = 1;\n  return a;", "a = 1;\r\n  return a;"),
    "tabs and form feeds": ("return a;", "\treturn\f a\v;"),
    "a comment": ("return a;", "/* why */ return a; // because"),
    "a comment between tokens": ("return a + b;", "return a /* left */ + /* right */ b;"),
    "another comment": ("return a; // one", "return a; // two"),
    "a comment that goes on": ("return a;", "return a; // on \\\n and on"),
    "a comment like code": ("return a;", "return a; /* a = 1; } */"),
    "a brace on its line": ("if (a) { b = 1; }", "if (a)\n  {\n    b = 1;\n  }"),
    "brackets of a result": ("return a + b;", "return (a + b);"),
    "brackets of a name": ("return a;", "return (a);"),
    "doubled brackets": ("return ((a + b));", "return a + b;"),
    "doubled brackets of a name": ("return ((a));", "return a;"),
    "brackets of a condition": ("if (a < b) return 1;", "if ((a < b)) return 1;"),
    "brackets in a loop": ("while (a < b) a++;", "while (((a < b))) a++;"),
    "brackets of a switch": ("switch (a) { case 1: ; }", "switch ((a)) { case 1: ; }"),
    "brackets of a value": ("a = b;", "a = (b);"),
    "brackets of a first value": ("int c = a + b;", "int c = (a + b);"),
    "brackets of a string": ('s = "x";', 's = ("x");'),
    "brackets that bind as without": ("return a + b * 2;", "return a + (b * 2);"),
    "brackets on the left": ("return a * b + 2;", "return (a * b) + 2;"),
    "brackets between and and or": ("return a && b || !a;", "return (a && b) || (!a);"),
    "brackets of names in a condition": ("return a && b;", "return (a) && (b);"),
    "brackets of a comparison": ("return a == 1 && b;", "return (a == 1) && b;"),
    "brackets of a standard constant": ("if (s != NULL && a) return 1;", "if ((s != NULL) && a) return 1;"),
    "brackets of a choice": ("a = b > 0 ? 1 : 2;", "a = (b > 0) ? 1 : 2;"),
    "brackets of a number": ("return a + 1;", "return a + (1);"),
    "brackets of a call": ("return g(a);", "return (g(a));"),
    "brackets around a macro in a condition": ("if (LIMIT) return 1;", "if ((LIMIT)) return 1;"),
    "brackets around a macro returned": ("return LIMIT;", "return (LIMIT);"),
    "the comma of a list": ("int c[] = {1, 2};", "int c[] = {1, 2,};"),
    "the comma of an enumeration": ("enum { X, Y };", "enum { X, Y, };"),
    "the case of a number": ("return 0XFF;", "return 0xff;"),
    "the case of a suffix": ("return 10ul;", "return 10UL;"),
    "the case of an exponent": ("double d = 1E5;", "double d = 1e5;"),
    "the case of a hexadecimal float": ("double d = 0X1.8P3;", "double d = 0x1.8p3;"),
    "separators": ("return 1'000'000;", "return 1000000;"),
    "a directive moved in": ("\n#if X\n  a = 1;\n#endif\n", "\n  # if X\n  a = 1;\n  #  endif\n"),
    "a comment in a directive": ("\n#if X\n  a = 1;\n#endif\n", "\n#if X /* if */\n  a = 1;\n#endif // X\n"),
    "blanks in a macro": ("\n#define M(x) ((x) + 1)\n", "\n#define M(x)   ((x)  +\t1)  /* more */\n"),
    "lines of a macro": ("\n#define M(x) do { x; } while (0)\n", "\n#define M(x) \\\n  do { x; } \\\n  while (0)\n"),
    "blanks in a pragma": ("\n#pragma omp parallel\n", "\n#pragma   omp  parallel\n"),
    "blanks for a macro": ("MIN(a, b);", "MIN( a, /* or */\n b );"),
    "a renamed local": ("int c = a; return c;", "int d = a; return d;"),
    "a renamed parameter": ("return p;", "return p;"),
    "a local in a loop": ("for (int i = 0; i < a; i++) b += i;", "for (int j = 0; j < a; j++) b += j;"),
    "pointers": ("char *p = s, **q = &p; return **q;", "char *x = s, **y = &x; return **y;"),
    "arrays": ("int c[3]; return c[a];", "int d[3]; return d[a];"),
    "a known type": ("Tree t; Tree *p; p = &t; return *p;", "Tree t; Tree *q; q = &t; return *q;"),
    "an inner name": ("int c = 1; { int c = 2; a = c; } return c;", "int d = 1; { int d = 2; a = d; } return d;"),
    "a structure": ("struct p c; c.x = 1; return c.x;", "struct p d; d.x = 1; return d.x;"),
    "near a constant of a standard": ("int c = EINVAL; return c;", "int d = EINVAL; return d;"),
    "outside an assertion": ("int c = 1; assert(a); return c;", "int d = 1; assert(a); return d;"),
}

DIFFERENT = {
    "an operator": ("return a < b;", "return a <= b;"),
    "a constant": ("return a + 1;", "return a + 2;"),
    "an octal constant": ("return 10;", "return 010;"),
    "a suffix": ("return 1;", "return 1L;"),
    "an unsigned constant": ("return a > -1;", "return a > -1u;"),
    "a float": ("double d = 1.0;", "double d = 1.0f;"),
    "an exponent": ("double d = 1e5;", "double d = 1e-5;"),
    "a character": ("return 'a';", 'return "a";'),
    "a longer character": ("return ' ';", "return '  ';"),
    "a wide string": ('s = "x";', 's = L"x";'),
    "two prefixes": ('s = u"x";', 's = U"x";'),
    "an encoded string": ('s = "x";', 's = u8"x";'),
    "blanks in a string": ('s = "a b";', 's = "a  b";'),
    "a blank that begins a string": ('s = " a";', 's = "a";'),
    "a line in a string": ('s = "a\\n";', 's = "a";'),
    "the case of a string": ('s = "a";', 's = "A";'),
    "an escape that ends": ('s = "\\x1" "2";', 's = "\\x12";'),
    "a comment in a string": ('s = "/* a */";', 's = "/* b */";'),
    "statements swapped": ("a = 1; b = a;", "b = a; a = 1;"),
    "a statement dropped": ("a = 1; return a;", "return a;"),
    "an empty statement": ("if (a) b = 1;", "if (a); b = 1;"),
    "a loop without a body": ("while (a) b = 1;", "while (a); b = 1;"),
    "parts of a loop": ("for (a; ; ) b++;", "for (; a; ) b++;"),
    "the end of a loop": ("for (; a; ) b++;", "for (; ; a) b++;"),
    "a dangling else": ("if (a) if (b) a = 1; else a = 2;", "if (a) { if (b) a = 1; } else a = 2;"),
    "braces": ("if (a) { b = 1; a = 2; }", "if (a) { b = 1; } a = 2;"),
    "brackets that bind": ("return (a + b) * 2;", "return a + b * 2;"),
    "brackets that bind to the right": ("return a - (b - 1);", "return a - b - 1;"),
    "a negation": ("return !(a == b);", "return !a == b;"),
    "a masked flag": ("return (a & 1) == b;", "return a & 1 == b;"),
    "brackets of an assignment": ("if ((a = b)) return 1;", "if (a = b) return 1;"),
    "brackets of a comma": ("a = (b, 1);", "a = b, 1;"),
    "brackets after a star": ("return (*s)++;", "return *s++;"),
    "brackets of a choice assigned": ("*(a ? s : s) = b;", "*a ? s : s = b;"),
    "brackets near a macro": ("return a - (LIMIT * b);", "return a - LIMIT * b;"),
    "brackets around a macro": ("return a * (LIMIT);", "return a * LIMIT;"),
    "a macro that is a list": ("a = (PAIR);", "a = PAIR;"),
    "brackets around a name that may be a macro": ("return a * (b);", "return a * b;"),
    "brackets for a macro": ("return SQUARE((a));", "return SQUARE(a);"),
    "brackets in a macro": ("return SQUARE((a + b) + 1);", "return SQUARE(a + b + 1);"),
    "brackets for any call": ("return g((a));", "return g(a);"),
    "brackets in any call": ("return g((a * b) + 1);", "return g(a * b + 1);"),
    "brackets around a callee": ("return (g)(a);", "return g(a);"),
    "brackets of a size": ("return sizeof (a);", "return sizeof a;"),
    "brackets of a type": ("return sizeof (T);", "return sizeof ((T));"),
    "brackets of a cast": ("return (T) - a;", "return ((T)) - a;"),
    "the operand of a size": ("return sizeof(a + b);", "return sizeof a + b;"),
    "a cast": ("return (int)(a + b);", "return (int)a + b;"),
    "a cast dropped": ("return (char)a;", "return a;"),
    "a statement expression": ("return ({ a; });", "{ a; } return 0;"),
    "a literal for a macro": ("PRINT(0XFF);", "PRINT(0xff);"),
    "a comma for a macro": ("USE((int[]){1, 2});", "USE((int[]){1, 2,});"),
    "a blank in what may become a string": ("PRINT(a + b);", "PRINT(a+b);"),
    "a blank in what a macro holds": ("\n#define M a - b\n", "\n#define M a-b\n"),
    "a suffix for a macro": ("CAT(1, u);", "CAT(1, U);"),
    "a string joined for a macro": ('PRINT("a" "b");', 'PRINT("ab");'),
    "signs": ("return - -a;", "return --a;"),
    "a sum of signs": ("return a + +b;", "return a++ + b;"),
    "a joined line": ("return - \\\n  -a;", "return -\\\n-a;"),
    "a directive's condition": ("\n#if X > 1\n a = 1;\n#endif\n", "\n#if X > 2\n a = 1;\n#endif\n"),
    "a directive": ("\n#ifdef X\n a = 1;\n#endif\n", "\n#ifndef X\n a = 1;\n#endif\n"),
    "what a directive holds": ("\n#if X\n a = 1;\n#endif\n b = 1;", "\n#if X\n a = 1;\n b = 1;\n#endif\n"),
    "a branch": ("\n#if X\n a = 1;\n#else\n a = 2;\n#endif\n", "\n#if X\n a = 2;\n#else\n a = 1;\n#endif\n"),
    "what a macro is": ("\n#define M 1\n", "\n#define M 2\n"),
    "a macro's brackets": ("\n#define M(x) ((x) * 2)\n", "\n#define M(x) (x * 2)\n"),
    "a macro with arguments": ("\n#define M (x)\n", "\n#define M(x)\n"),
    "a string in a macro": ('\n#define M "//a"\n', '\n#define M "//b"\n'),
    "the case of a macro's number": ("\n#define M 0xA\n", "\n#define M 0XA\n"),
    "a pragma": ("\n#pragma omp parallel\n", "\n#pragma omp single\n"),
    "a pragma's place": ("\n#pragma a\n b = 1;", "b = 1;\n#pragma a\n"),
    "a name renamed once": ("int c = a; return c;", "int d = a; return c;"),
    "two locals merged": ("int c = 1, d = 2; return c + d;", "int c = 1, d = 2; return c + c;"),
    "two locals swapped once": ("int c = 1, d = 2; return c - d;", "int c = 1, d = 2; return d - c;"),
    "a local split": ("int c = 1; { c = 2; } return c;", "int c = 1; { int d = 2; } return c;"),
    "an inner name for an outer": ("int c = 1; { int d = 2; a = c; }", "int c = 1; { int d = 2; a = d; }"),
    "a global": ("return g;", "return h;"),
    "a global after a block": ("{ int c = 1; } return c;", "{ int d = 1; } return d;"),
    "a global before a local": ("a = c; int c = 1; return c;", "a = d; int d = 1; return d;"),
    "a global after a loop": ("for (int i = 0; ; ) ; return i;", "for (int j = 0; ; ) ; return j;"),
    "the size of an array": ("int n[n]; return 0;", "int m[m]; return 0;"),
    "the size of rows": ("int n[2][n]; return 0;", "int m[2][m]; return 0;"),
    "the size of pointers": ("int *n[n]; return 0;", "int *m[m]; return 0;"),
    "a field": ("return s->x;", "return s->y;"),
    "a field with a local's name": ("int c = s->c; return c;", "int d = s->d; return d;"),
    "a dot for an arrow": ("return s->x;", "return s.x;"),
    "a designated field": ("struct p q = {.x = 1};", "struct p q = {.y = 1};"),
    "a called function": ("return g(a);", "return h(a);"),
    "a macro with a local's name": ("int max = max(a, b); return max;", "int min = min(a, b); return min;"),
    "an enumerator": ("enum { x }; return x;", "enum { y }; return y;"),
    "a type": ("T c; return 0;", "U c; return 0;"),
    "a type with a local's name": ("T T; return 0;", "U U; return 0;"),
    "a label": ("goto x; x: return 1;", "goto y; y: return 1;"),
    "a label's address": ("void *c = &&x; x: return 1;", "void *c = &&y; y: return 1;"),
    "an extern": ("extern int c; return c;", "extern int d; return d;"),
    "an extern pointer": ("extern int *c; return *c;", "extern int *d; return *d;"),
    "a static": ("static int c; return c++;", "static int d; return d++;"),
    "a static made automatic": ("static int c = 0; return c++;", "int c = 0; return c++;"),
    "a declared function": ("int g(int); return g(a);", "int h(int); return h(a);"),
    "a local in capitals": ("int c = a; return c;", "int EOF = a; return EOF;"),
    "a product that looks like a declaration": ("x * c; return c;", "x * d; return d;"),
    "more of such a product": ("x * c, e; return e;", "x * c, d; return d;"),
    "a product with an index": ("x * c[1]; return *c;", "x * d[1]; return *d;"),
    "a product with a variable named as its type": ("Tree Tree; Tree * c; return c;", "Tree Tree; Tree * d; return d;"),
    "a name in a pragma in a string": (
        'int c = a; _Pragma("omp flush(c)"); return c;',
        'int d = a; _Pragma("omp flush(c)"); return d;',
    ),
    "a member named to the compiler": (
        "int c = a; b = __builtin_offsetof(T, c); return c;",
        "int d = a; b = __builtin_offsetof(T, d); return d;",
    ),
    "a member named to a macro": (
        "int c = a; b = container_of(s, tree_t, c); return c;",
        "int d = a; b = container_of(s, tree_t, d); return d;",
    ),
    "a type named to a macro": ("int c = a; b = g(int, c); return c;", "int d = a; b = g(int, d); return d;"),
    "brackets of a call in a sum": ("return a * (g(b));", "return a * g(b);"),
    "a macro for a type": ("IGNORE c; return c;", "IGNORE d; return d;"),
    "a name near a macro": ("int c = a; USE(b); return c;", "int d = a; USE(b); return d;"),
    "a name near a macro that is no call": ("int c = a; b = CURRENT; return c;", "int d = a; b = CURRENT; return d;"),
    "a name near a macro alone": ("int c = a; next; return c;", "int d = a; next; return d;"),
    "a name in an assertion": ("int c = a; assert(c); return c;", "int d = a; assert(d); return d;"),
    "a name near asm": ('int c = a; asm("nop"); return c;', 'int d = a; asm("nop"); return d;'),
    "a name near a directive": ("int c = a;\n#if X\n#endif\n return c;", "int d = a;\n#if X\n#endif\n return d;"),
    "a name near a pragma": (
        "int c = a;\n#pragma omp private(c)\n return c;",
        "int d = a;\n#pragma omp private(d)\n return d;",
    ),
    "a name near an include": ('int c = a;\n#include "c.h"\n return c;', 'int d = a;\n#include "c.h"\n return d;'),
    "a name near a definition": ("int c = a;\n#define C c\n return c;", "int d = a;\n#define C c\n return d;"),
    "a name that says something": ("int seconds = a; return seconds;", "int millis = a; return millis;"),
    "volatile": ("volatile int c = a; return c;", "int c = a; return c;"),
    "const": ("const char *c = s;", "char *c = s;"),
    "a const pointer": ("const char *c = s;", "char *const c = s;"),
    "unsigned": ("unsigned c = a;", "int c = a;"),
    "a bit field": ("struct { int x : 1; } c;", "struct { int x : 2; } c;"),
    "an array's size": ("int c[2];", "int c[3];"),
    "a case": ("switch (a) { case 1: return 1; }", "switch (a) { default: return 1; }"),
    "a break": ("switch (a) { case 1: b = 1; break; case 2: b = 2; }", "switch (a) { case 1: b = 1; case 2: b = 2; }"),
    "an attribute": ("[[maybe_unused]] int c;", "[[deprecated]] int c;"),
    "an attribute with a local's name": ("[[unused]] int unused;", "[[likely]] int likely;"),
    "a selection": ("return _Generic(a, int: 1, default: 2);", "return _Generic(a, long: 1, default: 2);"),
    "a list that ends early": ("int c[] = {1, 2};", "int c[] = {1};"),
}

HEEDED = [
    "/* FALLTHROUGH */", "/* fall through */", "// fall-through", "// falls thru", "// NOLINT", "// NOLINTNEXTLINE(x)",
    "// clang-format off", "/* clang-format on */", "// IWYU pragma: keep", "/*lint -e534 */", "// LCOV_EXCL_LINE",
    "// GCOVR_EXCL_START", "// cppcheck-suppress x", "/* NOTREACHED */", "/* ARGSUSED */", "/* PRINTFLIKE1 */",
    "/* coverity[leak] */", "//-V501", "// NOSONAR", "// nosemgrep", "/*@null@*/", "//@ assert a > 0;",
    "/*@ requires a > 0; */", "// codeql[x]", "/* Flawfinder: ignore */", "/* *INDENT-OFF* */", "//* 2",
    "// expected-error {{x}}", "/* VARARGS */", "// noinspection X", "// polyspace RTE:OVFL",
]  # fmt: skip

FORGOTTEN = [
    "// a note", "/* fallen */", "// lineage", "/** @param a the first */", "/// doc", "//! doc", "/* TODO: check */",
    "// pragmatic", "/***/", "//", "/* a // b */", "// safe, audited and approved",
]  # fmt: skip

UNREADABLE = {
    "a lone carriage return": "return a; // b\rreturn b;",
    "a trigraph that joins lines": "return a; // b??/\nreturn b;",
    "a blank after a backslash": "return a; // b\\ \nreturn b;",
    "joined lines that may join tokens": "return -\\\n-a;",
    "a comment that ends on two lines": "return a; /* b *\\\n/ + 1; /* */",
    "a macro's name on two lines": "\n#define A\\\nB 1\n",
    "a joined comment": "return a; /\\\n/ b",
    "a nul": "return a;\0",
    "an escaped name": "int \\u00e9 = 1; return 2;",
    "a comment that begins in a macro's string": '\n#define M "a/*b" //*/\n',
    "a macro whose text is on the next line": "\n#define M(x) \n(a);\n",
    "a macro that goes on in a comment": "\n#define M 1 /*\n*/ ;\n",
    "a condition on the next line": "\n#if\nX\n#endif\n",
    "parameters of a macro on two lines": "\n#define M( // a\nx) (x)\n",
    "a directive after a comment within a line": "a = 1; /* b */ #define M 1\n",
    "a directive within a line": "a = 1; #define M 1\n",
    "more than a directive": "\n#if X\n#endif Y;\n",
    "a directive that says nothing": "\n#\n",
    "an open string in a directive": "\n#pragma message('a /* \n",
    "a raw string": 's = R"(" /* a */ ")";',
    "its own line": "return __LINE__;",
    "what does not parse": "return a b c;",
    "a loop that is a macro": "for_each(a, b) { b = 1; }",
}


@pytest.mark.parametrize(("first", "second"), SAME.values(), ids=SAME)
def test_layout_is_forgotten(first: str, second: str) -> None:
    expected = key_of(body(first), "c")

    found = key_of(body(second), "c")

    assert expected is not None
    assert found == expected


@pytest.mark.parametrize(("first", "second"), DIFFERENT.values(), ids=DIFFERENT)
def test_meaning_is_kept(first: str, second: str) -> None:
    one = key_of(body(first), "c")

    other = key_of(body(second), "c")

    assert one is None or one != other


@pytest.mark.parametrize(("first", "second"), DIFFERENT.values(), ids=DIFFERENT)
def test_most_of_what_differs_has_keys(first: str, second: str) -> None:
    excused = {"a joined line", "a label's address", "a macro with arguments"}

    broken = [text for text in (first, second) if key_of(body(text), "c") is None]

    assert not broken or any((first, second) == DIFFERENT[name] for name in excused)


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_what_compilers_may_read_otherwise_has_no_key(text: str) -> None:
    source = body(text)

    found = key_of(source, "c")

    assert found is None


@pytest.mark.parametrize("comment", HEEDED)
def test_a_comment_that_tools_obey_is_kept(comment: str) -> None:
    bare = key_of(body("switch (a) { case 1: b = 1;\n case 2: b = 2; }"), "c")

    found = key_of(body(f"switch (a) {{ case 1: b = 1; {comment}\n case 2: b = 2; }}"), "c")

    assert found is not None
    assert found != bare


@pytest.mark.parametrize("comment", FORGOTTEN)
def test_a_comment_for_people_is_forgotten(comment: str) -> None:
    bare = key_of(body("switch (a) { case 1: b = 1;\n case 2: b = 2; }"), "c")

    found = key_of(body(f"switch (a) {{ case 1: b = 1; {comment}\n case 2: b = 2; }}"), "c")

    assert found == bare


def test_comments_are_kept_on_demand() -> None:
    bare = key_of(body("return a;"), "c", keep_comments=True)

    found = key_of(body("return a; // why"), "c", keep_comments=True)

    assert found is not None
    assert found != bare


def test_parameters_are_renamed_together() -> None:
    source = "static char *f(int a, const char *b, char **c, int d[3])\n{ return b + a + d[0] + **c; }\n"

    renamed = "static char *f(int w, const char *x, char **y, int z[3])\n{ return x + w + z[0] + **y; }\n"

    assert key_of(source, "c") == key_of(renamed, "c")


def test_parameters_in_the_old_style_are_kept() -> None:
    source = "int f(a, b)\n     int a;\n     char *b;\n{ return a + *b; }\n"

    renamed = "int f(x, y)\n     int x;\n     char *y;\n{ return x + *y; }\n"

    assert key_of(source, "c") != key_of(renamed, "c")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("int f(int a, int b) { return a; }", "int f(int a, int b) { return b; }"),
        ("int f(int a) { return b; }", "int f(int b) { return b; }"),
        ("int f(int (*g)(int x)) { return x; }", "int f(int (*g)(int y)) { return y; }"),
        ("int (*f(int a))(int b) { return b; }", "int (*f(int a))(int c) { return c; }"),
        ("int f(int a[n], int n) { return n; }", "int f(int a[m], int m) { return m; }"),
        ("int f(int n[n]) { return 1; }", "int f(int m[m]) { return 1; }"),
        ("int f(int a) { return 1; }", "int g(int a) { return 1; }"),
        ("int f(int f) { return f; }", "int g(int g) { return g; }"),
        ("int f(int a);\n", "int f(int b);\n"),
        ("int a = 1;\n", "int b = 1;\n"),
        ("struct p { int a; };\n", "struct p { int b; };\n"),
        ("int f(int a) __attribute__((x)) ;\n", "int f(int a) ;\n"),
        ("static int f(void) { return 1; }", "int f(void) { return 1; }"),
        ("typedef int a; int f(void) { a b = 1; return b; }", "typedef int a; int f(void) { a c = 1; return b; }"),
    ],
)
def test_no_name_outside_a_body_is_lost(first: str, second: str) -> None:
    one = key_of(first, "c")

    other = key_of(second, "c")

    assert one is not None
    assert one != other


def test_a_macro_of_the_file_holds_names() -> None:
    head = "#define here buf[i]\n#define twice(x) ((x) * 2)\n#define MAX 10\n"
    unit = "int f(char *buf)\n{\n  int i = 1, j = 2;\n  return %s + i - j;\n}\n"
    swapped = "int f(char *buf)\n{\n  int j = 1, i = 2;\n  return %s + j - i;\n}\n"

    for use in ("here", "twice(3)"):
        first, second = (parse((head + text % use).encode(), "c").structure(4, 8) for text in (unit, swapped))

        assert first is not None
        assert second is not None
        assert first.key != second.key


def test_brackets_stay_near_a_macro_of_the_file() -> None:
    head = "#define few 1 + 2\n"

    keys = [
        parse((head + f"int f(int a)\n{{\n  return a - {text};\n}}\n").encode(), "c").structure(2, 5)
        for text in ("(few * a)", "few * a")
    ]

    assert keys[0] is not None
    assert keys[1] is not None
    assert keys[0].key != keys[1].key


def test_a_constant_of_the_file_is_no_hindrance() -> None:
    head = "#define limit 10\n"

    renamed = [
        parse((head + f"int f(void)\n{{\n  int {name} = limit;\n  return {name};\n}}\n").encode(), "c").structure(2, 6)
        for name in ("c", "d")
    ]

    assert renamed[0] is not None
    assert renamed[1] is not None
    assert renamed[0].key == renamed[1].key
    assert renamed[0].names == ("c",)


def test_a_unit_says_its_names_tokens_and_what_it_forgot() -> None:
    source = body("int c = a; // note\n  return c;").encode()

    structure = parse(source, "c").structure(1, 6)

    assert structure is not None
    assert structure.names == ("a", "b", "s", "c")
    assert [source[start:end] for start, end in structure.forgotten] == [b"// note"]
    assert b"return" in [source[start:end] for _, start, end in structure.tokens]


@given(st.sampled_from(SNIPPETS["c"]), st.randoms(use_true_random=False))
@settings(max_examples=400, deadline=None)
def test_an_edited_token_changes_the_key(snippet: str, chance: random.Random) -> None:
    text = edited(snippet, chance)

    found = key_of(text, "c")

    assert found is None or found != key_of(snippet, "c") or plain(text) == plain(snippet)


@given(st.sampled_from(SNIPPETS["c"]), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_any_layout_keeps_the_key(snippet: str, chance: random.Random) -> None:
    rewritten = laid_out(snippet, chance)

    found = key_of(rewritten, "c")

    assert found is not None
    assert found == key_of(snippet, "c")
