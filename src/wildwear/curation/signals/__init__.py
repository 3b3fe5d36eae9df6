"""What is measured of a photo: one file a signal, and one line in the list here."""

from wildwear.curation.signals import (
    collages,
    colour,
    embedding,
    faces,
    facts,
    flips,
    garments,
    hashes,
    quality,
    screenshots,
    thesis,
)
from wildwear.curation.signals.signal import Photo, Signal

SIGNALS: tuple[Signal, ...] = (
    facts.SIGNAL,
    colour.SIGNAL,
    thesis.SIGNAL,
    hashes.SIGNAL,
    quality.SIGNAL,
    screenshots.SIGNAL,
    collages.SIGNAL,
    faces.SIGNAL,
    garments.SIGNAL,
    flips.SIGNAL,
    embedding.SIGNAL,
)

__all__ = ["SIGNALS", "Photo", "Signal"]
