"""Garments drawn on their photo: outlined, hatched or boxed, a name and a score each."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from wildwear.imaging import Rle, decode
from wildwear.imaging.arrays import Pixels
from wildwear.reporting.colours import Colour
from wildwear.reporting.labels import Label, write_labels
from wildwear.reporting.placing import GRID
from wildwear.reporting.words import plain_name, two_digits
from wildwear.taxonomy import category

Points = NDArray[np.float32]
Style = Literal["outline", "fill", "boxes"]

SMALLEST_LONG_SIDE = 640  # a smaller photo is enlarged to it: letters need pixels
MOST_ENLARGEMENT = 8.0
LINE = 0.0038  # thickness of an outline, as a share of the photo's side (the root of its area)
LINE_OF_GARMENT = 0.06  # at most this share of the garment's own side
THINNEST = 2  # pixels
CASING = 1.7  # thickness of the light line beneath it, that parts it from a garment of its own colour
HATCH = 5  # thicknesses of an outline from line to line of a fill: what lies between keeps its own colours
SMOOTHING = 1.5  # pixels along the outline: takes the stairs out of a mask's edge
SUBPIXEL = 4  # bits after the point in the coordinates that OpenCV draws with
WHITE: Colour = (255, 255, 255)


@dataclass(frozen=True)
class Shape:
    """A garment, ready to be drawn on a canvas.

    Attributes:
        outlines: closed lines around it and its holes: (k, 2) float32 xy, in pixels of the canvas.
        thickness: of these lines, in pixels.
        coverage: share of each cell of the label grid that it covers: (rows, columns) float32.
        area: pixels of the canvas.
    """

    outlines: list[Points]
    thickness: int
    coverage: NDArray[np.float32]
    area: int
    colour: Colour
    caption: str


def draw(
    photo: Pixels,
    masks: Sequence[Rle],
    category_ids: Sequence[int],
    scores: Sequence[float] | None = None,
    *,
    long_side: int | None = None,
    labels: bool = True,
    style: Style = "outline",
    line_width: int | None = None,
) -> Pixels:
    """Draw garments on a copy of a photo.

    Args:
        photo: (height, width, 3) uint8 RGB.
        masks: of the garments, each of the photo's size.
        category_ids: one for each mask.
        scores: one for each mask, written behind its name; None writes names alone.
        long_side: size of the copy; None keeps the photo's, but enlarges a small photo to 640 pixels.
        labels: whether to write the names.
        style: "outline" changes no pixel within; "fill" hatches it, "boxes" draws the boxes of the masks.
        line_width: of outlines and boxes, in pixels of the copy; None follows its size.

    Returns:
        (h, w, 3) uint8 RGB.

    Raises:
        ValueError: there is no such style, or no line is so thin.
    """
    drawn = [category(int(category_id)) for category_id in category_ids]
    captions = [plain_name(one.name) for one in drawn]
    if scores is not None:
        captions = [f"{name} {two_digits(score)}" for name, score in zip(captions, scores, strict=True)]
    colours = [one.colour for one in drawn]
    return draw_as(
        photo,
        masks,
        captions,
        colours,
        long_side=long_side,
        labels=labels,
        style=style,
        line_width=line_width,
    )


def draw_as(
    photo: Pixels,
    masks: Sequence[Rle],
    captions: Sequence[str],
    colours: Sequence[Colour],
    *,
    long_side: int | None = None,
    labels: bool = True,
    style: Style = "outline",
    line_width: int | None = None,
) -> Pixels:
    """Draw objects of any kind on a copy of a photo, each with its caption and in its colour.

    Args:
        masks: of the photo's size, or of the photo in another size.

    The rest as `draw`.
    """
    if style not in get_args(Style):
        raise ValueError(f"a style is one of {', '.join(get_args(Style))}, not {style!r}")
    if line_width is not None and line_width < 1:
        raise ValueError(f"a line is 1 pixel wide or more, not {line_width}")
    if long_side is not None and long_side < 1:
        raise ValueError(f"a picture is 1 pixel long or more, not {long_side}")
    canvas = resized(photo, long_side)
    shapes = [
        shape(mask, colour, caption, canvas, line_width)
        for mask, caption, colour in zip(masks, captions, colours, strict=True)
    ]
    shapes.sort(key=lambda one: -one.area)  # the small ones on top
    if style == "fill":
        for one in shapes:
            hatch(canvas, one)
    for one in shapes:
        lines = boxes(one.outlines) if style == "boxes" else one.outlines
        stroke(canvas, lines, WHITE, max(one.thickness + 1, round(CASING * one.thickness)))
        stroke(canvas, lines, one.colour, one.thickness)
    if labels:
        write_labels(canvas, [Label(one.caption, one.colour, one.coverage) for one in shapes])
    return canvas


def resized(photo: Pixels, long_side: int | None) -> Pixels:
    """Return a copy at the size to draw on."""
    longest = max(photo.shape[:2])
    scale = long_side / longest if long_side else max(1.0, SMALLEST_LONG_SIDE / longest)
    scale = min(scale, MOST_ENLARGEMENT)
    if scale == 1:
        return photo.copy()
    size = max(1, round(photo.shape[1] * scale)), max(1, round(photo.shape[0] * scale))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(photo, size, interpolation=interpolation), dtype=np.uint8)


def shape(mask: Rle, colour: Colour, caption: str, canvas: Pixels, line_width: int | None) -> Shape:
    """Trace a mask of the photo for its canvas."""
    height, width = canvas.shape[:2]
    pixels = cv2.transpose(decode(mask).T.view(np.uint8) * np.uint8(255))
    if pixels.shape != (height, width):
        grows = pixels.shape[0] < height
        pixels = cv2.resize(
            pixels, (width, height), interpolation=cv2.INTER_LINEAR if grows else cv2.INTER_AREA
        )
        pixels = cv2.threshold(pixels, 127, 255, cv2.THRESH_BINARY)[1]
    cells = GRID / max(height, width)
    grid = max(1, round(width * cells)), max(1, round(height * cells))
    step = max(1, int(1 / cells) // 4)  # four pixels a cell, each way, say enough
    coverage = cv2.resize(pixels[::step, ::step], grid, interpolation=cv2.INTER_AREA) / np.float32(255)
    area = cv2.countNonZero(pixels)
    line = min(LINE * math.sqrt(height * width), LINE_OF_GARMENT * math.sqrt(area))
    thickness = line_width or max(THINNEST, round(line))
    traced, _ = cv2.findContours(pixels, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    outlines = [smoothed(points[:, 0], max(SMOOTHING, 0.3 * thickness)) for points in traced]
    return Shape(outlines, thickness, coverage, area, colour, caption)


def smoothed(points: NDArray[Any], sigma: float) -> Points:
    """Smooth a closed line of (k, 2) points, one a pixel, by a Gaussian along it."""
    reach = math.ceil(3 * sigma)
    around = np.pad(points.astype(np.float32), ((reach, reach), (0, 0)), mode="wrap")
    return np.asarray(cv2.GaussianBlur(around, (1, 2 * reach + 1), 0, sigmaY=sigma)[reach:-reach], np.float32)


def hatch(canvas: Pixels, one: Shape) -> None:
    """Lay slanting lines of the garment's colour over it."""
    if not one.outlines:
        return
    (x1, y1), (x2, y2) = corners(one.outlines)
    x1, y1 = max(0, x1), max(0, y1)
    window = canvas[y1 : y2 + 1, x1 : x2 + 1]
    inside = np.zeros(window.shape[:2], dtype=np.uint8)
    cv2.fillPoly(inside, fixed_point([line - (x1, y1) for line in one.outlines]), 255, cv2.LINE_8, SUBPIXEL)
    y, x = np.ogrid[y1 : y1 + window.shape[0], x1 : x1 + window.shape[1]]
    lines = (x + y) % (HATCH * one.thickness) < max(1, one.thickness // 2)
    window[(inside > 0) & lines] = one.colour


def boxes(outlines: Sequence[Points]) -> list[Points]:
    """The box around all of these lines, as one; none where there are none."""
    if not outlines:
        return []
    (x1, y1), (x2, y2) = corners(outlines)
    return [np.array([(x1, y1), (x2, y1), (x2, y2), (x1, y2)], dtype=np.float32)]


def corners(outlines: Sequence[Points]) -> tuple[tuple[int, int], tuple[int, int]]:
    """The upper left and the lower right pixel, (x, y), of what the lines go round."""
    points = np.concatenate(list(outlines))
    (x1, y1), (x2, y2) = points.min(axis=0).round().tolist(), points.max(axis=0).round().tolist()
    return (int(x1), int(y1)), (int(x2), int(y2))


def stroke(canvas: Pixels, outlines: Sequence[Points], colour: Colour, thickness: int) -> None:
    """Draw closed lines, anti-aliased."""
    cv2.polylines(canvas, fixed_point(outlines), True, colour, thickness, cv2.LINE_AA, SUBPIXEL)


def fixed_point(outlines: Sequence[Points]) -> list[NDArray[np.int32]]:
    """Return points as OpenCV wants them: whole numbers of sixteenths of a pixel."""
    return [np.round(points * 2**SUBPIXEL).astype(np.int32) for points in outlines]
