"""Descriptions on a page: what it says, and that no name in it can do harm."""

import re
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chromium import needs_chromium, opened
from pages import Page
from wildwear.datasets import Dataset
from wildwear.datasets.description.page import Described, category_names, percent, sample, write_report
from wildwear.datasets.description.statistics import count, describe, figures, together_counted
from wildwear.imaging import write_image

HOSTILE = "<img src=x onerror=alert(1)>"


def square(x: float, side: float) -> list[list[float]]:
    return [[x, 0, x + side, 0, x + side, side, x, side]]


def dataset(folder: Path, name: str = "hat", photos: int = 3) -> Dataset:
    """Photos of 40 × 60 px, those of even number lie in the folder; a mask of the first category on each."""
    (folder / "images").mkdir(parents=True)
    images, annotations = [], []
    for number in range(photos):
        file_name = f"{HOSTILE}{number}.jpg"
        images.append({"id": number, "file_name": file_name, "width": 40, "height": 60})
        annotations.append(
            {"id": number, "image_id": number, "category_id": 1, "segmentation": square(number, 20)}
        )
        if number % 2 == 0:
            write_image(folder / "images" / file_name, np.full((60, 40, 3), 90, np.uint8))
    categories = [{"id": 1, "name": name}, {"id": 2, "name": "no such thing"}]
    document = {
        "images": images,
        "annotations": annotations,
        "categories": categories,
        "info": {"description": HOSTILE, "label_set": HOSTILE, "mask_convention": HOSTILE},
    }
    return Dataset(document, folder / "set.json")


def page(*sets: Dataset, out: Path) -> str:
    described = [
        Described(one, describe(one, f"{HOSTILE}{number}" if number else None))
        for number, one in enumerate(sets)
    ]
    write_report(out, described)
    return out.read_text()


def test_the_page_has_the_figures(tmp_path: Path) -> None:
    text = Page(page(dataset(tmp_path / "one"), out=tmp_path / "page.html")).text
    assert "masks an image\n1.00" in text.replace("</dt>", "\n") or "1.00" in text
    assert "8.0 numbers: x and y apart" in text
    assert "16.7 %" in text  # 400 of 2,400 pixels
    assert "no such thing does not occur" in text


def test_hostile_names_add_no_element_to_a_page(tmp_path: Path) -> None:
    tame = Page(page(dataset(tmp_path / "tame"), out=tmp_path / "tame.html"))
    hostile = Page(page(dataset(tmp_path / "hostile", HOSTILE), out=tmp_path / "hostile.html"))
    assert [tag for tag, _ in hostile.elements] == [tag for tag, _ in tame.elements]
    assert HOSTILE in hostile.text
    for _, attributes in hostile.elements:
        assert not any(name.startswith("on") or name == "style" for name in attributes)


@needs_chromium
def test_hostile_names_are_harmless_in_a_browser(tmp_path: Path) -> None:
    one, other = dataset(tmp_path / "one", HOSTILE), dataset(tmp_path / "other", f"{HOSTILE}2")
    page(one, other, out=tmp_path / "page.html")
    seen = Page(opened(tmp_path / "page.html"))
    pictures = [attributes for tag, attributes in seen.elements if tag == "img"]
    assert pictures
    assert all(str(attributes["src"]).startswith("data:image/") for attributes in pictures)
    assert not [tag for tag, _ in seen.elements if tag == "script"]
    assert HOSTILE in seen.text


MEASURING = """<iframe id="phone" style="width: 390px; height: 3000px" srcdoc="{page}"></iframe><script>
const right = (cell) => Math.round(cell.getBoundingClientRect().right);
document.getElementById("phone").onload = (event) => {{
  const table = event.target.contentDocument.querySelector(".bars");
  const headings = [...table.querySelectorAll("thead th[colspan]")].map(right);
  const figures = [...table.querySelectorAll("tbody tr:first-child .figure")].map(right);
  document.body.append("headings " + headings, " figures " + figures);
}};
</script>"""


