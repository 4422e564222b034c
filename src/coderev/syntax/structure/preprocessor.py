"""What a C preprocessor may do to the names and tokens of a unit, and its directives.

What a unit does not show may be a macro. A name in capitals is taken for one; those of the file are known.
"""

import re
from dataclasses import replace
from functools import lru_cache

import tree_sitter

from coderev.syntax.structure.dialect import WORD, Dialect, Nodes

SIGNIFICANT = re.compile(
    rb"(?i:falls?[\s-]*thr(?:ough|u)|nolint|nosonar|nosem|nosec\b|lgtm|codeql|clang-|clang_|iwyu|lint\b|lint-|linted|"
    rb"[lg]cov(?:r?_|\b)|cppcheck|coverity|pvs-studio|polyspace|parasoft|klocwork|flawfinder|rats:|its4:|noinspection|"
    rb"resharper|@suppress|oclint|misra|astyle|uncrustify|indent-o|not_?reached|argsused|varargs|printflike|scanflike|"
    rb"constcond|no_?cover|expected-(?:error|warning|note|no-diag)|pragma\b)"
    rb"|^/[/*]-V|^/[/*][!*]?@|@\*/$|^//\*|^/[/*]\s*(?:RUN|CHECK|XFAIL|REQUIRES)\b"
)  # the last row: annotations of PVS-Studio, of splint and of Frama-C, what C90 reads as a division, tests of compilers

_TOKEN = re.compile(
    rb"(?P<comment>/\*.*?(?:\*/|\Z)|//(?:\\.|[^\\\n])*)"
    rb"|(?P<blank>(?:\s|\\\r?\n)+)"
    rb'|(?:u8|[uUL])?R"(?P<mark>[^()\\\s"]{0,16})\(.*?\)(?P=mark)"'
    rb"|(?:u8|[uUL])?(?:\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')"
    rb"|\.?\d(?:[eEpP][+-]|'?[\w.])*|\w+"
    rb"|<<=|>>=|<=>|->\*|\.\.\.|[-+*/%&|^=!<>]=|&&|\|\||<<|>>|\+\+|--|->|::|\.\*|\#\#|.",
    re.DOTALL,
)
JOINS = re.compile(rb"(?:\s|\\\r?\n)+")  # `misread` sees to it that a blank stands beside each
COMMENT = re.compile(rb"/\*.*?\*/|//[^\n]*", re.DOTALL)
_SPLICE = re.compile(rb"\\\r?\n")


def arguments(text: bytes) -> bytes:
    """The arguments of a macro as they are written, for it may make a string of them; see `_collapsed`."""
    return b"(" + _collapsed(text[1:-1]) + b")"


def _collapsed(text: bytes) -> bytes:
    """Some text with one blank in the place of blanks and comments, but for comments that mean something."""
    told = [b" "]
    for token in _TOKEN.finditer(text):
        if token.lastgroup == "blank" or (token.lastgroup == "comment" and SIGNIFICANT.search(token[0]) is None):
            told += [b" "] if told[-1] != b" " else []
        else:
            told.append(token[0])
    return b"".join(told).strip()


def directive(text: bytes) -> bytes:
    """The word of a directive: `#  define` is `#define`."""
    return b"".join(text.split())


def directive_body(text: bytes) -> bytes:
    """What a directive says, with its lines joined; a comment in it is no node, so it is shown, and told."""
    return b" ".join(_SPLICE.sub(b"", text).split())


DIRECTIVES = dict.fromkeys(
    [
        "#define",
        "#if",
        "#ifdef",
        "#ifndef",
        "#elif",
        "#elifdef",
        "#elifndef",
        "#else",
        "#endif",
        "#include",
        "preproc_directive",
    ],
    directive,
) | {"preproc_arg": directive_body}


_MACRO = re.compile(rb"(?<!\w)[A-Z_][A-Z0-9_]*\Z")
_ASSERTION = re.compile(rb"assert\w*\Z", re.IGNORECASE)
_LAST = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789")  # what a name in capitals ends with
_LONGEST = 80  # bytes of a macro's name


def of_macro(node: tree_sitter.Node, _children: Nodes, source: bytes) -> bool:
    """Whether arguments are those of a name in capitals or of an assertion: such are taken as they are written."""
    start = node.start_byte
    before = source[max(0, start - _LONGEST) : start].rstrip()
    if before.endswith(b"*/") or b"//" in before:
        called = node.parent and node.parent.child_by_field_name("function")
        before = source[called.start_byte : called.end_byte] if called else before
    if before[-1:] and before[-1] in _LAST and _MACRO.search(before):
        return True
    return b"assert" in before.lower() and _ASSERTION.search(before) is not None


CAPITALS = re.compile(rb"_*[A-Z][A-Z0-9_]*\Z")
MACRO = re.compile(rb"(?!(?:NULL|EOF|TRUE|FALSE|BUFSIZ|E[0-9A-Z]{3,})\Z)_*[A-Z][A-Z0-9]*\Z")  # what may be no constant
KEYWORDS = frozenset(
    b"_Atomic _Bool _BitInt _Complex _Imaginary _Noreturn _Static_assert _Thread_local __auto_type __const"
    b" __complex__ __extension__ __inline __int128 __label__ __restrict __signed__ __thread __typeof __typeof__"
    b" __volatile alignas asm auto bool break case catch char class concept const constexpr continue decltype default"
    b" delete do double else enum explicit export extern false float for friend goto if inline int long mutable"
    b" namespace new noexcept nullptr operator private protected public register requires restrict return short signed"
    b" sizeof static struct switch template this throw true try typedef typeid typename typeof union unsigned using"
    b" virtual void volatile while".split()
)
_DEFINE = re.compile(rb"^[ \t]*#[ \t]*define[ \t]+(\w+)(\([^()]*\))?((?:\\\r?\n|\\.|[^\\\n])*)", re.MULTILINE)
_HARMLESS = re.compile(rb"(?:[\s()+\-*/%|&^~<>!=?:]|\.?\d[\w.']*+|_*[A-Z][A-Z0-9_]*+\b|\"[^\"\n]*\"|'[^'\n]*')*")


def defined(dialect: Dialect, source: bytes) -> Dialect:
    """A dialect in a file with macros: no local is spelled as a word in one, and nothing is renamed near one.

    A macro that is a constant (numbers, strings, operators, names in capitals) renames nothing and hides nothing.
    """
    held, seeing, _ = macros(source)
    return replace(dialect, reserved=dialect.reserved | held, dynamic=dialect.dynamic | seeing) if held else dialect


@lru_cache(maxsize=4)
def macros(source: bytes) -> tuple[frozenset[bytes], frozenset[bytes], frozenset[bytes]]:
    """All words in the macros of a file, the names of the macros that are more than a constant, and of all macros."""
    held: set[bytes] = set()
    seeing: set[bytes] = set()
    names: set[bytes] = set()
    for name, parameters, body in _DEFINE.findall(source) if b"define" in source else ():
        names.add(name)
        held.update({*WORD.findall(body), name}.difference(WORD.findall(parameters)))
        if parameters or _HARMLESS.fullmatch(body) is None:
            seeing.add(name)
    return frozenset(held), frozenset(seeing), frozenset(names)
