"""A stand-in of ldap3: filters and names of entries are recorded."""

from typing import Any

from permissive import Permissive

from benchmarks.taint.worlds_python.world import world

ALL, NONE, SUBTREE, LEVEL, SIMPLE, MODIFY_REPLACE, ALL_ATTRIBUTES, AUTO_BIND_NO_TLS = (
    "ALL", "NO_INFO", "SUBTREE", "LEVEL", "SIMPLE", "MODIFY_REPLACE", "*", "NO_TLS",
)  # fmt: skip


class Server(Permissive):
    """A server."""


class Tls(Permissive):
    """Its protection."""


class _Entry(Permissive):
    entry_dn = "uid=stored,dc=example"


class Connection:
    """A connection."""

    bound = True
    last_error = ""
    result: dict[str, Any] = {"result": 0, "description": "success"}  # noqa: RUF012 - as in ldap3

    def __init__(self, _server: Any = None, user: Any = None, password: Any = None, **named: Any) -> None:
        self.entries: list[Any] = []
        self.response: list[dict[str, Any]] = []
        if user is not None:
            world.record("ldap-dn", "ldap3.Connection", str(user))
        world.record("configuration", "ldap3.Connection", {"password": password, **named})

    def search(self, search_base: Any, search_filter: Any = "(objectClass=*)", *_args: Any, **_named: Any) -> bool:
        """Record the entry to begin with, and the filter."""
        world.record("ldap-dn", "ldap3.Connection.search", str(search_base))
        world.record("ldap", "ldap3.Connection.search", str(search_filter))
        self.entries = [_Entry()]
        self.response = [{"dn": "uid=stored", "attributes": {}}]
        return True

    def _entry(self, dn: Any, *_args: Any, **_named: Any) -> bool:
        world.record("ldap-dn", "ldap3.Connection", str(dn))
        return True

    add = delete = modify = modify_dn = compare = _entry

    def bind(self) -> bool:
        """Whether it went well."""
        return True

    unbind = start_tls = rebind = open = bind

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_details: object) -> None:
        pass
