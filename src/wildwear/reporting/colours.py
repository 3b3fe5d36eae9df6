"""A colour for each category of any dataset."""

import colorsys
from collections.abc import Sequence

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
