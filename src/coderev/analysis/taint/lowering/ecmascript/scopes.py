"""Which name means which variable: blocks hide what is around them, and each function of the form is one scope.

Names are resolved when a scope closes, since a declaration may come after its use. A variable of a block keeps its
name, unless the function uses that name for something else: it is then renamed wherever it stands (`x` to `x@1`).
Numbers are never used twice in one file, so no function can hide a renamed variable of the one around it.
"""

from collections import Counter
from typing import Self

from msgspec.structs import force_setattr

from coderev.analysis.taint.form import Class, Function, Import, Name

Named = Name | Function | Class | Import  # what may stand for a variable


class Variable:
    """A variable of a block that has closed: the bytes of the block, and where the variable stands."""

    __slots__ = ("captured", "end", "hoists", "name", "nodes", "start")

    def __init__(self, scope: "Scope", name: str, nodes: list[Named]) -> None:
        self.name, self.nodes = name, nodes
        self.start, self.end = scope.span
        self.captured = name in scope.captured
        self.hoists = scope.declared[name]

    def rename(self, name: str) -> None:
        """Give the variable another name, in all that was lowered already."""
        for node in self.nodes:
            force_setattr(node, "alias" if isinstance(node, Import) else "name", name)


class Scope:
    """A block or function that is being read; `outer` is what it stands in."""

    __slots__ = ("captured", "declared", "function", "outer", "span", "uses", "variables", "vars")

    def __init__(self, outer: Self | None, span: tuple[int, int], *, is_function: bool = False) -> None:
        self.outer = outer
        self.span = span
        self.function: Scope = self if is_function or outer is None else outer.function
        self.vars: Scope = self if is_function or outer is None else outer.vars  # where `var` declares
        self.declared: dict[str, bool] = {}  # the value is true for functions, which old code uses outside the block
        self.uses: dict[str, list[Named]] = {}
        self.captured: set[str] = set()  # names that functions inside use
        self.variables: list[Variable] = []  # of closed blocks, where this is a function

    def use(self, name: str, node: Named) -> None:
        """Keep a place where a name stands."""
        found = self.uses.get(name)
        if found is None:
            self.uses[name] = [node]
        else:
            found.append(node)

    def close_block(self) -> None:
        """Hand what the block does not declare to the scope around it, and what it does to the function."""
        outer = self.outer or self
        for name, nodes in self.uses.items():
            if name in self.declared:
                self.function.variables.append(Variable(self, name, nodes))
            else:
                outer.take(name, nodes, captured=name in self.captured)

    def close_function(self, numbers: Counter[str]) -> frozenset[str]:
        """Name the variables of the blocks; the locals. What is free goes to the scope around."""
        bound = set(self.declared)
        bound |= {found.name for found in self.variables if found.hoists and found.name in self.uses}
        self._name_variables(bound, numbers)
        if self.outer is not None:
            for name, nodes in self.uses.items():
                if name not in bound:
                    self.outer.take(name, nodes, captured=True)
        return frozenset(bound)

    def take(self, name: str, nodes: list[Named], *, captured: bool) -> None:
        """Take over the uses of a scope that closes."""
        found = self.uses.get(name)
        if found is None:
            self.uses[name] = nodes
        else:
            found.extend(nodes)
        if captured:
            self.captured.add(name)

    def _name_variables(self, bound: set[str], numbers: Counter[str]) -> None:
        taken = bound | self.uses.keys()
        last: dict[str, Variable] = {}  # who has a plain name: blocks one after the other may share it
        for found in sorted(self.variables, key=_start):
            name = found.name
            if found.hoists and name in bound and name not in self.declared:
                continue
            before = last.get(name)
            shared = before is None or (found.start >= before.end and not (found.captured or before.captured))
            if name in taken or not shared:
                numbers[name] += 1
                name = f"{name}@{numbers[name]}"
                found.rename(name)
            else:
                last[name] = found
            bound.add(name)


def _start(variable: Variable) -> int:
    return variable.start
