"""Garments alone, on a transparent ground or one of a colour: their edges soft, nothing behind them left.

A mask comes from 28 x 28 values a garment, so its edge is off by some pixels. GrabCut moves it to where the
photo's colours part, unless they part there worse than along the mask's own edge; the mixture of these makes
it soft, and what shone through is taken out of its colours.
The numbers below were chosen on wild780 val and CCP-30 val: `benchmarks/cutouts.py`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from wildwear import imaging
from wildwear.imaging import Rle
from wildwear.imaging.arrays import FloatArray, Pixels
from wildwear.reporting.colours import Colour

CELLS = 28  # values along a side of the model's masks: a cell is a side of the garment by them
IN_DOUBT = 0.5  # cells on either side of a mask's edge in which the garment may end
AROUND = 3  # cells of the photo around a garment that tell what is behind it
WORKING_SIDE = 512  # pixels, of the longer side at most: a larger garment is looked at smaller
FEWEST_SAMPLES = 16  # pixels inside and outside, below which their colours tell nothing
LEAST_CONTRAST = 4.0  # of 255, between the mean colours inside and outside, below which they tell nothing
LEAST_LEFT = 0.5  # of a mask inside the new edge; with less the garment looks like what is behind it
FADES_WITHIN = 1.5  # pixels on either side of the edge at the working size at most, beyond it all or nothing
VARIES = 1.0  # weight of how much the colours vary on either side, against how far apart they are
NOISE = 12.0  # of 255, likewise: what colours differ by in any photo
OPAQUE = 0.98  # an alpha over it is whole, and none under the rest: what is left of a filter's rounding
SLIVER = 0.01  # of a garment's largest part; a smaller part goes
NO_RECTANGLE = (0, 0, 0, 0)  # which GrabCut could begin with instead of a mask
LIGHTEST = 1e-4  # a sum of weights below it is rounding
WIDE, NARROW = 45, 6  # pixels over which colours are gathered, roughly first, then closely


@dataclass(frozen=True)
class Sides:
    """What lies on either side of a mask's edge, for each pixel that which is nearest.

    Attributes:
        depth: (h, w) float32, how deep each pixel lies inside; below zero, how far outside.
        behind: (h, w, 3) float32, the colour outside, 0 to 255.
        way: (h, w, 3) float32, from there to the colour inside.
        trust: (h, w, 1) float32 in [0, 1]: how far the two are apart, against how much they vary.
        fades: pixels on either side of the edge that are mixtures, and count on neither.
    """

    depth: FloatArray
    behind: FloatArray
    way: FloatArray
    trust: FloatArray
    fades: float

    @property
    def parting(self) -> float:
        """How well the colours part along the edge: the mean of `trust` there; 0 without an edge."""
        edge = np.abs(self.depth) <= 1
        return float(self.trust[edge].mean()) if edge.any() else 0.0


@dataclass(frozen=True)
class Matte:
    """How much of each pixel is garment.

    Attributes:
        alpha: (h, w) float32 in [0, 1], of a part of the photo.
        left: first column of that part.
        top: first row of it.
    """

    alpha: FloatArray
    left: int
    top: int

    @property
    def window(self) -> tuple[slice, slice]:
        """The rows and columns of the photo that it is of."""
        height, width = self.alpha.shape
        return slice(self.top, self.top + height), slice(self.left, self.left + width)


def cut_out(photo: Pixels, mask: Rle) -> Pixels:
    """Return a garment alone, cropped to it: (h, w, 4) RGBA uint8, all zero where it is not.

    Args:
        photo: (height, width, 3) uint8 RGB.
        mask: of the photo's size.
    """
    return lift(photo, matte(photo, mask))


def matte(photo: Pixels, mask: Rle) -> Matte:
    """Find how much of each pixel is garment, from its mask and the photo around.

    Args:
        photo: (height, width, 3) uint8 RGB.
        mask: of the photo's size.
    """
    left, top, width, height = (int(edge) for edge in imaging.bbox(mask))
    cell = math.sqrt(width * height) / CELLS
    margin = math.ceil(AROUND * cell + FADES_WITHIN)
    y, x = max(0, top - margin), max(0, left - margin)
    window = slice(y, top + height + margin), slice(x, left + width + margin)
    pixels = np.ascontiguousarray(photo[window])
    inside = np.ascontiguousarray(imaging.decode(mask)[window]).view(np.uint8)
    scale = min(1.0, WORKING_SIDE / max(inside.shape))
    small, small_inside = (resized(values, scale) for values in (pixels, inside * np.uint8(255)))
    doubt = max(1.0, IN_DOUBT * cell * scale)
    fades = min(FADES_WITHIN, doubt)
    own = sides(small, small_inside > 127, fades)
    moved = sides(small, snap(small, small_inside > 127, doubt), fades)
    # In a pattern, or before something alike, GrabCut finds edges that are none of the garment's.
    alpha = without_slivers(softened(pixels, moved if moved.parting > own.parting else own))
    return cropped(Matte(alpha, x, y))


def merge(mattes: Sequence[Matte], size: tuple[int, int]) -> Matte:
    """Return one matte of several garments.

    Args:
        mattes: of one photo.
        size: (height, width) of the photo.
    """
    alpha = np.zeros(size, dtype=np.float32)
    for one in mattes:
        np.maximum(alpha[one.window], one.alpha, out=alpha[one.window])
    return cropped(Matte(alpha, 0, 0))


def lift(photo: Pixels, one: Matte, *, canvas: bool = False, background: Colour | None = None) -> Pixels:
    """Take what a matte shows out of its photo.

    Args:
        photo: (height, width, 3) uint8 RGB.
        one: of this photo.
        canvas: whether to keep the size of the photo, and the garment's place in it; else it is cropped.
        background: the colour to lay it on; None leaves it transparent.

    Returns:
        (h, w, 4) RGBA uint8, all zero where nothing is shown; (h, w, 3) RGB uint8 on a background.
    """
    colours = own_colours(photo[one.window], one.alpha) if one.alpha.size else photo[:0, :0]
    alpha = one.alpha[..., None]
    if background is None:
        opacity = (255 * alpha).round()
        picture = np.dstack([colours * (opacity > 0), opacity]).astype(np.uint8)
    else:
        ground = np.array(background, dtype=np.float32)
        picture = (colours * alpha + ground * (1 - alpha)).round().astype(np.uint8)
    if not canvas:
        return picture
    whole = np.zeros((*photo.shape[:2], picture.shape[2]), dtype=np.uint8)
    if background is not None:
        whole[:] = background
    whole[one.window] = picture
    return whole


def snap(pixels: Pixels, inside: NDArray[np.bool_], doubt: float) -> NDArray[np.bool_]:
    """Move a mask's edge to where the colours of the garment and of what is behind it part.

    Args:
        pixels: (h, w, 3) uint8 RGB.
        inside: (h, w)
        doubt: pixels on either side of the edge within which it may move.

    Source: Rother et al., "GrabCut", SIGGRAPH 2004, in OpenCV.
    """
    size = np.count_nonzero(inside)
    if min(size, inside.size - size) < FEWEST_SAMPLES:
        return inside
    if np.abs(pixels[inside].mean(axis=0) - pixels[~inside].mean(axis=0)).max() < LEAST_CONTRAST:
        return inside
    depth = signed_distance(inside)
    guess = np.where(inside, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    guess[depth > doubt], guess[depth < -doubt] = cv2.GC_FGD, cv2.GC_BGD
    cv2.setRNGSeed(0)  # it begins with a random clustering: the same photo, the same cut-out
    models = np.zeros((2, 1, 65))  # of the colours, which it fills
    cv2.grabCut(pixels, guess, NO_RECTANGLE, models[0], models[1], 1, cv2.GC_INIT_WITH_MASK)
    snapped = (guess == cv2.GC_FGD) | (guess == cv2.GC_PR_FGD)
    return snapped if np.count_nonzero(snapped & inside) > LEAST_LEFT * size else inside


def sides(pixels: Pixels, inside: NDArray[np.bool_], fades: float) -> Sides:
    """Look at what lies on either side of a mask's edge, and how clearly it is told apart.

    Args:
        pixels: (h, w, 3) uint8 RGB.
        inside: (h, w)
        fades: see `Sides`.
    """
    depth, seen = signed_distance(inside), pixels.astype(np.float32)
    (garment, garment_varies), (behind, behind_varies) = (
        surroundings(seen, (side > fades).astype(np.float32)) for side in (depth, -depth)
    )
    way = garment - behind
    length = (way**2).sum(axis=2, keepdims=True)
    trust = length / (length + VARIES * (garment_varies + behind_varies) + NOISE**2)
    return Sides(depth, behind, way, trust, fades)


def softened(pixels: Pixels, edge: Sides) -> FloatArray:
    """Let a mask's edge fade as its pixels pass from the garment's colours to those behind it.

    A pixel at the edge is a mixture, so it lies on the way from one colour to the other; how far along it is
    says how much of it is garment. Where the two colours are hardly apart, only the mask can say.

    Args:
        pixels: (h, w, 3) uint8 RGB.
        edge: of the mask, at the working size.

    Returns:
        (h, w) float32 in [0, 1].
    """
    scaled = edge.way / np.maximum((edge.way**2).sum(axis=2, keepdims=True), 1)
    by_mask = np.clip(0.5 + edge.depth / (2 * edge.fades), 0, 1)
    known = np.dstack([scaled, (scaled * edge.behind).sum(axis=2), edge.trust, by_mask, edge.depth])
    size = pixels.shape[1], pixels.shape[0]
    known = np.asarray(cv2.resize(known, size, interpolation=cv2.INTER_LINEAR))
    along = np.clip((known[..., :3] * pixels).sum(axis=2) - known[..., 3], 0, 1)
    trust, by_mask, depth = known[..., 4], known[..., 5], known[..., 6]
    alpha = trust * along + (1 - trust) * by_mask
    alpha = np.clip((alpha - 1 + OPAQUE) / (2 * OPAQUE - 1), 0, 1)
    alpha[depth > edge.fades], alpha[depth < -edge.fades] = 1, 0
    return np.asarray(alpha, dtype=np.float32)


def surroundings(seen: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The colour of the nearest pixels that count, and how much it varies there.

    Args:
        seen: (h, w, 3) float32, 0 to 255.
        weights: (h, w) float32, 1 where a pixel counts.

    Returns:
        (h, w, 3) mean; (h, w, 1) variance, of the three channels together.
    """
    mean, squares = seen, seen**2
    for reach in (WIDE, NARROW):
        mean, squares = gathered(mean, seen, weights, reach), gathered(squares, seen**2, weights, reach)
    return mean, np.maximum(squares - mean**2, 0).sum(axis=2, keepdims=True)


