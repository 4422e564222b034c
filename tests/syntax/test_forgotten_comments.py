"""What a key forgets, a question does not show: a comment anywhere is told by the key, or is among the forgotten."""

import re

import pytest

from coderev.syntax import parse

BLOCK = (b" /* audited */ ", b" // audited\n")
HASH = (b" # audited\n",)
SOURCES: dict[str, tuple[bytes, tuple[bytes, ...]]] = {
    "python": (b'def f(a, *, b=1):\n    x = [g(a), f"{b!r} {a=}"]\n    return {"k": (x, b)}\n', HASH),
    "javascript": (b"function f(a, b = {}) {\n  const x = `${a} t`;\n  return a?.b(x, [1, 2], /r/g);\n}\n", BLOCK),
    "typescript": (b"function f<T>(a: T, b?: number): T {\n  const x = a as unknown as T;\n  return x!;\n}\n", BLOCK),
    "tsx": (b"function F(p: { a: string }) {\n  return <b c={p.a}>text {p.a}</b>;\n}\n", BLOCK),
    "java": (b"class A { int f(int a) { int x = a + 1; assert x > 0 : x; return g(x, new int[] {1, 2}); } }\n", BLOCK),
    "csharp": (b'class A { int F(int a) { var x = $"{a} t"; Debug.Assert(a > 0, x); return G(x, a); } }\n', BLOCK),
    "go": (b"package p\n\nfunc f(a int) int {\n\tx := T{a: a, b: []int{1, 2}}\n\treturn g(x, a)\n}\n", BLOCK),
    "c": (b"int f(int a)\n{\n  int x = CHECK(a, 1);\n#define Y 1\n  assert(x > a);\n  return g(x, Y);\n}\n", BLOCK),
    "cpp": (b"int f(int a) {\n  auto x = [a](int b) { return MAX(a, b); };\n  TEST(x, 1);\n  return x(a);\n}\n", BLOCK),
    "rust": (b'fn f(a: u32) -> u32 {\n    assert!(a > 1, "{a}");\n    let x = vec![a, 2];\n    x[0]\n}\n', BLOCK),
    "ruby": (b'def f(a, b: 1)\n  x = [g(a), "#{b} t"]\n  x.map { |y| y + b }\nend\n', HASH),
}


def with_comments(source: bytes, comments: tuple[bytes, ...]) -> list[bytes]:
    places = sorted({found.start() for found in re.finditer(rb"\b|(?<=\W)(?=\W)", source)})
    return [source[:at] + comment + source[at:] for at in places for comment in comments]


@pytest.mark.parametrize("keep_comments", [False, True])
@pytest.mark.parametrize("language", SOURCES)
def test_a_comment_that_a_key_forgets_is_not_shown(language: str, *, keep_comments: bool) -> None:
    source, comments = SOURCES[language]
    lines = parse(source, language).lines
    plain = parse(source, language).structure(1, lines, keep_comments=keep_comments)
    assert plain is not None
    same = 0

    for text in with_comments(source, comments):
        parsed = parse(text, language)
        found = parsed.structure(1, parsed.lines, keep_comments=keep_comments)
        if found is not None and found.key == plain.key:
            same += 1
            assert b"audited" not in parsed.blanked(1, parsed.lines, found.forgotten), text

    assert keep_comments or same > 10
