"""What reports are made of: garments drawn on photos and cut out of them, and HTML pages in one file.

draw: outlines, names and scores on a photo. draw_as: the same for objects of any kind. colours: one for each
category name, hexadecimal: as a page has it, colour_named: as people write it. dominant_colours: those that a
garment has. render: an HTML page from a template. data_uri: a picture in it. webp: a picture as a small file;
png: as an exact one. cut_out: a garment alone; matte, merge, lift: the same in steps. legend: names in their
colours under a picture. cell: what a notebook shows of an object; display: an object below a notebook's cell;
view: a picture in a viewer. two_digits, counted, plain_name: a score, a count and the name of a category as
people read them.
"""

from wildwear.reporting.colours import colour_named, colours, hexadecimal
from wildwear.reporting.cutouts import cut_out, lift, matte, merge
from wildwear.reporting.dominant_colours import dominant_colours
from wildwear.reporting.legend import legend
from wildwear.reporting.overlay import Style, draw, draw_as
from wildwear.reporting.page import data_uri, png, render, webp
from wildwear.reporting.showing import cell, display, view
from wildwear.reporting.words import counted, plain_name, two_digits

__all__ = [
    "Style",
    "cell",
    "colour_named",
    "colours",
    "counted",
    "cut_out",
    "data_uri",
    "display",
    "dominant_colours",
    "draw",
    "draw_as",
    "hexadecimal",
    "legend",
    "lift",
    "matte",
    "merge",
    "plain_name",
    "png",
    "render",
    "two_digits",
    "view",
    "webp",
]
