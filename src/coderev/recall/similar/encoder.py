"""What turns texts into vectors whose nearness means likeness: the Protocol, and how long texts are read in parts."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from coderev.errors import InputError, Unavailable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

MAX_CHARACTERS = 65_536  # of one text; a unit that is longer is hardly like any other
MAX_DIMENSIONS = 2_000  # what pgvector's index takes; sentence encoders have 384 to 1,024


class BadEncoder(InputError):
    """A folder or an address was named as an embedder, and holds none that can be used."""

    message = "{place} is no sentence encoder that can be used: {reason}"
    hint = (
        "name a folder as `huggingface-cli download sentence-transformers/all-MiniLM-L6-v2` makes it, or a server's URL"
    )


class ExtraMissing(InputError):
    """The similar tier is configured, and what it needs is not installed."""

    message = "{place} needs the extra `{extra}`, which is not installed"
    hint = "install `coderev-platform[{extra}]` from the package index or a folder of wheels"


class TooLongToEmbed(InputError):
    """A text is longer than what is read for the similar tier."""

    message = "a text of {characters} characters is not embedded; at most {most} are"
    hint = "a unit of this length has no related reviews; nothing else changes for it"


class EncoderUnavailable(Unavailable):
    """An embedder gave no vectors, or none that can be right."""

    message = "{place} gave no embeddings: {reason}"
    hint = "see that the server answers, or that the folder is whole; reviews go on without related ones"


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose vectors these are. Those of two identities are never compared."""

    name: str  # holds a digest of the weights, the vocabulary, the runtime and how long texts are read
    dimensions: int

    @property
    def digest(self) -> bytes:
        """16 bytes for the names of files and tables."""
        return hashlib.sha256(f"{self.name}\0{self.dimensions}".encode()).digest()[:16]


class Embedder(Protocol):
    """A sentence encoder."""

    @property
    def identity(self) -> Identity:
        """Whose the vectors are."""
        ...

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        """The vectors of texts: float32 of (texts, dimensions), each of length 1, no part of a text left out.

        Raises TooLongToEmbed, EncoderUnavailable.
        """
        ...

    async def close(self) -> None:
        """Let go of the model or the connections."""
        ...


def parts(length: int, size: int, overlap: int) -> list[tuple[int, int]]:
    """Start and end of the parts, at most `size` long, that a text of that length is read in.

    Each shares `overlap`, which is less than `size`, with the next. They cover all; an empty text has one empty part.
    """
    starts = range(0, max(length - overlap, 1), size - overlap)
    return [(start, min(start + size, length)) for start in starts]


def joined(vectors: "Vectors", weights: Sequence[int]) -> "Vectors":
    """One vector for the parts of a text: their mean by weight, of length 1. (parts, dimensions) to (dimensions,)."""
    import numpy as np

    mean = np.average(vectors.astype(np.float64), axis=0, weights=np.maximum(weights, 1))
    length = np.linalg.norm(mean)
    return (mean / length if length > 0 else vectors[0]).astype(np.float32)


def refuse_long(texts: Sequence[str]) -> None:
    """Raises TooLongToEmbed."""
    longest = max(map(len, texts), default=0)
    if longest > MAX_CHARACTERS:
        raise TooLongToEmbed(characters=longest, most=MAX_CHARACTERS)
