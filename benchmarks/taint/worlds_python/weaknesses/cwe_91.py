"""CWE-91: the elements and attributes of XML that is built are those that the program wrote."""

from collections.abc import Hashable
from typing import Any
from xml.etree import ElementTree as ET

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always
from benchmarks.taint.worlds_python.weakness import text_of as all_text
from benchmarks.taint.worlds_python.world import MARK, Record

_fromstring = ET.fromstring


def structure(record: Record) -> Hashable:
    """Names of elements and attributes in their order; None where it is not well-formed."""
    try:
        root = _fromstring(_text(record))
    except ET.ParseError:
        return None
    return tuple((node.tag, *node.attrib) for node in root.iter())


def _text(record: Record) -> str:
    value: Any = record.value
    return all_text(value.get("data") if isinstance(value, dict) else value)


def _harmful(record: Record, _payload: object, benign: Benign) -> bool:
    text = _text(record)
    return text.startswith("<") and MARK in text and structure(record) not in benign.structures(structure)


WEAKNESS = Weakness(
    cwe="CWE-91",
    kinds=frozenset({"plain", "html", "exchange"}),
    payloads=always(
        f"7</note><price>{MARK}</price><note>", f"<{MARK}/>", f'7" admin="{MARK}', f"7' admin='{MARK}", f"{MARK}&<"
    ),
    harmful=_harmful,
)
