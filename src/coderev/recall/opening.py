"""From a site's settings to a recall that can be asked."""

import contextlib
from collections.abc import AsyncIterator

from coderev.egress import Egress
from coderev.files import CannotWrite
from coderev.recall.circuit import Guarded
from coderev.recall.memory import Memory
from coderev.recall.recall import Recall
from coderev.recall.related import Related
from coderev.recall.sealing import Seal
from coderev.recall.similar import open_embedder, open_index
from coderev.recall.stores import open_store
from coderev.settings import Settings

TENANT = b"tenant"


@contextlib.asynccontextmanager
async def open_recall(settings: Settings, egress: Egress, *, explains: bool = False) -> AsyncIterator[Recall | None]:
    """A site's recall, guarded so that no review waits for its store; None where it is off, or has no place to be.

    With `explains` nothing is computed: what is not remembered is told.
    Raises KeyFileRefused, StoreMisconfigured, RedisMissing, NotPermitted, and for the similar tier BadEncoder,
    ExtraMissing, EncoderUnavailable, BadIndex.
    """
    if not settings.recall.enabled:
        yield None
        return
    try:
        seal = Seal.of(settings.recall)
        store = open_store(settings, egress, seal.tag(TENANT))
    except CannotWrite:  # a user without a home folder: nothing is remembered, and nothing fails
        yield None
        return
    guarded = Guarded(store, settings.recall.patience_ms / 1000)
    try:
        related = await _related(settings, egress, seal)
    except BaseException:
        await guarded.close()
        raise
    unsafe = settings.recall.unsafe_serve_similar
    recall = Recall(Memory(guarded, seal), related, explains=explains, unsafe=unsafe)
    try:
        yield recall
    finally:
        await recall.close()


async def _related(settings: Settings, egress: Egress, seal: Seal) -> Related | None:
    """The similar tier, where an embedder is set."""
    embedder = await open_embedder(settings, egress)
    if embedder is None:
        return None
    index = open_index(settings, egress, seal.tag(TENANT), embedder.identity)
    return Related(embedder, index, seal, settings.recall.similar)
