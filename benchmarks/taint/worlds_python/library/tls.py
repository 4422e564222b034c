"""TLS: contexts keep what they are told; they are recorded as `context` when that changes, as `tls` when used."""

import ssl
from typing import Any

from benchmarks.taint.worlds_python.replacing import replace
from benchmarks.taint.worlds_python.world import world


class Context:
    """A context, with the defaults of the library: a client's protocol checks certificates and names."""

    def __init__(self, protocol: Any = ssl.PROTOCOL_TLS_CLIENT, *_args: Any) -> None:
        strict = protocol == ssl.PROTOCOL_TLS_CLIENT
        held = {
            "protocol": protocol,
            "verify_mode": ssl.CERT_REQUIRED if strict else ssl.CERT_NONE,
            "check_hostname": strict,
            "minimum_version": ssl.TLSVersion.TLSv1_2,
        }
        self.__dict__.update(held)
        self._tell()

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "check_hostname" and value and self.__dict__["verify_mode"] == ssl.CERT_NONE:
            self.__dict__["verify_mode"] = ssl.CERT_REQUIRED
        if name == "verify_mode" and value == ssl.CERT_NONE and self.__dict__["check_hostname"]:
            raise ValueError(name)
        self.__dict__[name] = value
        self._tell()

    def _tell(self) -> None:
        world.record("context", "ssl.SSLContext", dict(self.__dict__))

    def wrap_socket(self, connection: Any, **_named: Any) -> Any:
        """Record how a connection is protected."""
        told("ssl.SSLContext.wrap_socket", self)
        return connection

    def load_default_certs(self, *_args: Any) -> None:
        """Nothing."""

    load_verify_locations = load_cert_chain = set_ciphers = set_alpn_protocols = load_default_certs


def told(sink: str, context: Any) -> None:
    """Record the context that a connection uses, if it is given one."""
    if isinstance(context, Context):
        world.record("tls", sink, dict(vars(context)))


def _default(*_args: Any, **_named: Any) -> Context:
    return Context()


def _unverified(*_args: Any, **_named: Any) -> Context:
    return Context(None)


def install() -> None:
    """Replace contexts."""
    replace(ssl, SSLContext=Context, create_default_context=_default)
    replace(ssl, _create_unverified_context=_unverified, _create_default_https_context=_default)
