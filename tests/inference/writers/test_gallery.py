"""The gallery: what it holds, and what a person can do with it in a browser."""

import json
import re
from collections.abc import Sequence
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np

from chromium import needs_chromium, opened
from pages import Page
from wildwear.inference.segmenting import Record
from wildwear.inference.writers.gallery import write_gallery
from wildwear.reporting import webp
from wildwear.taxonomy import category

HOSTILE = (
    "<img src=x onerror=\"document.title='owned'\">\"'&{{ 7 * 7 }}</script><script>alert(1)</script>.jpg"
)
JACKET, JEANS, HAT = 23, 18, 1
SIDE = 100  # pixels, of every photo


def garment(category_id: int, score: float, *, side: int = 50, colour: str = "black") -> dict[str, Any]:
    return {
        "category_id": category_id,
        "score": score,
        "area": side * side,
        "alternatives": [{"category_id": 24, "probability": 0.25}],
        "colours": [{"name": colour, "hex": "#102030", "share": 1.0}],
    }


def record(photo: str, *garments: dict[str, Any], files: bool = True) -> Record:
    """A photo with pictures; without where `files` says so."""
    number = photo.removesuffix(".jpg")
    names = [f"{number}_{place:02d}" for place in range(1, len(garments) + 1)]
    return Record(
        photo=photo,
        size=(SIDE, SIDE),
        garments=list(garments),
        name=number,
        overlay=f"overlays/{number}.jpg" if files else "",
        cutouts=[f"cutouts/{name}.png" for name in (*names, f"{number}_all")] if files and garments else [],
        thumbnail=f"thumbnails/{number}.webp" if files else "",
    )


RECORDS = [
    record("1.jpg", garment(JACKET, 0.9, side=30), garment(JEANS, 0.6)),
    record("2.jpg"),
    record("3.jpg", garment(JEANS, 0.95, side=90, colour="blue")),
    record("4.jpg", garment(JACKET, 0.9997, colour="red"), garment(HAT, 0.4, side=5), garment(JEANS, 0.5)),
    Record(photo="5.jpg", failure="is not a photo"),
]


def page(folder: Path, records: Sequence[Record] = RECORDS) -> Path:
    """Write the gallery of these records into a folder, and the thumbnails of which they speak."""
    small = webp(np.full((40, 40, 3), 90, dtype=np.uint8))
    (folder / "thumbnails").mkdir(exist_ok=True)
    for one in records:
        if one.thumbnail:
            (folder / one.thumbnail).write_bytes(small)
    write_gallery(folder / "gallery.html", lambda: records, model="tiny", shown_from="0.4")
    return folder / "gallery.html"


def held(path: Path) -> dict[str, Any]:
    """What a page knows of its run."""
    run: dict[str, Any] = json.loads(Page(path.read_text()).data[0])
    return run


ACTING = """<script>
const said = [];
const say = (...values) => said.push(values.map(String));
const names = () => [...document.querySelectorAll("#photos b")].map((name) => name.textContent);
const shown = () => $("shown").textContent;
const counts = () => [...document.querySelectorAll("#categories small")].map((count) => count.textContent);
const set = (id, value, event = "input") => { $(id).value = value; $(id).dispatchEvent(new Event(event)); };
const choose = (value) => document.querySelector(`#categories input[value="${value}"]`).click();
const press = (key) => dispatchEvent(new KeyboardEvent("keydown", { key }));
const passed = (milliseconds) => new Promise((go) => setTimeout(go, milliseconds));
onload = async () => {
  SCRIPT
  document.body.append(make("pre", { id: "said" }, JSON.stringify(said)));
};
</script>"""


def acted(path: Path, script: str) -> list[list[str]]:
    """What a script, run once the page is open, says by `say`."""
    text = re.sub(r"<meta http-equiv[^>]*>", "", path.read_text())
    acting = path.with_name("acted.html")
    acting.write_text(text.replace("</body>", ACTING.replace("SCRIPT", script) + "</body>"))
    [said] = re.findall(r'<pre id="said">(.*?)</pre>', opened(acting), re.S)
    values: list[list[str]] = json.loads(unescape(said))
    return values


