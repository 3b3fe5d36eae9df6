"""The page of a catalog: what there is, and thresholds that cost what `curate select` says they cost."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from chromium import needs_chromium, opened
from curation.conftest import write_noise
from pages import Page
from wildwear.curation import Catalog
from wildwear.curation.report import histogram, write
from wildwear.curation.selecting import select
from wildwear.errors import DatasetError

POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')


@pytest.fixture
def page(chosen_from: Catalog, tmp_path: Path) -> str:
    write(chosen_from, tmp_path / "page.html")
    return (tmp_path / "page.html").read_text(encoding="utf-8")


@pytest.fixture
def after(page: str, tmp_path: Path) -> Callable[[str], str]:
    """The text of the page once a script has had its way with it."""

    def run(script: str) -> str:
        played = tmp_path / "played.html"
        played.write_text(POLICY.sub("", page) + f"<script>{script}</script>", encoding="utf-8")
        return opened(played)

    return run


DRAG = """
const drag = (column, end, value) => {
  const slider = document.querySelector(`.measure[data-column=${column}] .${end}`);
  slider.value = value;
  slider.dispatchEvent(new Event("input"));
};
"""


def test_it_says_what_there_is_and_why_a_photo_is_missing(page: str) -> None:
    text = " ".join(Page(page).text.split())
    assert "6 photos, 5 can be read, 1 copies of others" in text
    assert "1: is empty" in text
    assert "color 4" in text
    assert "sharpness" in text


def test_every_photo_that_can_be_read_is_shown_and_none_is_loaded(page: str) -> None:
    pictures = Page(page).pictures()
    assert {picture["alt"] for picture in pictures} == {f"{number}.jpg" for number in range(5)}
    assert all(str(picture["src"]).startswith("data:image/webp") for picture in pictures)


def test_copies_are_shown_together_the_one_that_is_kept_first(chosen_from: Catalog, tmp_path: Path) -> None:
    table = chosen_from.read().with_columns(duplicate_group=pl.Series([7, None, None, None, 7, None]))
    chosen_from.replace(table.with_columns(duplicate=pl.Series([True, False, False, False, False, None])))
    write(chosen_from, tmp_path / "page.html")
    copies = (tmp_path / "page.html").read_text().split('class="groups"')[1].split("</section>")[0]
    assert [picture["alt"] for picture in Page(copies).pictures()] == ["4.jpg", "0.jpg"]


def test_the_map_has_every_photo_with_an_embedding_in_its_place(page: str, chosen_from: Catalog) -> None:
    drawn = page.split('id="map"')[1].split("</ul>")[0]
    assert [picture["alt"] for picture in Page(drawn).pictures()] == [
        "0.jpg",
        "1.jpg",
        "2.jpg",
        "3.jpg",
        "4.jpg",
    ]
    across = [float(place) for place in re.findall(r'data-x="(.*?)"', drawn)]
    assert sorted(across) == [0, 0.25, 0.5, 0.75, 1]
    assert across[2] in (0, 1)  # which looks the other way


def test_without_embeddings_there_is_no_map(chosen_from: Catalog, tmp_path: Path) -> None:
    chosen_from.replace(chosen_from.read().drop("embedding"))
    write(chosen_from, tmp_path / "page.html")
    assert 'id="map"' not in (tmp_path / "page.html").read_text()


def test_a_photo_that_has_gone_is_left_out(chosen_from: Catalog, tmp_path: Path) -> None:
    (tmp_path / "photos" / "3.jpg").unlink()
    write(chosen_from, tmp_path / "page.html")
    assert "3.jpg" not in {
        picture["alt"] for picture in Page((tmp_path / "page.html").read_text()).pictures()
    }


def test_a_name_cannot_break_out_of_the_page(tmp_path: Path) -> None:
    name = "</script><script>alert(1)</script>\"'.jpg"
    write_noise(tmp_path / "a.jpg", 1)
    row = {"photo": name, "path": str(tmp_path / "a.jpg"), "failure": None, "color": "</script><b>"}
    catalog = Catalog(tmp_path / "catalog")
    catalog.replace(pl.DataFrame([row], schema_overrides={"failure": pl.String}))
    write(catalog, tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    assert "<script>alert" not in text
    assert "</script><b>" not in text


def test_a_catalog_of_which_nothing_can_be_read_has_no_page(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "catalog")
    row = {"photo": "a.jpg", "path": "a.jpg", "failure": "is empty"}
    catalog.replace(pl.DataFrame([row]))
    with pytest.raises(DatasetError, match="none of its 1 photos can be read"):
        write(catalog, tmp_path / "page.html")


def test_outliers_stand_in_the_outermost_bins() -> None:
    drawn = histogram(pl.Series("sharpness", [*range(1000), 10**6, None]), "")
    assert (drawn.unknown, drawn.high < 1010, len(drawn.heights)) == (1, True, 40)
    assert max(drawn.heights) == 100


def test_one_value_alone_is_drawn() -> None:
    assert sum(height > 0 for height in histogram(pl.Series("faces", [3, 3, 3]), "").heights) == 1


@needs_chromium
def test_what_a_dragged_threshold_costs_is_what_select_says(
    after: Callable[[str], str], chosen_from: Catalog
) -> None:
    seen = after(
        DRAG + 'drag("sharpness", "from", 70); drag("sharpness", "to", 150);'
        'document.querySelector("fieldset.kinds input[value=grey]").click();'
        'document.getElementById("copies").click();'
    )
    funnel = re.search(r'<ol id="funnel".*?</ol>', seen, re.S)
    command = re.search(r'<code id="command">(.*?)</code>', seen, re.S)
    assert funnel is not None
    assert command is not None
    where = re.search(r'--where "(.*?)" --out', command[1].replace("&gt;", ">").replace("&lt;", "<"))
    assert where is not None
    assert where[1].startswith("color in ('color') and not duplicate and sharpness >= 0.2")
    steps = select(chosen_from, where[1]).steps
    counted = re.findall(r"<li><span>([\d,]+)</span><span>(.*?)</span>", funnel[0])
    assert [int(count) for count, _ in counted] == [step.left for step in steps]
    assert steps[-1].left < 4


@needs_chromium
def test_the_sample_is_in_the_order_of_what_was_dragged_and_what_goes_is_faint(
    after: Callable[[str], str],
) -> None:
    seen = after(DRAG + 'drag("sharpness", "from", 100);')
    sample = re.search(r'id="sample".*?</ul>', seen, re.S)
    assert sample is not None
    items = re.findall(r'<li data-row="\d"( class="[a-z]*")?><img [^>]*alt="(\d).jpg"', sample[0])
    assert [number for _, number in items] == ["1", "2", "3", "4", "0"]  # 0.1 to 0.5
    assert ["out" in state for state, _ in items] == [True, True, False, False, False]
    drawn = seen.split('id="map"')[1].split("</ul>")[0]
    assert len(re.findall(r"<li [^>]*--x: ", drawn)) == 5
    assert set(re.findall(r'<li [^>]*class="out"[^>]*><img [^>]*alt="(\d).jpg"', drawn)) == {"1", "2"}


def test_values_stand_in_the_page_as_they_are(page: str) -> None:
    values = json.loads(page.split('id="values">')[1].split("</script>")[0])
    assert values["columns"]["sharpness"] == [0.5, 0.1, 0.2, 0.3, 0.4]
    assert values["columns"]["faces"] == [1, 0, 0, None, 2]
    assert (values["photos"], values["rows"]) == (5, 5)
