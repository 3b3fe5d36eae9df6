"""Networks by the name of their backbone: what their description says arrives in them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from wildwear.models import ModelConfig, build
from wildwear.models.architectures import BACKBONES


@pytest.mark.parametrize("backbone", ["efficientnet_lite1", "resnet50", "resnet50_v2"])
def test_how_many_boxes_are_looked_at_and_learnt_from_is_as_the_description_says(backbone: Any) -> None:
    thesis = ModelConfig(
        backbone=backbone,
        pretrained=False,
        anchors_learnt=256,
        boxes_learnt=512,
        candidates=(2000, 1000),
        proposals=(1000, 900),
        min_score=0.05,
        same=0.4,
        smooth_l1=0,
    )
    model = build(thesis)
    rpn, heads = model.rpn, model.roi_heads
    assert (rpn.fg_bg_sampler.batch_size_per_image, heads.fg_bg_sampler.batch_size_per_image) == (256, 512)
    assert (rpn.train().pre_nms_top_n(), rpn.post_nms_top_n()) == (2000, 1000)
    assert (rpn.eval().pre_nms_top_n(), rpn.post_nms_top_n()) == (1000, 900)
    assert (heads.score_thresh, heads.smooth_l1, rpn.smooth_l1) == (0.05, 0, 0)
    assert heads.nms_thresh == 0.4
    mean, _ = BACKBONES[backbone].normalisation
    assert model.mean.flatten().tolist() == pytest.approx(mean)


def test_the_documentation_has_a_row_for_every_backbone() -> None:
    table = (Path(__file__).parents[2] / "docs" / "training.md").read_text().split("## Backbones")[1]
    _, *rows = [line for line in table.split("\n## ")[0].splitlines() if line.startswith("| `")]
    assert sorted(re.findall("`([^`]+)`", "".join(row.split("|")[1] for row in rows))) == sorted(BACKBONES)
