"""How few actions an outline takes: the geometry of `annotate.py`.

A garment is seen close up; an outline of the fewest vertices is looked for, and one that is there already is
mended by the drags that bring most.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from wildwear import imaging
from wildwear.annotation.work import Part

GOAL = 0.9  # IoU
SIDE = 96  # pixels, of what is seen of a garment while it is outlined
REACH = 12  # of those pixels, that a vertex is dragged at most,
PLACES = 10  # and how many of the border are tried
LONG = 10  # of those pixels: a side of which a point may be dragged
LEAST_STROKE = 8  # of those pixels, together: what is less is not worth a stroke
FINE = 1.0  # of those pixels, that the finest outline strays
SLIDES = -9, -5, -2, 2, 5, 9  # of those pixels, by which a vertex is tried elsewhere on the border
STRAYS = tuple(float(stray) for stray in np.arange(8, 0.2, -0.1))  # of those pixels: rough outlines first
WORTH = 0.6  # IoU from which snapping may reach the goal
CRUMB = 0.03  # of a garment; a smaller part of it is not drawn
SUBPIXELS = 4  # bits

Mask = NDArray[np.bool_]
Rings = list[NDArray[np.float64]]


class Stroke(NamedTuple):
    """A straight stroke of a round brush.

    Attributes:
        adds: whether it adds what it covers, or takes it away.
        pixels: (h, w) bool, what it covers.
        ends: its ends, x and y each.
        radius: of the brush, in pixels.
    """

    adds: bool
    pixels: Mask
    ends: Sequence[tuple[int, int]]
    radius: float


class Way(NamedTuple):
    """A way to the goal.

    Attributes:
        tools: taken up one after the other.
        actions: clicks, drags and keys with them.
    """

    tools: tuple[str, ...]
    actions: int


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
        """Rings of it as parts of the photo."""
        return [[[(float(x), float(y)) for x, y in ring / self.scale + self.corner]] for ring in rings]

    def drawn(self, rings: Rings) -> Mask:
        """What rings cover; holes are rings within rings."""
        canvas = np.zeros(self.truth.shape, np.uint8)
        if rings:
            # OpenCV's pixels have their centres at whole numbers, the photo's at halves
            whole = [np.round((ring - 0.5) * 2**SUBPIXELS).astype(np.int32) for ring in rings]
            cv2.fillPoly(canvas, whole, 1, shift=SUBPIXELS)
        return canvas.astype(np.bool_)

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
            actions = sum(len(ring) + 1 for ring in rings)
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
    none reaches it, the finest counts.

    Source: Douglas and Peucker, "Algorithms for the reduction of the number of points", Cartographica 1973.
    """
    found = []
    for shape in shapes(sight):
        for stray in STRAYS:
            bends = [cv2.approxPolyDP(ring.astype(np.float32), stray, True)[:, 0] for ring in borders(shape)]
            rings = [np.array(ring, dtype=np.float64) for ring in bends if len(ring) >= 3]
            if sight.iou(sight.drawn(rings)) >= GOAL or stray == STRAYS[-1]:
                found.append(sum(len(ring) + 1 for ring in rings))
                break
    return min(found)


