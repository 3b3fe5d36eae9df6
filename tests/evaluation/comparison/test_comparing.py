"""Results beside each other, on predictions that are made better or worse on purpose."""

import dataclasses
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chromium import needs_chromium, opened
from wildwear.datasets import Dataset
from wildwear.evaluation import FREQUENT, Result, compare, evaluate_predictions, score
from wildwear.evaluation.comparison.comparing import MEASURES, sentences
from wildwear.evaluation.comparison.page import MOST, bars, write_report

Records = list[dict[str, Any]]
Evaluate = Callable[..., Result]


@pytest.fixture(scope="module")
def evaluated(wild30_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Evaluate:
    """A way to evaluate predictions on wild30."""
    path = tmp_path_factory.mktemp("predictions") / "made.json"

    def result(predictions: Records, **options: Any) -> Result:
        path.write_text(json.dumps(predictions))
        return evaluate_predictions(path, Dataset.load(wild30_file), **({"bootstrap": 0} | options))

    return result


@pytest.fixture(scope="module")
def before(evaluated: Evaluate, predictions: Records) -> Result:
    return evaluated(predictions)


@pytest.fixture(scope="module")
def after(evaluated: Evaluate, predictions: Records, wild30_file: Path) -> Result:
    """The same with every second bag called a hat."""
    ids = {category["name"]: category["id"] for category in Dataset.load(wild30_file).categories}
    worse = [
        one | {"category_id": ids["hat"]} if one["category_id"] == ids["bag"] and number % 2 else one
        for number, one in enumerate(predictions)
    ]
    return evaluated(worse, bootstrap=20)


def test_a_difference_is_that_of_the_figures(before: Result, after: Result) -> None:
    comparison = compare([before, after], ["before", "after"], draws=50)
    first, second = comparison.results
    assert (first.name, second.name, second.paired) == ("before", "after", True)
    for measure in MEASURES:
        assert first.figures[measure].difference is None
        difference = second.figures[measure].difference
        assert difference is not None
        moved = second.figures[measure].value - first.figures[measure].value
        assert difference.value == pytest.approx(moved, abs=1e-12)
    assert second.figures["AP"].value == after.metrics.mask.ap
    assert second.figures["AP"].interval == after.metrics.mask.intervals["ap"]
    assert second.categories["bag"].difference is not None
    assert second.categories["bag"].difference.value < 0


def test_the_interval_is_that_of_scoring_the_redrawn_photos_one_by_one(before: Result, after: Result) -> None:
    draws, photos = 12, len(before.dataset.images)
    weights = np.random.default_rng(3).multinomial(photos, np.full(photos, 1 / photos), size=draws)
    order = sorted(image["id"] for image in before.dataset.images)
    moved = []
    for often in weights:
        aps = []
        for result in (before, after):
            images, annotations, predicted = [], [], []
            for photo, times in zip(order, often, strict=True):
                for copied in range(times):
                    new = photo * 100 + copied
                    images += [one | {"id": new} for one in result.dataset.images if one["id"] == photo]
                    annotations += [
                        one | {"image_id": new}
                        for one in result.dataset.annotations
                        if one["image_id"] == photo
                    ]
                    predicted += [
                        one | {"image_id": new} for one in result.predictions if one["image_id"] == photo
                    ]
            annotations = [one | {"id": number} for number, one in enumerate(annotations, start=1)]
            redrawn = Dataset({**result.dataset.document, "images": images, "annotations": annotations})
            aps.append(score(redrawn, predicted).mask.ap)
        moved.append(aps[1] - aps[0])
    difference = compare([before, after], draws=draws, seed=3).results[1].figures["AP"].difference
    assert difference is not None
    error = 1.96 * float(np.std(moved))
    assert difference.interval == pytest.approx(
        (difference.value - error, difference.value + error), abs=1e-6
    )


def test_a_result_does_not_differ_from_itself(before: Result) -> None:
    again = dataclasses.replace(before)
    comparison = compare([before, again], ["a", "b"], draws=30)
    second = comparison.results[1]
    for figure in [*second.figures.values(), *second.categories.values()]:
        assert figure.difference is not None
        assert (figure.difference.interval, figure.difference.significant) == (None, False)
    assert second.better == second.worse == ()
    said = list(sentences(comparison))
    assert said[0] == "b against a: AP of masks is the same; F1 of what is shown is the same."


def test_pairing_sees_what_two_intervals_would_not(
    evaluated: Evaluate, before: Result, predictions: Records
) -> None:
    """A little worse on every photo: much less than what the photos differ by among themselves."""
    bit_worse = [
        one | {"score": one["score"] * (0.5 if number % 9 == 0 else 1)}
        for number, one in enumerate(predictions)
    ]
    second = compare([before, evaluated(bit_worse, bootstrap=200)], draws=200).results[1]
    recall = second.figures["recall"]
    assert recall.difference is not None
    assert recall.difference.interval is not None
    assert recall.interval is not None
    assert recall.difference.significant
    width, own = (np.diff(ends)[0] for ends in (recall.difference.interval, recall.interval))
    assert width < own
    assert recall.interval[0] < recall.value - recall.difference.value < recall.interval[1]


def test_categories_of_few_instances_are_never_called_different(evaluated: Evaluate, before: Result) -> None:
    second = compare([before, evaluated([])], draws=50).results[1]
    for figure in second.categories.values():
        assert figure.difference is not None
        assert figure.count is not None
        if figure.difference.significant:
            assert figure.count >= FREQUENT
    assert any(figure.difference and figure.difference.significant for figure in second.categories.values())
    assert any(figure.count and figure.count < FREQUENT for figure in second.categories.values())


def test_photos_that_changed_come_with_the_largest_change_first(
    evaluated: Evaluate, perfect: Records
) -> None:
    photos = sorted({one["image_id"] for one in perfect})
    ruined, helped = photos[0], photos[1]
    without = {photo: [one for one in perfect if one["image_id"] != photo] for photo in (ruined, helped)}
    second = compare([evaluated(without[helped]), evaluated(without[ruined])], draws=5).results[1]
    there = {photo: sum(one["image_id"] == photo for one in perfect) for photo in photos}
    [better], [worse] = second.better, second.worse
    assert (better.image_id, better.before, better.after) == (helped, 0, there[helped])
    assert (worse.image_id, worse.before, worse.after) == (ruined, there[ruined], 0)


def test_what_is_shown_wrong_on_a_photo_counts_against_it(evaluated: Evaluate, perfect: Records) -> None:
    doubled = perfect[0]["image_id"]
    there = sum(one["image_id"] == doubled for one in perfect)
    twice = [one | {"score": 0.8} for one in perfect if one["image_id"] == doubled]
    [worse] = compare([evaluated(perfect), evaluated(perfect + twice)], draws=5).results[1].worse
    assert (worse.image_id, worse.before, worse.after) == (doubled, there, 0)


def test_other_photos_are_set_side_by_side_and_not_tested(evaluated: Evaluate, predictions: Records) -> None:
    wild, street = (evaluated(predictions, source=source) for source in ("wild", "street"))
    comparison = compare([wild, street], ["a", "b"], draws=10)
    second = comparison.results[1]
    assert not second.paired
    assert all(
        figure.difference is None for figure in [*second.figures.values(), *second.categories.values()]
    )
    assert any(
        "b was measured on another truth" in note and "cannot be paired" in note for note in comparison.notes
    )
    assert list(sentences(comparison)) == []


def test_the_same_photos_by_another_filter_are_the_same(evaluated: Evaluate, predictions: Records) -> None:
    result = evaluated(predictions, source="wild")
    renamed = dataclasses.replace(
        result, settings={**result.settings, "dataset": {**result.settings["dataset"], "source": None}}
    )
    assert compare([result, renamed], draws=5).results[1].paired


def test_different_scores_to_show_from_are_said(
    evaluated: Evaluate, before: Result, predictions: Records
) -> None:
    comparison = compare([before, evaluated(predictions, score=0.3)], ["a", "b"], draws=5)
    assert any("starts at different scores (a from 0.5, b from 0.3)" in note for note in comparison.notes)


def test_a_comparison_is_plain_json(before: Result, after: Result) -> None:
    comparison = compare([before, after], draws=10)
    document = json.loads(json.dumps(comparison.to_dict(), allow_nan=False))
    assert document["results"][1]["figures"]["AP"]["difference"]["value"] < 0


@pytest.fixture
def two(before: Result, after: Result) -> list[Result]:
    return [before, after]


def written(tmp_path: Path, results: list[Result], **options: Any) -> str:
    comparison = compare(results, ["<b>first</b>", "second"], draws=10)
    write_report(tmp_path / "page.html", comparison, results, **options)
    return (tmp_path / "page.html").read_text()


def test_the_page_of_a_test_set_has_figures_only_and_says_so(two: list[Result], tmp_path: Path) -> None:
    page = written(tmp_path, two)
    assert "<img" not in page
    assert "marked as a test set" in page
    assert "--peek" in page
    assert f"{two[1].metrics.mask.ap:.3f}" in page


def test_the_page_shows_photos_before_and_after_when_it_may(two: list[Result], tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    page = written(tmp_path, two, peek=True, progress=lambda done, total: seen.append((done, total)))
    second = compare(two, draws=10).results[1]
    shown = min(len(second.better), MOST) + min(len(second.worse), MOST)
    assert shown > 0
    assert page.count("<img") == 3 * shown
    assert seen[-1] == (shown, shown)
    assert "marked as a test set" not in page


def test_the_page_of_other_photos_shows_none(
    evaluated: Evaluate, predictions: Records, tmp_path: Path
) -> None:
    apart = [evaluated(predictions, source=source) for source in ("wild", "street")]
    page = written(tmp_path, apart, peek=True)
    assert "No two results saw the same photos." in page
    assert "Better with" not in page


@needs_chromium
def test_the_page_sorts_in_a_browser(two: list[Result], tmp_path: Path) -> None:
    assert '<button type="button" disabled' in written(tmp_path, two)
    assert '<button type="button" disabled' not in opened(tmp_path / "page.html")  # they can be pressed


def test_names_on_the_page_are_escaped_and_it_loads_nothing(two: list[Result], tmp_path: Path) -> None:
    page = written(tmp_path, two)
    assert "<b>first" not in page
    assert "&lt;b&gt;first" in page
    assert "default-src &#39;none&#39;" in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_every_ap_on_the_page_says_how_many_categories_it_averages() -> None:
    [row] = bars(["dark"], [[(0.5, 3)], [(math.nan, 0)]])
    assert [bar.text for bar in row.bars] == ["0.500 (3)", "– (0)"]
    assert row.bars[1].share is None
