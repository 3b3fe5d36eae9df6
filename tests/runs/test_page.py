"""The page on which runs stand side by side."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from chromium import needs_chromium, opened
from pages import Page
from wildwear.runs import Run, summarise
from wildwear.runs.page import write_report
from wildwear.runs.thesis import published

Make = Callable[..., Path]

HOSTILE = "<img src=x onerror=alert(1)>"


def page(out: Path, *runs: Run) -> str:
    write_report(out, runs, [summarise(run) for run in runs])
    return out.read_text()


def acted(out: Path, script: str) -> Page:
    """A page in a browser after a script has used it as a reader would; its own policy lets none in."""
    text = re.sub(r"<meta http-equiv[^>]*>", "", out.read_text())
    copy = out.with_name("acted.html")
    copy.write_text(text.replace("</body>", f"<script>{script}</script></body>"))
    return Page(opened(copy))


@pytest.fixture(scope="module")
def thesis_page(thesis: dict[str, Run], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("page") / "runs.html"
    page(out, *thesis.values())
    return out


def test_the_page_has_the_table_its_marks_and_what_contradicts(thesis_page: Path) -> None:
    text = Page(thesis_page.read_text()).text
    for figure in (
        "0.4794",
        "0.3137",
        "0.3230",
        "0.4019",
        "0.4006",
        "0.1995*",
        "wild + street*",
        "0.4880 at 4k",
    ):
        assert figure in text
    assert "its config names the training set train_df2u" in text
    assert "running medians" in text


def test_the_page_loads_nothing_and_runs_its_own_script_alone(thesis_page: Path) -> None:
    text = thesis_page.read_text()
    seen = Page(text)
    [policy] = [a["content"] for tag, a in seen.elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not seen.having("src")
    assert all(str(a["href"]).startswith("#") for a in seen.having("href"))
    assert "http" not in re.sub(
        r"http-equiv|http://www\.w3\.org/2000/svg|https://dl\.fbaipublicfiles\S*", "", text
    )
    assert not seen.having("style")
    assert len(text) < 2_000_000


def test_there_is_a_chart_for_ap_of_every_category_and_all_of_them(
    thesis_page: Path, thesis: dict[str, Run]
) -> None:
    text = Page(thesis_page.read_text()).text
    for category in ["all categories", "jacket", "bathrobe"]:
        assert f"AP of masks, {category}" in text
        assert f"AP of boxes, {category}" in text
    for name in ("Training loss: all losses together", "Mask head", "Box head", "Learning rate"):
        assert name in text
    assert "overfits from 7,250" in text
    assert "lowest at 3,750" in text


def test_errors_of_the_heads_have_charts(thesis_page: Path) -> None:
    text = Page(thesis_page.read_text()).text
    for name in ("Mask head: too much", "Mask head: too little", "Box head: missed"):
        assert name in text
    assert "Training loss: train/mask_false_positive" not in text


def test_every_set_that_a_run_was_measured_on_has_its_charts(made: Make, tmp_path: Path) -> None:
    rows = [{"step": 9, "val/mask/ap": 0.3, "val/the wild/mask/ap": 0.2, "val/the wild/mask/ap/hat": 0.1}]
    text = page(tmp_path / "page.html", Run.read(made(rows=rows)))
    for caption in ("AP of masks, all categories", "AP of masks on the wild, hat"):
        assert caption in text
    assert '<option value="1">masks on the wild</option>' in text
    assert 'data-panel="1 1"' in text


def test_ap_at_one_iou_and_by_size_have_charts_where_they_were_measured(
    thesis_page: Path, made: Make
) -> None:
    text = Page(thesis_page.read_text()).text
    for figure in ("AP50", "AP75", "small garments", "medium garments", "large garments"):
        assert f"AP of masks, all categories, {figure}" in text
        assert f"AP of boxes, all categories, {figure}" in text
    other = page(thesis_page.with_name("other.html"), Run.read(made(rows=[{"step": 9, "val/mask/ap": 0.3}])))
    assert "AP of masks, all categories" in other
    assert "all categories, AP50" not in other


def test_all_categories_of_a_run_stand_in_one_chart_in_colours_of_their_own(
    made: Make, tmp_path: Path
) -> None:
    rows = [
        {
            "step": 9,
            "val/mask/ap": 0.3,
            "val/mask/ap/hat": 0.2,
            "val/mask/ap/bag": 0.4,
            "val/mask/ap/robe": None,
        }
    ]
    text = page(tmp_path / "page.html", Run.read(made(rows=rows)))
    charts = [json.loads(data) for data in Page(text).data if '"areRuns"' in data]
    [together] = [chart for chart in charts if not chart["areRuns"]]
    assert [(one["name"], one["series"], one["y"]) for one in together["lines"]] == [
        ("bag", 0, [0.4]),
        ("hat", 1, [0.2]),
    ]
    assert "All categories in one chart" in text


def test_charts_say_in_words_what_they_show(thesis_page: Path) -> None:
    labels = [str(a["aria-label"]) for a in Page(thesis_page.read_text()).having("aria-label")]
    [rising] = [label for label in labels if label.startswith("AP of masks, all categories. ")]
    assert "exp6: from 0.226 to 0.479, between 0.226 and 0.488" in rising


def test_the_figures_behind_the_charts_are_json_without_nan(thesis_page: Path) -> None:
    charts = [json.loads(data) for data in Page(thesis_page.read_text()).data if '"areRuns"' in data]
    assert len(charts) > 60
    assert "NaN" not in "".join(json.dumps(chart) for chart in charts)


def test_zeros_and_nan_are_marked_and_said(thesis_page: Path) -> None:
    seen = Page(thesis_page.read_text())
    marked = [str(a.get("class")) for a in seen.having("data-value")]
    assert sum("zero" in one for one in marked) > 10
    assert sum("absent" in one for one in marked) > 60
    assert "AP of zero: blazer in exp5, exp7, exp8, exp9" in seen.text
    assert "NaN: bathrobe in every run" in seen.text


def test_ours_stand_beside_the_thesis_only_with_the_sentence_on_scales(
    thesis: dict[str, Run], made: Make, tmp_path: Path
) -> None:
    text = page(tmp_path / "page.html", thesis["exp6"], Run.read(made()))
    assert published().scale.replace("'", "&#39;") in text
    assert "overfits from 20" in text


def test_runs_that_measured_nothing_have_a_page(made: Make, tmp_path: Path) -> None:
    killed = made(rows=[])
    (killed / "metrics.jsonl").unlink()
    text = Page(page(tmp_path / "page.html", Run.read(killed))).text
    assert "No run has measured any." in text
    assert "0 of 40" in text


def test_figures_beyond_all_measure_have_a_page(made: Make, tmp_path: Path) -> None:
    rows = [
        {"step": 1, "train/loss": 1e308, "learning_rate": 0, "val/loss": None, "val/mask/ap": None},
        {"step": 2, "train/loss": -1e308, "learning_rate": -1, "val/loss": 1e308, "val/mask/ap": 1e308},
        {"step": 9_000_000_000_000_000, "train/loss": 5e-324, "train/": 1, "train/mask_accuracy": None},
    ]
    text = page(tmp_path / "page.html", Run.read(made(rows=rows, decays=[3, 9_000_000_000_000_001])))
    assert "nan%" not in text
    assert "inf%" not in text


def test_many_runs_have_a_page(made: Make, tmp_path: Path) -> None:
    runs = [Run.read(made(f"run{number:02}")) for number in range(12)]
    text = Page(page(tmp_path / "page.html", *runs)).text
    assert text.strip().startswith("12 runs, run00 to run11")


def test_hostile_names_add_no_element_to_a_page(made: Make, tmp_path: Path) -> None:
    def rows(name: str) -> list[dict[str, float]]:
        return [{"step": 1, f"val/mask/ap/{name}": 0.5, "val/mask/ap": 0.5, f"train/{name}": 1.0}]

    pages = []
    for name in ("tame", HOSTILE, "</script><script>alert(1)</script>", "--></style>'\"\u2028"):
        folder = made(
            name.replace("/", "|"), rows=rows(name), trained_on=name, remarks=[name], git_revision=name
        )
        pages.append(Page(page(tmp_path / "page.html", Run.read(folder))))
    tame, *hostile = pages
    for one in hostile:
        assert [tag for tag, _ in one.elements] == [tag for tag, _ in tame.elements]
        assert not any(name.startswith("on") for _, attributes in one.elements for name in attributes)


@needs_chromium
def test_a_run_with_a_hostile_name_is_harmless_in_a_browser(made: Make, tmp_path: Path) -> None:
    page(tmp_path / "page.html", Run.read(made(HOSTILE)), Run.read(made("tame")))
    seen = Page(opened(tmp_path / "page.html"))
    assert not [tag for tag, _ in seen.elements if tag == "img"]
    assert HOSTILE in seen.text
    # The page's own script ran: the policy lets it through.
    assert [a for a in seen.having("data-choosers") if "hidden" not in a]


@needs_chromium
def test_the_heat_map_sorts_by_a_heading_with_nan_last_and_says_so(thesis_page: Path) -> None:
    press = "const button = document.querySelectorAll('.heat button')[2]; button.click();"
    tell = """
      const shown = document.querySelector('.heat');
      const cells = [...shown.tBodies[0].rows].map((row) => row.cells[2].dataset.value);
      const order = shown.querySelectorAll('thead th')[2].ariaSort;
      document.body.replaceChildren(JSON.stringify({ cells, order }));
    """
    for script, order in ((press, "descending"), (press + "button.click();", "ascending")):
        said = json.loads(acted(thesis_page, script + tell).text.strip().splitlines()[-1])
        known = [float(value) for value in said["cells"] if value]
        assert said["order"] == order
        assert known == sorted(known, reverse=order == "descending")
        assert said["cells"][len(known) :] == [""] * (len(said["cells"]) - len(known))
        assert len(known) == 20


@needs_chromium
def test_a_category_is_chosen_and_a_run_put_away(thesis_page: Path) -> None:
    seen = acted(
        thesis_page,
        """
        const lists = document.querySelectorAll('[data-panels="precision"] select');
        lists[0].selectedIndex = 1;
        lists[1].selectedIndex = [...lists[1].options].findIndex((one) => one.text === 'jacket');
        lists[1].dispatchEvent(new Event('change'));
        document.querySelector('[data-toggle="1"]').click();
        const shown = document.querySelectorAll('[data-panels="precision"] [data-panel]:not([hidden])');
        const captions = [...shown].map((one) => one.querySelector('figcaption').firstChild.textContent);
        const caption = captions.map((text) => text.trim());
        const lines = [...shown[0].querySelectorAll('path')]
          .filter((one) => getComputedStyle(one).display !== 'none')
          .map((one) => one.dataset.series);
        document.body.replaceChildren(JSON.stringify({ caption, lines }));
        """,
    )
    said = json.loads(seen.text.strip().splitlines()[-1])
    assert said == {"caption": ["AP of boxes, jacket"], "lines": ["0", "2", "3", "4"]}


@needs_chromium
def test_the_arrow_keys_say_the_figures_of_a_step(thesis_page: Path) -> None:
    seen = acted(
        thesis_page,
        """
        const frame = document.querySelector('.frame');
        for (const key of ['End', 'ArrowLeft', 'Home', 'ArrowRight'])
          frame.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
        document.body.replaceChildren(JSON.stringify(frame.querySelector('.tip').innerText));
        """,
    )
    assert "step 500" in seen.text
    assert "exp6" in seen.text
    assert "0.291" in seen.text