def without_slivers(alpha: FloatArray) -> FloatArray:
    """Drop the parts that are of hardly any size beside the largest."""
    count, parts = cv2.connectedComponents((alpha > 0).astype(np.uint8))
    sizes = np.bincount(parts.ravel(), weights=alpha.ravel(), minlength=count)
    return np.asarray(alpha * (sizes >= SLIVER * sizes.max())[parts], dtype=np.float32)


def own_colours(pixels: Pixels, alpha: FloatArray) -> FloatArray:
    """The colours of the garment alone, where what is behind it shines through: (h, w, 3) float32, 0 to 255.

    Source: after Forte, "Approximate fast foreground colour estimation", ICIP 2021.
    """
    seen, share = pixels.astype(np.float32), alpha[..., None]
    garment, _ = surroundings(seen, (alpha > OPAQUE).astype(np.float32))
    behind, _ = surroundings(seen, (alpha < 1 - OPAQUE).astype(np.float32))
    own = garment + share * (seen - share * garment - (1 - share) * behind)
    return np.where(share == 1, seen, np.clip(own, 0, 255))


def gathered(otherwise: FloatArray, values: FloatArray, weights: FloatArray, reach: int) -> FloatArray:
    """The weighted mean of (h, w, 3) values around each pixel; `otherwise` where nothing near has weight."""
    size = (2 * reach + 1, 2 * reach + 1)
    total = cv2.blur(weights, size)[..., None]
    mean = cv2.blur(values * weights[..., None], size) / np.maximum(total, LIGHTEST)
    return np.where(total > LIGHTEST, mean, otherwise)


def signed_distance(inside: NDArray[np.bool_]) -> FloatArray:
    """How deep each pixel lies inside a mask; below zero, how far outside: (h, w) float32, pixels."""
    depths = [cv2.distanceTransform(part.astype(np.uint8), cv2.DIST_L2, 5) for part in (inside, ~inside)]
    return np.asarray(depths[0] - depths[1], dtype=np.float32)


def resized(values: Pixels, scale: float) -> Pixels:
    """A picture or a mask, (h, w) or (h, w, 3) uint8, made smaller."""
    if scale == 1:
        return values
    size = max(1, round(values.shape[1] * scale)), max(1, round(values.shape[0] * scale))
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def cropped(one: Matte) -> Matte:
    """The part of a matte that shows something."""
    shown = (one.alpha > 0.5 / 255).astype(np.uint8)
    left, top, width, height = cv2.boundingRect(shown)
    return Matte(one.alpha[top : top + height, left : left + width], one.left + left, one.top + top)
