"""Which languages we know, how a file shows its language, and their grammars, loaded when first used."""

import re
from functools import cache
from importlib import import_module
from importlib.resources import files

import msgspec
import tree_sitter

MAX_HEAD = 64 * 1024  # bytes of a file that may tell its language


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One language: its grammar wheel, its file in `languages/`, and the names that its files go by."""

    wheel: str
    function: str = "language"
    queries: str
    extensions: str
    file_names: str = ""
    interpreters: str = ""


ROWS: dict[str, Row] = {
    "python": Row(
        wheel="tree_sitter_python",
        queries="python.scm",
        extensions="py pyi pyw",
        file_names="SConstruct SConscript wscript",
        interpreters="python pypy",
    ),
    "javascript": Row(
        wheel="tree_sitter_javascript",
        queries="javascript.scm",
        extensions="js mjs cjs jsx es6",
        file_names="Jakefile",
        interpreters="node nodejs",
    ),
    "typescript": Row(
        wheel="tree_sitter_typescript",
        function="language_typescript",
        queries="typescript.scm",
        extensions="ts mts cts",
        interpreters="deno bun ts-node tsx",
    ),
    "tsx": Row(wheel="tree_sitter_typescript", function="language_tsx", queries="typescript.scm", extensions="tsx"),
    "java": Row(wheel="tree_sitter_java", queries="java.scm", extensions="java"),
    "go": Row(wheel="tree_sitter_go", queries="go.scm", extensions="go"),
    "c": Row(wheel="tree_sitter_c", queries="c.scm", extensions="c h"),
    "cpp": Row(
        wheel="tree_sitter_cpp",
        queries="cpp.scm",
        extensions="cc cpp cxx c++ C H hh hpp hxx h++ ipp tpp txx inl",
    ),
    "csharp": Row(wheel="tree_sitter_c_sharp", queries="csharp.scm", extensions="cs csx"),
    "rust": Row(wheel="tree_sitter_rust", queries="rust.scm", extensions="rs"),
    "ruby": Row(
        wheel="tree_sitter_ruby",
        queries="ruby.scm",
        extensions="rb rake gemspec podspec ru jbuilder thor",
        file_names="Gemfile Rakefile Guardfile Vagrantfile Podfile Fastfile Capfile Brewfile",
        interpreters="ruby jruby rake",
    ),
    "php": Row(
        wheel="tree_sitter_php",
        function="language_php",
        queries="php.scm",
        extensions="php phtml php3 php4 php5 php7 php8 phps",
        interpreters="php",
    ),
    "bash": Row(
        wheel="tree_sitter_bash",
        queries="bash.scm",
        extensions="sh bash bats",
        file_names=".bashrc .bash_profile .bash_aliases .bash_logout .profile .envrc PKGBUILD",
        interpreters="sh bash dash ash ksh",
    ),
}

LANGUAGES = tuple(ROWS)
_BY_EXTENSION = {extension: name for name, row in ROWS.items() for extension in row.extensions.split()}
_BY_FILE_NAME = {file_name: name for name, row in ROWS.items() for file_name in row.file_names.split()}
_BY_INTERPRETER = {interpreter: name for name, row in ROWS.items() for interpreter in row.interpreters.split()}

_SHEBANG = re.compile(rb"#!\s*(?:\S*/)?(?:env\s+(?:-\S+\s+|\w+=\S*\s+)*)?(?:\S*/)?([\w+-]+)")
_ONLY_IN_CPP = re.compile(
    rb"^[ \t]*(?:class\s+\w+|namespace\b|template\s*<|using\s|(?:public|private|protected)\s*:|#\s*include\s*<\w+>)",
    re.MULTILINE,
)


def language_of(path: str, source: bytes = b"") -> str | None:
    """The language of a file by its name, or by its `#!` line when the name has no extension; None if unknown.

    A `.h` file is C unless a line begins with what only C++ has: a class, namespace, template, `using`,
    an access label, or the include of a header without extension.
    """
    file_name = path.rpartition("/")[2]
    if file_name in _BY_FILE_NAME:
        return _BY_FILE_NAME[file_name]
    extension = file_name.rpartition(".")[2] if "." in file_name else ""
    if not extension:
        shebang = _SHEBANG.match(source[:MAX_HEAD])
        return _BY_INTERPRETER.get(shebang[1].decode().rstrip("0123456789")) if shebang else None
    if extension == "h" and _ONLY_IN_CPP.search(source[:MAX_HEAD]):
        return "cpp"
    return _BY_EXTENSION.get(extension) or _BY_EXTENSION.get(extension.lower())


@cache
def grammar(language: str) -> tree_sitter.Language:
    """The compiled grammar of one of LANGUAGES; its wheel is imported here and nowhere else."""
    row = ROWS[language]
    return tree_sitter.Language(getattr(import_module(row.wheel), row.function)())


@cache
def sections(language: str) -> dict[str, str]:
    """The queries of a language by the `;;; section` that they stand under in its file."""
    text = files(__package__).joinpath("languages", ROWS[language].queries).read_text(encoding="utf-8")
    parts = re.split(r"^;;; (\w+)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@cache
def kinds(language: str, section: str) -> frozenset[str]:
    """The node kinds that a section lists, for sections that are nothing but a list of kinds."""
    return frozenset(re.findall(r"\((\w+)\)", sections(language)[section]))
