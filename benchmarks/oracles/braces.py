"""Edits of one function in a language with braces, honest and hostile: what an oracle tries the structure keys with.

The tokens are found by a crude lexer of our own, so that a wrong grammar cannot hide its own mistakes. Most edits
change the program and so the key; an oracle compares what the compiler makes of those that keep it.
"""

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import product

import tree_sitter

from coderev.syntax import structure_key
from coderev.syntax.grammars import grammar

TOKEN = re.compile(
    r'"""[\s\S]*?"""|@\$?"(?:[^"]|"")*"|\$?"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    r"|//[^\n]*|/\*[\s\S]*?\*/|@?[^\W\d]\w*|0[xXbB][\w]+|\d[\w.]*(?:(?<=[eE])[+-]\d+\w*)?"
    r"|>>>=|<<=|>>=|->|=>|::|\.\.\.|&&|\|\||\?\?|[-+*/%&|^=!<>]=|\+\+|--|\s+|."
)
NAME = re.compile(r"[^\W\d]\w*")
EXPRESSIONS = re.compile(
    r"(?:binary|unary|update|ternary|conditional|assignment|cast|instanceof|lambda|is_pattern|as|is|prefix_unary"
    r"|postfix_unary|range|switch|await|element_access|member_access|invocation|field_access|array_access)_expression"
    r"|method_invocation|identifier|.*_literal"
)
LAYOUT = (" ", "\n", "\t ", " /* a note */ ", " // a note\n", "\n\n", "/**/", "  /* a ; } b */  ")
Edit = Callable[[list[str], random.Random, list[str]], list[str]]


def tokens_of(text: str) -> list[str]:
    """The tokens of a text, blanks and comments among them: joined, they are the text."""
    return TOKEN.findall(text)


def _places(tokens: list[str]) -> list[int]:
    return [at for at, token in enumerate(tokens) if not token.isspace() and not token.startswith(("//", "/*"))]


def _names(tokens: list[str]) -> list[int]:
    return [at for at, token in enumerate(tokens) if NAME.fullmatch(token)]


def lay_out(tokens: list[str], chance: random.Random, _others: list[str]) -> list[str]:
    """Put comments and blanks between some tokens."""
    laid: list[str] = []
    for token in tokens:
        laid.append(token)
        if chance.random() < 0.2 and not token.startswith(("//", "[")):  # mcs cannot read `int[ ]`
            laid.append(chance.choice(LAYOUT))
    return laid


def rename_all(tokens: list[str], chance: random.Random, others: list[str]) -> list[str]:
    """Give one spelling another, everywhere, sometimes one that stands elsewhere."""
    old = tokens[chance.choice(_names(tokens))]
    new = chance.choice(["zz9", chance.choice(others), tokens[chance.choice(_names(tokens))]])
    return [new if token == old else token for token in tokens]


def rename_one(tokens: list[str], chance: random.Random, others: list[str]) -> list[str]:
    """Give one occurrence of a name another spelling."""
    at = chance.choice(_names(tokens))
    return [*tokens[:at], chance.choice(["zz9", chance.choice(others)]), *tokens[at + 1 :]]


def swap_names(tokens: list[str], chance: random.Random, _others: list[str]) -> list[str]:
    """Give two spellings each other's places, everywhere."""
    one, two = (tokens[chance.choice(_names(tokens))] for _ in range(2))
    return [{one: two, two: one}.get(token, token) for token in tokens]


def delete(tokens: list[str], chance: random.Random, _others: list[str]) -> list[str]:
    """Leave one token out."""
    at = chance.choice(_places(tokens))
    return [*tokens[:at], *tokens[at + 1 :]]


def double(tokens: list[str], chance: random.Random, _others: list[str]) -> list[str]:
    """Say one token twice."""
    at = chance.choice(_places(tokens))
    return [*tokens[:at], tokens[at], " ", *tokens[at:]]


def swap(tokens: list[str], chance: random.Random, _others: list[str]) -> list[str]:
    """Swap two tokens."""
    one, two = chance.choice(_places(tokens)), chance.choice(_places(tokens))
    swapped = tokens.copy()
    swapped[one], swapped[two] = tokens[two], tokens[one]
    return swapped


def replace(tokens: list[str], chance: random.Random, _others: list[str]) -> list[str]:
    """Put another token of the same text in the place of one."""
    at = chance.choice(_places(tokens))
    return [*tokens[:at], tokens[chance.choice(_places(tokens))], *tokens[at + 1 :]]


def unbracket(tokens: list[str], chance: random.Random, _others: list[str]) -> list[str]:
    """Take one pair of round brackets away."""
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
    return [*tokens[:first], " ", *tokens[first + 1 : last], " ", *tokens[last + 1 :]]


def enclose(tokens: list[str], chance: random.Random, _others: list[str]) -> list[str]:
    """Put round brackets around some tokens next to each other, whatever they are: grammars group oddly."""
    places = _places(tokens)
    first = chance.randrange(len(places))
    depth, ends = 0, []
    for at in places[first : first + 12]:
        depth += (tokens[at] in {"(", "[", "{"}) - (tokens[at] in {")", "]", "}"})
        if depth < 0 or tokens[at] == ";":
            break
        if depth == 0:
            ends.append(at)
    if not ends:
        return tokens
    start, end = places[first], chance.choice(ends)
    return [*tokens[:start], "(", *tokens[start : end + 1], ")", *tokens[end + 1 :]]


