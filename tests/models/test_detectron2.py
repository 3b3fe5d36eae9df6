"""Weights of Detectron2 give here what they give there.

`Reference` is a second writing of Detectron2's Mask R-CNN in plain torch, from its source, under its names
and in its conventions; our network has to compute from its random weights, translated, what it does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
import yaml
from torch import Tensor
from torchvision.models.detection.image_list import ImageList
from torchvision.ops import batched_nms, roi_align

import zoo
from wildwear.errors import ModelError
from wildwear.models import GarmentRcnn, ModelConfig, build
from wildwear.models.detectron2 import Pixels, convert, network_of, pixels_of
from wildwear.models.torchvision_weights import COCO_NAMES
from wildwear.models.transfer import Transfer, Weights, take_weights

ZOO = Pixels()
IMAGENET_RGB = Pixels(mean=(123.675, 116.28, 103.53), deviation=(58.395, 57.12, 57.375), order="RGB")
X101 = Pixels(deviation=(57.375, 57.12, 58.395))  # the zoo's, where it trained with a deviation


class Reference:
    """Detectron2's R50-FPN or R101-FPN Mask R-CNN at test time."""

    def __init__(self, weights: dict[str, Tensor], pixels: Pixels = ZOO) -> None:
        self.weights = weights
        self.pixels = pixels

    def convolve(self, x: Tensor, name: str, stride: int = 1, padding: int = 0) -> Tensor:
        """A convolution with its bias, or with its frozen normalisation."""
        x = F.conv2d(x, self.weights[f"{name}.weight"], self.weights.get(f"{name}.bias"), stride, padding)
        if f"{name}.norm.weight" not in self.weights:
            return x
        weight, bias, mean, variance = (self.weights[f"{name}.norm.{kind}"] for kind in zoo.NORM)
        return F.batch_norm(x, mean, variance, weight, bias, training=False, eps=1e-5)

    def photo(self, rgb: Tensor) -> Tensor:
        """(3, h, w) uint8 RGB to the network's input, (1, 3, h, w)."""
        channels = rgb.flip(0) if self.pixels.order == "BGR" else rgb
        mean, deviation = torch.tensor([self.pixels.mean, self.pixels.deviation])[:, :, None, None]
        return ((channels - mean) / deviation)[None]

    def stem(self, rgb: Tensor) -> Tensor:
        return F.relu(self.convolve(self.photo(rgb), "backbone.bottom_up.stem.conv1", 2, 3))

    def block(self, x: Tensor, name: str, stride: int) -> Tensor:
        """A bottleneck: the stride is in the first convolution, of 1 × 1."""
        out = F.relu(self.convolve(x, f"{name}.conv1", stride))
        out = F.relu(self.convolve(out, f"{name}.conv2", 1, 1))
        out = self.convolve(out, f"{name}.conv3")
        is_first = f"{name}.shortcut.weight" in self.weights
        return F.relu(out + (self.convolve(x, f"{name}.shortcut", stride) if is_first else x))

    def pyramid(self, rgb: Tensor) -> list[Tensor]:
        """p2 to p6."""
        x = F.max_pool2d(self.stem(rgb), 3, 2, 1)
        stages = []
        for stage in (2, 3, 4, 5):
            block = 0
            while f"backbone.bottom_up.res{stage}.{block}.conv1.weight" in self.weights:
                stride = 2 if block == 0 and stage > 2 else 1
                x = self.block(x, f"backbone.bottom_up.res{stage}.{block}", stride)
                block += 1
            stages.append(x)
        above, levels = None, []
        for stage, x in reversed(list(enumerate(stages, start=2))):
            merged = self.convolve(x, f"backbone.fpn_lateral{stage}")
            if above is not None:
                merged = merged + F.interpolate(above, scale_factor=2, mode="nearest")
            above = merged
            levels.insert(0, self.convolve(merged, f"backbone.fpn_output{stage}", 1, 1))
        return [*levels, F.max_pool2d(levels[-1], 1, 2)]

    def propose(self, levels: Sequence[Tensor]) -> list[tuple[Tensor, Tensor]]:
        """Objectness (1, 3, h, w) and deltas (1, 12, h, w) of each level."""
        head = "proposal_generator.rpn_head"
        hidden = [F.relu(self.convolve(level, f"{head}.conv", 1, 1)) for level in levels]
        return [
            (self.convolve(x, f"{head}.objectness_logits"), self.convolve(x, f"{head}.anchor_deltas"))
            for x in hidden
        ]

    def pool(self, levels: Sequence[Tensor], boxes: Tensor, size: int) -> Tensor:
        """ROIAlignV2 with as many samples as there are cells, each box on the level of its size."""
        pooled = []
        for box in boxes:
            side = float(((box[2] - box[0]) * (box[3] - box[1])).sqrt())
            level = min(max(math.floor(4 + math.log2(side / 224 + 1e-8)), 2), 5)
            roi = torch.cat([torch.zeros(1), box])[None]
            pooled.append(roi_align(levels[level - 2], roi, size, 1 / 2**level, 0, aligned=True))
        return torch.cat(pooled)

    def linear(self, x: Tensor, name: str) -> Tensor:
        return F.linear(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def boxes(self, pooled: Tensor) -> tuple[Tensor, Tensor]:
        """Scores (n, classes + 1), background last, and deltas (n, classes * 4)."""
        x = F.relu(self.linear(pooled.flatten(1), "roi_heads.box_head.fc1"))
        x = F.relu(self.linear(x, "roi_heads.box_head.fc2"))
        return self.linear(x, "roi_heads.box_predictor.cls_score"), self.linear(
            x, "roi_heads.box_predictor.bbox_pred"
        )

    def masks(self, pooled: Tensor) -> Tensor:
        """Logits (n, classes, 28, 28)."""
        x = pooled
        for layer in (1, 2, 3, 4):
            x = F.relu(self.convolve(x, f"roi_heads.mask_head.mask_fcn{layer}", 1, 1))
        deconv = "roi_heads.mask_head.deconv"
        x = F.conv_transpose2d(x, self.weights[f"{deconv}.weight"], self.weights[f"{deconv}.bias"], 2)
        return self.convolve(F.relu(x), "roi_heads.mask_head.predictor")

    def top_proposals(self, levels: Sequence[Tensor], side: tuple[int, int]) -> Tensor:
        """The photo's proposals: (n, 4) xyxy px, the best first. Source: find_top_rpn_proposals."""
        boxes, scores, level_of = [], [], []
        for level, (objectness, deltas) in enumerate(self.propose(levels)):
            _, _, height, width = objectness.shape
            base = zoo.anchors()[f"proposal_generator.anchor_generator.cell_anchors.{level}"]
            y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
            corners = torch.stack([x, y, x, y], dim=-1).reshape(-1, 1, 4) * 4 * 2**level
            anchors = (corners + base).reshape(-1, 4)
            logits = objectness[0].permute(1, 2, 0).flatten()
            best, order = logits.topk(min(1000, len(logits)))
            moved = deltas[0].reshape(3, 4, height, width).permute(2, 3, 0, 1).reshape(-1, 4)
            boxes.append(moved_by(anchors[order], moved[order], (1, 1, 1, 1), side))
            scores.append(best)
            level_of.append(torch.full_like(order, level))
        everywhere, sure = torch.cat(boxes), torch.cat(scores)
        kept = batched_nms(everywhere, sure, torch.cat(level_of), 0.7)
        return everywhere[kept[:1000]]

    def detect(self, rgb: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Boxes (n, 4) xyxy px, scores (n,), classes (n,) and mask probabilities (n, 28, 28) of a photo whose
        sides are multiples of 32. Source: fast_rcnn_inference, mask_rcnn_inference."""
        levels, side = self.pyramid(rgb), (rgb.shape[1], rgb.shape[2])
        proposals = self.top_proposals(levels, side)
        scores, deltas = self.boxes(self.pool(levels, proposals, 7))
        probabilities = scores.softmax(dim=1)[:, :-1]
        row, label = torch.where(probabilities > 0.05)
        own = deltas.reshape(len(deltas), -1, 4)[row, label]
        boxes, sure = moved_by(proposals[row], own, (10, 10, 5, 5), side), probabilities[row, label]
        kept = batched_nms(boxes, sure, label, 0.5)[:100]
        logits = self.masks(self.pool(levels, boxes[kept], 14))
        return boxes[kept], sure[kept], label[kept], logits[torch.arange(len(kept)), label[kept]].sigmoid()


def moved_by(boxes: Tensor, deltas: Tensor, weights: Sequence[float], side: tuple[int, int]) -> Tensor:
    """Boxes (n, 4) xyxy px after deltas (n, 4), cut at the photo's edges. Source: Box2BoxTransform."""
    size = boxes[:, 2:] - boxes[:, :2]
    centre = boxes[:, :2] + size / 2 + deltas[:, :2] / torch.tensor(weights[:2]) * size
    size = size * (deltas[:, 2:] / torch.tensor(weights[2:])).clamp(max=math.log(1000 / 16)).exp()
    moved = torch.cat([centre - size / 2, centre + size / 2], dim=1)
    height, width = side
    return torch.stack([moved[:, axis].clamp(0, (width, height)[axis % 2]) for axis in range(4)], dim=1)


def network(depth: int, categories: Sequence[str] = COCO_NAMES, lineage: Any = "detectron2") -> GarmentRcnn:
    config = ModelConfig(
        backbone="resnet101" if depth == 101 else "resnet50",
        lineage=lineage,
        pretrained=False,
        num_classes=len(categories) + 1,
    )
    return build(config).eval()


def translated(depth: int, pixels: Pixels = ZOO) -> tuple[GarmentRcnn, Reference]:
    weights = zoo.state(depth)
    model = network(depth)
    take_weights(model, convert(dict(weights), pixels), COCO_NAMES)
    return model, Reference(weights, pixels)


@pytest.fixture(scope="module")
def pair() -> tuple[GarmentRcnn, Reference]:
    """Our R50 with translated weights of the zoo's shape, and the reference with the weights as they are."""
    return translated(50)


def photo(height: int = 96, width: int = 128) -> Tensor:
    return torch.randint(0, 256, (3, height, width), generator=torch.Generator().manual_seed(4)).to(
        torch.uint8
    )


def levels_of(model: GarmentRcnn, rgb: Tensor) -> list[Tensor]:
    features = model.backbone((rgb[None] - model.mean) / model.deviation)
    return list(features.values())


def assert_same(found: Tensor, expected: Tensor) -> None:
    """Equal to a ten-thousandth of the largest value."""
    assert found.shape == expected.shape
    assert expected.abs().max() > 0.01  # random weights did not die out on the way
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-4 * float(expected.abs().max()))


@torch.no_grad()
@pytest.mark.parametrize("depth", [50, 101])
def test_every_layer_computes_what_it_computes_in_detectron2(depth: int) -> None:
    model, reference = translated(depth)
    own, expected = levels_of(model, photo()), reference.pyramid(photo())
    for found, level in zip(own, expected, strict=True):
        assert_same(found, level)
    for found_pair, level_pair in zip(
        zip(*model.rpn.head(expected), strict=True), reference.propose(expected), strict=True
    ):
        for found, logits in zip(found_pair, level_pair, strict=True):
            assert_same(found, logits)

    boxes = torch.tensor([[3.0, 4, 30, 50], [10.4, 20.2, 119.7, 93.1], [0, 0, 128, 96], [60, 10, 61.5, 90]])
    levels = dict(zip(["0", "1", "2", "3", "pool"], expected, strict=True))
    heads = model.roi_heads
    for pool, size in ((heads.box_roi_pool, 7), (heads.mask_roi_pool, 14)):
        assert_same(pool(levels, [boxes]), reference.pool(expected, boxes, size))
    scores, deltas = reference.boxes(reference.pool(expected, boxes, 7))
    own_scores, own_deltas = heads.box_predictor(heads.box_head(heads.pool_boxes(levels, [boxes], [])))
    assert_same(own_scores, torch.cat([scores[:, -1:], scores[:, :-1]], dim=1))
    assert_same(own_deltas[:, 4:], deltas)
    masks = reference.masks(reference.pool(expected, boxes, 14))
    assert_same(heads.mask_predictor(heads.mask_head(heads.pool_masks(levels, [boxes], [])))[:, 1:], masks)


@torch.no_grad()
@pytest.mark.parametrize("pixels", [ZOO, X101, IMAGENET_RGB], ids=["zoo", "with a deviation", "RGB"])
def test_the_first_convolution_takes_over_the_order_of_channels_and_the_deviation(
    pair: tuple[GarmentRcnn, Reference], pixels: Pixels
) -> None:
    model, reference = pair
    model = build(model.config).eval()
    take_weights(model, convert(dict(reference.weights), pixels), COCO_NAMES)
    body = model.backbone.body
    found = F.relu(body.bn1(body.conv1((photo()[None] - model.mean) / model.deviation)))
    # At the edges too, where the convolution sees zeros beyond the photo.
    assert_same(found, Reference(reference.weights, pixels).stem(photo()))


@torch.no_grad()
def test_a_photo_gives_what_detectron2_gives_from_its_proposals_to_its_masks() -> None:
    weights = zoo.state(50)
    generator = torch.Generator().manual_seed(3)
    scores = "roi_heads.box_predictor.cls_score.weight"
    weights[scores] = 0.2 * torch.randn(weights[scores].shape, generator=generator)  # sure of something
    fields = network_of(Path("model_final.pth"), weights)
    model = build(ModelConfig.model_validate({**fields, "num_classes": 81})).eval()
    take_weights(model, convert(dict(weights), ZOO), COCO_NAMES)
    boxes, sure, labels, masks = Reference(weights).detect(photo())
    (found,), _ = model([photo()])
    assert len(boxes) > 20
    same = found["labels"][:, None] - 1 == labels
    near = (found["boxes"][:, None] - boxes).abs().amax(dim=2) < 0.1
    pairs = (same & near & ((found["scores"][:, None] - sure).abs() < 1e-3)).nonzero()
    # Overlaps of almost exactly one half may fall to either side in float32.
    assert len(pairs) >= 0.97 * max(len(boxes), len(found["boxes"]))
    own, theirs = pairs.T
    torch.testing.assert_close(found["masks"][own, 0], masks[theirs], atol=1e-3, rtol=0)


def test_photos_with_another_mean_than_imagenets_are_refused() -> None:
    with pytest.raises(ModelError, match=r"the mean \[127.0, 127.0, 127.0\] \(RGB\) there; expected \[123"):
        convert(zoo.state(50), Pixels(mean=(127, 127, 127)))


def test_background_moves_from_the_last_row_to_the_first() -> None:
    weights = zoo.state(50)
    own = convert(dict(weights), ZOO).tensors
    for kind in ("weight", "bias"):
        scores = weights[f"roi_heads.box_predictor.cls_score.{kind}"]
        moved = own[f"roi_heads.box_predictor.cls_score.{kind}"]
        assert torch.equal(moved[0], scores[80])
        assert torch.equal(moved[1:], scores[:80])
        # Boxes and masks have no background there; here it has rows that nobody reads.
        for ours, theirs, rows in (
            (f"box_predictor.bbox_pred.{kind}", f"box_predictor.bbox_pred.{kind}", 4),
            (f"mask_predictor.mask_fcn_logits.{kind}", f"mask_head.predictor.{kind}", 1),
        ):
            with_background = own[f"roi_heads.{ours}"]
            assert not with_background[:rows].any()
            assert torch.equal(with_background[rows:], weights[f"roi_heads.{theirs}"])


@torch.no_grad()
def test_a_block_strides_in_its_first_convolution(pair: tuple[GarmentRcnn, Reference]) -> None:
    model, reference = pair
    x = torch.randn(1, 256, 12, 16, generator=torch.Generator().manual_seed(0))
    expected = reference.block(x, "backbone.bottom_up.res3.0", 2)
    assert_same(model.backbone.body.layer2[0](x), expected)
    other = network(50, lineage="torchvision")
    other.backbone.body.load_state_dict(model.backbone.body.state_dict())
    difference = (other.backbone.body.layer2[0](x) - expected).abs().max()
    assert difference > 0.1  # the same weights mean something else with the stride in the 3 × 3


def test_the_epsilon_of_frozen_normalisation_is_each_lineages_own(
    pair: tuple[GarmentRcnn, Reference],
) -> None:
    assert pair[0].backbone.body.layer4[2].bn3.eps == 1e-5
    assert network(50, lineage="torchvision").backbone.body.layer4[2].bn3.eps == 0.0


def test_anchors_are_not_rounded_and_keep_their_stride_where_a_map_is_odd(
    pair: tuple[GarmentRcnn, Reference],
) -> None:
    # 96 px: 3 cells at stride 32 and then 2, where torchvision would step by 96 // 2 = 48.
    maps = [torch.zeros(1, 1, math.ceil(96 / s), math.ceil(160 / s)) for s in (4, 8, 16, 32, 64)]
    expected = []
    for level, base in zip(maps, zoo.anchors().values(), strict=True):
        stride = 4 * 2 ** len(expected)
        expected.append(
            torch.cat(
                [
                    base + torch.tensor([x, y, x, y]) * stride
                    for y in range(level.shape[2])
                    for x in range(level.shape[3])
                ]
            )
        )
    batch = ImageList(torch.zeros(2, 3, 96, 160), [(96, 160), (90, 130)])
    first, second = pair[0].rpn.anchor_generator(batch, maps)
    torch.testing.assert_close(first, torch.cat(expected))
    assert torch.equal(first, second)


def test_cocos_80_categories_keep_the_heads_whatever_their_order() -> None:
    assert len(COCO_NAMES) == 80
    assert (COCO_NAMES[0], COCO_NAMES[11], COCO_NAMES[79]) == ("person", "stop sign", "toothbrush")
    weights = convert(zoo.state(50), ZOO)
    model = network(50, ["toothbrush", "stop sign"])
    report = take_weights(model, weights, ["toothbrush", "stop sign"])
    assert report.new == {}
    found = model.roi_heads.box_predictor
    scores = weights.tensors["roi_heads.box_predictor.cls_score.bias"]
    assert torch.equal(found.cls_score.bias, scores[[0, 80, 12]])
    boxes = weights.tensors["roi_heads.box_predictor.bbox_pred.weight"]
    assert torch.equal(found.bbox_pred.weight[4:8], boxes[320:])


def assert_complete(report: Transfer, model: GarmentRcnn, file: set[str]) -> None:
    """Every weight of the network and of the file is accounted for, once."""
    assert sorted([*report.loaded, *report.new]) == sorted(model.state_dict())
    assert sorted([*report.loaded.values(), *report.unused]) == sorted(file)


@pytest.mark.parametrize("depth", [50, 101])
def test_the_report_accounts_for_every_weight_of_the_network_and_of_the_file(depth: int) -> None:
    weights = (
        zoo.state(depth) | zoo.anchors() | {"pixel_mean": torch.zeros(3, 1, 1), "other.weight": torch.ones(1)}
    )
    model = network(depth, ["coat", "bag"])
    report = take_weights(model, convert(dict(weights), ZOO), ["coat", "bag"])
    assert_complete(report, model, set(weights))
    assert set(report.new) == {
        f"roi_heads.{layer}.{kind}"
        for layer in ("box_predictor.cls_score", "box_predictor.bbox_pred", "mask_predictor.mask_fcn_logits")
        for kind in ("weight", "bias")
    }
    assert set(report.new.values()) == {"the file's categories are others"}
    assert report.unused["other.weight"] == "not a part of Mask R-CNN with ResNet and FPN"
    assert report.unused["pixel_mean"] == "the first convolution has it in it"
    assert report.unused["proposal_generator.anchor_generator.cell_anchors.4"] == "laid anew"
    assert "loaded    backbone.body.bn1.bias from backbone.bottom_up.stem.conv1.norm.bias\n" in report.text()


def test_anchors_of_other_sizes_are_remarked_on() -> None:
    name = "proposal_generator.anchor_generator.cell_anchors.0"
    weights = convert(zoo.state(50) | {name: zoo.anchors()[name] * 2}, ZOO)
    assert weights.unused == {name: "other anchors than ours: proposals have to be learnt anew"}


@torch.no_grad()
def test_normalisation_without_statistics_scales_and_shifts_alone() -> None:
    weights = {name: tensor for name, tensor in zoo.state(50).items() if "running" not in name}
    model = network(50)
    report = take_weights(model, convert(dict(weights), ZOO), COCO_NAMES)
    assert all("running" in name for name in report.new)
    name = "backbone.bottom_up.stem.conv1"
    raw = F.conv2d(Reference(weights).photo(photo()), weights[f"{name}.weight"], None, 2, 3)
    weight, bias = (weights[f"{name}.norm.{kind}"][:, None, None] for kind in ("weight", "bias"))
    body = model.backbone.body
    assert_same(body.bn1(body.conv1((photo()[None] - model.mean) / model.deviation)), raw * weight + bias)


@pytest.mark.parametrize(("file", "own"), [(101, 50), (50, 101)])
def test_weights_of_another_depth_are_refused_though_many_fit(file: int, own: int) -> None:
    model = network(own)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with pytest.raises(
        ModelError, match=r"its backbone is another one: it has (no|besides) layer3\.6\.conv1"
    ):
        take_weights(model, convert(zoo.state(file), ZOO), COCO_NAMES)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_a_box_for_all_categories_is_refused_where_ours_has_one_for_each() -> None:
    weights = convert(zoo.state(50), ZOO)
    tensors = {**weights.tensors, "roi_heads.box_predictor.bbox_pred.bias": torch.zeros(8)}
    with pytest.raises(ModelError, match="a multiple of 81 rows"):
        take_weights(network(50), Weights(tensors, categories=COCO_NAMES), COCO_NAMES)


def write_config(path: Path, **model: Any) -> None:
    path.write_text(yaml.safe_dump({"MODEL": model, "INPUT": {"FORMAT": "RGB"}}))


def test_a_config_beside_the_file_says_how_photos_enter(tmp_path: Path) -> None:
    file = tmp_path / "model_final.pth"
    assert pixels_of(file, {}) == ZOO
    buffers = {"pixel_std": torch.tensor(X101.deviation).view(3, 1, 1)}
    assert pixels_of(file, buffers).deviation == pytest.approx(X101.deviation)
    write_config(
        tmp_path / "config.yaml", PIXEL_MEAN=[123.675, 116.28, 103.53], PIXEL_STD=[58.395, 57.12, 57.375]
    )
    found = pixels_of(file, buffers)
    assert (found.order, tuple(found.mean), tuple(found.deviation)) == (
        "RGB",
        IMAGENET_RGB.mean,
        IMAGENET_RGB.deviation,
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"RESNETS": {"STRIDE_IN_1X1": False}},
            "MODEL.RESNETS.STRIDE_IN_1X1 is False; this network has True",
        ),
        (
            {"ROI_BOX_HEAD": {"POOLER_TYPE": "ROIAlign"}},
            "POOLER_TYPE is ROIAlign; this network has ROIAlignV2",
        ),
        ({"PIXEL_STD": [1.0]}, r"its deviation of photos is \[1.0\], which is not for three channels"),
    ],
)
def test_a_config_of_another_network_is_refused(
    tmp_path: Path, settings: dict[str, Any], message: str
) -> None:
    write_config(tmp_path / "config.yaml", **settings)
    with pytest.raises(ModelError, match=rf"config\.yaml: .*{message}"):
        pixels_of(tmp_path / "model_final.pth", {})


@pytest.mark.parametrize("text", ["a: [", "name: mine\nmodel: {}", "- 1", ""])
def test_a_config_that_is_not_detectron2s_says_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.yaml").write_text(text)
    assert pixels_of(tmp_path / "model_final.pth", {}) == ZOO


def test_the_thesis_configs_are_those_of_the_zoo(shared: Path) -> None:
    for run in range(5, 10):
        found = pixels_of(shared / f"seed/experiments/exp{run}" / "model_final.pth", {})
        assert (tuple(found.mean), tuple(found.deviation), found.order) == (ZOO.mean, ZOO.deviation, "BGR")
