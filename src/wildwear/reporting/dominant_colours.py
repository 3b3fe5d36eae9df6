"""The colours that a garment has, by the names that people give them. Not those that it is drawn in."""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from wildwear import imaging
from wildwear.imaging import Rle
from wildwear.imaging.arrays import FloatArray, Pixels
from wildwear.reporting.colours import ciede2000, colour_named, hexadecimal, in_lab

NAMES: dict[str, str] = {
    "black": "#000000",
    "dark grey": "#363737",
    "grey": "#929591",
    "light grey": "#d8dcd6",
    "white": "#ffffff",
    "off white": "#ffffe4",
    "beige": "#e6daa6",
    "tan": "#d1b26f",
    "light brown": "#ad8150",
    "brown": "#653700",
    "dark brown": "#341c02",
    "burgundy": "#610023",
    "dark red": "#840000",
    "red": "#e50000",
    "salmon": "#ff796c",
    "rust": "#a83c09",
    "orange": "#f97306",
    "peach": "#ffb07c",
    "mustard": "#ceb301",
    "yellow": "#ffff14",
    "khaki": "#aaa662",
    "olive": "#6e750e",
    "army green": "#4b5d16",
    "light green": "#96f97b",
    "mint": "#9ffeb0",
    "green": "#15b01a",
    "dark green": "#033500",
    "teal": "#029386",
    "turquoise": "#06c2ac",
    "light blue": "#95d0fc",
    "sky blue": "#75bbfd",
    "grey blue": "#6b8ba4",
    "denim blue": "#3b5b92",
    "blue": "#0343df",
    "navy blue": "#001146",
    "lavender": "#c79fef",
    "purple": "#7e1e9c",
    "dark purple": "#35063e",
    "mauve": "#ae7181",
    "magenta": "#c20078",
    "hot pink": "#ff028d",
    "pink": "#ff81c0",
    "light pink": "#ffd1df",
}
"""Names and colours from the xkcd colour survey (Munroe 2010, xkcd.com/color/rgb.txt, CC0), in which 222,500
people named what they saw: those that clothes are called by."""

MOST_SAMPLES = 500  # pixels of a garment that are looked at: more say the same
CLUSTERS = 4
MOST_COLOURS = 3
ALIKE = 12.0  # CIEDE2000, up to which two clusters are one colour: light and shade on one cloth
SMALLEST_SHARE = 0.1  # of the garment; less is a button, or an edge that was missed
EDGE = 0.04  # of the garment's side is left out along its edge, where other things shine in


@dataclass(frozen=True)
class DominantColour:
    """A colour of a garment.

    Attributes:
        name: one of `NAMES`.
        hex: as #rrggbb.
        share: of the garment's pixels, in (0, 1].
    """

    name: str
    hex: str
    share: float


def dominant_colours(photo: Pixels, mask: Rle) -> list[DominantColour]:
    """Return up to three colours of a garment, that of most pixels first; none of an empty mask.

    Its pixels are clustered in CIELAB by k-means, what looks alike (CIEDE2000) or has one name is one, and
    each is called by the nearest name.

    Args:
        photo: (height, width, 3) uint8 RGB.
        mask: of the photo's size.
    """
    samples = sampled(photo, mask)
    if not len(samples):
        return []
    cv2.setRNGSeed(0)  # k-means begins with random clusters: the same photo, the same colours
    until = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_MAX_ITER, 10, 1.0)
    points, count = in_lab(samples), min(CLUSTERS, len(samples))
    _, chosen, middles = cv2.kmeans(points[:, None], count, np.empty(0), until, 1, cv2.KMEANS_PP_CENTERS)
    centres, cluster_of = np.asarray(middles, dtype=np.float32), chosen.ravel()
    sizes = np.bincount(cluster_of, minlength=count)
    bands = (
        *samples.T,
        *points.T,
    )  # RGB and CIELAB: sums of a cluster are quicker to come by than its pixels
    sums = np.stack([np.bincount(cluster_of, band, count) for band in bands], axis=1)
    apart = ciede2000(centres[:, None], np.concatenate([named_colours(), centres])[None])
    names, apart = apart[:, : len(NAMES)].argmin(axis=1), apart[:, len(NAMES) :]
    colours: list[list[int]] = []  # the clusters of each, the largest first
    for cluster in np.argsort(-sizes, kind="stable").tolist():
        for one in colours:
            if apart[one[0], cluster] < ALIKE or names[one[0]] == names[cluster]:
                one.append(cluster)
                break
        else:
            colours.append([cluster])
    colours.sort(key=lambda one: -sizes[one].sum())
    shares = [float(sizes[one].sum()) / len(samples) for one in colours[:MOST_COLOURS]]
    shares = shares[:1] + [share for share in shares[1:] if share >= SMALLEST_SHARE]
    means = np.stack([sums[one].sum(axis=0) / sizes[one].sum() for one in colours[: len(shares)]])
    nearest = ciede2000(means[:, None, 3:], named_colours()[None]).argmin(axis=1)
    found: dict[str, DominantColour] = {}
    for share, number, (red, green, blue) in zip(
        shares, nearest.tolist(), means[:, :3].round().astype(int).tolist(), strict=True
    ):
        name = list(NAMES)[number]
        found.setdefault(name, DominantColour(name, hexadecimal((red, green, blue)), round(share, 2)))
    return list(found.values())


@cache
def named_colours() -> FloatArray:
    """The colours of `NAMES` in CIELAB, (n, 3)."""
    return in_lab(np.array([colour_named(one) for one in NAMES.values()], dtype=np.uint8))


def sampled(photo: Pixels, mask: Rle) -> Pixels:
    """Return some pixels of a garment, evenly spread and away from its edge: (n, 3)."""
    left, top, width, height = (int(edge) for edge in imaging.bbox(mask))
    inside = imaging.decode(mask)[top : top + height, left : left + width]
    if not inside.size:
        return photo[:0, 0]
    edge = 1 + 2 * round(EDGE * (width * height) ** 0.5)
    deep = cv2.erode(
        np.ascontiguousarray(inside).view(np.uint8), np.ones((edge, edge), np.uint8), borderValue=0
    )
    places = np.flatnonzero(deep.view(np.bool_))
    if not len(places):
        places = np.flatnonzero(inside)
    rows, columns = np.unravel_index(places[:: max(1, len(places) // MOST_SAMPLES)], inside.shape)
    return photo[top + rows, left + columns]
