"""How few actions an outline takes that is drawn: the geometry of `annotate.py`.

A garment is seen close up, and an outline of the fewest vertices is looked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from wildwear import imaging
from wildwear.annotation.work import Part

GOAL = 0.9  # IoU
SIDE = 96  # pixels, of what is seen of a garment while it is outlined
FINER = 4  # times, at which an outline is painted
FINE = 1.0  # of those pixels, that the finest outline strays
SLIDES = -9, -5, -2, 2, 5, 9  # of those pixels, by which a vertex is tried elsewhere on the border
STRAYS = tuple(float(stray) for stray in np.arange(8, 0.2, -0.1))  # of those pixels: rough outlines first
WORTH = 0.6  # IoU from which snapping may reach the goal
CRUMB = 0.03  # of a garment; a smaller part of it is not drawn
SUBPIXELS = 4  # bits

Mask = NDArray[np.bool_]
Rings = list[NDArray[np.float64]]


@dataclass(frozen=True)
class Sight:
    """A garment close up.

    Attributes:
        truth: (h, w) bool.
        hidden: (h, w) bool, where others lie on top of it.
        corner: x and y of its upper left in the photo.
        scale: pixels of it a pixel of the photo.
    """

    truth: Mask
    hidden: Mask
    corner: NDArray[np.float64]
    scale: float

    @classmethod
    def of(cls, truth: Mask, hidden: Mask, parts: Sequence[Part] = ()) -> Sight:
        """A garment, and parts that shall be seen as a whole, of masks of the photo."""
        rows, columns = np.nonzero(truth)
        points = [(columns.min(), rows.min()), (columns.max() + 1, rows.max() + 1)]
        points += [point for part in parts for ring in part for point in ring]
        low, high = np.min(points, axis=0), np.max(points, axis=0)
        margin = 0.1 * (high - low) + 4
        left, top = np.maximum(0, np.floor(low - margin)).astype(int)
        right, bottom = np.ceil(high + margin).astype(int)
        window = np.s_[top:bottom, left:right]
        scale = min(1.0, SIDE / max(truth[window].shape))
        smaller = [
            cv2.resize(
                mask[window].astype(np.float32), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA
            )
            > 0.5
            for mask in (truth, hidden)
        ]
        return cls(smaller[0], smaller[1] & ~smaller[0], np.array([left, top], float), scale)

    def seen(self, parts: Sequence[Part]) -> Rings:
        """Parts of the photo as rings of it."""
        return [(np.array(ring, float) - self.corner) * self.scale for part in parts for ring in part]

    def in_photo(self, rings: Rings) -> list[Part]:
        """Rings of it as parts of the photo; a ring within another is a hole in it."""
        closed = [ring.astype(np.float32) for ring in rings]
        parts: dict[int, Part] = {}
        for index, ring in enumerate(closed):
            first = (float(ring[0, 0]), float(ring[0, 1]))
            around = (
                other
                for other in range(len(closed))
                if other != index and cv2.pointPolygonTest(closed[other], first, False) > 0
            )
            placed = [(float(x), float(y)) for x, y in rings[index] / self.scale + self.corner]
            within = next(around, None)
            if within is None:
                parts.setdefault(index, []).insert(0, placed)
            else:
                parts.setdefault(within, []).append(placed)
        return list(parts.values())

    def drawn(self, rings: Rings) -> Mask:
        """The pixels that rings cover by half or more; holes are rings within rings."""
        height, width = self.truth.shape
        canvas = np.zeros((FINER * height, FINER * width), np.uint8)
        if rings:
            # OpenCV's pixels have their centres at whole numbers, the photo's at halves. It paints those on
            # the border as well, so at the size of the mask a garment would be larger than its own border
            whole = [np.round((FINER * ring - 0.5) * 2**SUBPIXELS).astype(np.int32) for ring in rings]
            cv2.fillPoly(canvas, whole, 255, shift=SUBPIXELS)
        return np.asarray(cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA) >= 128)

    def iou(self, mask: Mask) -> float:
        """Of a mask with the garment, where it is seen."""
        union = int(((mask | self.truth) & ~self.hidden).sum())
        return int((mask & self.truth).sum()) / max(1, union)


def borders(shape: Mask) -> Rings:
    """The borders of a shape's larger parts and holes, points a pixel apart."""
    exact = [ring for part in imaging.outlines(imaging.encode(shape)) for ring in part]
    return [dense(ring) for ring in exact if cv2.contourArea(ring) >= CRUMB * shape.sum()]


