"""Polygons cut at the edges of their photo."""

Point = tuple[float, float]


def clip(polygon: list[float], height: int, width: int) -> list[float]:
    """The part of a polygon that lies in the photo, [x1, y1, x2, y2, ...]; empty where none does.

    Filled even-odd it holds what the polygon holds there, also where this crosses itself: edges along the
    border join several parts, and are passed twice.

    Source: I. Sutherland, G. Hodgman, "Reentrant polygon clipping", 1974.
    """
    points: list[Point] = list(zip(polygon[0::2], polygon[1::2], strict=True))
    for axis, edge, inwards in ((0, 0, 1), (0, width, -1), (1, 0, 1), (1, height, -1)):
        points = _cut(points, axis, edge, inwards)
    return [value for point in points for value in point]


def _cut(points: list[Point], axis: int, edge: int, inwards: int) -> list[Point]:
    """What lies on one side of a line: inwards 1 where the coordinate is larger than the edge, -1 smaller."""
    kept: list[Point] = []
    for before, point in zip([*points[-1:], *points[:-1]], points, strict=True):
        depth_before, depth = inwards * (before[axis] - edge), inwards * (point[axis] - edge)
        if (depth_before < 0) != (depth < 0):
            share = depth_before / (depth_before - depth)
            along = before[1 - axis] + share * (point[1 - axis] - before[1 - axis])
            kept.append((edge, along) if axis == 0 else (along, edge))
        if depth >= 0:
            kept.append(point)
    return [point for before, point in zip([*kept[-1:], *kept[:-1]], kept, strict=True) if point != before]
