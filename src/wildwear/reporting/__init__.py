"""What reports are made of: garments drawn on photos, and HTML pages in one file.

draw: outlines, names and scores on a photo. draw_as: the same for objects of any kind. colours: one for each
category name, hexadecimal: as a page has it. render: an HTML page from a template. data_uri: a picture in it.
webp: a picture as a small file. cut_out: a garment alone. legend: names in their colours under a picture.
two_digits: a score as people read it.
"""

from wildwear.reporting.colours import colours, hexadecimal
from wildwear.reporting.cutouts import cut_out
from wildwear.reporting.labels import two_digits
from wildwear.reporting.legend import legend
from wildwear.reporting.overlay import draw, draw_as
from wildwear.reporting.page import data_uri, render, webp

__all__ = [
    "colours",
    "cut_out",
    "data_uri",
    "draw",
    "draw_as",
    "hexadecimal",
    "legend",
    "render",
    "two_digits",
    "webp",
]
