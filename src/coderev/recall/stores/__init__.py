"""Where sealed answers are kept: a file of this user, or the site's Redis. `STORES` lists them by URL scheme."""

from collections.abc import Callable
from urllib.parse import urlsplit

from coderev.egress import Egress
from coderev.errors import InputError
from coderev.files import cache_folder
from coderev.recall.stores.sqlite import SqliteStore
from coderev.recall.stores.store import Choice, Labels, Size, Store, StoreMisconfigured, StoreUnavailable
from coderev.settings import Settings

__all__ = ["Choice", "Labels", "RedisMissing", "Size", "Store", "StoreMisconfigured", "StoreUnavailable", "open_store"]

OPENING_SHARE = 0.8  # of a review's patience: a file that opens late is used late, and opens no circuit
Open = Callable[[Settings, Egress, bytes], Store]


class RedisMissing(InputError):
    """The settings name a Redis server, and the client for it is not installed."""

    message = "recall.store {url} needs the extra `redis`, which is not installed"
    hint = "install `coderev-platform[redis]` from the package index or a folder of wheels"


def open_store(settings: Settings, egress: Egress, tenant_tag: bytes) -> Store:
    """The store that the settings name, for one tenant; whoever opens it closes it. It connects when it is first used.

    Raises StoreMisconfigured, RedisMissing, NotPermitted, BadCertificateFile. That a store is down is told by its use.
    """
    url = settings.recall.store
    opened = STORES.get(None if url is None else urlsplit(url).scheme)
    if opened is None:
        raise StoreMisconfigured(key="store", reason="its address begins neither with redis:// nor with rediss://")
    return opened(settings, egress, tenant_tag)


def _sqlite(settings: Settings, _egress: Egress, tenant_tag: bytes) -> Store:
    recall = settings.recall
    patience = OPENING_SHARE * recall.patience_ms / 1000
    return SqliteStore(cache_folder, tenant_tag, recall.max_bytes, patience=patience)


def _redis(settings: Settings, egress: Egress, tenant_tag: bytes) -> Store:
    try:
        from coderev.recall.stores.redis import RedisStore
    except ImportError as error:
        raise RedisMissing(url=settings.recall.store) from error
    return RedisStore.of(settings, egress, tenant_tag)


STORES: dict[str | None, Open] = {None: _sqlite, "redis": _redis, "rediss": _redis}
