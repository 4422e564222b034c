"""A stand-in of `defusedxml.common`."""


class DefusedXmlException(ValueError):
    """A document holds what is forbidden."""


class DTDForbidden(DefusedXmlException):
    """A DOCTYPE."""


class EntitiesForbidden(DefusedXmlException):
    """An entity."""


ExternalReferenceForbidden = EntitiesForbidden
