"""The page of a catalog: what there is, and thresholds that cost what `curate select` says they cost."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from chromium import needs_chromium, opened
from curation.conftest import write_noise
from made_catalogs import make_catalog
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
    """The text of the page, as it was written last, once a script has had its way with it."""

    def run(script: str) -> str:
        played = tmp_path / "played.html"
        written = (tmp_path / "page.html").read_text(encoding="utf-8")
        played.write_text(POLICY.sub("", written) + f"<script>{script}</script>", encoding="utf-8")
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
    table = chosen_from.read().with_columns(
        duplicate_group=pl.Series([7, None, None, None, 7, None], dtype=pl.Int32)
    )
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
    columns = {"photo": [name], "path": [str(tmp_path / "a.jpg")], "color": ["</script><b>"]}
    catalog = make_catalog(tmp_path / "catalog", columns)
    write(catalog, tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    assert "<script>alert" not in text
    assert "</script><b>" not in text


def test_a_catalog_of_which_nothing_can_be_read_has_no_page(tmp_path: Path) -> None:
    columns = {"photo": ["a.jpg"], "path": ["a.jpg"], "failure": ["is empty"]}
    catalog = make_catalog(tmp_path / "catalog", columns)
    with pytest.raises(DatasetError, match="none of its 1 photos can be read"):
        write(catalog, tmp_path / "page.html")


def test_outliers_stand_in_the_outermost_bins() -> None:
    drawn = histogram(pl.Series("sharpness", [*range(1000), 10**6, None]), "")
    assert (drawn.unknown, drawn.high < 1010, len(drawn.heights)) == (1, True, 40)
    assert max(drawn.heights) == 100


def test_nearly_all_photos_with_one_value_leave_room_for_the_others() -> None:
    drawn = histogram(pl.Series("screenshot", [*[0.0] * 999, 0.3]), "")
    assert (drawn.low, drawn.high) == (0.0, 0.3)


@pytest.mark.parametrize("values", [[3, 3, 3], [0.5, 0.500001, None]])
def test_a_measure_that_is_the_same_in_every_photo_has_no_threshold(
    chosen_from: Catalog, tmp_path: Path, values: list[float]
) -> None:
    columns = {
        "photo": ["0.jpg", "1.jpg", "2.jpg"],
        "path": [str(tmp_path / "photos" / f"{number}.jpg") for number in range(3)],
        "sharpness": values,
        "contrast": [0.1, 0.2, 0.3],
    }
    write(make_catalog(tmp_path / "other", columns), tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert f"The same in every photo: sharpness {values[0]:g}" in " ".join(Page(page).text.split())
    assert re.findall(r'measure" data-column="(\w+)"', page) == ["contrast"]


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


MAP_ON_A_PHONE = """
const map = document.getElementById("map");
map.style.width = "340px";
const box = map.getBoundingClientRect();
const room = [...map.children].flatMap((item) => {
  const small = item.getBoundingClientRect();
  item.focus({ preventScroll: true });
  const large = item.querySelector("img").getBoundingClientRect();
  return [small, large].map((one) =>
    Math.min(one.left - box.left, box.right - one.right, one.top - box.top, box.bottom - one.bottom));
});
document.body.dataset.room = Math.min(...room);
"""


@needs_chromium
def test_no_picture_of_the_map_is_cut_at_its_edge_small_or_large(
    chosen_from: Catalog, tmp_path: Path, after: Callable[[str], str]
) -> None:
    for number in range(5):  # panoramas
        write_noise(tmp_path / "photos" / f"{number}.jpg", number, (640, 60))
    write(chosen_from, tmp_path / "page.html")
    found = re.search(r'data-room="([-\d.]+)"', after(MAP_ON_A_PHONE))
    assert found is not None
    assert float(found[1]) > 3  # px, that its round corners need


def test_values_stand_in_the_page_as_they_are(page: str) -> None:
    values = json.loads(page.split('id="values">')[1].split("</script>")[0])
    assert values["columns"]["sharpness"] == [0.5, 0.1, 0.2, 0.3, 0.4]
    assert values["columns"]["faces"] == [1, 0, 0, None, 2]
    assert (values["photos"], values["rows"]) == (5, 5)
