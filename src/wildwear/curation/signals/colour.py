"""Whether a photo is in colour: told from grey, nearly grey, toned in one tint, and black and white.

Looked at is a small copy in CIELAB, where distances are as people see them. A toned photo, sepia say, has one
tint for each lightness, whatever that is. So the mean tint of each lightness is taken out, and `tint_spread`
is how far the pixels lie from it: that hardly depends on how strong the tint is, nor on how dark the photo.

Source: ours. Thresholds were set by eye on ../shared/data/wild-pool; `benchmarks/colour.py` has labels of 470
of its photos, and measures ours and the thesis' rule on them. Of the 1,996 photos of Clothing Co-Parsing, all
in colour, none is taken for grey; by the thesis' rule 114 are.
"""

import cv2
import numpy as np
import polars as pl
from numpy.typing import NDArray

from wildwear.curation.catalog import Column
from wildwear.curation.signals.signal import Photo, Signal, Values

CLASSES = ("color", "near_grey", "monotone", "grey", "black_and_white")

GREY = 1.0  # chroma; of the pool no photo has between 0.2 and 1.6
NEARLY_GREY = 7.0  # chroma, under which nobody sees a tint but beside a grey photo
ONE_TINT = 7.5  # tint_spread, under which there is one tint; a strong one may spread
STRONG_TINT = 11.5  # so far, as long as that is less than
OF_CHROMA = 0.45  # of chroma
MOST = 99  # percentile: a red hat of two in a hundred pixels makes a photo one in colour
LIGHTNESSES = 16
DARK, LIGHT = 32, 223  # grey levels that are black or white
TWO_LEVELS = 0.95  # share of pixels that are either, in a photo without greys


def measure(photo: Photo) -> Values:
    """The class and the two measures that it follows from."""
    small = photo.small
    chroma, tint_spread = tints(small)
    return {
        "color": color_class(chroma, tint_spread, is_bilevel(small)),
        "chroma": chroma,
        "tint_spread": tint_spread,
    }


def tints(photo: NDArray[np.uint8]) -> tuple[float, float]:
    """How far from grey a photo's most colourful pixels are, and how far its pixels are from one tint.

    Args:
        photo: (height, width, 3) uint8 RGB.

    Returns:
        Both in units of CIELAB, as the 99th of a hundred pixels has it.
    """
    lab = cv2.cvtColor(photo.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB).reshape(-1, 3)
    a, b = lab[:, 1], lab[:, 2]
    lightness = np.clip((lab[:, 0] * (LIGHTNESSES / 100)).astype(np.intp), 0, LIGHTNESSES - 1)
    counts = np.maximum(np.bincount(lightness, minlength=LIGHTNESSES), 1)
    mean_a, mean_b = (np.bincount(lightness, tint, LIGHTNESSES) / counts for tint in (a, b))
    chroma = np.percentile(np.hypot(a, b), MOST)
    tint_spread = np.percentile(np.hypot(a - mean_a[lightness], b - mean_b[lightness]), MOST)
    return float(chroma), float(tint_spread)


def is_bilevel(photo: NDArray[np.uint8]) -> bool:
    """Whether nearly all pixels of a (height, width, 3) photo are black or white, some of each."""
    luma = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    dark, light = float((luma < DARK).mean()), float((luma > LIGHT).mean())
    return dark + light >= TWO_LEVELS and min(dark, light) > 1 - TWO_LEVELS


def color_class(chroma: float, tint_spread: float, bilevel: bool) -> str:
    """One of `CLASSES`."""
    if tint_spread >= max(ONE_TINT, min(STRONG_TINT, OF_CHROMA * chroma)):
        return "color"
    if bilevel:
        return "black_and_white"
    if chroma < GREY:
        return "grey"
    return "near_grey" if chroma < NEARLY_GREY else "monotone"


SIGNAL = Signal(
    name="colour",
    version=2,
    columns=(
        Column("color", pl.String(), ", ".join(CLASSES)),
        Column("chroma", pl.Float32(), "CIELAB units: how far from grey the most colourful part is"),
        Column("tint_spread", pl.Float32(), "CIELAB units: what is left once one tint is taken out"),
    ),
    measure=measure,
)
