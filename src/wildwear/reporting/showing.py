"""What somebody is shown who works in Python: a table below a notebook's cell, a picture in a viewer."""

import sys
from collections.abc import Iterable, Sequence
from html import escape

from PIL import Image

from wildwear.imaging.arrays import Pixels
from wildwear.reporting.page import data_uri


def cell(caption: str, picture: Pixels | None, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """What a notebook shows: a line, a picture, and a table whose first column counts; HTML.

    Args:
        picture: (h, w, 3) uint8 RGB; None where there is none.
        rows: as many values in each as there are headings; without any there is no table.
    """
    drawn = "" if picture is None else f'<img alt="" src="{data_uri(picture)}">'
    lines = [
        "<tr><th>" + "</th><td>".join([escape(first), "</td><td>".join(map(escape, others))]) + "</td></tr>"
        for first, *others in rows
    ]
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>" if lines else ""
    return f"<div><p>{escape(caption)}</p>{drawn}{table}</div>"


def display(value: object) -> bool:
    """Show a value below the cell of the notebook that this runs in; false where it runs in none."""
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython
    from IPython.display import display

    if not getattr(get_ipython(), "kernel", None):
        return False
    display(value)
    return True


def view(picture: Pixels) -> bool:
    """Open an (h, w, 3) RGB picture in this machine's viewer; false where there is none."""
    from PIL import ImageShow  # which loads IPython, where that is installed

    # Pillow's last resort prints what an object is called
    viewers = [one for one in ImageShow._viewers if not isinstance(one, ImageShow.IPythonViewer)]
    return any(viewer.show(Image.fromarray(picture)) for viewer in viewers)
