#include <cstddef>
#include <cstring>
#include <initializer_list>
struct E { int n; };
struct V { int n = 0; int *p = nullptr; int *begin() const { return p; } int *end() const { return p + n; } int size() const; V &operator&(int); V &operator*(int); int at(int) const; };
struct P { int a, b; };
struct B { int c, d; virtual int m(int) const; };
template <class A, int N = 1> struct W { A a[N]; A get(int i) const { return a[i]; } };
extern int g, h, k, x, y, n, i, j, vec[8];
extern V v, w;
int use(int), call(int, ...);
P two(int);
template <class A> A id(A a) { return a; }
constexpr int operator""_kb(unsigned long long a) { return a * 1024; }
int operator""_len(const char *, size_t);
namespace ns { extern int x, y; int use(int); using T = int; }
enum class Red { one, two };
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define HERE (vec[i])
#define STR(x) #x
#define LIMIT 1 + 2
//
auto f(const V &a, int n) { auto c = a.size(); for (auto &x : a) { c += x; n--; } return c - n; }
//
template <class A> A f(A a, A b) { auto l = [a, &b, c = a](A d) { return a + b + c + d; }; A r = l(1); return r; }
template int f<int>(int, int);
//
struct S : B { int x, z; S(int x, int y) : x(x), z{y} { this->x = y; int w = x; if (w > 2) throw E{w}; } int f(int a) { return a + c - x; } };
int f(int a) { S s(a, 2); return s.f(a); }
//
int f(int a) { try { auto [a, b] = two(k); if (int c = a; c > b) return c; else return c - 1; } catch (const E &e) { return e.n; } catch (...) { throw; } return a; }
//
bool f(int a) { using ns::x; const int c = 1'000; int d{a}; return static_cast<bool>(x + c < d && a >> 2); }
//
auto f(int a) -> decltype(a) { struct L { int a; int get() { return a; } }; int b = a; L l{b}; return (l.get()); }
//
int f(int a) { struct L : B { int get() { return c; } }; int c = a; L l; return l.get() + c; }
//
int f(V &a) { v * x; v & y = a; int z = 1; z = y + x; return z; }
//
int f(int a) { for (auto x : {x, a}) g += x; for (int x = x; x < 3; x++) h += x; return x; }
//
int f(int a) { int x = 1; auto l = [x = x + y](int y) mutable { x++; return x - y; }; return l(a) + ns::x + ::x - ns::use(x); }
//
decltype(auto) f(int a) { static int c = a; decltype((c)) d = c; return (d); }
//
int f(int a) { W<W<int, 2>, 3> w{}; auto c = w.get(1).get(0), d = (a > 1) ? c : 2; return id<int>(d) + id(c) - (a < c > d); }
//
int f(int a) { auto s = R"(a  b)"; auto t = "a" "b"; return 2_kb + "abc"_len + 0X1F + s[1] - t[0] + 'c' + u8"x"[0]; }
//
int f(int a, int b = 2) { int *p = new int(a), *q = new int[b]{1, 2,}; delete p; delete[] q; return MAX(a, b) - (LIMIT * a); }
//
int f(int i, int j) { i = 1; j = 5; return HERE + i - j; }
//
template <class... A> int f(A... a) { return (0 + ... + a) + sizeof...(a) + call(1, a...); }
template int f<int, int>(int, int);
//
int f(Red r) { enum class Blue { x, y }; auto c = Blue::x; switch (r) { case Red::one: return c == Blue::y; default: return int(r); } }
//
int f(int a) { if constexpr (sizeof(a) > 2) { int c = a; return c; } else { long c = a; return c + 1; } }
//
int f(const B &b) { int c = b.c; auto p = &B::c; auto q = &B::m; return (b.*p) + (b.*q)(c) - b.d; }
//
int f(int a) { int c = a, d = 2; auto l = [=, &d] { d += c; return c; }; auto e = l(); return e + d and not c or a bitand 1; }
//
const char *f(int a) { int c = a; g = c; return STR(c + d); }
//
int f(int a) { int &c = g, *d = &c; const int &e = a; int &&r = a + 1; c = e; return *d + r + [](auto x) { return x; }(e); }
//
int f(int a) { int c(a), d = int(c), e = (int)c; T: if (c) goto T; return c + d + e; }
