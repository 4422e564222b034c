"""A PostgreSQL of our own, for a laptop and for one host: nothing to install beside coderev, nothing to reach it by.

It listens on no network, only on a socket in a folder of mode 0700, and asks the kernel who is at the other end.
"""

from coderev.store.embedded.folder import Folder, FolderRefused
from coderev.store.embedded.holding import OwnPostgres, hold
from coderev.store.embedded.programs import NoAccount, NoDatabase, Programs, programs
from coderev.store.embedded.server import OwnPostgresFailed

__all__ = [
    "Folder",
    "FolderRefused",
    "NoAccount",
    "NoDatabase",
    "OwnPostgres",
    "OwnPostgresFailed",
    "Programs",
    "hold",
    "programs",
]
