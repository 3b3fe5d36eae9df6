"""Names written on a picture: a pill of the garment's colour each, with a leader line where it lies apart."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from wildwear.imaging.arrays import Pixels
from wildwear.reporting.colours import Colour
from wildwear.reporting.placing import Place, place_labels

LETTERS = 0.028  # size of the letters, as a share of the photo's side (the root of its area)
SMALLEST_LETTERS = 11.0  # pixels
SHRINKING = (1.0, 0.85, 0.7, 0.6, 0.5)  # of the letters, until every label has room
MOST_COVERED = 0.15  # of the photo, by labels, before their letters shrink
GAP = 0.25  # around each label, in letter sizes
SUBPIXEL = 4  # bits after the point in the coordinates that OpenCV draws with
WHITE: Colour = (255, 255, 255)
INK: Colour = (20, 20, 24)


@dataclass(frozen=True)
class Label:
    """What to write, in which colour, for the garment that covers this much of each grid cell."""

    text: str
    colour: Colour
    coverage: NDArray[np.float32]


@dataclass(frozen=True)
class Pill:
    """A text as it will look.

    Attributes:
        ink: (height, width) uint8, how much of each pixel of the pill the letters cover.
        letters: their size in pixels.
    """

    ink: NDArray[np.uint8]
    letters: float


def write_labels(canvas: Pixels, labels: Sequence[Label]) -> None:
    """Write each label where it hides least; one that finds no room even in small letters is left out."""
    if not labels:
        return
    height, width = canvas.shape[:2]
    cell = width / labels[0].coverage.shape[1]
    full = max(SMALLEST_LETTERS, LETTERS * math.sqrt(height * width))
    kinds = [label.colour for label in labels]
    places: list[Place | None] = []
    pills: list[Pill] = []
    for letters in sorted({max(SMALLEST_LETTERS, full * factor) for factor in SHRINKING}, reverse=True):
        pills = [pill(label.text, letters) for label in labels]
        gap = GAP * letters
        sizes = [
            (math.ceil((one.ink.shape[1] + 2 * gap) / cell), math.ceil((one.ink.shape[0] + 2 * gap) / cell))
            for one in pills
        ]
        places = place_labels([label.coverage for label in labels], sizes, kinds)
        covered = sum(one.ink.size for one in pills) / (height * width)
        if None not in places and covered < MOST_COVERED:
            break
    for label, one, place in zip(labels, pills, places, strict=True):
        if place and place.pointer:
            lead(canvas, label.colour, corner(place, cell, one), one, place.pointer, cell)
    for label, one, place in zip(labels, pills, places, strict=True):
        if place:
            write(canvas, label.colour, corner(place, cell, one), one)


def pill(text: str, letters: float) -> Pill:
    """Draw a text's letters, with the room around them that the pill will fill."""
    face = font(letters)
    ascent, descent = face.getmetrics()
    left, _, right, _ = face.getbbox(text)
    across, along = round(0.32 * letters), round(0.12 * letters)
    image = Image.new("L", (math.ceil(right - left) + 2 * across, ascent + descent + 2 * along))
    ImageDraw.Draw(image).text((across - left, along), text, fill=255, font=face)
    return Pill(np.asarray(image), letters)


@cache
def font(letters: float) -> ImageFont.FreeTypeFont:
    """Return Aileron, which Pillow carries: the same letters on every machine."""
    face = ImageFont.load_default(letters)
    assert isinstance(face, ImageFont.FreeTypeFont)
    return face


def corner(place: Place, cell: float, one: Pill) -> tuple[int, int]:
    """Return the pixel (x, y) at which the pill starts."""
    gap = GAP * one.letters
    return round(place.left * cell + gap), round(place.top * cell + gap)


def write(canvas: Pixels, colour: Colour, start: tuple[int, int], one: Pill) -> None:
    """Draw a pill and its letters, light on a dark colour and dark on a light one."""
    x, y = start
    height = min(one.ink.shape[0], canvas.shape[0] - y)
    width = min(one.ink.shape[1], canvas.shape[1] - x)
    round_rectangle(canvas, WHITE, (x - 1, y - 1), (x + width + 1, y + height + 1), 0.32 * one.letters)
    round_rectangle(canvas, colour, start, (x + width, y + height), 0.3 * one.letters)
    window = canvas[y : y + height, x : x + width]
    opacity = one.ink[:height, :width, None] / np.float32(255)
    ink = np.array(INK if luminance(colour) > 0.36 else WHITE, dtype=np.float32)
    window[:] = (window + (ink - window) * opacity).round().astype(np.uint8)


def lead(
    canvas: Pixels,
    colour: Colour,
    start: tuple[int, int],
    one: Pill,
    pointer: tuple[float, float],
    cell: float,
) -> None:
    """Draw a line from the pill's middle to its garment, with a dot at the end."""
    height, width = one.ink.shape
    line = np.array([[start[0] + width / 2, start[1] + height / 2], np.array(pointer) * cell])
    points = np.round(line * 2**SUBPIXEL).astype(np.int32)
    end = (int(points[1, 0]), int(points[1, 1]))
    thick = max(1, round(0.1 * one.letters))
    for shade, extra in ((WHITE, 2 * max(1, thick // 2)), (colour, 0)):
        cv2.polylines(canvas, [points], False, shade, thick + extra, cv2.LINE_AA, SUBPIXEL)
        radius = round((0.22 * one.letters + extra / 2) * 2**SUBPIXEL)
        cv2.circle(canvas, end, radius, shade, cv2.FILLED, cv2.LINE_AA, SUBPIXEL)


def round_rectangle(
    canvas: Pixels, colour: Colour, start: tuple[float, float], stop: tuple[float, float], radius: float
) -> None:
    """Fill a rectangle with round corners, given as corners (x, y) in pixels."""
    (x1, y1), (x2, y2) = start, stop
    points = []
    for turn, (x, y) in enumerate([(x2, y2), (x1, y2), (x1, y1), (x2, y1)]):  # the corners, clockwise
        angles = np.radians(np.arange(0, 91, 10) + 90 * turn)
        inset = np.array([x, y]) - radius * np.sign([x - (x1 + x2) / 2, y - (y1 + y2) / 2])
        points.append(inset + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1))
    outline = np.round((np.concatenate(points) - 0.5) * 2**SUBPIXEL).astype(np.int32)
    cv2.fillPoly(canvas, [outline], colour, cv2.LINE_AA, SUBPIXEL)


def luminance(colour: Colour) -> float:
    """Return how light a colour looks, 0 to 1 (WCAG 2.2, relative luminance)."""
    shares = np.array(colour) / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])
