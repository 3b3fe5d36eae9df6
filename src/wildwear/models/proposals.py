"""torchvision's region proposal network and RoI heads, with two things that fashion data needs.

Regions that are not judged (unrecognisable garments, bystanders) give no negatives; and where the model has a
semantic map, both heads see it beside the pyramid (Chen et al., "Hybrid Task Cascade", CVPR 2019, section
3.3).
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.models.detection._utils import BalancedPositiveNegativeSampler
from torchvision.models.detection.roi_heads import RoIHeads, maskrcnn_inference
from torchvision.models.detection.rpn import RegionProposalNetwork
from torchvision.ops import roi_align

from wildwear.models.pooling import PyramidPool

Target = dict[str, Any]  # tensors, and the photo's `seed`

TAKEN = 0.5  # probability from which on a pixel belongs to a mask
INSIDE_REGION = 0.5  # share of a box inside a region that is not judged, from which on it is no negative


def share_inside(boxes: Tensor, regions: Tensor) -> Tensor:
    """The largest share of each box that one of the regions covers: (n, 4) and (k, 4) xyxy px to (n,)."""
    top_left = torch.maximum(boxes[:, None, :2], regions[None, :, :2])
    bottom_right = torch.minimum(boxes[:, None, 2:], regions[None, :, 2:])
    covered = (bottom_right - top_left).clamp(min=0).prod(dim=2)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(dim=1).clamp(min=1e-6)
    return (covered / areas[:, None]).amax(dim=1)


def excuse_negatives(labels: list[Any], boxes: list[Any], targets: list[Target], negative: int) -> list[Any]:
    """Set background labels to -1 (never sampled) where the box lies in a region that is not judged."""
    for label, box, target in zip(labels, boxes, targets, strict=True):
        if len(target["regions"]):
            label[(label == negative) & (share_inside(box, target["regions"]) > INSIDE_REGION)] = -1
    return labels


class SeededSampler(BalancedPositiveNegativeSampler):
    """torchvision's sampler of boxes to learn from, drawing for each photo from its target's `seed`.

    So what a photo teaches depends neither on its neighbours in the batch nor on the process that has it, and
    a resumed run goes on as an unbroken one does.
    """

    def __init__(self, batch_size_per_image: int, positive_fraction: float) -> None:
        super().__init__(batch_size_per_image, positive_fraction)
        self.seeds: list[int] = []

    def __call__(self, matched_idxs: list[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        """The places of positives and negatives, as masks (n_i,) uint8 a photo."""
        positive, negative = [], []
        for matched, seed in zip(matched_idxs, self.seeds, strict=True):
            own = [matched.device] if matched.is_cuda else []
            with torch.random.fork_rng(devices=own):  # the program's own chance goes on as before
                torch.manual_seed(seed)
                (of_photo,), (others,) = super().__call__([matched])
            positive.append(of_photo)
            negative.append(others)
        return positive, negative


def seed_sampler(part: Any, targets: list[Any]) -> None:
    """Have the sampler of RPN or heads draw by the targets' seeds, or by their place where they have none."""
    part.fg_bg_sampler.seeds = [target.get("seed", place) for place, target in enumerate(targets)]


def with_seeded_sampler(part: Any) -> None:
    """Put a `SeededSampler` in the place of torchvision's."""
    own = part.fg_bg_sampler
    part.fg_bg_sampler = SeededSampler(own.batch_size_per_image, own.positive_fraction)


