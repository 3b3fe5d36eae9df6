"""What a network is made of: a typed description, saved inside every checkpoint and model file."""

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, field_validator, model_validator

from wildwear.configs.strict import Strict
from wildwear.models.architectures import BACKBONES

if TYPE_CHECKING:
    Backbone = str
else:  # so that a wrong one is refused with the list of those there are
    Backbone = Literal[tuple(BACKBONES)]


class ModelConfig(Strict):
    """A Mask R-CNN (He et al., ICCV 2017): backbone, feature pyramid, heads, and the sizes they work at.

    Checkpoints from before a field there was have its default.
    """

    backbone: Backbone = Field(
        "efficientnet_lite2", description="feature extractor; `resnet50_v2` is torchvision's v2 model"
    )
    lineage: Literal["torchvision", "detectron2"] = Field(
        "torchvision",
        description="resnet50, resnet101: whose weights fit; strides, RoIAlign and anchors differ",
    )
    pretrained: bool = Field(
        True, description="start from weights: ImageNet for the Lite family and R101, else COCO"
    )
    frozen_stages: int = Field(
        2, ge=0, description="first stages of the backbone that training leaves as they are"
    )
    pointwise_only: bool = Field(
        True,
        description="Lite: of the backbone only the weights of pointwise convolutions learn; depthwise "
        "filters, generic and few, cost a step on a processor 40 % more",
    )
    fpn_channels: int = Field(
        128, ge=16, description="Lite: channels of every pyramid level (the ResNets have 256)"
    )
    semantic_channels: int = Field(
        64,
        ge=0,
        description="Lite: channels of the stride-4 semantic map that both heads see; 0 leaves it out",
    )
    mask_channels: int = Field(96, ge=16, description="Lite: channels of the mask head")
    box_features: int = Field(512, ge=16, description="Lite: width of the box head's two layers")
    long_side: int = Field(576, ge=64, le=2048, description="a photo's long side at inference, px")
    short_side: int | None = Field(
        None,
        ge=64,
        le=2048,
        description="a photo's short side at inference, px, as far as its long side stays within "
        "`long_side`; null: `long_side` alone counts",
    )
    anchors_learnt: int = Field(128, ge=1, description="anchors that a photo teaches the proposal head")
    boxes_learnt: int = Field(64, ge=1, description="proposals that a photo teaches the other heads")
    candidates: tuple[int, int] = Field(
        (600, 500), description="proposals a pyramid level before suppression, in training and at inference"
    )
    proposals: tuple[int, int] = Field(
        (400, 150), description="proposals a photo after suppression, in training and at inference"
    )
    min_score: float = Field(0.01, ge=0, lt=1, description="what is less sure is not found at all")
    same: float = Field(
        0.5, gt=0, le=1, description="box IoU from which of two detections of one name the surer stays"
    )
    sure_masks: bool = Field(
        True,
        description="a score is that of the name times how sure the mask is; false: of the name alone, as "
        "Detectron2 and torchvision have it",
    )
    smooth_l1: float = Field(
        1 / 9,
        ge=0,
        description="error of a box up to which its loss is quadratic, in the heads' units; 0: never (L1)",
    )
    num_classes: int = Field(31, ge=2, description="background and the categories")

    @field_validator("candidates", "proposals")
    @classmethod
    def at_least_one(cls, counts: tuple[int, int]) -> tuple[int, int]:
        """Without a proposal there is nothing to name."""
        if min(counts) < 1:
            raise ValueError(f"expected 1 or more, in training and at inference, not {counts}")
        return counts

    @model_validator(mode="after")
    def backbone_has_it(self) -> Self:
        """A backbone has so many stages, and Detectron2's conventions are known for its R50 and R101."""
        row = BACKBONES[self.backbone]
        if self.frozen_stages > row.stages:
            raise ValueError(
                f"{self.backbone} has {row.stages} stages; frozen_stages is {self.frozen_stages}"
            )
        if self.lineage == "detectron2" and self.lineage not in row.lineages:
            theirs = [name for name, one in BACKBONES.items() if self.lineage in one.lineages]
            raise ValueError(f"lineage detectron2 is for {' and '.join(theirs)}, not {self.backbone}")
        return self
