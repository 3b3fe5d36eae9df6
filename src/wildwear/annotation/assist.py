"""What the model and the photo's edges do for who annotates: outlines proposed, outlines where they point,
rough outlines made exact, wrong ones put right. Not for how it is asked: see `assist_routes.py`."""

import math
from collections.abc import Sequence
from functools import lru_cache
from threading import Lock
from typing import Self

import cv2
import msgspec
import numpy as np

from wildwear import gathering, imaging
from wildwear.annotation.outlines import mask_of, parts_of_mask
from wildwear.annotation.patching import patched
from wildwear.annotation.project import place_of
from wildwear.annotation.snapping import around, snapped
from wildwear.annotation.work import Part
from wildwear.imaging.arrays import FloatArray, Pixels
from wildwear.inference import Prediction, Segmenter
from wildwear.inference.display import shown

PROPOSED = 0.2  # score: what is more often wrong than right still costs less to reject than to draw
LEAST = 0.05  # score of what lies under a click, where no more is known than that something does
COVERED = 0.8  # share of a scribble that a garment covers; hands slip
AROUND = (0.02, 0.05, 0.1, 0.2)  # of the photo's longer side: how far around a hint to look
BLUR = 0.02  # of the root of a mask's area: standard deviation of the blur that takes its fringes away,
STRAY = 0.015  # and how far its outline may stray for the sake of few vertices
RUNNERS_UP = 2  # names beside the likeliest
KEPT_PHOTOS = 64  # of which what was found is remembered
KEPT_PIXELS = 2  # photos: of 12 megapixels each has 36 MB


class Proposal(msgspec.Struct, frozen=True):
    """A garment that the model sees.

    Attributes:
        parts: its outlines, of few vertices.
        category: the likeliest.
        score: how likely.
        runners_up: (category, score) of what else it may be.
    """

    parts: list[Part]
    category: int
    score: float
    runners_up: list[tuple[int, float]]

    @classmethod
    def of(cls, found: Prediction, index: int) -> Self:
        """One of the garments that were found."""
        return cls(
            smooth_parts(found.masks[index], imaging.tolerance_for(found.size)),
            int(found.category_ids[index]),
            round(float(found.scores[index]), 4),
            found.alternatives[index][:RUNNERS_UP],
        )