def test_the_page_holds_words_and_the_paths_of_pictures(tmp_path: Path) -> None:
    run = held(page(tmp_path))
    assert [photo["name"] for photo in run["photos"]] == ["1.jpg", "2.jpg", "3.jpg", "4.jpg"]
    first = run["photos"][0]
    assert (first["thumbnail"], first["overlay"]) == ("thumbnails/1.webp", "overlays/1.jpg")
    assert first["cutout"] == "cutouts/1_all.png"
    [jacket, _] = first["garments"]
    assert jacket[:3] == [JACKET, 0.9, 0.09]
    assert jacket[3] == {
        "alternatives": [[category(24).name, 0.25]],
        "colours": [["black", "#102030"]],
        "cutout": "cutouts/1_01.png",
    }
    assert [one["name"] for one in run["categories"]] == ["jeans", "jacket", "hat"]


def test_a_photo_without_pictures_names_none(tmp_path: Path) -> None:
    [photo] = held(page(tmp_path, [record("1.jpg", garment(HAT, 0.9), files=False)]))["photos"]
    assert photo.keys() == {"name", "size", "garments"}
    assert "cutout" not in photo["garments"][0][3]


def test_thousands_of_photos_make_a_small_page(tmp_path: Path) -> None:
    garments = [garment(JACKET, 0.91), garment(JEANS, 0.87), garment(HAT, 0.55)]
    records = [record(f"street/2024/{number:06d}.jpg", *garments) for number in range(3_000)]
    write_gallery(tmp_path / "gallery.html", lambda: records, model="tiny", shown_from="0.4")
    assert (tmp_path / "gallery.html").stat().st_size < 3_000_000


def test_the_heading_says_what_it_counts_and_what_was_not_read_is_named(tmp_path: Path) -> None:
    text = page(tmp_path).read_text()
    assert "<h1>6 garments in 4 photos</h1>" in text
    assert "1 photo was not read" in text
    assert "is not a photo" in text
    assert "<h1>1 garment in 1 photo</h1>" in page(tmp_path, [record("1.jpg", garment(HAT, 0.9))]).read_text()


def test_paths_are_quoted_and_hostile_names_add_no_element(tmp_path: Path) -> None:
    hostile = record("1.jpg", garment(HAT, 0.9))
    hostile = Record(**{**vars(hostile), "photo": HOSTILE, "overlay": f"overlays/{HOSTILE}"})
    tame = page(tmp_path, [record("1.jpg", garment(HAT, 0.9))])
    without_it = [tag for tag, _ in Page(tame.read_text()).elements]
    path = page(tmp_path, [hostile])
    assert [tag for tag, _ in Page(path.read_text()).elements] == without_it
    [photo] = held(path)["photos"]
    assert photo["name"] == HOSTILE
    assert not set("<>\"' ") & set(photo["overlay"])


def test_the_page_loads_pictures_beside_it_and_nothing_else(tmp_path: Path) -> None:
    text = page(tmp_path).read_text()
    [policy] = (str(meta["content"]) for meta in Page(text).having("http-equiv"))
    assert "default-src 'none'" in policy
    assert "img-src 'self' file:;" in policy
    assert "http:" not in text
    assert "https:" not in text


@needs_chromium
def test_in_a_browser_a_card_a_photo_is_made_and_hostile_names_are_harmless(tmp_path: Path) -> None:
    hostile = Record(**{**vars(RECORDS[0]), "photo": HOSTILE})
    seen = opened(page(tmp_path, [hostile, *RECORDS[1:]]))
    assert "<title>6 garments in 4 photos</title>" in seen
    sources = [picture["src"] for picture in Page(seen).pictures() if "src" in picture]
    assert sources == [f"thumbnails/{number}.webp" for number in range(1, 5)]
    assert "no garment found" in seen
    assert "jacket <small>0.99</small>" in seen  # 0.9997


