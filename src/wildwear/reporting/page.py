"""HTML pages in one file each, safe to open whatever the photos are called.

Every value is escaped, pictures are data URIs or files beside the page, and a content-security policy lets
the page load nothing else, and run nothing but its own style and script, which it names by their hashes.
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from numpy.typing import NDArray

from wildwear.taxonomy import CATEGORIES
from wildwear.web.colours import SHEET

TEMPLATES = Path(__file__).parent / "templates"
QUALITY = 80  # of the WebP pictures inside a page


def render(
    template: str,
    *,
    style: str | Sequence[str],
    script: str | Sequence[str] = (),
    pictures: str = "data:",
    **values: Any,
) -> Iterator[str]:
    """Fill a template that extends `page.html`; yields the text piece by piece, so that a page may be long.

    Args:
        template: name of a file in `templates/`.
        style: name of a style sheet there, or several, put behind the common one and the colours of the
            categories.
        script: name of a script there, or several.
        pictures: where they may come from, as source expressions of the policy: inside the page alone, unless
            said.
        values: what the template speaks of; iterators are read as the text goes out.
    """
    own, scripts = ([names] if isinstance(names, str) else names for names in (style, script))
    common = [SHEET.read_text(encoding="utf-8"), read("page.css"), category_colours()]
    sheets = "\n".join([*common, *map(read, own)])
    code = "\n".join(map(read, scripts))
    return (
        environment()
        .get_template(template)
        .generate(style=Markup(sheets), script=Markup(code), policy=policy(sheets, code, pictures), **values)
    )


def policy(style: str, script: str, pictures: str) -> str:
    """Return the content-security policy of a page with this style, this script and such pictures alone."""
    sources = {"style-src": digest(style), "script-src": digest(script) if script else "'none'"}
    rules = {
        "default-src": "'none'",
        "img-src": pictures,
        "base-uri": "'none'",
        "form-action": "'none'",
    } | sources
    return "; ".join(f"{rule} {source}" for rule, source in rules.items())


def data_uri(picture: NDArray[np.uint8]) -> str:
    """Return an (h, w, 3) RGB picture as a WebP data URI."""
    return "data:image/webp;base64," + base64.b64encode(webp(picture)).decode()


def webp(picture: NDArray[np.uint8]) -> bytes:
    """Return an (h, w, 3) RGB picture as a WebP file."""
    return cv2.imencode(".webp", picture[..., ::-1], [cv2.IMWRITE_WEBP_QUALITY, QUALITY])[1].tobytes()


def png(picture: NDArray[np.uint8]) -> bytes:
    """Return an (h, w, 1) grey, (h, w, 3) RGB or (h, w, 4) RGBA picture as a PNG file."""
    order = [0] if picture.shape[2] == 1 else [2, 1, 0, 3][: picture.shape[2]]  # as OpenCV has them
    return cv2.imencode(".png", picture[..., order])[1].tobytes()


def category_colours() -> str:
    """Return style rules that give each category its colour: class `category-23` sets `--colour`."""
    return "\n".join(f".category-{category.id} {{ --colour: {category.hex}; }}" for category in CATEGORIES)


def digest(text: str) -> str:
    """Return the source expression that allows exactly this inline text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def read(name: str) -> str:
    """Return the text of a file beside the templates."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


@cache
def environment() -> Environment:
    """Return the one way to fill templates: everything escaped, nothing undefined."""
    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "ensure_ascii": False}
    return found
