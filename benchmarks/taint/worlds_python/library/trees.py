"""XML of the standard library: what parsers make of a document is recorded as `expanded`, paths as `xpath`."""

import io
import xml.etree.ElementPath
from typing import Any
from xml.dom import minidom
from xml.etree import ElementTree as ET

from benchmarks.taint.worlds_python.calling import by_program
from benchmarks.taint.worlds_python.replacing import replace
from benchmarks.taint.worlds_python.world import world


def _told(sink: str, real: Any) -> Any:
    def parsed(*args: Any, **named: Any) -> Any:
        tree = real(*args, **named)
        if by_program():
            world.record("expanded", sink, _text(tree))
        return tree

    return parsed


def _text(tree: Any) -> str:
    if isinstance(tree, minidom.Document):
        return tree.toxml()
    return ET.tostring(tree.getroot() if isinstance(tree, ET.ElementTree) else tree, encoding="unicode")


def _asked(name: str, real: Any) -> Any:
    def asked(node: Any, path: Any, *args: Any, **named: Any) -> Any:
        world.record("xpath", f"xml.etree.ElementTree.Element.{name}", str(path))
        return real(node, path, *args, **named)

    return asked


def _parsed(source: Any, *args: Any, **named: Any) -> Any:
    if not hasattr(source, "read"):
        world.record("path", "xml.etree.ElementTree.parse", str(source))
        source = io.BytesIO(b"<root/>")
    return _parse(source, *args, **named)


_parse = ET.parse


def install() -> None:
    """Watch what is parsed and asked."""
    told = _told("xml.etree.ElementTree.fromstring", ET.fromstring)
    replace(ET, fromstring=told, XML=told, parse=_told("xml.etree.ElementTree.parse", _parsed))
    replace(minidom, parseString=_told("xml.dom.minidom.parseString", minidom.parseString))
    names = ("find", "findall", "findtext", "iterfind")
    paths = xml.etree.ElementPath
    replace(paths, **{name: _asked(name, getattr(paths, name)) for name in names})