class RegionAwareRpn(RegionProposalNetwork):
    """torchvision's RPN that takes no negative anchors inside regions that are not judged.

    Args:
        smooth_l1: error up to which the loss of a box is quadratic, in the units of its deltas; 0: L1.
    """

    def __init__(self, *parts: Any, smooth_l1: float, **settings: Any) -> None:
        super().__init__(*parts, **settings)
        with_seeded_sampler(self)
        self.smooth_l1 = smooth_l1

    def assign_targets_to_anchors(
        self, anchors: list[Tensor], targets: list[Target]
    ) -> tuple[list[Tensor], list[Tensor]]:
        """As torchvision's; labels are 1 object, 0 background, -1 not sampled."""
        seed_sampler(self, targets)
        labels, matched = super().assign_targets_to_anchors(anchors, targets)
        return excuse_negatives(labels, anchors, targets, negative=0), matched

    def compute_loss(
        self, objectness: Tensor, deltas: Tensor, labels: list[Tensor], wanted: list[Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Objectness and box loss over the sampled anchors, as torchvision's, whose box loss is fixed.

        Args:
            objectness: (n, 1) logits of all anchors.
            deltas: (n, 4).
            labels: (n_i,) a photo, as `assign_targets_to_anchors` gives them.
            wanted: (n_i, 4) a photo, the deltas to learn.
        """
        positive, negative = self.fg_bg_sampler(labels)
        positive, negative = torch.where(torch.cat(positive))[0], torch.where(torch.cat(negative))[0]
        sampled = torch.cat([positive, negative])
        off = F.smooth_l1_loss(
            deltas[positive], torch.cat(wanted)[positive], beta=self.smooth_l1, reduction="sum"
        )
        sure = objectness.flatten()[sampled]
        return (
            F.binary_cross_entropy_with_logits(sure, torch.cat(labels)[sampled]),
            off / sampled.numel(),
        )


class GarmentHeads(RoIHeads):
    """torchvision's box and mask heads: region-aware, one box for all categories allowed, semantic map seen.

    `features` maps level names to (b, c, h, w); the entry `semantic`, if present, is the stride-4 map;
    `smooth_l1` is the error up to which the loss of a box is quadratic, in the units of its deltas;
    `sure_masks` says whether scores count the `certainty` of the mask.
    """

    def __init__(self, *, smooth_l1: float, sure_masks: bool, semantic: bool = False, **parts: Any) -> None:
        super().__init__(**parts)
        with_seeded_sampler(self)
        self.smooth_l1 = smooth_l1
        self.sure_masks = sure_masks
        self.accuracies: dict[str, Tensor] = {}  # of the last batch: how training goes, no loss
        self.semantic_box_pool = PyramidPool({"semantic": 4}, 7, sampling_ratio=1) if semantic else None
        self.semantic_mask_pool = PyramidPool({"semantic": 4}, 14, sampling_ratio=2) if semantic else None

    def assign_targets_to_proposals(
        self, proposals: list[Tensor], gt_boxes: list[Tensor], gt_labels: list[Tensor]
    ) -> tuple[list[Tensor], list[Tensor]]:
        """As torchvision's; the caller excuses negatives, since this signature does not carry the regions."""
        matched, labels = super().assign_targets_to_proposals(proposals, gt_boxes, gt_labels)
        return matched, excuse_negatives(labels, proposals, self.targets, negative=0)

    def pool_boxes(
        self, features: dict[str, Tensor], boxes: list[Tensor], sizes: list[tuple[int, int]]
    ) -> Tensor:
        """The box head's input for each box: (n, c, 7, 7)."""
        pooled: Tensor = self.box_roi_pool(features, boxes, sizes)
        if self.semantic_box_pool is None:
            return pooled
        return torch.cat([pooled, self.semantic_box_pool(features, boxes, sizes)], dim=1)

    def pool_masks(
        self, features: dict[str, Tensor], boxes: list[Tensor], sizes: list[tuple[int, int]]
    ) -> Tensor:
        """The mask head's input for each box: (n, c, 14, 14)."""
        pooled: Tensor = (self.semantic_mask_pool or self.mask_roi_pool)(features, boxes, sizes)
        return pooled

    def forward(
        self,
        features: dict[str, Tensor],
        proposals: list[Tensor],
        image_shapes: list[tuple[int, int]],
        targets: list[Target] | None = None,
    ) -> tuple[list[dict[str, Tensor]], dict[str, Tensor]]:
        """Losses in training, detections otherwise, as in torchvision; boxes are xyxy px of the network's
        input."""
        if self.training and targets is not None:
            return [], self.losses(features, proposals, image_shapes, targets)
        return self.detect(features, proposals, image_shapes), {}

    def losses(
        self,
        features: dict[str, Tensor],
        proposals: list[Tensor],
        image_shapes: list[tuple[int, int]],
        targets: list[Target],
    ) -> dict[str, Tensor]:
        """Classification, box and mask loss over sampled proposals."""
        self.targets = targets
        seed_sampler(self, targets)
        proposals, matched, labels, regression = self.select_training_samples(proposals, targets)
        del self.targets  # they hold the batch's masks
        logits, deltas = self.box_predictor(self.box_head(self.pool_boxes(features, proposals, image_shapes)))
        losses = box_losses(logits, deltas, torch.cat(labels), torch.cat(regression), beta=self.smooth_l1)
        self.accuracies = box_rates(logits, torch.cat(labels))

        positive = [torch.where(label > 0)[0] for label in labels]
        positive_boxes = [box[index] for box, index in zip(proposals, positive, strict=True)]
        mask_logits = self.mask_predictor(
            self.mask_head(self.pool_masks(features, positive_boxes, image_shapes))
        )
        losses["mask"], of_pixels = mask_loss(
            mask_logits.float(),
            positive_boxes,
            [target["masks"] for target in targets],
            torch.cat([label[index] for label, index in zip(labels, positive, strict=True)]),
            [match[index] for match, index in zip(matched, positive, strict=True)],
            aligned=self.mask_roi_pool.aligned,
        )
        self.accuracies |= of_pixels
        return losses

    def detect(
        self, features: dict[str, Tensor], proposals: list[Tensor], image_shapes: list[tuple[int, int]]
    ) -> list[dict[str, Tensor]]:
        """Boxes (n, 4) xyxy px, labels (n,), scores (n,) and masks (n, 1, 28, 28) in [0, 1] a photo."""
        logits, deltas = self.box_predictor(self.box_head(self.pool_boxes(features, proposals, image_shapes)))
        if deltas.shape[1] == 4:
            deltas = deltas.repeat(1, logits.shape[1])
        boxes, scores, labels = self.postprocess_detections(
            logits.float(), deltas.float(), proposals, image_shapes
        )
        mask_logits = self.mask_predictor(self.mask_head(self.pool_masks(features, boxes, image_shapes)))
        masks = maskrcnn_inference(mask_logits.float(), labels)
        found = [
            {"boxes": box, "labels": label, "scores": score, "masks": mask}
            for box, label, score, mask in zip(boxes, labels, scores, masks, strict=True)
        ]
        return [self.surer(one) for one in found] if self.sure_masks else found

    def surer(self, found: dict[str, Tensor]) -> dict[str, Tensor]:
        """What was found in a photo with scores that count the mask, the best first."""
        scores = found["scores"] * certainty(found["masks"][:, 0])
        scores, order = scores.sort(descending=True, stable=True)
        kept = order[scores > self.score_thresh]
        return {name: values[kept] for name, values in found.items()} | {"scores": scores[: len(kept)]}


def certainty(masks: Tensor) -> Tensor:
    """How sure masks are of the pixels that they take, on average: a name may be right where the outline is a
    guess, and AP asks for both.

    Args:
        masks: (n, m, m) in [0, 1].

    Returns:
        (n,) in [0.5, 1]; 0 where a mask takes none.

    Source: the maskness of Wang et al., "SOLOv2", NeurIPS 2020, section 3.3.
    """
    taken = (masks > TAKEN).to(masks)
    total: Tensor = (masks * taken).sum(dim=(1, 2)) / taken.sum(dim=(1, 2)).clamp(min=1)
    return total


def box_losses(
    logits: Tensor, deltas: Tensor, labels: Tensor, regression: Tensor, *, beta: float
) -> dict[str, Tensor]:
    """Cross-entropy over categories and smooth L1 over the box deltas of the positives.

    Args:
        logits: (n, classes).
        deltas: (n, 4) class-agnostic or (n, 4 * classes).
        labels: (n,) 0 background.
        regression: (n, 4) the deltas wanted.
        beta: error up to which the loss is quadratic; 0: L1.
    """
    positive = torch.where(labels > 0)[0]
    if deltas.shape[1] == 4:
        own = deltas[positive]
    else:
        own = deltas.reshape(len(labels), -1, 4)[positive, labels[positive]]
    box = F.smooth_l1_loss(own.float(), regression[positive], beta=beta, reduction="sum")
    return {
        "classification": F.cross_entropy(logits.float(), labels),
        "box": box / max(len(labels), 1),
    }


def box_rates(logits: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """Share of the sampled proposals that get their category, over all and over those on a garment; and how
    many of the latter are called background. NaN over none.

    Args:
        logits: (n, classes), 0 background.
        labels: (n,).
    """
    named = logits.argmax(dim=1)
    right, on_garment = (named == labels).float(), labels > 0
    return {
        "box_accuracy": right.mean(),
        "box_accuracy_garments": right[on_garment].mean(),
        "box_false_negative": (named[on_garment] == 0).float().mean(),
    }


def mask_rates(found: Tensor, garments: Tensor) -> dict[str, Tensor]:
    """Share of the pixels that are right; of those beside a garment, how many are taken for it; of a
    garment's, how many are missed. NaN over none.

    Args:
        found: (n, m, m) bool, in boxes on garments.
        garments: (n, m, m) bool, the truth in them.
    """
    wrong = found != garments
    return {
        "mask_accuracy": 1 - wrong.float().mean(),
        "mask_false_positive": (wrong & ~garments).sum() / (~garments).sum(),
        "mask_false_negative": (wrong & garments).sum() / garments.sum(),
    }


def mask_loss(
    logits: Tensor,
    boxes: list[Tensor],
    masks: list[Tensor],
    labels: Tensor,
    matched: list[Tensor],
    *,
    aligned: bool,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Binary cross-entropy of the masks of the matched garments' categories, and the `mask_rates`.

    Args:
        logits: (n, classes, m, m).
        boxes: xyxy px, (n_i, 4) a photo.
        masks: the garments of each photo, (k_i, h, w) uint8.
        labels: (n,) the category of each box's garment.
        matched: which of a photo's garments belongs to each box, (n_i,) a photo.
        aligned: as the boxes are cut out of the features, see `PyramidPool`.

    Source: He et al., "Mask R-CNN", ICCV 2017, section 3.
    """
    if not len(labels):
        nothing = torch.zeros(0, *logits.shape[2:], dtype=torch.bool, device=logits.device)
        return logits.sum() * 0, mask_rates(nothing, nothing)  # the sum keeps every weight in the graph
    targets = torch.cat(
        [
            cut_masks(of_photo, match, box, logits.shape[-1], aligned=aligned)
            for of_photo, box, match in zip(masks, boxes, matched, strict=True)
        ]
    )
    own = logits[torch.arange(len(labels), device=labels.device), labels]
    return F.binary_cross_entropy_with_logits(own, targets), mask_rates(own > 0, targets > 0.5)


def cut_masks(masks: Tensor, matched: Tensor, boxes: Tensor, size: int, *, aligned: bool) -> Tensor:
    """What of its garment's mask lies in each box, as the mask head is to predict it.

    Args:
        masks: (k, h, w) uint8.
        matched: (n,) the mask of each box.
        boxes: (n, 4) xyxy px.
        size: cells a side, m.
        aligned: Detectron2's way; torchvision's has the masks half a pixel up and to the left.

    Returns:
        (n, m, m) float32 in [0, 1].
    """
    rois = torch.cat([matched[:, None].to(boxes), boxes], dim=1)
    cut: Tensor = roi_align(masks[:, None].to(boxes), rois, size, 1.0, aligned=aligned)
    return cut[:, 0]


class BoxHead(nn.Module):
    """Two fully connected layers over a 7 × 7 crop, after a 1 × 1 convolution that keeps them small."""

    def __init__(self, in_channels: int, channels: int, features: int) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(in_channels, channels, 1)
        self.first = nn.Linear(channels * 7 * 7, features)
        self.second = nn.Linear(features, features)

    def forward(self, x: Tensor) -> Tensor:
        """(n, in_channels, 7, 7) to (n, features)."""
        x = F.relu(self.reduce(x)).flatten(start_dim=1)
        return F.relu(self.second(F.relu(self.first(x))))


class BoxPredictor(nn.Module):
    """Category logits and one set of box deltas for all categories."""

    def __init__(self, features: int, num_classes: int) -> None:
        super().__init__()
        self.cls_score = nn.Linear(features, num_classes)
        self.bbox_pred = nn.Linear(features, 4)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(n, features) to (n, num_classes) and (n, 4)."""
        return self.cls_score(x), self.bbox_pred(x)


class SemanticBranch(nn.Module):
    """A stride-4 map that names every pixel: trained on the masks, and read by both heads."""

    def __init__(self, in_channels: list[int], channels: int, num_classes: int) -> None:
        super().__init__()
        self.laterals = nn.ModuleList(nn.Conv2d(count, channels, 1) for count in in_channels)
        self.convs = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU(inplace=True),
        )  # fmt: skip
        self.logits = nn.Conv2d(channels, num_classes, 1)

    def forward(self, maps: list[Tensor]) -> Tensor:
        """Maps from stride 4 upwards, finest first, to one (b, channels, h/4, w/4)."""
        fused: Tensor = self.laterals[0](maps[0])
        for lateral, level in zip(self.laterals[1:], maps[1:], strict=True):
            fused = fused + F.interpolate(
                lateral(level), size=fused.shape[-2:], mode="bilinear", align_corners=False
            )
        out: Tensor = self.convs(fused)
        return out

    def loss(self, semantic: Tensor, targets: Tensor) -> Tensor:
        """Cross-entropy of the pixels' categories; 255 marks pixels that are not judged. targets: (b, h/4,
        w/4) int64."""
        return F.cross_entropy(self.logits(semantic).float(), targets, ignore_index=255)