def comma(tokens: list[str], chance: random.Random, _others: list[str]) -> list[str]:
    """Put a comma before a closing bracket, or take one away."""
    closing = [at for at in range(1, len(tokens)) if tokens[at] in {")", "]", "}", ";"}]
    if not closing:
        return tokens
    at = chance.choice(closing)
    return [*tokens[: at - 1], *tokens[at:]] if tokens[at - 1] == "," else [*tokens[:at], ",", *tokens[at:]]


def respell(tokens: list[str], chance: random.Random, _others: list[str]) -> list[str]:
    """Change the case of a number, or put an underscore, a zero or a suffix to it."""
    numbers = [at for at in _places(tokens) if tokens[at][0].isdigit()]
    if not numbers:
        return tokens
    at = chance.choice(numbers)
    old = tokens[at]
    new = chance.choice([old.upper(), old.lower(), f"0{old}", f"{old[0]}_{old[1:]}", f"{old}L", f"{old}f", f"{old}d"])
    return [*tokens[:at], new, *tokens[at + 1 :]]


def escape(tokens: list[str], chance: random.Random, _others: list[str]) -> list[str]:
    """Write one character of a token as a Unicode escape, or end a line with a carriage return alone."""
    at = chance.randrange(len(tokens))
    token = tokens[at]
    place = chance.randrange(len(token))
    new = "\r" if token[place] == "\n" else f"\\u{ord(token[place]):04x}"
    return [*tokens[:at], token[:place] + new + token[place + 1 :], *tokens[at + 1 :]]


EDITS: tuple[Edit, ...] = (
    lay_out, rename_all, rename_all, rename_one, swap_names, delete, double, swap, replace, unbracket, unbracket,
    enclose, enclose, enclose, comma, respell, escape,
)  # fmt: skip


def bracketed(text: str, language: str, chance: random.Random, wrapper: tuple[str, str]) -> Iterator[str]:
    """The text with brackets around one expression, several times, and around all of them."""
    before, after = wrapper
    source = (before + text + after).encode()
    tree = tree_sitter.Parser(grammar(language)).parse(source)
    nodes = [node for node in _all(tree.root_node) if node.is_named and EXPRESSIONS.fullmatch(node.type)]
    for node in chance.sample(nodes, min(len(nodes), 4)):
        yield _with_brackets(source, [node])[len(before.encode()) :].decode().removesuffix(after)
    within = [node for node in nodes if node.parent is not None and EXPRESSIONS.fullmatch(node.parent.type)]
    groups = [node for node in within if node.type.startswith(("binary", "ternary", "cond", "cast", "unary", "prefix"))]
    yield _with_brackets(source, groups)[len(before.encode()) :].decode().removesuffix(after)


def _with_brackets(source: bytes, nodes: list[tree_sitter.Node]) -> bytes:
    marks = [(node.start_byte, 1, -node.end_byte, b"(") for node in nodes]
    marks += [(node.end_byte, 0, -node.start_byte, b")") for node in nodes]
    for place, _, _, mark in sorted(marks, reverse=True):
        source = source[:place] + mark + source[place:]
    return source


def _all(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    yield node
    for child in node.children:
        yield from _all(child)


_OF_TYPES: dict[str, tuple[tuple[str, str], ...]] = {  # what each operator takes twice, and gives
    **dict.fromkeys(("||", "&&"), (("bool", "bool"),)),
    **dict.fromkeys(("|", "^", "&"), (("bool", "bool"), ("int", "int"))),
    **dict.fromkeys(("==", "!="), (("bool", "bool"), ("int", "bool"))),
    **dict.fromkeys(("<", ">", "<=", ">="), (("int", "bool"),)),
    **dict.fromkeys(("<<", ">>", "+", "-", "*", "/", "%"), (("int", "int"),)),
}


def _gives(operator: str, left: str, right: str) -> str:
    """The type of an operation; nothing where it has none."""
    return next((gives for takes, gives in _OF_TYPES[operator] if takes == left == right), "")


def operations() -> Iterator[list[str]]:
    """Each two binary operators that stand beside each other, as they are, and bracketed in both ways."""
    for first, second, *types in product(_OF_TYPES, _OF_TYPES, *3 * (("int", "bool"),)):
        one, two, three = types
        if _gives(second, _gives(first, one, two), three) or _gives(first, one, _gives(second, two, three)):
            x, y, z = (name[kind == "bool"] for name, kind in zip(("ap", "bq", "cr"), types, strict=True))
            yield [
                f"{x} {first} {y} {second} {z}",
                f"({x} {first} {y}) {second} {z}",
                f"{x} {first} ({y} {second} {z})",
            ]


def grouped(texts: Iterable[str], language: str) -> list[list[str]]:
    """The different texts that share a key, where two or more do."""
    found: defaultdict[bytes, dict[str, None]] = defaultdict(dict)
    for text in texts:
        key = structure_key(text.encode(), language)
        if key is not None:
            found[key][text] = None
    return [list(alike) for alike in found.values() if len(alike) > 1]


def mutants(text: str, language: str, chance: random.Random, others: list[str], count: int) -> Iterator[str]:
    """Some edits of a function; `others` are names from around it."""
    yield from bracketed(text, language, chance, ("class _ {\n", "}\n"))
    tokens = tokens_of(text)
    for _ in range(count):
        edited = chance.choice(EDITS)(tokens, chance, others)
        if chance.random() < 0.3:
            edited = chance.choice(EDITS)(edited, chance, others)
        yield "".join(edited)
