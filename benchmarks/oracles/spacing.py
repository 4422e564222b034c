"""Edits of blanks, line ends and brackets, and expressions made by chance, for languages in which these may be tokens.

Each edit is made at any place, so most of them change the program, or leave none.
"""

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from benchmarks.oracles.braces import EDITS, lay_out
from coderev.syntax import structure_key

TOKEN = re.compile(
    r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\\n])*\'|`[^`]*`|(?:@@?|\$)?[^\W\d]\w*[?!]?|\d[\w.]*|\s+'
    r"|<<=|>>=|\*\*=?|&&=?|\|\|=?|===|<=>|\.\.\.|\.\.=?|->|=>|::|<-|:=|&\^|&\.|\+\+|--|<<|>>|[-+*/%&|^=!<>]=|=~|."
)
GAPS = {
    "go": ("", " ", "\n", "\n", ";", "; ", " /* a */ ", " /* a\n */ ", " // a\n", "\r\n", ",", ";;"),
    "rust": ("", " ", "\n", " /* a */ ", " // a\n", "/**/", ",", ";", " //! a\n", " /// a\n", "{", "}"),
    "ruby": ("", " ", " ", "\n", "\n", ";", " # a\n", " \\\n", " then ", " do ", "\n\n", ","),
}
# in these, `@` stands for a blank
OPERANDS = {
    "go": """
        a b y f() 1 -1 *p *&y m[y] t.f T{1,2}.f -a ^b <-ch f(y) []int{1}[0] func()int{return+1}() (y) any(y).(int)
        t.g(a) T.g(t,1) (*p) (<-ch) int(y) (int)(y) 0x1F 017 'a' 1_0
    """,
    "rust": """
        a b 1 -1 *p t.f t.g(a) f(b) m[0] -a !b (a) (t.h)(b) t.h(b) T{f:1,h:f}.f [a,b][0] (a,b).0 |q:i32|q+1 (|q|q-a)(b)
        return return@a break a.. ..b a..b unsafe{a} {a} if@a>b{a}else{b} match@a{1=>a,_=>b} 0x1F 1_0 b'a'@as@i32
        w.unwrap() w? matches!(a,1) vec![a][0] (a>b)@as@i32 -t.f !f(a) &a *&b w.map(|q|q+1).unwrap() 'a'@as@i32
        1i32.max(b)
    """,
    "ruby": """
        a b x y f g -1 1 -a [1] [x] :s (x) f(x) f[x] !a not@a *x &x -> ->{x} x? defined?@x (?a) 2.5 a.b a.b@x f@x ::A A
        {a:1} /r/ %w[a] -2.abs a&.b x.y=a f{x} f@do@x@end
    """,
}
OPERATORS = {
    "go": "+ - * / % & | ^ << >> &^ + - * / % & | ^ << >> &^ == , += = ;n=",
    "rust": "+ - * / % & | ^ << >> + - * / % & | ^ << >> == < > && || .. = += @as@i32+ ;a ;",
    "ruby": """
        + - * / % ** & | ^ << >> == != < <= > >= <=> === =~ !~ && || @and@ @or@ .. ... = += ||= , ? : . @if@ @unless@
        @while@ @rescue@ => [ :: &. @in@
    """,
}
FRAMES = {
    "go": (
        "func h(a, b int) (n int) {\n\tn = EXPRESSION\n\treturn\n}\n",
        "func h(a, b int) (n int) {\n\tif n == EXPRESSION {\n\t}\n\treturn EXPRESSION\n}\n",
        """
func h(a, b int) (n int) {
	for x := range m {
		n += x + EXPRESSION
		break
	}
	f()
	return f()
}
""",
        """
func h(a, b int) (n int) {
	switch x := y; f() {
	case EXPRESSION:
		n = x
	}
	switch f() {
	default:
	}
	return
}
""",
    ),
    "rust": (
        "fn h(a: i32, mut b: i32, t: &T) -> i32 {\n    let (p, m) = (&a, &[a]);\n    let x = EXPRESSION;\n    x\n}\n",
        """
fn h(a: i32, b: i32, t: &T) -> i32 {
    let (p, m) = (&a, &[b]);
    if a == EXPRESSION {
        return 1
    }
    EXPRESSION
}
""",
        """
fn h(mut a: i32, b: i32, t: &T, w: Option<i32>) -> Option<i32> {
    for x in 0..b {
        let p = &b;
        a += x * EXPRESSION;
        EXPRESSION;
    }
    Some(match a {
        1 => EXPRESSION,
        y => y,
    })
}
""",
    ),
    "ruby": (
        "def h(a, b)\n  x = y = 1\n  z = EXPRESSION\n  w\nend\n",
        "def h(a, b)\n  x = y = 1\n  EXPRESSION\n  w\nend\n",
        "def h(a)\n  f EXPRESSION\nend\n",
    ),
}


