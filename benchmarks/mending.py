"""How few actions it takes to mend an outline that is there: drags and clicks, each the one that brings most.
See `annotate.py` for what they may be.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from outlining import GOAL, Mask, Rings, Sight, borders
from wildwear import imaging

REACH = 12  # pixels of a sight, that a vertex is dragged at most,
PLACES = 10  # and how many of the border are tried
LONG = 10  # of those pixels: a side of which a point may be dragged
LEAST_STROKE = 8  # of those pixels, together: what is less is not worth a stroke
TOOLS = ("mend",), ("mend", "select")  # with which it is tried

Point = tuple[float, float]


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
        pointed: whether a click says what is wrong, so that the garment has to be selected.
    """

    tools: tuple[str, ...]
    actions: int
    pointed: bool = False

    @property
    def length(self) -> int:
        """Actions with keys for the tools."""
        return self.actions + len(self.tools)


def mended(
    sight: Sight,
    rings: Rings,
    radii: Sequence[float],
    most: int,
    snap: Callable[[Rings], Rings] | None = None,
    patch: Callable[[Rings, Point], Rings] | None = None,
) -> Way | None:
    """The shortest way in which an outline is brought to the goal; None where all take more than `most`.

    Args:
        sight: of the garment.
        rings: its outline.
        radii: of the brush, in pixels of the sight.
        snap: moves an outline to edges, for one action more, where that brings it to the goal.
        patch: what an outline becomes by a click at a place.
    """
    way: Way | None = None
    for tools in TOOLS:
        shorter = most if way is None else min(most, way.length - 1)
        way = least(way, mended_with(tools, sight, rings, radii, shorter, snap, patch))
    return way


def least(*ways: Way | None) -> Way | None:
    """The shortest of some ways."""
    return min((way for way in ways if way), key=lambda way: way.length, default=None)


def mended_with(
    able: Collection[str],
    sight: Sight,
    rings: Rings,
    radii: Sequence[float],
    most: int,
    snap: Callable[[Rings], Rings] | None,
    patch: Callable[[Rings, Point], Rings] | None,
) -> Way | None:
    """As `mended`, with some of the tools: each drag or click is the one that brings most."""
    strokes: list[Stroke] = []
    tools: list[str] = []
    pointed = False
    border = np.concatenate(borders(sight.truth))
    for actions in range(most + 1):
        mask = painted(sight.drawn(rings), strokes)
        best = sight.iou(mask)
        way = Way(tuple(tool for tool, _ in itertools.groupby(tools)), actions, pointed)
        if best >= GOAL:
            return way
        if snap and not strokes and actions < most and sight.iou(sight.drawn(snap(rings))) >= GOAL:
            return way._replace(actions=actions + 1)
        drag: Rings | Stroke | None = None
        tool = "mend"
        for straight in straight_strokes(sight, mask, radii):
            stroke = begun(straight, mask)
            if stroke.adds and (stroke.pixels & sight.hidden).any():
                continue  # it would cover what lies on top
            if (reached := sight.iou(painted(mask, [stroke]))) > best:
                best, drag = reached, stroke
        for other in with_vertex_dragged(rings, border) if "select" in able else ():
            if (reached := sight.iou(painted(sight.drawn(other), strokes))) > best:
                best, drag, tool = reached, other, "select"
        if patch and (place := middle_of_wrong(sight, mask)):
            other = patch(traced(mask) if strokes else rings, place)
            if in_sight(sight, other) and sight.iou(sight.drawn(other)) > best:
                drag, tool, strokes, pointed = other, "mend", [], True
        if drag is None:
            return None
        if isinstance(drag, Stroke):
            strokes.append(drag)
        else:
            rings = drag
        tools.append(tool)
    return None


def middle_of_wrong(sight: Sight, mask: Mask) -> Point | None:
    """The place deepest in the largest region that is missing or too much: there a hand clicks that knows no
    more than where the garment is. None where all that is wrong is too little for that.

    Source: Sofiiuk et al., "Reviving iterative training with mask guidance for interactive segmentation",
    ICIP 2022 (how clicks are simulated).
    """
    pieces = []
    for wrong in (sight.truth & ~mask, mask & ~sight.truth & ~sight.hidden):
        _, numbers, measures, _ = cv2.connectedComponentsWithStats(wrong.astype(np.uint8))
        areas = measures[1:, cv2.CC_STAT_AREA]
        if len(areas):
            pieces.append((int(areas.max()), np.asarray(numbers) == areas.argmax() + 1))
    area, piece = max(pieces, key=lambda one: one[0], default=(0, mask))
    if area < LEAST_STROKE:
        return None
    depth = cv2.distanceTransform(np.pad(piece.astype(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    row, column = np.unravel_index(int(np.asarray(depth).argmax()), piece.shape)
    return float(column) + 0.5, float(row) + 0.5


def traced(mask: Mask) -> Rings:
    """The borders of all parts and holes of a mask."""
    return [np.array(ring, float) for part in imaging.outlines(imaging.encode(mask)) for ring in part]


def in_sight(sight: Sight, rings: Rings) -> bool:
    """Whether all of some rings is seen; what is not would go uncounted."""
    height, width = sight.truth.shape
    return all((ring >= -1).all() and (ring <= (width + 1, height + 1)).all() for ring in rings)


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
