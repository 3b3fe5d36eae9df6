"""The benchmark of health says what it measured; how fast anything is stands in no test."""

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from benchmark_scripts import load
from wildwear import imaging


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    return load("health")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Two photos with three garments each, and a region that is not judged."""
    annotations = []
    for place in range(7):
        mask = np.zeros((120, 90), np.uint8)
        mask[10 : 60 + place, 20:50] = 1
        rle = imaging.encode(mask)
        annotations.append(
            {
                "id": place,
                "image_id": place % 2,
                "category_id": 1,
                "segmentation": rle,
                "area": int(mask.sum()),
                "bbox": imaging.bbox(rle),
                "iscrowd": int(place == 6),
            }
        )
    images = [{"id": place, "file_name": f"{place}.jpg", "width": 90, "height": 120} for place in range(2)]
    categories = [{"id": 1, "name": "dress", "supercategory": "whole body"}]
    return {"info": {}, "images": images, "annotations": annotations, "categories": categories}


def test_copies_have_ids_and_photos_of_their_own(
    benchmark: ModuleType, document: dict[str, Any], tmp_path: Path
) -> None:
    assert benchmark.multiply(document, 15, tmp_path / "many.json") == 21
    many = json.loads((tmp_path / "many.json").read_text())
    assert len({image["file_name"] for image in many["images"]}) == len(many["images"]) == 6
    for records in (many["images"], many["annotations"]):
        assert len({record["id"] for record in records}) == len(records)
    assert {one["image_id"] for one in many["annotations"]} == {image["id"] for image in many["images"]}


def test_both_contenders_find_what_was_planted_and_nothing_else(
    benchmark: ModuleType, document: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmark, "PLANTED", 6)
    benchmark.multiply(document, 14, tmp_path / "many.json")
    answers = {name: [way(tmp_path / "many.json")] for name, way in benchmark.WAYS.items()}
    assert benchmark.agree(answers)
    (answer,) = answers[benchmark.OURS]
    assert answer.found == (2, 2, 2)
    assert answer.seconds > 0
    answers[benchmark.PEER] = [answer._replace(found=benchmark.Found(2, 2, 3))]
    assert not benchmark.agree(answers)


def shown(benchmark: ModuleType, capsys: pytest.CaptureFixture[str], tiny: int) -> str:
    """What is printed where pycocotools takes 1, 2 and 3 s and wildwear always the same."""
    own = [benchmark.Answer(0.1, 100.0, benchmark.Found(5, 6, 7))] * 3
    peer = [benchmark.Answer(slow, 400.0, benchmark.Found(5, tiny, 7)) for slow in (1.0, 2.0, 3.0)]
    benchmark.show({benchmark.OURS: own, benchmark.PEER: peer}, "a title")
    return " ".join(capsys.readouterr().out.split())


def test_the_ratio_is_formed_round_by_round_and_comes_with_its_quartiles(
    benchmark: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    said = shown(benchmark, capsys, tiny=6)
    assert "20.0 (15.0–25.0)" in said
    assert "100 (100–100) 400 (400–400) 4.0 (4.0–4.0)" in said
    assert "5 masks empty, 6 of a few pixels, 7 of another area than stated; both found the same: yes" in said


def test_findings_that_differ_are_said(benchmark: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert "both found the same: NO" in shown(benchmark, capsys, tiny=5)
