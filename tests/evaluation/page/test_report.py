"""An evaluation on a page: what it says, what it keeps to itself, and that no name in it can do harm."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from chromium import needs_chromium, opened
from pages import Page
from squares import NAMES, found, truth
from wildwear.datasets import Dataset
from wildwear.errors import OutputError
from wildwear.evaluation.explanation.explaining import explain
from wildwear.evaluation.explanation.photo_rows import photo_table
from wildwear.evaluation.measures.evidence import Evidence
from wildwear.evaluation.measures.metrics import measure
from wildwear.evaluation.page.report import (
    category_rows,
    confusion_matrix,
    is_test_set,
    slice_rows,
    undivided,
    write_report,
)
from wildwear.evaluation.page.suspects import suspects
from wildwear.evaluation.result import Result

HOSTILE = "<img src=x onerror=alert(1)>"


def result(dataset: Dataset, predictions: list[dict[str, Any]], shown_from: float = 0.5) -> Result:
    displayed = [prediction for prediction in predictions if prediction["score"] >= shown_from]
    photos = photo_table(dataset)
    evidence = Evidence(dataset, predictions, displayed)
    return Result(
        metrics=measure(evidence, learnt=[1, 2], bootstrap=20),
        explanation=explain(evidence, photos),
        evidence=evidence,
        photos=photos,
        settings={
            "wildwear": "0",
            "command": "wildwear evaluate m val.json",
            "model": {"name": "m", "version": "1", "file": "m.onnx", "sha256": "ab" * 32},
            "dataset": {"file": str(dataset.path), "sha256": "cd" * 32, "source": None, "images": None},
            "displayed": {"score": shown_from, "suppress": None, "mask_iou": 0.5},
            "notes": ["one", "two"],
        },
    )


def mixed(folder: Path | None = None, **how: Any) -> Result:
    """A shirt that is right, shoes called a coat, a coat that is missed, and a bag of nothing."""
    one = truth(
        (1, 1, (10, 10, 40, 40)), (2, 2, (10, 10, 40, 40)), (3, 3, (10, 10, 60, 60)), folder=folder, **how
    )
    return result(
        one,
        [
            found(1, 1, (10, 10, 40, 36), 0.9),
            found(2, 3, (10, 10, 40, 36), 0.8),
            found(1, 3, (70, 70, 20, 20), 0.7),
            found(3, 3, (10, 10, 60, 50), 0.2),
        ],
    )


def page(of: Result, out: Path, **how: Any) -> Page:
    write_report(out, of, **how)
    return Page(out.read_text())


def test_the_page_says_the_verdict_the_figures_and_the_settings(tmp_path: Path) -> None:
    seen = page(mixed(tmp_path / "set"), tmp_path / "page.html")
    for words in (
        "m on set/val",
        "3 photos, 3 instances of 3 of 3 categories",
        "Of 100 garments it finds 33",
        "1 of 3 shown are right",
        "over 3 categories",
        "coat*",  # not learnt
        "model.sha256",
        "ab" * 32,
        "one; two",
    ):
        assert words in seen.text


def test_mistakes_are_shown_with_pictures_of_the_truth_and_what_was_found(tmp_path: Path) -> None:
    seen = page(mixed(tmp_path / "set"), tmp_path / "page.html")
    for words in (
        "coat 0.70 where none is",
        "flat shoes, shown as coat 0.80 (mask IoU 0.90)",
        "coat: best guess there coat 0.20, mask IoU 0.83",
        "photo3.png",
    ):
        assert words in seen.text
    assert "photo not found" not in seen.text
    alts = [str(picture["alt"]) for picture in seen.pictures()]
    assert alts[:6] == [
        "truth: shirt",  # what else there is beside it
        "found: coat 0.70",
        "truth: flat shoes",
        "found: coat 0.80",
        "truth: coat",
        "found: coat 0.20",
    ]


def test_labels_that_may_be_wrong_are_shown_too(tmp_path: Path) -> None:
    of = mixed(tmp_path / "set")
    doubtful = suspects(of.evidence)
    assert doubtful
    seen = page(of, tmp_path / "page.html")
    after = seen.text.split("Label errors suspected in the truth")[1]
    assert all(one.text in after for one in doubtful)


def test_the_most_frequent_category_comes_first(tmp_path: Path) -> None:
    boxes = [(10, 10, 20, 20), (40, 10, 20, 20), (70, 10, 20, 20)]
    one = truth((1, 1, boxes[0]), *((2, 3, box) for box in boxes), *((3, 2, box) for box in boxes[:2]))
    assert [name for name, _, _ in category_rows(result(one, []))] == ["coat*", "flat shoes", "shirt"]


def test_a_page_of_photos_that_are_not_there_says_so_and_draws_on_a_plain_ground(tmp_path: Path) -> None:
    seen = page(mixed(), tmp_path / "page.html")
    assert "None of these photos could be found" in seen.text
    assert len(seen.pictures()) >= 6


@pytest.mark.parametrize(
    ("info", "name", "is_test"),
    [
        ({"split": "test"}, "val.json", True),
        ({"split": "val"}, "test.json", False),
        ({}, "ccp30-test.json", True),
        ({}, "Wild30.json", True),
        ({}, "instances_test2017.json", True),
        ({"split": "Test-dev"}, "val.json", True),
        ({}, "latest.json", False),
        ({}, "val.json", False),
    ],
)
def test_a_test_set_is_known_by_what_it_says_else_by_the_words_of_its_name(
    info: dict[str, str], name: str, is_test: bool
) -> None:
    document = {"images": [], "annotations": [], "categories": [], "info": info}
    assert is_test_set(Dataset(document, Path("test") / name)) is is_test


def test_a_test_set_has_no_pictures_unless_asked_for_and_the_page_says_so(tmp_path: Path) -> None:
    of = mixed(tmp_path / "set", info={"split": "test"})
    seen = page(of, tmp_path / "page.html")
    assert not seen.pictures()
    assert "marked as a test set" in seen.text
    assert "where none is" not in seen.text
    assert "Of 100 garments it finds 33" in seen.text
    peeked = page(of, tmp_path / "peek.html", peek=True)
    assert peeked.pictures()
    assert "marked as a test set" not in peeked.text


def test_the_page_loads_nothing_and_runs_its_own_script_alone(tmp_path: Path) -> None:
    seen = page(mixed(tmp_path / "set"), tmp_path / "page.html")
    [policy] = [a["content"] for _, a in seen.elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert all(str(a["src"]).startswith("data:image/webp") for a in seen.having("src"))
    assert all(str(a["href"]).startswith("#") for a in seen.having("href"))
    assert not seen.having("style")


def test_links_of_the_page_lead_to_its_sections(tmp_path: Path) -> None:
    seen = page(mixed(tmp_path / "set"), tmp_path / "page.html")
    ids = {a["id"] for a in seen.having("id")}
    assert {str(a["href"])[1:] for a in seen.having("href")} <= ids


def test_hostile_names_add_no_element_to_a_page(tmp_path: Path) -> None:
    tame = page(mixed(tmp_path / "tame"), tmp_path / "tame.html")
    names = (f"{HOSTILE}1", f"{HOSTILE}2", f"{HOSTILE}3")
    hostile = page(
        mixed(tmp_path / "hostile", names=names, file_name=f"{HOSTILE[:4]}{{}}.png"),
        tmp_path / "hostile.html",
    )
    assert {tag for tag, _ in hostile.elements} == {tag for tag, _ in tame.elements}
    assert len(hostile.pictures()) == len(tame.pictures())
    assert f"{HOSTILE}1" in hostile.text
    for _, attributes in hostile.elements:
        assert not any(name.startswith("on") or name == "style" for name in attributes)


def test_there_is_a_curve_for_each_category_that_occurs_and_all_of_them(tmp_path: Path) -> None:
    seen = page(mixed(tmp_path / "set"), tmp_path / "page.html")
    charts = [json.loads(data) for data in seen.data if '"areRuns"' in data]
    assert [chart["over"] for chart in charts] == ["recall"] * 4 + ["score"]
    labels = [str(a["aria-label"]) for a in seen.having("aria-label")]
    [of_shirt] = [label for label in labels if label.startswith("Precision over recall: shirt, 1 instance.")]
    assert "mask IoU 0.50: from 1.00 to 1.00" in of_shirt
    together = charts[0]["lines"][0]
    assert together["name"] == "mask IoU 0.50"
    # Shirts are found; of coats the best comes after two wrong ones; of flat shoes nothing is found.
    assert together["y"][0] == pytest.approx((1 + 1 / 3 + 0) / 3, abs=1e-3)


def test_the_confusion_matrix_leaves_out_what_neither_occurs_nor_is_shown() -> None:
    of = mixed(names=(*NAMES, "never"))
    matrix = confusion_matrix(of.explanation.confusion)
    assert list(matrix.labels) == ["shirt", "flat shoes", "coat", "nothing"]
    texts = [[text for text, _, _ in row] for row in matrix.cells]
    assert texts == [["1", "", "", ""], ["", "", "1", ""], ["", "", "", "1"], ["", "", "1", ""]]
    assert matrix.cells[1][2] == ("1", 10, "flat shoes: 1 of 1 shown as coat")


def test_what_is_the_same_on_all_photos_is_said_instead_of_sliced() -> None:
    found = mixed().explanation.slices
    assert any(words.startswith("photo size (") for words in undivided(found))
    assert [dimension for dimension, _ in slice_rows(found)] == ["garment area"]


def test_a_result_that_shows_nothing_has_a_page(tmp_path: Path) -> None:
    nothing = result(truth((1, 1, (10, 10, 40, 40))), [])
    assert "It shows no garment at all." in page(nothing, tmp_path / "page.html").text


def test_progress_counts_the_mistakes_drawn(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    page(mixed(), tmp_path / "page.html", progress=lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1] >= 3


def test_a_page_that_cannot_be_written_is_an_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"page\.html"):
        write_report(tmp_path / "nowhere" / "page.html", mixed())


def test_a_real_test_set_has_a_page_of_figures_and_with_a_peek_one_of_moderate_size(
    wild30: Dataset, predictions: list[dict[str, Any]], tmp_path: Path
) -> None:
    of = result(wild30, predictions)
    seen = page(of, tmp_path / "page.html")
    assert not seen.pictures()
    assert "54 photos, 158 instances" in seen.text
    peeked = page(of, tmp_path / "peek.html", peek=True)
    assert len(peeked.pictures()) > 100
    assert (tmp_path / "peek.html").stat().st_size < 10_000_000


@needs_chromium
def test_in_a_browser_a_curve_is_chosen_and_the_table_sorted(tmp_path: Path) -> None:
    write_report(tmp_path / "page.html", mixed(tmp_path / "set"))
    script = """
    const list = document.querySelector('[data-choosers="curves"] select');
    list.value = "1"; list.dispatchEvent(new Event("change"));
    document.querySelectorAll(".heat thead button")[0].click();
    """
    text = re.sub(r"<meta http-equiv[^>]*>", "", (tmp_path / "page.html").read_text())
    (tmp_path / "acted.html").write_text(text.replace("</body>", f"<script>{script}</script></body>"))
    seen = Page(opened(tmp_path / "acted.html"))
    panels = [(a["data-panel"], "hidden" in a) for a in seen.having("data-panel")]
    assert panels == [("0", True), ("1", False), ("2", True), ("3", True)]
    table = opened(tmp_path / "acted.html").split("Figures by category</caption>")[1].split("</table>")[0]
    assert re.findall(r"</svg>([a-z *]+)</th>", table) == ["coat*", "flat shoes", "shirt"]


@needs_chromium
def test_hostile_names_are_harmless_in_a_browser(tmp_path: Path) -> None:
    names = (f"{HOSTILE}1", f"{HOSTILE}2", f"{HOSTILE}3")
    write_report(tmp_path / "page.html", mixed(tmp_path / "set", names=names))
    seen = Page(opened(tmp_path / "page.html"))
    assert seen.pictures()
    assert all(str(picture["src"]).startswith("data:image/") for picture in seen.pictures())