def outlines(sight: Sight, border: Rings) -> Iterator[Rings]:
    """Outlines of ever fewer vertices, all on the border: the vertex that is missed least goes, and those
    beside it slide to where they bring most."""

    def ringed(chosen: list[list[int]]) -> Rings:
        return [ring[places] for ring, places in zip(border, chosen, strict=True) if places]

    def score(chosen: list[list[int]]) -> float:
        return sight.iou(sight.drawn(ringed(chosen)))

    chosen = [fine(ring) for ring in border]
    while any(chosen):
        yield ringed(chosen)
        fewer = [
            (score(other), index, vertex, other)
            for index, places in enumerate(chosen)
            for vertex in (range(len(places)) if len(places) > 3 else range(min(1, len(places))))
            for other in [without(chosen, index, vertex)]
        ]
        best, index, vertex, chosen = max(fewer, key=lambda one: one[0])
        places, length = chosen[index], len(border[index])
        for neighbour in {(vertex - 1) % len(places), vertex % len(places)} if places else ():
            for slide in SLIDES:
                other = [list(one) for one in chosen]
                other[index][neighbour] = (places[neighbour] + slide) % length
                if other[index] == sorted(set(other[index])) and (reached := score(other)) > best:
                    best, chosen = reached, other


def fine(ring: NDArray[np.float64]) -> list[int]:
    """Which points of a border make a fine outline of it."""
    kept = cv2.approxPolyDP(ring.astype(np.float32), FINE, True)[:, 0]
    return sorted({int(np.abs(ring - point).sum(axis=1).argmin()) for point in kept})


def without(chosen: list[list[int]], index: int, vertex: int) -> list[list[int]]:
    """The vertices but one; a ring of three goes as a whole."""
    places = chosen[index]
    left = [*places[:vertex], *places[vertex + 1 :]] if len(places) > 3 else []
    return [*chosen[:index], left, *chosen[index + 1 :]]


def fewest(sight: Sight, snap: Callable[[Rings], Rings]) -> tuple[int, int]:
    """Actions of the roughest outline that reaches the goal, a click a vertex and a key a part: as it is, and
    snapped, with the key for that, where this takes fewer. Where none reaches it, the finest counts."""
    found = []
    for shape in shapes(sight):
        alone = snapped = None
        for rings in outlines(sight, borders(shape)):
            actions = drawing(rings)
            score = sight.iou(sight.drawn(rings))
            if alone is None or score >= GOAL:
                alone = actions
            elif score < WORTH:
                break
            elif sight.iou(sight.drawn(snap(rings))) >= GOAL:
                snapped = actions + 1
        if alone is not None:
            found.append((alone, min(alone, snapped or alone)))
    return min(one for one, _ in found), min(one for _, one in found)


def careful(sight: Sight) -> int:
    """Actions of the outline that a careful person draws, who clicks wherever the border bends and does not
    know which bends count: a click a vertex and a key a part, of the roughest that reaches the goal. Where
    none reaches it, the finest counts."""
    return min(drawing(bends(sight, shape, GOAL)) for shape in shapes(sight))


def drawing(rings: Rings) -> int:
    """Actions of an outline: a click a vertex and a key a part."""
    return sum(len(ring) + 1 for ring in rings)


def bends(sight: Sight, shape: Mask, overlap: float) -> Rings:
    """The roughest outline of a shape by where its border bends that has this IoU with the garment; the
    finest, where none has it.

    Source: Douglas and Peucker, "Algorithms for the reduction of the number of points", Cartographica 1973.
    """
    rings: Rings = []
    for stray in STRAYS:
        places = [cv2.approxPolyDP(ring.astype(np.float32), stray, True)[:, 0] for ring in borders(shape)]
        rings = [np.array(ring, dtype=np.float64) for ring in places if len(ring) >= 3]
        if sight.iou(sight.drawn(rings)) >= overlap:
            break
    return rings


def shapes(sight: Sight) -> Iterator[Mask]:
    """What may be drawn of a garment: what is seen of it, and it with what lies on it between its parts."""
    yield sight.truth
    if sight.hidden.any():
        closed = cv2.morphologyEx(sight.truth.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
        yield (closed > 0) & (sight.truth | sight.hidden)


def dense(ring: NDArray[Any]) -> NDArray[np.float64]:
    """Points all along a ring, a pixel apart."""
    sides = zip(ring, np.roll(ring, -1, axis=0), strict=True)
    return np.concatenate(
        [np.linspace(a, b, max(1, round(float(np.abs(b - a).max()))), endpoint=False) for a, b in sides]
    )
