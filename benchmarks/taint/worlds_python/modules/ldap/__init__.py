"""A stand-in of python-ldap: filters and names of entries are recorded."""

from typing import Any

from benchmarks.taint.worlds_python.world import world

SCOPE_BASE, SCOPE_ONELEVEL, SCOPE_SUBTREE = 0, 1, 2
OPT_REFERRALS = OPT_X_TLS_REQUIRE_CERT = OPT_X_TLS_DEMAND = OPT_X_TLS_NEVER = OPT_X_TLS_ALLOW = 0
OPT_PROTOCOL_VERSION = VERSION3 = 3
MOD_REPLACE = 2


class LDAPError(Exception):
    """Any error."""


INVALID_CREDENTIALS = NO_SUCH_OBJECT = SERVER_DOWN = LDAPError


class _Connection:
    def search_s(
        self, base: Any, _scope: Any = 2, filterstr: Any = "(objectClass=*)", *_args: Any, **_named: Any
    ) -> list[Any]:
        world.record("ldap-dn", "ldap.search", str(base))
        world.record("ldap", "ldap.search", str(filterstr))
        return [("uid=stored,dc=example", {"cn": [b"stored"]})]

    search = search_ext = search_ext_s = search_st = search_s

    def _entry(self, dn: Any = "", *_args: Any, **_named: Any) -> Any:
        world.record("ldap-dn", "ldap.LDAPObject", str(dn))
        return (97, [], 1, [])

    simple_bind_s = simple_bind = bind_s = add_s = delete_s = modify_s = passwd_s = _entry

    def set_option(self, *_args: Any) -> None:
        pass

    unbind_s = unbind = start_tls_s = set_option


def initialize(*_args: Any, **_named: Any) -> _Connection:
    """A connection."""
    return _Connection()


def set_option(option: Any, value: Any) -> None:
    """Record an option."""
    world.record("configuration", "ldap.set_option", {"option": option, "value": value})
