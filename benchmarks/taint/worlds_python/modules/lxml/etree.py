"""A stand-in of `lxml.etree`: what is parsed is recorded with the switches of its parser, expressions as `xpath`.

Trees are those of the library's ElementTree: documents are read without their DOCTYPE, and entities as empty text.
"""

import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

from benchmarks.taint.worlds_python.world import world

ParseError = XMLSyntaxError = ET.ParseError


class LxmlError(Exception):
    """Any other error of lxml."""


XPathError = XPathEvalError = XPathSyntaxError = LxmlError
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL)
_ENTITY = re.compile(r"&(?!amp;|lt;|gt;|quot;|apos;|#)[\w.-]+;")


class XMLParser:
    """A parser: what matters is whether it resolves entities. `internal` (those of the document) is the default."""

    def __init__(self, *, resolve_entities: Any = "internal", **named: Any) -> None:
        self.switches = {"resolve_entities": resolve_entities, "huge_tree": False, "load_dtd": False, **named}
        self._fed = b""

    def feed(self, data: Any) -> None:
        """Take a part of a document."""
        self._fed += data if isinstance(data, bytes) else data.encode()

    def close(self) -> "_Element":
        """The tree of what was fed."""
        return fromstring(self._fed, self)


class HTMLParser(XMLParser):
    """A parser of HTML, which has no entities of its own."""

    def __init__(self, **named: Any) -> None:
        super().__init__(resolve_entities=False, **named)


def fromstring(text: Any, parser: XMLParser | None = None, **_named: Any) -> "_Element":
    """Record and parse. Raises ParseError."""
    given = text if isinstance(text, str) else bytes(text).decode("utf-8", "replace")
    world.record("xml", "lxml.etree.fromstring", {"text": given, **(parser or XMLParser()).switches})
    bare = _ENTITY.sub("", _DOCTYPE.sub("", given))
    return _Element(ET.fromstring(bare.encode()))


XML = fromstring


def HTML(text: Any, parser: Any = None) -> "_Element":  # noqa: N802 - as in lxml
    """Parse HTML."""
    return fromstring(text, parser or HTMLParser())


def parse(source: Any, parser: XMLParser | None = None) -> "_Tree":
    """Record and parse a file. Raises ParseError."""
    if not hasattr(source, "read"):
        world.record("path", "lxml.etree.parse", str(source))
        return _Tree(_Element(ET.Element("root")))
    return _Tree(fromstring(source.read(), parser))


def iterparse(source: Any, **named: Any) -> Iterator[tuple[str, "_Element"]]:
    """Record, and give the elements as they end."""
    named.pop("events", None)
    for node in fromstring(source.read(), XMLParser(**named)).iter():
        yield "end", node


class _Element:
    """An element."""

    def __init__(self, node: Any) -> None:
        self.node = node

    def xpath(self, expression: Any, **_variables: Any) -> Any:
        """Record an expression, and answer as its kind is."""
        world.record("xpath", "lxml.etree.xpath", str(expression))
        return _answered(str(expression))

    def find(self, path: str, *_args: Any, **_named: Any) -> Any:
        """The first element."""
        world.record("xpath", "lxml.etree.find", path)
        return self

    def findall(self, path: str, *_args: Any, **_named: Any) -> Any:
        """Elements."""
        world.record("xpath", "lxml.etree.findall", path)
        return [self]

    def findtext(self, path: str, *_args: Any, **_named: Any) -> Any:
        """The text of the first."""
        world.record("xpath", "lxml.etree.findtext", path)
        return "7"

    def iter(self, *_args: Any) -> Iterator["_Element"]:
        """All elements inside."""
        return (_Element(node) for node in self.node.iter())

    def __getattr__(self, name: str) -> Any:
        return getattr(self.node, name)

    def __iter__(self) -> Iterator["_Element"]:
        return (_Element(node) for node in self.node)

    def __len__(self) -> int:
        return len(self.node)


def _answered(expression: str) -> Any:
    if expression.startswith(("string(", "normalize-space(", "concat(")):
        return "7"
    return 1.0 if expression.startswith(("count(", "sum(", "number(")) else ["7"]


class _Tree:
    """A document."""

    def __init__(self, root: _Element) -> None:
        self.root = root

    def getroot(self) -> _Element:
        """Its root."""
        return self.root

    def __getattr__(self, name: str) -> Any:
        return getattr(self.root, name)


class XPath:
    """An expression that is compiled: recorded when it is made."""

    def __init__(self, path: Any, **_named: Any) -> None:
        world.record("xpath", "lxml.etree.XPath", str(path))
        self.path = str(path)

    def __call__(self, _tree: Any, **_variables: Any) -> Any:
        return _answered(self.path)


class XPathEvaluator:
    """An evaluator of one tree."""

    def __init__(self, tree: Any, **_named: Any) -> None:
        self.tree = tree

    def __call__(self, expression: Any, **variables: Any) -> Any:
        return self.tree.xpath(expression, **variables)


XPathElementEvaluator = XPathDocumentEvaluator = XPathEvaluator
Element, SubElement = ET.Element, ET.SubElement


def tostring(node: Any, **named: Any) -> Any:
    """A tree as text."""
    named.pop("pretty_print", None)
    return ET.tostring(node.node if isinstance(node, _Element) else node, **named)