def shapes(sight: Sight) -> Iterator[Mask]:
    """What may be drawn of a garment: what is seen of it, and it with what lies on it between its parts."""
    yield sight.truth
    if sight.hidden.any():
        closed = cv2.morphologyEx(sight.truth.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
        yield (closed > 0) & (sight.truth | sight.hidden)


def mended(
    sight: Sight,
    rings: Rings,
    radii: Sequence[float],
    most: int,
    snap: Callable[[Rings], Rings] | None = None,
) -> Way | None:
    """The drags that bring an outline to the goal, each the one that brings most; None where that takes more
    than `most`.

    Args:
        sight: of the garment.
        rings: its outline.
        radii: of the brush, in pixels of the sight.
        snap: moves an outline to edges, for one action more, where that brings it to the goal.
    """
    strokes: list[Stroke] = []
    tools: list[str] = []
    border = np.concatenate(borders(sight.truth))
    for drags in range(most + 1):
        mask = painted(sight.drawn(rings), strokes)
        best = sight.iou(mask)
        if best >= GOAL:
            return Way(tuple(dict.fromkeys(tools)), drags)
        if snap and not strokes and drags < most and sight.iou(sight.drawn(snap(rings))) >= GOAL:
            return Way(tuple(dict.fromkeys(tools)), drags + 1)
        drag: Rings | Stroke | None = None
        for other in with_vertex_dragged(rings, border):
            if (reached := sight.iou(painted(sight.drawn(other), strokes))) > best:
                best, drag = reached, other
        for straight in straight_strokes(sight, mask, radii):
            stroke = begun(straight, mask)
            if stroke.adds and (stroke.pixels & sight.hidden).any():
                continue  # it would cover what lies on top
            if (reached := sight.iou(painted(mask, [stroke]))) > best:
                best, drag = reached, stroke
        if drag is None:
            return None
        if isinstance(drag, Stroke):
            strokes.append(drag)
            tools.append("mend")
        else:
            rings = drag
            tools.append("select")
    return None


def begun(stroke: Stroke, mask: Mask) -> Stroke:
    """A stroke that begins where it has to, in the garment to add to it and outside to take away: at one of
    its ends, or else at the next such place, from where it goes straight to the nearer end."""
    places = np.argwhere(mask == stroke.adds)[:, ::-1]
    if not len(places):
        return stroke
    ways = [np.abs(places - end).max(axis=1) for end in stroke.ends]
    if min(way.min() for way in ways) == 0:
        return stroke
    nearer = int(np.argmin([way.min() for way in ways]))
    canvas = stroke.pixels.astype(np.uint8)
    first = places[ways[nearer].argmin()]
    cv2.line(canvas, (int(first[0]), int(first[1])), stroke.ends[nearer], 1, max(1, round(2 * stroke.radius)))
    return stroke._replace(pixels=canvas.astype(np.bool_))


def with_vertex_dragged(rings: Rings, border: NDArray[np.float64]) -> Iterator[Rings]:
    """Outlines, each with a vertex, or the middle of a long side, dragged onto the true border."""
    for index, points in enumerate(rings):
        for vertex in range(len(points)):
            tried = [points]
            if np.linalg.norm(points[vertex] - points[vertex - 1]) > LONG:
                middle = (points[vertex] + points[vertex - 1]) / 2
                tried.append(np.insert(points, vertex, middle, axis=0))
            for ring in tried:
                near = border[np.linalg.norm(border - ring[vertex], axis=1) < REACH]
                for place in near[:: max(1, len(near) // PLACES)]:
                    dragged = ring.copy()
                    dragged[vertex] = place
                    yield [*rings[:index], dragged, *rings[index + 1 :]]


def dense(ring: NDArray[Any]) -> NDArray[np.float64]:
    """Points all along a ring, a pixel apart."""
    sides = zip(ring, np.roll(ring, -1, axis=0), strict=True)
    return np.concatenate(
        [np.linspace(a, b, max(1, round(float(np.abs(b - a).max()))), endpoint=False) for a, b in sides]
    )


def straight_strokes(sight: Sight, mask: Mask, radii: Sequence[float]) -> Iterator[Stroke]:
    """Strokes through what is missing and what is too much, along it and beside its middle."""
    for adds, wrong in ((True, sight.truth & ~mask), (False, mask & ~sight.truth & ~sight.hidden)):
        _, pieces, measures, _ = cv2.connectedComponentsWithStats(wrong.astype(np.uint8))
        for piece in np.argsort(-measures[1:, cv2.CC_STAT_AREA])[:2] + 1:
            if measures[piece, cv2.CC_STAT_AREA] < LEAST_STROKE:
                continue
            points = np.argwhere(pieces == piece)[:, ::-1].astype(float)
            middle = points.mean(axis=0)
            _, _, (along, across) = np.linalg.svd(points - middle, full_matrices=False)
            reach = (points - middle) @ along
            for radius, shift, short in itertools.product(radii, (-1, -0.5, 0, 0.5, 1), (0, 0.7)):
                ends = [
                    middle + along * (end - np.sign(end) * short * radius) + across * shift * radius
                    for end in (reach.min(), reach.max())
                ]
                canvas = np.zeros(mask.shape, np.uint8)
                first, last = ((round(float(x)), round(float(y))) for x, y in ends)
                cv2.line(canvas, first, last, 1, max(1, round(2 * radius)))
                yield Stroke(adds, canvas.astype(np.bool_), (first, last), radius)


def painted(mask: Mask, strokes: Sequence[Stroke]) -> Mask:
    """A mask after some strokes."""
    for stroke in strokes:
        mask = mask | stroke.pixels if stroke.adds else mask & ~stroke.pixels
    return mask