class Assistant:
    """A model at the side of who annotates. One may serve many threads at once: they take turns, since the
    model takes every core. Photos are called by their places, as the store writes them.
    """

    def __init__(self, segmenter: Segmenter) -> None:
        """Have a model look at photos."""
        self._segmenter = segmenter
        self._turn = Lock()
        self._pixels = lru_cache(KEPT_PIXELS)(pixels_at)
        self._everything = lru_cache(KEPT_PHOTOS)(self._look)

    def proposals(self, place: str) -> list[Proposal]:
        """What the model sees on a photo, the surest first, one garment once.

        Raises:
            PhotoError: the photo cannot be read.
            ModelError: the model stopped on it.
        """
        with self._turn:
            everything = self._everything(place)
        thresholds = self._segmenter.card.thresholds.changed(score=PROPOSED)
        found = shown(everything, thresholds)
        proposals = [Proposal.of(found, index) for index in range(len(found))]
        return [one for one in proposals if one.parts]

    def in_box(self, place: str, box: Sequence[float]) -> Proposal | None:
        """The garment in a box, xyxy; None where the model sees no pixel of one. Raises as `proposals`."""
        with self._turn:
            found = self._segmenter.segment_boxes(self._pixels(place), np.array([box], dtype=np.float32))
        proposal = Proposal.of(found, 0)
        return proposal if proposal.parts else None

    def under(self, place: str, points: Sequence[tuple[float, float]]) -> Proposal | None:
        """The garment under clicks or a scribble: of all that was found there the surest, else of what boxes
        around it hold. None where nothing is likely. Raises as `proposals`."""
        with self._turn:
            found = covering(self._everything(place), points)
            if not len(found):
                pixels = self._pixels(place)
                boxes = boxes_around(points, pixels.shape[:2])
                found = covering(self._segmenter.segment_boxes(pixels, boxes), points)
        if not len(found):
            return None
        surest = int(found.scores.argmax())
        return Proposal.of(found, surest) if found.scores[surest] >= LEAST else None

    def snapped(self, place: str, parts: Sequence[Part], above: Sequence[Sequence[Part]]) -> list[Part]:
        """A rough outline moved to the edges around it; as it was where there is nothing to move.

        Args:
            place: of the photo.
            parts: what was drawn.
            above: what lies on top of it, a list of parts each.

        Raises:
            PhotoError: the photo cannot be read.
        """
        pixels = self._pixels(place)
        size = pixels.shape[:2]
        covered = imaging.union([mask_of(one, size) for one in above]) if above else None
        mask = snapped(
            pixels,
            imaging.decode(mask_of(parts, size)),
            np.zeros(size, np.bool_) if covered is None else imaging.decode(covered),
        )
        return parts_of_mask(imaging.encode(mask), imaging.tolerance_for(size)) or list(parts)

    def patched(self, place: str, parts: Sequence[Part], point: tuple[float, float]) -> list[Part]:
        """An outline with the region at a point, or without it where the point lies inside; as it was where
        nothing of it would be left.

        Args:
            place: of the photo.
            parts: the outline.
            point: x and y.

        Raises:
            PhotoError: the photo cannot be read.
        """
        pixels = self._pixels(place)
        size = pixels.shape[:2]
        mask = imaging.decode(mask_of(parts, size))
        if not mask.any():
            return list(parts)
        changed = imaging.encode(patched(pixels, mask, point))
        return parts_of_mask(changed, imaging.tolerance_for(size)) or list(parts)

    def _look(self, place: str) -> Prediction:
        """All that the model finds on a photo, several times too."""
        pixels = self._pixels(place)
        limit = self._segmenter.card.thresholds.max_detections
        return self._segmenter(pixels, score=LEAST, suppress=False, limit=limit)


def pixels_at(place: str) -> Pixels:
    """The pixels of the photo at a place that the store wrote. Raises `PhotoError`."""
    return gathering.read(place_of(place))


def covering(found: Prediction, points: Sequence[tuple[float, float]]) -> Prediction:
    """The garments that most of some points lie on."""
    height, width = found.size
    columns, rows = np.clip(np.array(points), 0, [width - 1, height - 1]).astype(int).T
    shares = [float(found.mask(index)[rows, columns].mean()) for index in range(len(found))]
    return found.pick(np.flatnonzero(np.array(shares) >= COVERED))


def boxes_around(points: Sequence[tuple[float, float]], size: tuple[int, int]) -> FloatArray:
    """Boxes of several sizes around points: (k, 4) float32, xyxy.

    Args:
        points: of a hint; may lie outside the photo.
        size: (height, width) of the photo in pixels.
    """
    limits = np.array([size[1], size[0]] * 2)
    corners = np.clip(np.concatenate([np.min(points, axis=0), np.max(points, axis=0)]), 0, limits)
    outwards = np.array([-1, -1, 1, 1]) * max(size)
    boxes: FloatArray = np.clip([corners + share * outwards for share in AROUND], 0, limits).astype(
        np.float32
    )
    return boxes


def smooth_parts(mask: imaging.Rle, tolerance: float) -> list[Part]:
    """The outlines of a model's mask without its fringes, with the few vertices that a person would mend. On
    CCP-30 val and wild780 val they are 33 instead of 60 a garment, for 0.001 of IoU.

    Args:
        mask: of the photo.
        tolerance: pixels that the outline may stray at least.
    """
    side = math.sqrt(imaging.area(mask))
    pixels = imaging.decode(mask)
    if side:
        window = around(pixels, math.ceil(4 * BLUR * side))
        blurred = cv2.GaussianBlur(pixels[window].astype(np.float32), (0, 0), BLUR * side)
        pixels[window] = blurred > 0.5
    smooth = imaging.encode(pixels)
    return parts_of_mask(smooth if imaging.area(smooth) else mask, max(tolerance, STRAY * side))
