"""The bundled model on val photos of CCP-30: all twelve figures of COCO's summary equal pycocotools'."""

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


@pytest.mark.parametrize(("kind", "theirs"), [("mask", "segm"), ("box", "bbox")])
def test_every_figure_of_the_summary_on_val_equals_pycocotools(
    val: Dataset, found: list[dict[str, Any]], kind: Kind, theirs: str
) -> None:
    shape = "segmentation" if kind == "mask" else "bbox"
    fields = ("image_id", "category_id", "score", shape)
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = copy.deepcopy(val.document)
        truth.createIndex()
        results = truth.loadRes([{name: copy.deepcopy(one[name]) for name in fields} for one in found])
        reference = COCOeval(truth, results, theirs)
        reference.evaluate()
        reference.accumulate()
        reference.summarize()
    averages = getattr(score(val, found), kind)
    assert len(AVERAGED) == len(reference.stats) == 12
    np.testing.assert_allclose(
        [getattr(averages, name) for name in AVERAGED], reference.stats, rtol=0, atol=1e-9
    )
    assert len(val.images) > 20
    assert 0.2 < averages.ap < averages.ar100 < 0.8  # a comparison of zeros or ones would show nothing
    assert any(annotation["iscrowd"] for annotation in val.annotations)
