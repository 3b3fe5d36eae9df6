"""A colour for each category of any dataset, and how far apart two colours look."""

import colorsys
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import ImageColor

from wildwear.imaging.arrays import FloatArray, Floats, Pixels
from wildwear.taxonomy import category_named

Colour = tuple[int, int, int]

GOLDEN = 0.618_034  # of a turn from hue to hue: any number of them lie well apart
FIRST_HUE = 0.58
SHADES = ((0.62, 0.86), (0.78, 0.66), (0.45, 0.78))  # saturation and value, in turn


def colours(names: Sequence[str]) -> list[Colour]:
    """(red, green, blue) for each category name: that of the taxonomy where it is one of the 30."""
    found: list[Colour] = []
    others = 0
    for name in names:
        if one := category_named(name):
            found.append(one.colour)
        else:
            found.append(apart(others))
            others += 1
    return found


def apart(number: int) -> Colour:
    """The colour of this number, 0 and up, in an endless row of different ones."""
    hue = (FIRST_HUE + number * GOLDEN) % 1
    red, green, blue = colorsys.hsv_to_rgb(hue, *SHADES[number % len(SHADES)])
    return round(255 * red), round(255 * green), round(255 * blue)


def hexadecimal(colour: Colour) -> str:
    """The colour as #rrggbb."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def colour_named(text: str) -> Colour:
    """Read a colour as CSS writes it: "white", "#f4cf2a", "rgb(244, 207, 42)".

    Raises:
        ValueError: it is none.
    """
    red, green, blue, *_ = ImageColor.getrgb(text)
    return red, green, blue


def in_lab(pixels: Pixels) -> FloatArray:
    """Bring (n, 3) RGB to CIELAB under daylight (D65): (n, 3) float32."""
    shares = pixels[None].astype(np.float32) / 255
    return np.asarray(cv2.cvtColor(shares, cv2.COLOR_RGB2LAB)[0], dtype=np.float32)


def ciede2000(one: FloatArray, other: FloatArray) -> Floats:
    """How different two colours look: 1 is hardly seen, 10 at a glance, black and white are 100 apart.

    Args:
        one: (..., 3) in CIELAB.
        other: likewise; the two are broadcast.

    Source: Sharma et al., "The CIEDE2000 color-difference formula", Color Research and Application 2005,
    equations 2 to 22.
    """
    (light_1, a_1, b_1), (light_2, a_2, b_2) = (
        np.moveaxis(lab.astype(np.float64), -1, 0) for lab in (one, other)
    )
    mean_chroma = (np.hypot(a_1, b_1) + np.hypot(a_2, b_2)) / 2
    stretch = 1.5 - 0.5 * saturated(mean_chroma)
    a_1, a_2 = stretch * a_1, stretch * a_2
    chroma_1, chroma_2 = np.hypot(a_1, b_1), np.hypot(a_2, b_2)
    hue_1, hue_2 = (np.degrees(np.arctan2(b, a)) % 360 for a, b in ((a_1, b_1), (a_2, b_2)))
    turn = np.where(chroma_1 * chroma_2 > 0, (hue_2 - hue_1 + 180) % 360 - 180, 0)
    d_light, d_chroma = light_2 - light_1, chroma_2 - chroma_1
    d_hue = 2 * np.sqrt(chroma_1 * chroma_2) * np.sin(np.radians(turn / 2))
    light, chroma = (light_1 + light_2) / 2, (chroma_1 + chroma_2) / 2
    hue = (hue_1 + turn / 2) % 360
    by_hue = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    d_light /= 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    d_chroma /= 1 + 0.045 * chroma
    d_hue /= 1 + 0.015 * chroma * by_hue
    blue = np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    rotated = -2 * saturated(chroma) * blue * d_chroma * d_hue
    return np.asarray(np.sqrt(d_light**2 + d_chroma**2 + d_hue**2 + rotated))


def saturated(chroma: Floats) -> Floats:
    """How far a chroma has left grey behind, in [0, 1), as CIEDE2000 has it."""
    return np.asarray(np.sqrt(chroma**7 / (chroma**7 + 25.0**7)))
