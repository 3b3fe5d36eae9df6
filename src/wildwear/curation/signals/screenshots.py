"""Screenshots: how much of a photo is bars of an app, with signs on them.

Source: ours. What is drawn has one colour exactly, even after JPEG, which skies and walls have not; a bar
spans the whole width at the top or bottom and ends in a straight line. Of 40 screenshots that were made (of
feeds and browsers, light and dark) 38 have bars; of the 3,996 photos of wild-pool and Clothing Co-Parsing
none has.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wildwear.curation.columns import Column
from wildwear.curation.signals.signal import Photo, Signal, Values

EXACT = 3  # grey levels, by which what is drawn in one colour may differ
EDGE = 0.98  # of the first line, that has the colour of the bar
GROUND = 0.5  # of every line of a bar, that has it; the rest is signs
BEYOND = 0.2  # of the lines beyond, that may have it
THIN = 4  # lines of 256; a bar is at least as thick
THICK = 0.8  # of the photo, at most: more is a page, or a margin
SIGNS = 0.02  # of a line, that they take: a bar without is a margin (`border`)
TALL = 2  # lines that signs may fill wholly, a picture's rim say


def measure(photo: Photo) -> Values:
    """Both bars together."""
    lines = photo.luma
    return {"screenshot": (bar(lines) + bar(lines[::-1])) / len(lines)}


def bar(lines: NDArray[np.uint8]) -> int:
    """How many of the first lines, (lines, pixels) luma, are a bar; 0 where there is none."""
    ground = float(np.median(lines[0]))
    if share_like(lines[:1], ground)[0] < EDGE or len(lines) <= TALL:  # as of most photos
        return 0
    like = share_like(lines, ground)
    beyond = np.convolve(like < GROUND, np.ones(TALL + 1), "valid") > TALL
    thick = int(np.argmax(beyond)) if beyond.any() else len(lines)
    if not THIN <= thick <= THICK * len(lines) or like[thick + 1 : thick + 1 + THIN].max(initial=0) > BEYOND:
        return 0
    return thick if 1 - like[: thick - TALL].min() >= SIGNS else 0


def share_like(lines: NDArray[np.uint8], ground: float) -> NDArray[np.float64]:
    """The share of each of (lines, pixels) luma that has the colour of the ground."""
    return np.asarray(((lines >= ground - EXACT) & (lines <= ground + EXACT)).mean(axis=1))


SIGNAL = Signal(
    name="screenshots",
    version=1,
    columns=(Column("screenshot", pl.Float32(), "of the photo, that is bars of an app; 0 for a photo"),),
    measure=measure,
)
