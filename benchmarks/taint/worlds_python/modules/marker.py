"""What payloads of deserialisation call: that it was called is the proof that a loader builds objects."""

from benchmarks.taint.worlds_python.world import world


def fired(text: str) -> str:
    """Record it."""
    world.record("object", "marker.fired", text)
    return text