@needs_chromium
def test_in_a_browser_photos_are_filtered_counted_and_sorted(tmp_path: Path) -> None:
    said = acted(
        page(tmp_path),
        f"""
        say(shown(), ...counts());
        set("score", 0.55); say(shown(), ...names(), ...counts());
        choose({JEANS}); say(shown(), ...names());
        choose({JACKET}); say(shown(), ...names());
        set("mode", "all", "change"); say(shown(), ...names());
        $("clear").click(); say(shown());
        choose("none"); say(shown(), ...names());
        choose({HAT}); say(shown(), ...names());
        $("clear").click();
        for (const order of ["surest", "unsurest", "largest", "smallest", "name"]) {{
          set("sort", order, "change"); say(order, ...names());
        }}
        """,
    )
    assert said == [
        ["4 photos, 6 garments", "3", "2", "1", "1"],  # jeans, jackets, hats; photos without any
        ["3 of 4 photos, with 4 of 6 garments", "1.jpg", "3.jpg", "4.jpg", "2", "2", "0", "1"],
        ["2 of 4 photos, with 2 of 6 garments", "1.jpg", "3.jpg"],
        ["3 of 4 photos, with 4 of 6 garments", "1.jpg", "3.jpg", "4.jpg"],
        ["1 of 4 photos, with 2 of 6 garments", "1.jpg"],
        ["4 photos, 6 garments"],
        ["1 of 4 photos, with 0 of 6 garments", "2.jpg"],
        ["2 of 4 photos, with 1 of 6 garments", "2.jpg", "4.jpg"],
        ["surest", "4.jpg", "3.jpg", "1.jpg", "2.jpg"],
        ["unsurest", "4.jpg", "1.jpg", "3.jpg", "2.jpg"],
        ["largest", "3.jpg", "1.jpg", "4.jpg", "2.jpg"],
        ["smallest", "4.jpg", "1.jpg", "3.jpg", "2.jpg"],
        ["name", "4.jpg", "1.jpg", "3.jpg", "2.jpg"],  # hat, jacket, jeans, nothing
    ]


@needs_chromium
def test_in_a_browser_words_find_photos_garments_and_colours(tmp_path: Path) -> None:
    found = {
        "3": ["3.jpg"],
        "2.jpg": ["2.jpg"],
        "JEANS": ["1.jpg", "3.jpg", "4.jpg"],
        "jea": ["1.jpg", "3.jpg", "4.jpg"],
        "beanie": ["4.jpg"],  # another word for hat
        "red jacket": ["4.jpg"],
        "red jeans": [],  # both are there, but not of one garment
        "4 jeans": ["4.jpg"],  # one is in its name
    }
    search = f'for (const words of {json.dumps(list(found))}) {{ set("text", words); say(...names()); }}'
    assert acted(page(tmp_path), search) == list(found.values())


@needs_chromium
def test_in_a_browser_the_large_view_goes_with_the_keyboard_and_the_address(tmp_path: Path) -> None:
    said = acted(
        page(tmp_path),
        """
        const where = () => [$("large").open, $("photo-name").textContent, $("place").textContent];
        set("sort", "largest", "change");
        document.querySelectorAll("#photos a")[1].click();
        say(...where(), $("large-picture").getAttribute("src"), document.activeElement.id);
        say(...[...document.querySelectorAll("#garments h3")].map((one) => one.textContent));
        say(...[...document.querySelectorAll("#garments img")].map((one) => one.getAttribute("src")));
        press("ArrowRight"); say(...where());
        press("ArrowRight"); press("ArrowRight"); say(...where(), $("later").getAttribute("aria-disabled"));
        await passed(400); say(location.hash);
        $("close").click();
        say($("large").open, document.activeElement.querySelector("b").textContent);
        say(query);
        """,
    )
    assert said == [
        ["true", "1.jpg", "2 of 4", "overlays/1.jpg", "close"],
        ["jacket0.90", "jeans0.60", "all together"],
        ["cutouts/1_01.png", "cutouts/1_02.png", "cutouts/1_all.png"],
        ["true", "4.jpg", "3 of 4"],
        ["true", "2.jpg", "4 of 4", "true"],
        ["#sort=largest&photo=2.jpg"],
        ["false", "2.jpg"],
        ["sort=largest"],
    ]


@needs_chromium
def test_in_a_browser_few_cards_are_made_at_once_and_more_where_they_are_asked_for(tmp_path: Path) -> None:
    records = [record(f"{number}.jpg", garment(HAT, 0.9)) for number in range(500)]
    more = '$("more").click(); say(names().length, document.activeElement.querySelector("b").textContent);'
    [[made], [after, focused]] = acted(page(tmp_path, records), f"say(names().length); {more}")
    assert int(made) < 200
    assert int(after) > int(made)
    assert focused == f"{made}.jpg"  # the first of the new ones