@needs_chromium
def test_on_a_phone_each_heading_stands_over_the_figures_of_its_dataset(tmp_path: Path) -> None:
    sets = [dataset(tmp_path / name, photos=photos) for name, photos in (("a", 3), ("b", 4), ("c", 5))]
    described = [Described(one, describe(one, name)) for one, name in zip(sets, "abc", strict=True)]
    write_report(tmp_path / "page.html", described)
    (tmp_path / "phone.html").write_text(MEASURING.format(page=escape((tmp_path / "page.html").read_text())))
    seen = re.search(r"headings ([\d,]+) figures ([\d,]+)", opened(tmp_path / "phone.html"))
    assert seen is not None
    headings, figures = (list(map(int, numbers.split(","))) for numbers in seen.groups())
    assert len(headings) == 3
    assert headings == pytest.approx(figures, abs=1)


def test_a_photo_that_is_missing_is_said_and_its_masks_are_drawn_all_the_same(tmp_path: Path) -> None:
    seen = Page(page(dataset(tmp_path / "one"), out=tmp_path / "page.html"))
    assert seen.text.count("photo not found") == 1
    assert "2 of them could be found" in seen.text
    samples = [a for tag, a in seen.elements if tag == "img" and "drawn on it" in str(a["alt"])]
    assert len(samples) == 3


def test_several_datasets_stand_side_by_side_joined_by_the_names_of_categories(tmp_path: Path) -> None:
    one, other = dataset(tmp_path / "one", "hat", 2), dataset(tmp_path / "other", "bag", 4)
    described = [describe(one), describe(other)]
    assert category_names(described) == ["bag", "hat", "no such thing"]
    text = Page(page(one, other, out=tmp_path / "page.html")).text
    assert text.count("not listed") == 2


def test_all_datasets_together_have_a_column_among_the_headline_figures(tmp_path: Path) -> None:
    sets = [dataset(tmp_path / "one"), dataset(tmp_path / "two", photos=4)]
    counted = [count(one, name) for one, name in zip(sets, ("one", "two"), strict=True)]
    described = [Described(one, figures(part)) for one, part in zip(sets, counted, strict=True)]
    write_report(tmp_path / "page.html", described, figures(together_counted(counted, "all")))
    text = " ".join(Page((tmp_path / "page.html").read_text()).text.split())
    assert "onetwoall images 3 4 7 masks 3 4 7" in text


def test_two_categories_of_one_name_are_told_apart(tmp_path: Path) -> None:
    twins = dataset(tmp_path / "one", "no such thing")
    assert category_names([describe(twins)]) == ["no such thing (1)", "no such thing (2)"]


def test_samples_are_always_the_same(tmp_path: Path) -> None:
    many = dataset(tmp_path / "one", photos=30)
    chosen = [image["id"] for image in sample(many, 5)]
    assert chosen == [image["id"] for image in sample(many, 5)]
    assert len(set(chosen)) == 5
    assert len(sample(many, 99)) == 30


@pytest.mark.parametrize("change", [{"width": None, "height": None}, {"file_name": "../1.jpg"}])
def test_a_photo_of_unknown_size_or_place_does_not_stop_the_page(tmp_path: Path, change: Any) -> None:
    odd = dataset(tmp_path / "one")
    odd.images[1].update(change)
    assert "photo not found" in page(odd, out=tmp_path / "page.html")


def test_a_share_is_never_rounded_to_nothing() -> None:
    shares = (None, 0, 0.0001, 0.001, 1)
    assert [percent(share) for share in shares] == ["–", "0.0 %", "<0.1 %", "0.1 %", "100.0 %"]


def test_a_name_that_is_no_unicode_does_not_stop_the_page(tmp_path: Path) -> None:
    odd = dataset(tmp_path / "one")
    odd.images[0]["file_name"] = "caf\udce9.jpg"
    assert "caf\\xe9.jpg" in page(odd, out=tmp_path / "page.html")


def test_a_dataset_of_nothing_has_a_page(tmp_path: Path) -> None:
    nothing = Dataset({"images": [], "annotations": [], "categories": []})
    assert "0 photos at random" in page(nothing, out=tmp_path / "page.html")


def test_real_files_have_pages(shared: Path, tmp_path: Path) -> None:
    sets = [
        Dataset.load(shared / "fixtures" / "fashionpedia" / "sample.json"),
        Dataset.load(shared / "data" / "wild30" / "wild30.json"),
    ]
    described = [Described(sets[0], describe(sets[0]), shared / "fixtures" / "fashionpedia")]
    write_report(tmp_path / "page.html", [*described, Described(sets[1], describe(sets[1]))])
    text = (tmp_path / "page.html").read_text()
    assert "photo not found" not in text
    assert text.count("decoding=") == 2 + 12
