"""Whether a photo is in colour: told from grey, nearly grey, toned in one tint, and black and white.

Looked at are lines of the photo in CIELAB, where distances are as people see them. A toned photo, sepia say,
has one tint for each lightness, whatever that is. So the mean tint of each lightness is taken out, and
`tint_spread` is how far the pixels lie from it: that hardly depends on how strong the tint is, nor on how
dark the photo.

Source: ours. Thresholds were set by eye on ../shared/data/wild-pool; `benchmarks/colour.py` has labels of 470
of its photos, and measures ours and the thesis' rule on them. Of the 1,996 photos of Clothing Co-Parsing, all
in colour, none is taken for grey; by the thesis' rule 114 are.
"""

import cv2
import numpy as np
import polars as pl
from numpy.typing import NDArray

from wildwear.curation.columns import Column
from wildwear.curation.signals.signal import Photo, Signal, Values

CLASSES = ("color", "near_grey", "monotone", "grey", "black_and_white")

GREY = 1.0  # chroma; of the pool no photo has between 0.2 and 1.6
NEARLY_GREY = 7.0  # chroma, under which nobody sees a tint but beside a grey photo
ONE_TINT = 7.5  # tint_spread, under which there is one tint; a strong one may spread
STRONG_TINT = 11.0  # so far, as long as that is less than
OF_CHROMA = 0.45  # of chroma
MOST = 99  # percentile: a red hat of two in a hundred pixels makes a photo one in colour
LIGHTNESSES = 16
SIDE = 96  # px, about, of the long side of what is looked at: as good as 256, and a tenth of the time
DARK, LIGHT = 32, 223  # grey levels that are black or white
TWO_LEVELS = 0.95  # share of pixels that are either, in a photo without greys


def measure(photo: Photo) -> Values:
    """The class and the two measures that it follows from."""
    chroma, tint_spread = tints(thinned_out(photo.pixels))
    color = "color" if is_in_color(chroma, tint_spread) else without_color(chroma, photo.luma)
    return {"color": color, "chroma": chroma, "tint_spread": tint_spread}


def thinned_out(photo: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Every so manieth line of a (height, width, 3) photo, with the mean of as many pixels along it.

    Along it alone: tints of next pixels must not mix in a photo with noise, and lines that are not read cost
    nothing.
    """
    step = round(max(photo.shape[:2]) / SIDE)
    if step < 2:
        return photo
    lines = np.ascontiguousarray(photo[::step])
    size = max(1, photo.shape[1] // step), len(lines)
    return np.asarray(cv2.resize(lines, size, interpolation=cv2.INTER_AREA), np.uint8)


def tints(photo: NDArray[np.uint8]) -> tuple[float, float]:
    """How far from grey a photo's most colourful pixels are, and how far its pixels are from one tint.

    Args:
        photo: (height, width, 3) uint8 RGB.

    Returns:
        Both in units of CIELAB, as the 99th of a hundred pixels has it.
    """
    lab = cv2.cvtColor(photo.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB).reshape(-1, 3)
    lightness, a, b = np.ascontiguousarray(lab.T)
    bins = np.minimum((lightness * np.float32(LIGHTNESSES / 100)).astype(np.intp), LIGHTNESSES - 1)
    counts = np.maximum(np.bincount(bins, minlength=LIGHTNESSES), 1)
    means = [np.bincount(bins, tint, LIGHTNESSES) / counts for tint in (a, b)]
    mean_a, mean_b = (mean.astype(np.float32)[bins] for mean in means)
    return farthest(a, b), farthest(a - mean_a, b - mean_b)


def farthest(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """The distance from 0 that `MOST` of a hundred pixels do not exceed."""
    squares = a * a + b * b
    place = (len(squares) - 1) * MOST // 100
    return float(np.sqrt(np.partition(squares, place)[place]))


def is_in_color(chroma: float, tint_spread: float) -> bool:
    """Whether a photo has more than one tint for a lightness."""
    return tint_spread >= max(ONE_TINT, min(STRONG_TINT, OF_CHROMA * chroma))


def without_color(chroma: float, luma: NDArray[np.uint8]) -> str:
    """Which of `CLASSES` a photo is that is not in colour, by its chroma and (height, width) luma."""
    if is_bilevel(luma):
        return "black_and_white"
    if chroma < GREY:
        return "grey"
    return "near_grey" if chroma < NEARLY_GREY else "monotone"


def is_bilevel(luma: NDArray[np.uint8]) -> bool:
    """Whether nearly all pixels of a photo are black or white, some of each."""
    dark, light = float((luma < DARK).mean()), float((luma > LIGHT).mean())
    return dark + light >= TWO_LEVELS and min(dark, light) > 1 - TWO_LEVELS


SIGNAL = Signal(
    name="colour",
    version=3,
    columns=(
        Column("color", pl.String(), ", ".join(CLASSES)),
        Column("chroma", pl.Float32(), "CIELAB units: how far from grey the most colourful part is"),
        Column("tint_spread", pl.Float32(), "CIELAB units: what is left once one tint is taken out"),
    ),
    measure=measure,
)
