"""One transaction: all tables over one connection. `Store.work` opens it, commits at its end, and rolls back."""

from typing import TYPE_CHECKING, Any

from coderev.store.sealing import Seal
from coderev.store.tables.accesses import Accesses
from coderev.store.tables.dismissals import Dismissals
from coderev.store.tables.entries import Failures, Invitations, Sessions, Tokens
from coderev.store.tables.findings import Findings
from coderev.store.tables.repositories import MergeRequests, Repositories
from coderev.store.tables.reviews import Reviews
from coderev.store.tables.uses import Uses
from coderev.store.tables.webhooks import Deliveries, Publications

if TYPE_CHECKING:
    import psycopg


class Work:
    """The tables within one transaction, which is that of `connection`."""

    def __init__(self, connection: "psycopg.AsyncConnection[Any]", seal: Seal) -> None:
        self.connection = connection
        self.repositories = Repositories(connection)
        self.merge_requests = MergeRequests(connection)
        self.reviews = Reviews(connection, seal)
        self.findings = Findings(connection, seal)
        self.dismissals = Dismissals(connection, seal)
        self.deliveries = Deliveries(connection)
        self.publications = Publications(connection)
        self.tokens = Tokens(connection)
        self.sessions = Sessions(connection)
        self.invitations = Invitations(connection)
        self.failures = Failures(connection)
        self.accesses = Accesses(connection)
        self.uses = Uses(connection)
