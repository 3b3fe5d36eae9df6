"""What a run is: one typed document, read from YAML and written beside every result."""

from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from wildwear import configs
from wildwear.errors import WildwearError
from wildwear.models.config import ModelConfig


class ConfigError(WildwearError):
    """A run's YAML has a field that is unknown, missing or out of range."""


class Strict(BaseModel):
    """Unknown fields are mistakes, and settings do not change while a run lasts."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DataConfig(Strict):
    """Where the photos and masks are; relative paths start at the folder given by `--data`."""

    train: Path = Field(Path("train.json"), description="COCO file to learn from")
    val: Path = Field(Path("val.json"), description="COCO file to choose the best checkpoint by")
    images: Path = Field(Path("images"), description="folder of the photos of both")
    repeat_threshold: float = Field(
        0.06, ge=0, le=1, description="categories on a smaller share of photos than this are shown more often"
    )


class AugmentationConfig(Strict):
    """How a training photo is varied. Probabilities are in [0, 1], sizes in px of the network's input."""

    flip: float = Field(0.5, ge=0, le=1, description="mirror left to right")
    crop_person: float = Field(0.55, ge=0, le=1, description="cut to the garments and a random margin")
    crop_half: float = Field(
        0.25, ge=0, le=1, description="cut to a part of the garments: half a body, a bust"
    )
    smallest_part: float = Field(
        0.4, gt=0, le=0.75, description="least share of their height such a cut keeps"
    )
    close_up: float = Field(0.0, ge=0, le=1, description="scale a cut as if it were the whole photo")
    long_side: tuple[int, int] = Field(
        (416, 640), description="range of the whole photo's long side after scaling"
    )
    max_side: int = Field(640, ge=64, description="limit on a crop's long side")
    colour: float = Field(0.7, ge=0, le=1, description="brightness, contrast, saturation, hue; grey in a few")
    degrade: float = Field(0.25, ge=0, le=1, description="blur, JPEG artefacts or low resolution")


class RunConfig(Strict):
    """A training run, complete."""

    name: str = Field(
        pattern=r"^\w[\w.-]*$", description="name of the run, its folder and the model that comes out of it"
    )
    model: ModelConfig = ModelConfig()
    data: DataConfig = DataConfig()
    augmentation: AugmentationConfig = AugmentationConfig()
    start: Path | None = Field(None, description="checkpoint of the same shape to start from")
    epochs: int = Field(30, ge=1, description="passes over the training photos")
    batch: int = Field(4, ge=1, description="photos a step")
    learning_rate: float = Field(5e-4, gt=0, description="AdamW's, for everything but the backbone")
    backbone_rate: float = Field(
        0.3, gt=0, le=1, description="the backbone's learning rate, as a share of the other"
    )
    weight_decay: float = Field(0.05, ge=0)
    schedule: Literal["cosine", "step"] = Field(
        "cosine", description="to zero by a cosine, or divided by ten in steps"
    )
    decays: tuple[float, ...] = Field((0.7, 0.9), description="for `step`: when, as shares of the run")
    warmup_steps: int = Field(300, ge=0, description="steps over which the learning rate rises from zero")
    clip: float = Field(5.0, gt=0, description="limit on the gradient's norm")
    ema: float = Field(
        0.998, ge=0, lt=1, description="decay of the moving average of the weights that is kept; 0: none"
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="auto: bfloat16 where the processor has it"
    )
    workers: int = Field(1, ge=0, description="processes that read photos")
    val_every: int = Field(1, ge=1, description="epochs between two measurements on val")
    seed: int = 30

    @model_validator(mode="after")
    def measured_at_the_end(self) -> Self:
        """The last epoch is measured on val, or the best model might never be kept."""
        if self.epochs % self.val_every:
            raise ValueError(f"epochs ({self.epochs}) must be a multiple of val_every ({self.val_every})")
        return self


def load_config(run: str | Path) -> RunConfig:
    """A run by the name of a shipped config (`wildwear-s`) or by the path of a YAML file.

    Raises:
        ConfigError: there is no such run or file, or one of its fields is wrong; the message names it.
    """
    text = configs.read(run, kind="run")
    try:
        return RunConfig.model_validate(yaml.safe_load(text))
    except (ValidationError, yaml.YAMLError) as error:
        raise ConfigError(f"{run}: {error}") from error
