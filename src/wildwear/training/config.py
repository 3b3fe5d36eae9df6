"""What a run is: one typed document, read from YAML and written beside every result."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, Field, ValidationError, model_validator

from wildwear import configs
from wildwear.configs.strict import Strict
from wildwear.errors import WildwearError
from wildwear.models.config import ModelConfig

Side = Annotated[int, Field(ge=32)]  # px
Share = Annotated[float, Field(gt=0, lt=1)]


class ConfigError(WildwearError):
    """A run's YAML, or what the command line puts over it, has a field that is unknown or out of range."""


class DataConfig(Strict):
    """Where the photos and masks are; relative paths start at the folder given by `--data`."""

    train: Path = Field(Path("train.json"), description="COCO file to learn from")
    val: Path = Field(Path("val.json"), description="COCO file to choose the best checkpoint by")
    images: Path = Field(Path("images"), description="folder of the photos of both")
    repeat_threshold: float = Field(
        0.06, ge=0, le=1, description="categories on a smaller share of photos than this are shown more often"
    )
    weights: dict[str, Annotated[float, Field(gt=0, le=10)]] = Field(
        {},
        description="how often photos of a `source`, or of a folder of `images`, come up, 1 being once an "
        "epoch: {closet: 0.2} shows a fifth of them, drawn anew each epoch",
    )
    negatives: bool = Field(True, description="learn from photos without any garment, too")
    cache: Path | None = Field(
        None,
        description="folder for photos decoded and scaled down once, for slow disks and large photos; "
        "a pixel takes three bytes there",
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
    long_side: tuple[Side, Side] = Field(
        (416, 640), description="range of the whole photo's long side after scaling"
    )
    short_side: tuple[Side, ...] = Field(
        (), description="sizes of its short side, one of which is taken instead, if any are given"
    )
    max_side: int = Field(640, ge=64, description="limit on a crop's long side")
    colour: float = Field(0.7, ge=0, le=1, description="brightness, contrast, saturation, hue; grey in a few")
    degrade: float = Field(0.25, ge=0, le=1, description="blur, JPEG artefacts or low resolution")
    paste: float = Field(0.0, ge=0, le=1, description="lay garments of another photo over it")

    @model_validator(mode="after")
    def smallest_first(self) -> Self:
        """A range begins with its lower end."""
        if self.long_side[0] > self.long_side[1]:
            raise ValueError("long_side: the smaller size comes first")
        return self


class RunConfig(Strict):
    """A training run, complete."""

    name: str = Field(
        pattern=r"^\w[\w.-]*$", description="name of the run, its folder and the model that comes out of it"
    )
    remark: str | None = Field(None, description="what whoever compares the run should know")
    model: ModelConfig = ModelConfig()
    data: DataConfig = DataConfig()
    augmentation: AugmentationConfig = AugmentationConfig()
    start: Path | None = Field(
        None,
        description="weights to start from instead of the model's own: a checkpoint or model file of "
        "wildwear, the name of a bundled model, or a Mask R-CNN of Detectron2 (.pkl, .pth); heads of other "
        "categories are made anew",
    )
    start_categories: str | None = Field(
        None,
        description="the categories of `start` in their order, where the file does not say them: names with "
        "commas between them, a text file with one a line, or a COCO file",
    )
    freeze: tuple[str, ...] = Field(
        (), description="parts that stay as they are, by the beginning of their weights' names: backbone, rpn"
    )
    epochs: int = Field(30, ge=1, description="passes over the training photos, where `steps` is not given")
    steps: int | None = Field(None, ge=1, description="length of the run in steps instead of epochs")
    batch: int = Field(4, ge=1, description="photos a step, over all processes and parts of a step")
    accumulate: int = Field(1, ge=1, description="parts a step is computed in, for less memory")
    optimizer: Literal["adamw", "sgd"] = Field("adamw", description="sgd: with a momentum of 0.9")
    learning_rate: float = Field(
        5e-4, gt=0, allow_inf_nan=False, description="for everything but the backbone"
    )
    backbone_rate: float = Field(
        0.3, gt=0, le=1, description="the backbone's learning rate, as a share of the other"
    )
    layer_decay: float = Field(
        1.0,
        gt=0,
        le=1,
        description="learning rate of a stage of the backbone, as a share of the one after it",
    )
    weight_decay: float = Field(0.05, ge=0, description="of the optimizer")
    schedule: Literal["cosine", "step"] = Field(
        "cosine", description="to zero by a cosine, or divided by ten in steps"
    )
    decays: tuple[Share, ...] = Field((0.7, 0.9), description="for `step`: when, as shares of the run")
    warmup_steps: int = Field(300, ge=0, description="steps over which the learning rate rises from zero")
    clip: float | None = Field(5.0, gt=0, description="limit on the gradient's norm; null: none")
    ema: float = Field(
        0.998, ge=0, lt=1, description="decay of the moving average of the weights that is kept; 0: none"
    )
    precision: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        "auto", description="auto: bfloat16 where the processor has it"
    )
    devices: Annotated[int, Field(ge=1)] | Literal["auto"] = Field(
        "auto", description="processes a machine, one a GPU; auto: every GPU, or one process on a processor"
    )
    nodes: int = Field(1, ge=1, description="machines, each started with the same command")
    workers: int = Field(1, ge=0, description="processes that read photos, for each process that trains")
    val_every: int = Field(
        1,
        ge=1,
        description="epochs (or steps, where the run is as long as `steps`) between measurements on val",
    )
    log_every: int = Field(10, ge=1, description="steps between two rows of metrics.jsonl")
    checkpoint_minutes: float = Field(
        5, gt=0, description="minutes between two checkpoints within an epoch; one ends every epoch as well"
    )
    pictures: int = Field(8, ge=0, description="val photos drawn with what the model finds, each measurement")
    model_file: bool = Field(True, description="make a model file of the best checkpoint at the end")
    seed: int = Field(30, ge=0, lt=2**32, description="of the order of photos and their variation")

    @model_validator(mode="after")
    def measured_at_the_end(self) -> Self:
        """The last step is measured on val, or the best model might never be kept."""
        length, unit = (self.steps, "steps") if self.steps else (self.epochs, "epochs")
        if length % self.val_every:
            raise ValueError(f"{unit} ({length}) must be a multiple of val_every ({self.val_every})")
        return self


