"""What C++'s structure keys forget beyond C's, and what they never do."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stand_ins.native import SNIPPETS, edited, laid_out, plain
from stand_ins.structures import key_of

from coderev.syntax import parse, structure_key


def body(text: str) -> str:
    """A member function with a body."""
    return f"auto A::f(int a, int b, const V& v)\n{{\n  {text}\n}}\n"


SAME = {
    "blanks": ("return a+b;", "return  a + b ;"),
    "template blanks": ("std::map<int,std::set<X>> m;", "std::map< int, std::set< X > > m;"),
    "a comment": ("return a;", "/* why */ return a; // because"),
    "line ends": ("a = 1;\n  return a;", "a = 1;\r\n  return a;"),
    "the star's side": ("int* p = &a; return *p;", "int *p = &a; return *p;"),
    "brackets of a result": ("return a + b;", "return (a + b);"),
    "brackets of a condition": ("if (a < b) return 1;", "if ((a < b)) return 1;"),
    "brackets of a value": ("a = b;", "a = b;"),
    "brackets of a first value": ("int c = a + b;", "int c = (a + b);"),
    "brackets that bind as without": ("return a + b * 2;", "return a + (b * 2);"),
    "brackets on the left": ("return a << 2 | b;", "return (a << 2) | b;"),
    "brackets between and and or": ("return a > 1 && b || !a;", "return ((a > 1) && b) || (!a);"),
    "brackets of a choice": ("a = b > 0 ? 1 : 2;", "a = (b > 0) ? 1 : 2;"),
    "brackets of a call": ("return g(a);", "return (g(a));"),
    "brackets of a new object": ("p = new Tree(a);", "p = (new Tree(a));"),
    "the comma of a list": ("std::vector<int> w{1, 2};", "std::vector<int> w{1, 2,};"),
    "the comma of an enumeration": ("enum class E { x, y };", "enum class E { x, y, };"),
    "the case of a number": ("return 0XFFu;", "return 0xffU;"),
    "separators": ("return 1'000'000;", "return 1000000;"),
    "blanks for a macro": ("CHECK(a == b);", "CHECK( a /* is */ ==\n b );"),
    "a renamed local": ("int c = a; return c;", "int d = a; return d;"),
    "a renamed auto": ("auto c = a; return c;", "auto d = a; return d;"),
    "a renamed reference": ("const auto& c = a; return c;", "const auto& d = a; return d;"),
    "a const object": ("const Tree& c = a; return c;", "const Tree& d = a; return d;"),
    "an object of the library": ("std::string& c = x(); return c;", "std::string& d = x(); return d;"),
    "a range": ("for (auto& x : v) b += x.n();", "for (auto& y : v) b += y.n();"),
    "a range of pairs": ("for (const auto& [k, w] : v) b += k + w;", "for (const auto& [i, j] : v) b += i + j;"),
    "a binding": ("auto [c, d] = g(a); return c - d;", "auto [x, y] = g(a); return x - y;"),
    "a condition": ("if (int c = a; c > b) return c;", "if (int d = a; d > b) return d;"),
    "a condition that declares": ("if (auto* p = g(a)) return p->x;", "if (auto* q = g(a)) return q->x;"),
    "a lambda": ("auto n = g([](int c) { return c; });", "auto n = g([](int d) { return d; });"),
    "a capture": (
        "auto n = g([a, &b, c = a] { return a + b + c; });",
        "auto n = g([a, &b, d = a] { return a + b + d; });",
    ),
    "a caught error": ("try { g(a); } catch (const E& e) { h(e); }", "try { g(a); } catch (const E& x) { h(x); }"),
    "braces that begin": ("int c{a}; return c;", "int d{a}; return d;"),
    "outside an assertion": ("int c = 1; assert(a); return c;", "int d = 1; assert(a); return d;"),
}

DIFFERENT = {
    "an operator": ("return a < b;", "return a <= b;"),
    "a spaceship": ("return a <=> b;", "return a < b;"),
    "a suffix": ("return 1;", "return 1z;"),
    "a user's suffix": ("return 1_KB;", "return 1_kb;"),
    "a user's number": ("return 0XFF_x;", "return 0xff_x;"),
    "a user's separators": ("return 1'0_x;", "return 10_x;"),
    "a user's string": ('return "a"_s;', 'return "a"_t;'),
    "a string and a suffixed string": ('return "a"_s;', 'return "a";'),
    "a raw string": ('return R"(a\\n)";', 'return "a\\n";'),
    "blanks in a raw string": ('return R"(a  b)";', 'return R"(a b)";'),
    "lines in a raw string": ('return R"(a\nb)";', 'return R"(a\n b)";'),
    "carriage returns in a raw string": ('return R"(a\r\nb)";', 'return R"(a\nb)";'),
    "a comment in a raw string": ('return R"x(/* a */)x";', 'return R"x(/* b */)x";'),
    "brackets that bind": ("return (a + b) * 2;", "return a + b * 2;"),
    "brackets of a name that decltype may see": ("return (a);", "return a;"),
    "brackets of a member that decltype may see": ("return (v.x);", "return v.x;"),
    "brackets in decltype": ("decltype((a)) c = b;", "decltype(a) c = b;"),
    "a first value that decltype may see": ("decltype(auto) c = (a);", "decltype(auto) c = a;"),
    "brackets in a template": ("return g<(a > b)>();", "return g<a > b>();"),
    "brackets of an assignment": ("if ((a = b)) return 1;", "if (a = b) return 1;"),
    "brackets of a choice assigned": ("(a ? b : a) = 1;", "a ? b : a = 1;"),
    "brackets of a comma": ("a = (b, 1);", "a = b, 1;"),
    "brackets around a callee": ("return (g)(a);", "return g(a);"),
    "brackets for any call": ("return g((a));", "return g(a);"),
    "brackets around a macro": ("return a * (LIMIT);", "return a * LIMIT;"),
    "brackets of a member pointer": ("return (a.*p)(b);", "return a.*p(b);"),
    "brackets of a capture": ("auto n = g([c = (a)] { });", "auto n = g([c = a] { });"),
    "brackets of an address": ("auto p = &(A::x);", "auto p = &A::x;"),
    "braces for brackets": ("std::vector<int> w(3);", "std::vector<int> w{3};"),
    "nothing for braces": ("int c;", "int c{};"),
    "a copy for a move": ("auto c = v;", "auto c = std::move(v);"),
    "a reference": ("auto& c = v;", "auto c = v;"),
    "a const reference": ("const auto& c = v;", "auto& c = v;"),
    "an rvalue": ("auto&& c = v;", "auto& c = v;"),
    "a capture by reference": ("auto n = g([a] { return a; });", "auto n = g([&a] { return a; });"),
    "a capture of all": ("auto n = g([=] { return a; });", "auto n = g([&] { return a; });"),
    "a mutable lambda": ("auto n = g([a]() mutable { return a; });", "auto n = g([a]() { return a; });"),
    "a named cast": ("return static_cast<T>(a);", "return reinterpret_cast<T>(a);"),
    "constexpr": ("if constexpr (a) b = 1;", "if (a) b = 1;"),
    "a new array": ("p = new T[a];", "p = new T(a);"),
    "a deleted array": ("delete[] p;", "delete p;"),
    "a thrown error": ("throw E{a};", "throw;"),
    "what is caught": ("try { g(); } catch (E& e) { }", "try { g(); } catch (E e) { }"),
    "what is awaited": ("co_await g(a);", "g(a);"),
    "what is yielded": ("co_yield a;", "co_return a;"),
    "a qualified name": ("return n::g(a);", "return m::g(a);"),
    "a global name": ("return ::g(a);", "return g(a);"),
    "what is used": ("using n::x; return x;", "using n::y; return y;"),
    "a namespace": ("using namespace n;", "using namespace m;"),
    "an alias": ("using X = int; X c = a;", "using Y = int; Y c = a;"),
    "a member": ("return this->x;", "return this->y;"),
    "a member with a local's name": ("int x = this->x; return x;", "int y = this->y; return y;"),
    "a free name": ("return x;", "return y;"),
    "a name renamed once": ("int c = a; return c;", "int d = a; return c;"),
    "two locals merged": ("int c = 1, d = 2; return c + d;", "int c = 1, d = 2; return c + c;"),
    "an outer name for a range": ("for (auto x : x) b += x;", "for (auto y : y) b += y;"),
    "an outer name for a capture": ("auto n = g([c = c] { return c; });", "auto n = g([d = d] { return d; });"),
    "a name after a lambda": (
        "auto n = g([](int c) { return c; }); return c;",
        "auto n = g([](int d) { return d; }); return d;",
    ),
    "a name after a condition": ("if (int c = a) b = c; return c;", "if (int d = a) b = d; return d;"),
    "a name after a loop": ("for (auto c : v) b = c; return c;", "for (auto d : v) b = d; return d;"),
    "a name after a handler": ("try { } catch (E c) { } return c;", "try { } catch (E d) { } return d;"),
    "an inherited name in a local class": (
        "int c = a; struct L : B { int g() { return c; } }; return c;",
        "int d = a; struct L : B { int g() { return d; } }; return d;",
    ),
    "a called object": ("auto c = g(a); return c(b);", "auto d = g(a); return d(b);"),
    "a vexing parse": ("T c(U()); return c;", "T d(U()); return d;"),
    "a variable begun with a name": ("int c(b); return b;", "int c(x); return x;"),
    "an extern": ("extern int c; return c;", "extern int d; return d;"),
    "a static": ("static int c; return c++;", "static int d; return d++;"),
    "a thread's own": ("thread_local int c; return c;", "thread_local int d; return d;"),
    "a product that looks like a declaration": ("x * c; return c;", "x * d; return d;"),
    "a product assigned": ("x * c = b; return c;", "x * d = b; return d;"),
    "a conjunction that looks like a reference": ("x & c = b; return c;", "x & d = b; return d;"),
    "a comparison that looks like a type": ("x < y > c; return c;", "x < y > d; return d;"),
    "a qualified product": ("n::x * c; return c;", "n::x * d; return d;"),
    "a macro for a type": ("IGNORE c; return c;", "IGNORE d; return d;"),
    "a name near a macro": ("int c = a; USE(b); return c;", "int d = a; USE(b); return d;"),
    "a name near a loop that is a macro": (
        "int c = a; each(b, v) { g(); } return c;",
        "int d = a; each(b, v) { g(); } return d;",
    ),
    "a name in an assertion": ("int c = a; assert(c); return c;", "int d = a; assert(d); return d;"),
    "a name near a directive": ("int c = a;\n#if X\n#endif\n return c;", "int d = a;\n#if X\n#endif\n return d;"),
    "a label": ("goto x; x: return 1;", "goto y; y: return 1;"),
    "an enumerator": ("enum { x }; return x;", "enum { y }; return y;"),
    "a scoped enumeration": ("enum class E { x };", "enum E { x };"),
    "an attribute": ("[[likely]] return 1;", "[[unlikely]] return 1;"),
    "an attribute with a local's name": ("[[unused]] int unused = 1;", "[[other]] int other = 1;"),
    "a destroyed type": ("p->~T();", "p->~U();"),
    "a template's argument": ("return g<int>(a);", "return g<long>(a);"),
    "a template's name": ("return x<int>(a);", "return y<int>(a);"),
    "a size of a pack": ("return sizeof...(a);", "return sizeof(a);"),
    "a fold": ("return (... + a);", "return (a + ...);"),
    "a word for an operator": ("return a xor b;", "return a or b;"),
    "a static assertion": ("static_assert(a > 1);", "static_assert(a > 2);"),
    "a literal for a macro": ("PRINT(0XFF);", "PRINT(0xff);"),
    "a shift for a macro": ("PRINT(X<Y<a>>);", "PRINT(X<Y<a> >);"),
    "a null": ("p = nullptr;", "p = 0;"),
    "a comment that tools obey": ("return a; // NOLINT", "return a;"),
    "volatile": ("volatile int c = a;", "int c = a;"),
}

OUTSIDE = [
    ("int f(int a) { return a; }", "int f(int a) { return b; }"),
    ("int f(int a = 1) { return a; }", "int f(int a = 2) { return a; }"),
    ("int f(int a) const { return a; }", "int f(int a) { return a; }"),
    ("int f(int a) noexcept { return a; }", "int f(int a) { return a; }"),
    ("int f(int a) override { return a; }", "int f(int a) final { return a; }"),
    ("int f(int a) & { return a; }", "int f(int a) && { return a; }"),
    ("A::A(int a) : x(a), y(1) { }", "A::A(int a) : y(1), x(a) { }"),
    ("A::A(int x) : x(x) { }", "A::A(int y) : y(y) { }"),
    ("A::A(int a) : x(a) { }", "A::A(int a) : x{a} { }"),
    ("template <int N> int f() { return N; }", "template <int M> int f() { return M; }"),
    ("template <class T> int f(T a) { return 1; }", "template <class U> int f(U a) { return 1; }"),
    ("template <typename T> int f() { return 1; }", "template <typename... T> int f() { return 1; }"),
    ("template <class T> requires C<T> int f() { return 1; }", "template <class T> int f() { return 1; }"),
    ("template <class T> T c = T(); int f() { return c; }", "template <class T> T d = T(); int f() { return d; }"),
    ("class A { template <class T> static T c; };", "class A { template <class T> static T d; };"),
    ("class A { int c; int f() { return c; } };", "class A { int d; int f() { return d; } };"),
    ("class A { friend int f(int a); };", "class A { friend int g(int a); };"),
    ("class A { public: int c; };", "class A { private: int c; };"),
    ("struct A : B { };", "struct A : private B { };"),
    ("A f() = delete;", "A f() = default;"),
    ("int f(int (&g)(int x)) { return x; }", "int f(int (&g)(int y)) { return y; }"),
    ("decltype(a) f(int a) { return a; }", "decltype(b) f(int b) { return b; }"),
    ("namespace n { int c; }", "namespace n { int d; }"),
    ('extern "C" { int c; }', 'extern "C" { int d; }'),
    ('extern "C" int f() { return 1; }', "int f() { return 1; }"),
    ("inline int f() { return 1; }", "int f() { return 1; }"),
    ("constexpr int f() { return 1; }", "consteval int f() { return 1; }"),
    ("auto f() -> int { return 1; }", "auto f() -> long { return 1; }"),
    ("explicit A(int a) : x(a) { }", "A(int a) : x(a) { }"),
    ('int operator""_x(unsigned long long a) { return a; }', 'int operator""_y(unsigned long long a) { return a; }'),
]

UNREADABLE = {
    "a lone carriage return": "return a; // b\rreturn b;",
    "a trigraph that joins lines": "return a; // b??/\nreturn b;",
    "joined lines that may join tokens": "return -\\\n-a;",
    "a raw string in a macro": '\n#define M R"(a // b)"\n',
    "its own line": "return std::source_location::current().line();",
    "an escaped name": "int \\u00e9 = 1; return 2;",
}


@pytest.mark.parametrize(("first", "second"), SAME.values(), ids=SAME)
def test_layout_is_forgotten(first: str, second: str) -> None:
    expected = key_of(body(first), "cpp")

    found = key_of(body(second), "cpp")

    assert expected is not None
    assert found == expected


@pytest.mark.parametrize(("first", "second"), DIFFERENT.values(), ids=DIFFERENT)
def test_meaning_is_kept(first: str, second: str) -> None:
    one = key_of(body(first), "cpp")

    other = key_of(body(second), "cpp")

    assert one is None or one != other


def test_most_of_what_differs_has_keys() -> None:
    texts = [text for pair in DIFFERENT.values() for text in pair]

    broken = [text for text in texts if key_of(body(text), "cpp") is None]

    assert len(broken) < len(texts) / 20


@pytest.mark.parametrize(("first", "second"), OUTSIDE)
def test_no_name_outside_a_body_is_lost(first: str, second: str) -> None:
    one = structure_key(first.encode(), "cpp")

    other = structure_key(second.encode(), "cpp")

    assert one is not None
    assert one != other


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_what_compilers_may_read_otherwise_has_no_key(text: str) -> None:
    source = body(text)

    found = key_of(source, "cpp")

    assert found is None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            "int A::f(const T& a, U* b, V&& c, int d[2]) { return a + b + c + d; }",
            "int A::f(const T& w, U* x, V&& y, int z[2]) { return w + x + y + z; }",
        ),
        ("Tree::Tree(int a) : x(a) { }", "Tree::Tree(int b) : x(b) { }"),
        ("Tree::~Tree() { int a = 1; g(a); }", "Tree::~Tree() { int b = 1; g(b); }"),
        (
            "bool operator<(const A& a, const A& b) { return a.x < b.x; }",
            "bool operator<(const A& c, const A& d) { return c.x < d.x; }",
        ),
        (
            "template <class... T> int f(T&&... a) { return g(std::forward<T>(a)...); }",
            "template <class... T> int f(T&&... b) { return g(std::forward<T>(b)...); }",
        ),
        ("T& A::f(int a) { return g(a); }", "T& A::f(int b) { return g(b); }"),
        ("auto f(int a) -> decltype(a) { return g(a); }", "auto f(int b) -> decltype(b) { return g(b); }"),
        ("class A { int f(int a) { return a; } };", "class A { int f(int b) { return b; } };"),
    ],
)
def test_parameters_are_renamed_together(first: str, second: str) -> None:
    expected = key_of(first, "cpp")

    found = key_of(second, "cpp")

    assert expected is not None
    assert found == expected


def test_a_method_alone_has_a_key() -> None:
    methods = [
        "friend bool operator<(A a, A b) { return a.x < b.x; }\n",
        "public: void f() { }\n",
        "virtual ~A() { }\n",
    ]

    keys = {structure_key(method.encode(), "cpp") for method in methods}

    assert len(keys - {None}) == len(methods)


def test_a_macro_of_the_file_holds_names() -> None:
    head = "#define here buf[i]\n"
    texts = [
        "int f(char* buf)\n{\n  int i = 1, j = 2;\n  return here + i - j;\n}\n",
        "int f(char* buf)\n{\n  int j = 1, i = 2;\n  return here + j - i;\n}\n",
    ]

    keys = [parse((head + text).encode(), "cpp").structure(2, 6) for text in texts]

    assert keys[0] is not None
    assert keys[1] is not None
    assert keys[0].key != keys[1].key


@given(st.sampled_from(SNIPPETS["cpp"]), st.randoms(use_true_random=False))
@settings(max_examples=400, deadline=None)
def test_an_edited_token_changes_the_key(snippet: str, chance: random.Random) -> None:
    text = edited(snippet, chance)

    found = key_of(text, "cpp")

    assert found is None or found != key_of(snippet, "cpp") or plain(text) == plain(snippet)


@given(st.sampled_from(SNIPPETS["cpp"]), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_any_layout_keeps_the_key(snippet: str, chance: random.Random) -> None:
    rewritten = laid_out(snippet, chance)

    found = key_of(rewritten, "cpp")

    assert found is not None
    assert found == key_of(snippet, "cpp")