def _boundaries(tokens: list[str]) -> list[int]:
    return [at for at in range(1, len(tokens)) if not tokens[at].isspace()]


def respace(tokens: list[str], language: str, chance: random.Random) -> list[str]:
    """Put something else, or nothing, between two tokens."""
    at = chance.choice(_boundaries(tokens))
    kept = at - 1 if tokens[at - 1].isspace() else at
    return [*tokens[:kept], chance.choice(GAPS[language]), *tokens[at:]]


def bracket(tokens: list[str], _language: str, chance: random.Random) -> list[str]:
    """Put round brackets around a few tokens, with a blank before them or without."""
    first = chance.choice(_boundaries(tokens))
    last = min(len(tokens), first + chance.choice([1, 1, 1, 3, 3, 5, 5, 7, 9]))
    blank = chance.choice(["", "", " "])
    return [*tokens[:first], f"{blank}(", *tokens[first:last], ")", *tokens[last:]]


def unbracket(tokens: list[str], _language: str, chance: random.Random) -> list[str]:
    """Take round brackets away, with a blank in the place of each or without."""
    pairs: list[tuple[int, int]] = []
    open_at: list[int] = []
    for at, token in enumerate(tokens):
        if token == "(":
            open_at.append(at)
        elif token == ")" and open_at:
            pairs.append((open_at.pop(), at))
    if not pairs:
        return tokens
    first, last = chance.choice(pairs)
    blank = chance.choice(["", " "])
    return [*tokens[:first], blank, *tokens[first + 1 : last], blank, *tokens[last + 1 :]]


def other_edit(tokens: list[str], _language: str, chance: random.Random) -> list[str]:
    """One of the edits that languages with braces are tried with."""
    edit = chance.choice([edit for edit in EDITS if edit is not lay_out])
    try:
        return edit(tokens, chance, tokens)
    except IndexError:  # nothing there for it to edit
        return tokens


Edit = Callable[[list[str], str, random.Random], list[str]]
SPACINGS: tuple[Edit, ...] = (respace, respace, respace, bracket, unbracket, unbracket, other_edit, other_edit)


def mutants(text: str, language: str, chance: random.Random, count: int) -> Iterator[str]:
    """The text, and some edits of it, one to four at once."""
    yield text
    tokens = TOKEN.findall(text)
    for _ in range(count):
        edited = tokens
        for _ in range(chance.choice([1, 1, 1, 2, 2, 4])):
            edited = TOKEN.findall("".join(chance.choice(SPACINGS)(edited, language, chance)))
        yield "".join(edited)


def expressions(language: str, chance: random.Random, count: int) -> Iterator[str]:
    """Small functions around expressions that chance made; few of them are sound."""
    operands, operators = OPERANDS[language].split(), OPERATORS[language].split()
    for _ in range(count):
        made = chance.choice(operands)
        for _ in range(chance.choice([1, 1, 2, 2, 3])):
            blank = chance.choice(["", "", " "])
            made += blank + chance.choice(operators) + chance.choice([blank, "", " "]) + chance.choice(operands)
        yield chance.choice(FRAMES[language]).replace("EXPRESSION", made.replace("@", " "))


def groups(texts: Iterable[str], language: str) -> list[list[str]]:
    """The different texts that share a key, two or more of each."""
    found: defaultdict[bytes, dict[str, None]] = defaultdict(dict)
    for text in texts:
        key = structure_key(text.encode(), language)
        if key is not None:
            found[key][text] = None
    return [list(group) for group in found.values() if len(group) > 1]
