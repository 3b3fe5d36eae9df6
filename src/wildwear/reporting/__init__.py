"""What reports are made of: garments drawn on photos, and HTML pages in one file.

draw: outlines, names and scores on a photo. render: an HTML page from a template. data_uri: a picture in it.
"""

from wildwear.reporting.overlay import draw
from wildwear.reporting.page import data_uri, render

__all__ = ["data_uri", "draw", "render"]
