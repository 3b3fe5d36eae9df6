"""The whole network: losses where there are targets, detections where there are none."""

from typing import Any

import pytest
import torch
from torchvision.models import detection, resnet101

from wildwear.models import GarmentRcnn, ModelConfig, build
from wildwear.models.mask_rcnn import pad_to_batch, semantic_batch
from wildwear.models.proposals import Target

LOSSES = {"classification", "box", "mask", "objectness", "proposal_box"}


def photo() -> torch.Tensor:
    return torch.randint(0, 256, (3, 96, 64), dtype=torch.uint8, generator=torch.Generator().manual_seed(2))


def test_a_step_gives_every_loss_and_moves_every_part(lite: GarmentRcnn, target: Target) -> None:
    _, losses = lite.train()([photo(), photo()], [target, target])
    assert losses.keys() == LOSSES | {"semantic"}
    assert all(torch.isfinite(loss) for loss in losses.values())
    torch.stack(list(losses.values())).sum().backward()  # type: ignore[no-untyped-call]
    for part in (lite.backbone.fpn, lite.backbone.semantic, lite.rpn, lite.roi_heads):
        assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in part.parameters())


def test_a_photo_without_garments_is_a_negative_for_training(lite: GarmentRcnn, target: Target) -> None:
    empty = {**target, "boxes": torch.zeros(0, 4), "labels": torch.zeros(0, dtype=torch.int64)}
    empty |= {"masks": torch.zeros(0, 96, 64, dtype=torch.uint8), "regions": torch.zeros(0, 4)}
    _, losses = lite.train()([photo()], [empty])
    assert losses["mask"] == losses["box"] == 0
    assert torch.isfinite(losses["classification"])


def test_detections_lie_inside_photos_of_several_sizes(lite: GarmentRcnn) -> None:
    wide = torch.zeros(3, 40, 130, dtype=torch.uint8)
    with torch.no_grad():
        found, losses = lite.eval()([photo(), wide])
    assert losses == {}
    for detections, (height, width) in zip(found, [(96, 64), (40, 130)], strict=True):
        assert len(detections["boxes"]) > 0
        assert detections["masks"].shape[1:] == (1, 28, 28)
        assert (detections["boxes"] >= 0).all()
        assert (detections["boxes"] <= torch.tensor([width, height, width, height])).all()
        assert (detections["labels"] >= 1).all()


def test_photos_stand_top_left_on_grey_whose_sides_are_multiples_of_32() -> None:
    batch = pad_to_batch(
        [torch.zeros(3, 33, 20, dtype=torch.uint8), torch.zeros(3, 10, 50, dtype=torch.uint8)]
    )
    assert batch.shape == (2, 3, 64, 64)
    assert batch[0, 0, 32, 19] == 0
    assert batch[0, 0, 33, 0] == batch[0, 0, 0, 20] == 127


def test_padding_is_no_part_of_the_semantic_target(target: Target) -> None:
    batch = semantic_batch([target], torch.zeros(1, 3, 128, 96))
    assert batch.shape == (1, 32, 24)
    assert (batch[0, 24:] == 255).all()
    assert (batch[0, :, 16:] == 255).all()
    assert set(batch.unique().tolist()) == {0, 20, 29, 255}


@pytest.fixture
def coco_weights(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Stand-ins for torchvision's downloads by file name: the same keys and shapes, made here."""
    torch.manual_seed(3)
    first = detection.maskrcnn_resnet50_fpn(weights=None, weights_backbone=None).state_dict()
    second = detection.maskrcnn_resnet50_fpn_v2(weights=None, weights_backbone=None).state_dict()
    files = {
        # Published with frozen normalisation, which counts no batches.
        "maskrcnn_resnet50_fpn_coco": {
            k: v for k, v in first.items() if not k.endswith("num_batches_tracked")
        },
        "maskrcnn_resnet50_fpn_v2_coco": second,
        "resnet101": resnet101(weights=None).state_dict(),
    }

    def fetch(url: str, *_: Any, **__: Any) -> Any:
        return files[url.rsplit("/", 1)[1].rsplit("-", 1)[0]]

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", fetch)
    return files


@pytest.mark.parametrize(
    ("backbone", "file"),
    [("resnet50", "maskrcnn_resnet50_fpn_coco"), ("resnet50_v2", "maskrcnn_resnet50_fpn_v2_coco")],
)
def test_a_resnet_starts_from_torchvisions_coco_weights_with_new_predictors(
    coco_weights: dict[str, Any], target: Target, backbone: Any, file: str
) -> None:
    model = build(ModelConfig(backbone=backbone, pretrained=True))
    published, own = coco_weights[file], model.state_dict()
    new = {key for key in published if own[key].shape != published[key].shape}
    assert new == {
        "roi_heads.box_predictor.cls_score.weight",
        "roi_heads.box_predictor.cls_score.bias",
        "roi_heads.box_predictor.bbox_pred.weight",
        "roi_heads.box_predictor.bbox_pred.bias",
        "roi_heads.mask_predictor.mask_fcn_logits.weight",
        "roi_heads.mask_predictor.mask_fcn_logits.bias",
    }
    kept = [key for key in published if not key.startswith("roi_heads.mask_predictor") and key not in new]
    assert all(torch.equal(own[key], published[key]) for key in kept)
    _, losses = model.train()([photo()], [target])
    assert losses.keys() == LOSSES


def test_a_resnet101_starts_from_imagenet(coco_weights: dict[str, Any]) -> None:
    model = build(ModelConfig(backbone="resnet101", pretrained=True))
    weight = model.backbone.body.layer4[2].conv3.weight
    assert torch.equal(weight, coco_weights["resnet101"]["layer4.2.conv3.weight"])
