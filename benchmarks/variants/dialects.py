"""What the builder has to know of each language: its grammar, its comments, its functions, and what may stand bare."""

import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module

import tree_sitter

# a bare method parses alone in these languages only inside a class
CLASS = {
    "javascript": ("class Outer extends Inner {\n", "}\n"),
    "typescript": ("class Outer extends Inner {\n", "}\n"),
    "java": ("class Outer {\n", "}\n"),
    "csharp": ("class Outer {\n", "}\n"),
    "cpp": ("class Outer {\n", "};\n"),
    "rust": ("impl Outer {\n", "}\n"),
}


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """A language; the node types are those of its tree-sitter grammar."""

    wheel: str
    loader: str = "language"
    functions: frozenset[str]
    line_comment: str = "//"
    block_comment: tuple[str, str] | None = ("/*", "*/")
    doc_comment: tuple[str, str] = ("/** ", " */")
    significant: re.Pattern[str]  # comments that a tool obeys: no cosmetic edit touches or makes them


def _dialect(functions: str, *, wheel: str, significant: str, **rest: object) -> Dialect:
    return Dialect(
        functions=frozenset(functions.split()),
        wheel=wheel,
        significant=re.compile(significant, re.IGNORECASE),
        **rest,  # type: ignore[arg-type]
    )


_WEB = (
    r"eslint|@ts-|prettier|istanbul|c8 |v8 |webpack|[@#]__|jshint|jscs|jslint|\bglobals?\b|@license|@preserve|@jsx|<ref"
    r"|@type\b|@readonly|@deprecated|@internal"
)
_NATIVE = r"nolint|clang-|fall|lint|pragma|iwyu|lcov|gcov|coverity|@|\\"

DIALECTS: dict[str, Dialect] = {
    "javascript": _dialect(
        "function_declaration generator_function_declaration method_definition lexical_declaration"
        " variable_declaration expression_statement",
        wheel="tree_sitter_javascript",
        significant=_WEB,
    ),
    "typescript": _dialect(
        "function_declaration generator_function_declaration method_definition lexical_declaration",
        wheel="tree_sitter_typescript",
        loader="language_typescript",
        significant=_WEB,
    ),
    "java": _dialect(
        "method_declaration constructor_declaration",
        wheel="tree_sitter_java",
        significant=r"nosonar|checkstyle|noinspection|fall|lint|\$non-nls|@formatter|@deprecated",
    ),
    "go": _dialect(
        "function_declaration method_declaration",
        wheel="tree_sitter_go",
        doc_comment=("// ", ""),
        significant=r"^//(go|line|export|extern)\b|nolint|\+build|#cgo|lint:",
    ),
    "c": _dialect("function_definition", wheel="tree_sitter_c", significant=_NATIVE),
    "cpp": _dialect("function_definition template_declaration", wheel="tree_sitter_cpp", significant=_NATIVE),
    "csharp": _dialect(
        "method_declaration constructor_declaration",
        wheel="tree_sitter_c_sharp",
        doc_comment=("/// <summary>", "</summary>"),
        significant=r"resharper|noinspection|nosonar|#",
    ),
    "rust": _dialect(
        "function_item",
        wheel="tree_sitter_rust",
        doc_comment=("/// ", ""),
        significant=r"rustfmt|clippy|safety|nolint",
    ),
    "ruby": _dialect(
        "method singleton_method",
        wheel="tree_sitter_ruby",
        line_comment="#",
        block_comment=None,
        doc_comment=("# ", ""),
        significant=r"rubocop|frozen|encoding|:\w+:|typed:|shareable|warn_indent|-\*-",
    ),
    "python": _dialect(
        "function_definition decorated_definition",
        wheel="tree_sitter_python",
        line_comment="#",
        block_comment=None,
        doc_comment=("# ", ""),
        significant=r"noqa|type:|pylint|pragma|nosec|mypy|pyright|fmt:|isort|coding|yapf|bandit|nocover",
    ),
}

COMMENTS = frozenset({"comment", "line_comment", "block_comment", "html_comment", "doc_comment"})
PARENTHESES = frozenset({"parenthesized_expression", "parenthesized_statements", "parenthesized_type"})
VERBATIM = frozenset(  # nodes in which every blank counts
    {
        "string",
        "template_string",
        "regex",
        "string_literal",
        "raw_string_literal",
        "char_literal",
        "interpreted_string_literal",
        "rune_literal",
        "character_literal",
        "concatenated_string",
        "interpolated_string_expression",
        "verbatim_string_literal",
        "heredoc_body",
        "string_array",
        "symbol_array",
        "subshell",
        "delimited_symbol",
        "bare_string",
        "jsx_text",
        "jsx_element",
        "system_lib_string",
        "raw_string_content",
        "token_tree",
        "preproc_arg",
        "preproc_def",
        "preproc_function_def",
        "preproc_call",
        "preproc_if",
        "preproc_ifdef",
        "preproc_else",
        "preproc_elif",
        "preproc_include",
    }
)
STRINGS = VERBATIM - {"token_tree"}
DIRECTIVES = frozenset(
    {
        "preproc_if",
        "preproc_ifdef",
        "preproc_else",
        "preproc_elif",
        "preproc_def",
        "preproc_function_def",
        "preproc_call",
        "preproc_include",
        "preproc_if_directive",
        "preproc_region",
        "preproc_endregion",
        "preproc_pragma",
        "preproc_elifdef",
    }
)
BLOCKS = frozenset(
    {
        "statement_block",
        "switch_case",
        "switch_default",
        "block",
        "statement_list",
        "expression_case",
        "default_case",
        "type_case",
        "switch_block_statement_group",
        "constructor_body",
        "compound_statement",
        "case_statement",
        "switch_section",
        "body_statement",
        "then",
        "block_body",
        "else",
        "do",
        "begin",
        "program",
        "module",
    }
)

LINES = frozenset({"block"}) | frozenset(  # where Go, Ruby and Python let a semicolon stand for a line's end
    {
        "statement_list",
        "source_file",
        "body_statement",
        "then",
        "block_body",
        "else",
        "do",
        "begin",
        "program",
        "module",
        "expression_case",
        "default_case",
        "type_case",
        "communication_case",
    }
)


@cache
def parser(language: str) -> tree_sitter.Parser:
    """A parser of the language."""
    dialect = DIALECTS[language]
    grammar = getattr(import_module(dialect.wheel), dialect.loader)
    return tree_sitter.Parser(tree_sitter.Language(grammar()))
