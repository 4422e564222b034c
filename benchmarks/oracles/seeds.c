#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
typedef int T;
typedef struct tree { int x, y, c; struct tree *next; unsigned bit : 3; } Tree;
typedef int (*call_t)(int);
extern int g, h, k, x, y, n, i, j, vec[8];
extern char *name;
extern Tree *root_of(Tree *, int);
int use(int), call(int, ...);
enum { RED, GREEN = 5 };
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define HERE (vec[i])
#define STR(x) #x
#define SQUARE(x) x * x
#define LIMIT 1 + 2
#define FOREACH(v, n) for (v = 0; v < n; v++)
#define max(a, b) ((a) > (b) ? (a) : (b))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define container_of(p, t, m) ((t *)((char *)(p) - offsetof(t, m)))
//
int f(int a, char *s) { int c = a, d; for (d = 0; d < c; d++) { s[d] = 'x'; } return c - d; }
//
long f(Tree *q, long n) { long k = q->x; if (k && n > 1L) goto out; k += 010; out: return (k); }
//
int f(Tree *t) { Tree u = *t; Tree *v = t; u.x = v->y; switch (u.x) { case 1: v++; break; case RED: u.c = 2; default:; } return v->c + u.x; }
//
int f(int n) { int v[3] = {1, 2, n,}, i = 0; do { v[i] <<= 1; } while (++i < 3); return v[0] - v[1] * n; }
//
int f(int a, int b) { int r = MAX(a, b); { int a = r * b + 1; b = a; } return sizeof(int) + (a ? b : r); }
//
unsigned f(unsigned x) { static unsigned seen; unsigned y = ~x & 0xFFu; seen |= y; return (unsigned char)y ^ (seen >> 2); }
//
int f(int i, int j) { i = 1; j = 5; return HERE + i - j; }
//
int f(int a, int b) { int max = max(a, b), i = 2; return max - i * min(a, i); }
//
int f(int a) { x * y; T * z; z = &a; return *z + y; }
//
int f(int n) { int m[n + 1], i; for (i = 0; i <= n; ++i) m[i] = i - (n - i); { int n[n]; n[0] = 1; return n[0] + m[0]; } }
//
int f(Tree *t) { int x = t->x; Tree y = {.x = x, .y = 2}; t->next = root_of(&y, x); return offsetof(Tree, y) + y.x - x; }
//
char *f(const char *s) { char *p = (char *)s; while ((*p = *s++)) p++; *(p + 1) = "a\x01" "b"[1]; return p ? p : name; }
//
int f(int a, int b) { return a + b * 2 << 1 & a - -b || !a == b && (a, b) != ~(a ^ b | 1); }
//
double f(double d, float e) { double r = 1e5 + 0x1P3, q = .5f; r = d - (e - q) * (r / -2.0) + 1'000; return (r); }
//
int f(int a) { extern int k; int c = k, g = a; { int h = c; g = h; k = g; } return c + h - g; }
//
int f(int a, int b) { int c = SQUARE(a + b), d = LIMIT * a; return c - (LIMIT * d) + use((a)) - use(a) * (LIMIT); }
//
int f(int a) { enum { BLUE = 3, x }; struct { int a, b; } p = {a, x}; int (*q)(int) = use; return q(p.a) + (use)(p.b) + BLUE; }
//
int f(int a) {
  int c = 1;
#if LIMIT > 2
  c = a;
#else
  c = a + 1;
#endif
#define here (c + 1)
  return here - c;
}
//
int f(int a, int b) { int c = ({ int d = a; d + b; }), d = c; return call(a, STR(c + d), c, d); }
//
int f(Tree *t) { Tree *c = container_of(&t->y, Tree, y); int y = c->y; c = c->next; return y - c->y; }
//
int f(a, b) int a; char *b; { int c = a; a = *b; return a - c; }
//
int f(int a) { long c = (long)a, d = (char)(a + 1); int e = -a, *p = &e; unsigned u = sizeof *p + sizeof(e); return (int)c - (d) - (*p)-- + -(-e) - u; }
//
int f(int a) { if (a > 1) if (a < 5) a = 2; else a = 3; for (; a;) { a--; if (a == 2) continue; break; } return a ? a > 1 ? 1 : 2 : 3; }
//
int f(Tree *t, int c) { t->bit = c; t->c = t->x = (c = 2); return t->c + (t->bit ? c : t->x) + _Generic(c, int: 1, long: 2, default: c); }
//
int f(int a) { int c = a, d = 2; goto d; c: return c; d: if (c++ < d) goto c; return d; }
//
int f(void) { int8_t c = INT8_MAX; size_t d = SIZE_MAX; return c == 127 && d > 1u && NULL == 0 || (EXIT_FAILURE); }
