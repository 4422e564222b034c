"""TypeScript with JSX: the same as without."""

from dataclasses import replace

from coderev.syntax.structure import ecmascript, typescript

DIALECT = replace(typescript.DIALECT, misread=ecmascript.misread_in("tsx"))
