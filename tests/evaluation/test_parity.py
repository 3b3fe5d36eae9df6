"""All twelve figures of COCO's summary equal pycocotools': on a made dataset, and of the bundled model on
val photos of CCP-30."""

import contextlib
import copy
import io
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

import squares
from wildwear import inference
from wildwear.datasets import Dataset
from wildwear.datasets.formats import ccp
from wildwear.datasets.making import ccp30
from wildwear.evaluation import score
from wildwear.evaluation.measures.matching import MAX_DETECTIONS, MIN_SCORE, Kind
from wildwear.evaluation.measures.metrics import AVERAGED

EVERY = 4  # so many photos of val make one of the test: the model takes 0.2 s for each


@pytest.fixture(scope="module")
def val(ccp_folder: Path) -> Dataset:
    """Every fourth photo of CCP-30's val."""
    rows: dict[str, list[ccp30.Row]] = defaultdict(list)
    for row in ccp30.read_table():
        if row.split == "val":
            rows[row.photo].append(row)
    document, labels = ccp30.empty_document("val"), ccp.load_labels(ccp_folder)
    for photo in sorted(rows)[::EVERY]:
        ccp30.add_photo(document, ccp_folder, photo, rows[photo], labels)
    return Dataset(document)


@pytest.fixture(scope="module")
def found(val: Dataset, ccp_folder: Path) -> list[dict[str, Any]]:
    """All that the bundled model finds there."""
    segmenter = inference.load()
    results = []
    for image in val.images:
        photo = ccp_folder / "photos" / image["file_name"]
        everything = segmenter(photo, score=MIN_SCORE, suppress=False, limit=MAX_DETECTIONS)
        results += everything.to_coco(image["id"])
    return results


@pytest.fixture(scope="module")
def made() -> tuple[Dataset, list[dict[str, Any]]]:
    """Rectangles of all sizes in 40 photos, some photos with a region that is not judged, and detections of
    them that are moved, renamed, doubled, missed and invented; it needs nothing from outside."""
    random = np.random.default_rng(7)

    def box() -> squares.Box:
        x, y = random.integers(0, 60, 2)
        width, height = random.integers(5, 101, 2)
        return int(x), int(y), int(min(width, squares.SIDE - x)), int(min(height, squares.SIDE - y))

    large = (0, 0, 100, 98)  # over 96 x 96 px
    instances = [
        (int(photo), int(random.integers(1, 4)), box()) for photo in range(1, 41) for _ in range(4)
    ] + [(photo, 1 + photo % 3, large) for photo in range(1, 13)]
    dataset = squares.truth(*instances, photos=40)
    for annotation in dataset.annotations[::9]:
        annotation["iscrowd"] = 1
    found = []
    for photo, name, (x, y, width, height) in instances:
        for _ in range(random.choice([0, 1, 1, 2])):
            moved = max(0, x + int(random.integers(-3, 4))), max(0, y + int(random.integers(-3, 4)))
            seen = int(random.integers(1, 4)) if random.random() < 0.2 else name
            found.append(squares.found(photo, seen, (*moved, width, height), float(random.uniform(0.02, 1))))
        if random.random() < 0.3:
            found.append(squares.found(photo, name, box(), float(random.uniform(0.02, 1))))
    return dataset, found


def summary_by_pycocotools(dataset: Dataset, found: list[dict[str, Any]], kind: Kind) -> list[float]:
    """The twelve figures as pycocotools has them; -1 where one is not measured."""
    shape, theirs = ("segmentation", "segm") if kind == "mask" else ("bbox", "bbox")
    fields = ("image_id", "category_id", "score", shape)
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = copy.deepcopy(dataset.document)
        truth.createIndex()
        results = truth.loadRes([{name: copy.deepcopy(one[name]) for name in fields} for one in found])
        reference = COCOeval(truth, results, theirs)
        reference.evaluate()
        reference.accumulate()
        reference.summarize()
    return [float(figure) for figure in reference.stats]


@pytest.mark.parametrize("kind", ["mask", "box"])
def test_every_figure_of_the_summary_on_a_made_dataset_equals_pycocotools(
    made: tuple[Dataset, list[dict[str, Any]]], kind: Kind
) -> None:
    averages = getattr(score(*made), kind)
    expected = summary_by_pycocotools(*made, kind)
    assert len(AVERAGED) == len(expected) == 12
    np.testing.assert_allclose([getattr(averages, name) for name in AVERAGED], expected, rtol=0, atol=1e-9)
    assert 0.1 < min(expected[:6]) < max(expected[:6]) < 0.95  # small, medium and large ones were measured


@pytest.mark.parametrize("kind", ["mask", "box"])
def test_every_figure_of_the_summary_on_val_equals_pycocotools(
    val: Dataset, found: list[dict[str, Any]], kind: Kind
) -> None:
    averages = getattr(score(val, found), kind)
    expected = summary_by_pycocotools(val, found, kind)
    np.testing.assert_allclose([getattr(averages, name) for name in AVERAGED], expected, rtol=0, atol=1e-9)
    assert len(val.images) > 20
    assert 0.2 < averages.ap < averages.ar100 < 0.8  # a comparison of zeros or ones would show nothing
    assert any(annotation["iscrowd"] for annotation in val.annotations)
