"""Pages that are safe to open."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from io import BytesIO

import numpy as np
from PIL import Image

from wildwear.reporting import data_uri, render
from wildwear.taxonomy import CATEGORIES

HOSTILE = "<img src=x onerror=alert(1)>\"'&{{ 7 * 7 }}</style><script>alert(1)</script>.jpg"


class Tags(HTMLParser):
    """Collects the elements of a page, its texts, and what its attributes say."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page(name: str = "photo.jpg") -> str:
    return "".join(
        render(
            "gallery.html",
            style="gallery.css",
            script="gallery.js",
            title=name,
            summary=name,
            categories=[{"id": 1, "name": name}],
            photos=iter([{"name": name}]),
            failures=[{"photo": name, "reason": name}],
        )
    )


def test_a_hostile_name_is_text_and_nothing_else() -> None:
    tame, hostile = Tags(page()), Tags(page(HOSTILE))
    assert [tag for tag, _ in hostile.elements] == [tag for tag, _ in tame.elements]
    assert "".join(hostile.texts).count(HOSTILE) == 5  # title, heading, summary, failure and its reason
    assert not any(
        attribute.startswith("on") for _, attributes in hostile.elements for attribute in attributes
    )


def test_the_policy_allows_the_style_and_the_script_of_the_page_and_nothing_else() -> None:
    text = page(HOSTILE)
    policy = next(meta["content"] for meta in Tags(text).all("meta") if "http-equiv" in meta)
    assert policy is not None
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    for kind, element in (("style-src", "style"), ("script-src", "script")):
        [content] = re.findall(f"<{element}>(.*?)</{element}>", text, re.S)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert rules.pop(kind) == f"'sha256-{digest}'"
    assert rules == {
        "default-src": "'none'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_a_page_may_load_pictures_from_where_it_says_and_from_nowhere_else() -> None:
    text = "".join(render("page.html", style="gallery.css", pictures="'self'", title="nothing"))
    assert "img-src 'self';" in text.replace("&#39;", "'")
    assert "img-src data:;" in page()


def test_the_policy_stands_before_anything_that_it_governs() -> None:
    text = page()
    assert text.index("Content-Security-Policy") < min(text.index("<style"), text.index("<title"))


def test_nothing_is_loaded_from_elsewhere() -> None:
    text = page()
    assert "http:" not in text
    assert "https:" not in text
    assert "@import" not in text
    assert not Tags(text).all("link")


def test_no_attribute_carries_style_that_the_policy_would_drop() -> None:
    assert not any("style" in attributes for _, attributes in Tags(page()).elements)


def test_every_category_has_its_colour() -> None:
    text = page()
    assert all(f".category-{category.id} {{ --colour: {category.hex}; }}" in text for category in CATEGORIES)


def test_a_page_has_a_language_a_title_and_one_heading() -> None:
    tags = Tags(page())
    assert tags.all("html") == [{"lang": "en"}]
    assert len(tags.all("title")) == len(tags.all("h1")) == len(tags.all("main")) == 1


def test_a_page_knows_light_and_dark() -> None:
    assert "prefers-color-scheme: dark" in page()


def test_a_page_without_a_script_allows_none() -> None:
    text = "".join(render("page.html", style="gallery.css", title="nothing"))
    assert "script-src 'none'" in text.replace("&#39;", "'")
    assert not Tags(text).all("script")


def test_a_picture_in_a_page_keeps_its_colours() -> None:
    picture = np.zeros((40, 60, 3), dtype=np.uint8)
    picture[:, :30] = (200, 30, 30)
    header, content = data_uri(picture).split(",")
    assert header == "data:image/webp;base64"
    again = np.asarray(Image.open(BytesIO(base64.b64decode(content))).convert("RGB")).astype(int)
    assert again.shape == picture.shape
    assert np.abs(again[20, 10] - picture[20, 10]).max() < 12
