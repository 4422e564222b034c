"""Related earlier reviews: embeddings of code, and the nearest of them. For context only, never as an answer.

Nothing heavy is imported before an embedder or an index is opened.
"""

from pathlib import Path

from coderev.egress import Egress
from coderev.files import cache_folder
from coderev.recall.similar.embedded import open_embedded
from coderev.recall.similar.encoder import BadEncoder, Embedder, Identity
from coderev.recall.similar.index import Index, Item, Near
from coderev.recall.similar.onnx import open_onnx
from coderev.recall.similar.pgvector import open_pgvector
from coderev.recall.similar.tei import open_tei
from coderev.settings import Settings

__all__ = ["Embedder", "Identity", "Index", "Item", "Near", "open_embedder", "open_index"]

EMBEDDERS = {  # by what `recall.similar.embedder` begins with; the rest is a folder
    "http://": open_tei,
    "https://": open_tei,
}


async def open_embedder(settings: Settings, egress: Egress) -> Embedder | None:
    """The embedder of `recall.similar.embedder`, tried once; None where none is set. The caller closes it.

    Raises BadEncoder, ExtraMissing, EncoderUnavailable, NotPermitted, BadCertificateFile.
    """
    place = settings.recall.similar.embedder
    if place is None:
        return None
    for beginning, opened in EMBEDDERS.items():
        if place.startswith(beginning):
            return await opened(place, egress)
    if "://" in place:
        raise BadEncoder(place=place, reason="only http:// and https:// servers are asked")
    return await open_onnx(Path(place))


def open_index(settings: Settings, egress: Egress, tenant: bytes, identity: Identity) -> Index:
    """The index of `recall.similar.index` for one tenant and one embedder's vectors; nothing is connected or read yet.

    Raises BadIndex, ExtraMissing, NotPermitted, CannotWrite.
    """
    place = settings.recall.similar.index
    if place is not None and "://" in place:
        return open_pgvector(settings, egress, tenant, identity)
    return open_embedded(cache_folder() / "similar" if place is None else Path(place), tenant, identity)
