"""JavaScript, JSX, TypeScript and TSX to the form, up to ECMAScript 2025 as far as the grammars parse it.

`module` puts the tables together and begins; `walk` dispatches each node of the tree to one function of `expressions`,
`chains`, `functions`, `classes`, `jsx`, `statements`, `modules` or `typescript`. `patterns` lowers what is assigned to,
`types` annotations, `scopes` tells variables of one name apart, `damage` reads what did not parse.
"""

from coderev.analysis.taint.lowering.ecmascript.module import lower_module

__all__ = ["lower_module"]
