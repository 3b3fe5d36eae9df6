"""The benchmark of evaluation says what it measured; how fast anything is stands in no test."""

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from benchmark_scripts import load


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    return load("evaluate")


@pytest.fixture(scope="module")
def documents(shared: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Six photos of wild30, and their masks found with names that are wrong now and then."""
    truth = json.loads((shared / "data" / "wild30" / "wild30.json").read_text())
    truth["images"] = truth["images"][:6]
    kept = {image["id"] for image in truth["images"]}
    truth["annotations"] = [one for one in truth["annotations"] if one["image_id"] in kept]
    found = [
        {field: one[field] for field in ("image_id", "category_id", "segmentation", "bbox")}
        | {"category_id": one["category_id"] if place % 4 else 30, "score": 0.95 - place / 100}
        for place, one in enumerate(one for one in truth["annotations"] if not one["iscrowd"])
    ]
    return truth, found


def test_copies_have_ids_of_their_own_and_scores_that_rise_within_their_range(
    benchmark: ModuleType, documents: tuple[dict[str, Any], list[dict[str, Any]]]
) -> None:
    truth, found = benchmark.multiply(*documents, 3)
    for records in (truth["images"], truth["annotations"]):
        assert len({record["id"] for record in records}) == len(records)
    assert len(truth["images"]) == 18
    photos = {image["id"] for image in truth["images"]}
    assert {one["image_id"] for one in truth["annotations"]} <= photos
    count = len(documents[1])
    assert len(found) == 3 * count
    assert [one["score"] for one in found[:count]] == [one["score"] for one in documents[1]]
    for earlier, later in zip(found, found[count:], strict=False):
        assert earlier["score"] < later["score"] < 1
        assert later["image_id"] == earlier["image_id"] + benchmark.ID_STEP


def test_all_contenders_find_the_same(
    benchmark: ModuleType, documents: tuple[dict[str, Any], list[dict[str, Any]]], tmp_path: Path
) -> None:
    files = (tmp_path / "truth.json", tmp_path / "found.json")
    for file, document in zip(files, documents, strict=True):
        file.write_text(json.dumps(document))
    answers = {name: [benchmark.one_round(name, files, 2)] for name in benchmark.WAYS}
    assert benchmark.agree(answers)
    (answer,) = answers[benchmark.OURS]
    assert answer.seconds > 0
    assert {kind: len(figures) for kind, figures in answer.figures.items()} == {"mask": 12, "box": 12}
    assert 0.2 < answer.figures["mask"][0] < 1
    answer.figures["box"][11] += 1e-6
    assert not benchmark.agree(answers)


def shown(benchmark: ModuleType, capsys: pytest.CaptureFixture[str], box_ap: float) -> str:
    """What is printed where pycocotools takes 1, 2 and 3 s and wildwear always the same."""
    figures = {"mask": [0.5] * 12, "box": [box_ap] * 12}
    own = [benchmark.Answer(0.1, 100.0, figures)] * 3
    peer_figures = {"mask": [0.5] * 12, "box": [0.4] * 12}
    peer = [benchmark.Answer(slow, 400.0, peer_figures) for slow in (1.0, 2.0, 3.0)]
    benchmark.show({benchmark.OURS: own, benchmark.MORE: own, benchmark.PEER: peer}, "a title")
    return " ".join(capsys.readouterr().out.split())


def test_the_ratio_is_formed_round_by_round_and_comes_with_its_quartiles(
    benchmark: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    said = shown(benchmark, capsys, box_ap=0.4)
    assert "20.0 (15.0–25.0)" in said
    assert "4.0 (4.0–4.0)" in said
    assert "mask AP 0.5000, box AP 0.4000; all 24 figures equal to 1e-09: yes" in said


def test_figures_that_differ_are_said(benchmark: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert "all 24 figures equal to 1e-09: NO" in shown(benchmark, capsys, box_ap=0.41)
