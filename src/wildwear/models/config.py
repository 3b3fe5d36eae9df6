"""What a network is made of: a typed description, saved inside every checkpoint and model file."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

DETECTRON2_HAS = ("resnet50", "resnet101")

Backbone = Literal["efficientnet_lite0", "efficientnet_lite2", "resnet50", "resnet101", "resnet50_v2"]


class ModelConfig(BaseModel):
    """A Mask R-CNN (He et al., ICCV 2017): backbone, feature pyramid, heads, and the sizes they work at."""

    model_config = ConfigDict(extra="forbid", frozen=True)

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
        2, ge=0, le=5, description="first stages of the backbone that training leaves as they are"
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
    num_classes: int = Field(31, ge=2, description="background and the categories")

    @model_validator(mode="after")
    def detectron2_has_it(self) -> Self:
        """Detectron2's conventions are known for its R50-FPN and R101-FPN."""
        if self.lineage == "detectron2" and self.backbone not in DETECTRON2_HAS:
            raise ValueError(f"lineage detectron2 is for {' and '.join(DETECTRON2_HAS)}, not {self.backbone}")
        return self
