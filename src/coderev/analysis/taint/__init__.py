"""The taint engine: it follows values from where they come from to where they are dangerous.

Read `form` (what code is lowered to), `value` (what a variable may hold) and `engine` (the recipe), then
`statements` and `expressions`. What frameworks do is no code: it stands in `packs/`.
"""

from coderev.analysis.taint.engine import LANGUAGES, trace
from coderev.analysis.taint.flow import Flow, FlowStep, Traced

__all__ = ["LANGUAGES", "Flow", "FlowStep", "Traced", "trace"]
