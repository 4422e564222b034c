"""A review's result in the form that its reader wants: text, JSON, SARIF, Markdown, HTML, GitLab, JUnit. Pure.

Repository text is never interpreted: not by a terminal, a browser, a forge or a parser.
"""

from coderev.report import excerpt, facts, markdown
from coderev.report.formats import FORMATS, UnknownFormat, render
from coderev.report.text import explain
from coderev.report.visible import normal_lines, visible

__all__ = [
    "FORMATS",
    "UnknownFormat",
    "excerpt",
    "explain",
    "facts",
    "markdown",
    "normal_lines",
    "render",
    "visible",
]