def load_config(run: str | Path, overrides: Sequence[str] = ()) -> RunConfig:
    """A run by the name of a shipped config (`wildwear-s`) or by the path of a YAML file.

    Args:
        run: name or path.
        overrides: fields to set over it, as `model.backbone=resnet101`; the value is YAML.

    Raises:
        ConfigError: there is no such run or file, or one of its fields is wrong; the message names it.
    """
    text = configs.read(run, kind="run")
    try:
        document = yaml.safe_load(text)
        for override in overrides:
            set_field(document, override)
        return RunConfig.model_validate(document)
    except ValidationError as error:
        raise ConfigError(f"{run}: {'; '.join(problems(error))}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{run}: {error}") from error


def problems(error: ValidationError) -> Iterator[str]:
    """What is wrong with a run, a field each; where there is no such field, the one that was meant."""
    for one in error.errors(include_url=False):
        name = ".".join(map(str, one["loc"]))
        if one["type"] == "extra_forbidden":
            near = get_close_matches(name, [field for field, *_ in explain()], n=1)
            helps = f"did you mean {near[0]}?" if near else "`wildwear train --explain` lists those there are"
            yield f"there is no field {name}; {helps}"
        else:
            message = one["msg"].removeprefix("Value error, ")
            yield f"{name}: {message}" if name else message


def set_field(document: Any, override: str) -> None:
    """Put `a.b=value` into a nested document. Raises `ConfigError` for another form."""
    path, equals, value = override.partition("=")
    *parents, name = path.split(".")
    if not equals or not all([*parents, name]) or not isinstance(document, dict):
        raise ConfigError(f"{override}: expected FIELD=VALUE, such as model.backbone=resnet101")
    for parent in parents:
        document = document.setdefault(parent, {})
        if not isinstance(document, dict):
            raise ConfigError(f"{override}: {parent} holds no fields")
    document[name] = yaml.safe_load(value)


def explain(model: type[BaseModel] = RunConfig, prefix: str = "") -> Iterator[tuple[str, str, str, str]]:
    """Every field of a run with its type, default and meaning: ("model.backbone", …)."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from explain(kind, f"{prefix}{name}.")
            continue
        shown = kind.__name__ if isinstance(kind, type) else str(kind).replace("typing.", "")
        default = "required" if field.is_required() else str(field.default)
        yield (
            f"{prefix}{name}",
            shown.replace("pathlib._local.", "").replace("pathlib.", ""),
            default,
            field.description or "",
        )
