"""The colour classes of the thesis, to the letter. Not for telling what is in colour: see `colour.py`.

Source: section 2 of the thesis' pipeline: "the variance of each channel; monochrome when all are under 0.005;
with three channels, the largest minus the smallest variance: over 1,000 colour, over 100 maybe colour, else
grey; one channel: black and white". Anything else it has no idea of. It removes black and white, and grey.
"""

from typing import NamedTuple

import cv2
import polars as pl

from wildwear.curation.columns import Column
from wildwear.curation.signals.signal import Photo, Signal, Values
from wildwear.imaging import quality

CLASSES = ("no_idea", "black_and_white", "grey", "monochrome", "maybe_color", "color")
REMOVED = ("black_and_white", "grey")


class Thresholds(NamedTuple):
    """Variances in squared grey levels (0 to 255), or differences of such.

    Attributes:
        monochrome: under which all variances lie.
        maybe_color, color: over which the largest minus the smallest lies.
    """

    monochrome: float = 0.005
    maybe_color: float = 100.0
    color: float = 1000.0


DEFAULT = Thresholds()


def thesis_color(channels: int, least: float, most: float, thresholds: Thresholds = DEFAULT) -> str:
    """One of `CLASSES`.

    Args:
        channels: as the photo is stored.
        least, most: variance of the channel that varies least, and most.
        thresholds: where the classes part.
    """
    if most < thresholds.monochrome:
        return "monochrome"
    if channels == 1:
        return "black_and_white"
    if channels != 3:
        return "no_idea"
    if most - least > thresholds.color:
        return "color"
    return "maybe_color" if most - least > thresholds.maybe_color else "grey"


def measure(photo: Photo) -> Values:
    """The class, and the variances that it follows from, so that others follow without the photo.

    They are those of the pixels as wildwear reads them: alpha is laid over white and does not count itself,
    which matters for a photo of one colour alone; photos with alpha have four channels, and are no idea.
    """
    # Channel by channel, as OpenCV is three times as fast then
    least, *_, most = sorted(quality.variance(channel) for channel in cv2.split(photo.pixels))
    return {
        "thesis_color": thesis_color(photo.header.channels, least, most),
        "variance_least": least,
        "variance_most": most,
    }


SIGNAL = Signal(
    name="thesis",
    version=1,
    columns=(
        Column("thesis_color", pl.String(), ", ".join(CLASSES)),
        Column("variance_least", pl.Float64(), "squared grey levels, of the channel that varies least"),
        Column("variance_most", pl.Float64(), "squared grey levels, of the channel that varies most"),
    ),
    measure=measure,
)
