"""A variant of the corpus as something that can be run: compiled once, loaded anew for each run."""

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from types import CodeType, ModuleType

MAIN = "app"
MAX_KEYS = 12
MAX_CHOICES = 10
_KEY = re.compile(r"[A-Za-z_][\w-]{0,30}")


@dataclass(frozen=True, slots=True)
class Program:
    """The files of a variant, their code by module, and the constants that a request should know of.

    `keys` are words that may name a part of a request; `choices` are constants that the program compares with or looks
    up, which open its branches; `texts` are all its text constants.
    """

    files: dict[str, str]
    code: dict[str, CodeType]
    keys: tuple[str, ...]
    choices: tuple[str, ...]
    texts: tuple[str, ...]
    source: str

    @classmethod
    def of(cls, files: dict[str, str]) -> "Program":
        """Compile. Raises SyntaxError."""
        trees = {path: ast.parse(text, path) for path, text in files.items() if path.endswith(".py")}
        nodes = [node for tree in trees.values() for node in ast.walk(tree)]
        texts = _unique(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
        return cls(
            files=files,
            code={_module(path): compile(tree, path, "exec") for path, tree in trees.items()},
            keys=_unique(text.rstrip("=") for text in texts if _KEY.fullmatch(text.rstrip("=")))[:MAX_KEYS]
            or ("field",),
            choices=_unique(text for text in _choices(nodes) if any(map(str.isalnum, text)))[:MAX_CHOICES],
            texts=texts,
            source="\n".join(files.values()),
        )


def _unique(texts: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _choices(nodes: Sequence[ast.AST]) -> Iterator[str]:
    """Constants in comparisons, patterns, displays, arguments of decorators, and the values of enumerations."""
    for node in nodes:
        match node:
            case ast.Compare(left=left, comparators=others):
                yield from _texts([left, *others])
            case ast.MatchValue(value=value):
                yield from _texts([value])
            case ast.Set(elts=items) | ast.Tuple(elts=items) | ast.List(elts=items):
                yield from _texts(items)
            case ast.Dict(keys=keys):
                yield from _texts([key for key in keys if key is not None])
            case ast.ClassDef(body=body):
                yield from _texts([item.value for item in body if isinstance(item, ast.Assign)])
            case ast.FunctionDef(decorator_list=decorators):
                yield from filter(_KEY.fullmatch, _texts(_arguments(decorators)))
            case _:
                pass


def _arguments(decorators: Sequence[ast.expr]) -> list[ast.expr]:
    """Arguments of decorators, by which functions are registered."""
    return [argument for call in decorators if isinstance(call, ast.Call) for argument in call.args]


def _texts(nodes: Sequence[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


class Files(MetaPathFinder, Loader):
    """Imports of a program's own files."""

    def __init__(self) -> None:
        self.program: Program | None = None
        self.loaded: list[ModuleType] = []

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        """A module of the program, or a folder of some."""
        if self.program is None:
            return None
        inside = any(module.startswith(f"{name}.") for module in self.program.code)
        if name not in self.program.code and not inside:
            return None
        package = inside or f"{name.replace('.', '/')}/__init__.py" in self.program.files
        return spec_from_loader(name, self, is_package=package)

    def exec_module(self, module: ModuleType) -> None:
        """Run a module's code."""
        self.loaded.append(module)
        if self.program and (code := self.program.code.get(module.__name__)):
            exec(code, module.__dict__)

    def load(self, program: Program) -> list[ModuleType]:
        """Run a program's main module as `__main__`, and give all modules of the program that were loaded."""
        for name in program.code:
            sys.modules.pop(name, None)
        self.program, main = program, ModuleType("__main__")
        self.loaded = [main]
        sys.modules["__main__"] = sys.modules[MAIN] = main
        exec(program.code[MAIN], main.__dict__)
        return self.loaded


files = Files()
