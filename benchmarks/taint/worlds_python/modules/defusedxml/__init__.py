"""A stand-in of defusedxml: documents that declare entities are refused."""

from typing import Any

from defusedxml.common import DefusedXmlException, DTDForbidden, EntitiesForbidden

__all__ = ["DTDForbidden", "DefusedXmlException", "EntitiesForbidden"]


def checked(text: Any, *, forbid_dtd: bool = False, forbid_entities: bool = True, forbid_external: bool = True) -> Any:
    """The text. Raises a DefusedXmlException where it declares what is forbidden."""
    given = text if isinstance(text, str) else bytes(text).decode("utf-8", "replace")
    if forbid_dtd and "<!DOCTYPE" in given:
        raise DTDForbidden
    if (forbid_entities or forbid_external) and "<!ENTITY" in given:
        raise EntitiesForbidden
    return text
