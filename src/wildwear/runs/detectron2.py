"""Runs of Detectron2, read from the folder that it leaves: `metrics.json` (one JSON a line, NaN and all) and
its config.

The names are those of detectron2.engine.hooks and detectron2.evaluation.COCOEvaluator
(https://detectron2.readthedocs.io/en/latest/modules/evaluation.html); AP is in percent there. It numbers a
step by those done before it, and its last evaluation by all.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, Field, ValidationError

from wildwear.errors import DatasetError, OutputError
from wildwear.files import replacing_folder
from wildwear.runs.folder import CONFIG, FACTS, METRICS, Count, RunFacts, in_one_line, read_small
from wildwear.runs.history import History, Row, Series, read_lines, to_line
from wildwear.runs.thesis import find_published

CONFIG_NAMES = ("model_config.yaml", "config.yaml")

NAMES = {
    "total_loss": "train/loss",
    "loss_cls": "train/classification",
    "loss_box_reg": "train/box",
    "loss_mask": "train/mask",
    "loss_rpn_cls": "train/objectness",
    "loss_rpn_loc": "train/proposal_box",
    "mask_rcnn/accuracy": "train/mask_accuracy",
    "fast_rcnn/cls_accuracy": "train/box_accuracy",
    "fast_rcnn/fg_cls_accuracy": "train/box_accuracy_garments",
    "lr": "learning_rate",
    "validation_loss": "val/loss",
}
KINDS = {"segm": "mask", "bbox": "box"}
MEASURES = {"AP": "ap", "AP50": "ap50", "AP75": "ap75", "APs": "small", "APm": "medium", "APl": "large"}

MEDIANS = (
    "its validation losses are running medians over the last 20 measurements, as older versions of "
    "Detectron2 wrote them: they turn up to 10 measurements later than the loss itself did"
)
MIXED = (
    "its accuracies up to 20 steps after a validation are in part those on the validation photos, which "
    "Detectron2 counted among the training photos"
)


class Solver(BaseModel):
    """The part of a config on steps."""

    steps: Annotated[Count, Field(alias="MAX_ITER")]
    decays: Annotated[list[Count], Field(alias="STEPS")]
    batch: Annotated[Count, Field(alias="IMS_PER_BATCH")]


class Sets(BaseModel):
    """The part of a config on datasets."""

    train: Annotated[list[str], Field(alias="TRAIN")]
    val: Annotated[list[str], Field(alias="TEST")]


class Config(BaseModel):
    """What is read of a Detectron2 config."""

    solver: Annotated[Solver, Field(alias="SOLVER")]
    datasets: Annotated[Sets, Field(alias="DATASETS")]


def import_detectron2(source: Path, out: Path) -> RunFacts:
    """Make a run's folder from a Detectron2 output folder, whole or not at all.

    Args:
        source: holds `metrics.json`, and the config as `model_config.yaml` or `config.yaml`.
        out: the run's folder; it must not exist, or be empty.

    Raises:
        DatasetError: a file is missing or damaged.
        OutputError: something lies in `out`, or it cannot be written.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise OutputError(f"{out}: is there already; name another folder with --out")
    metrics = source / "metrics.json"
    if not metrics.is_file():
        raise DatasetError(f"{metrics}: no such file; is {source} an output folder of Detectron2?")
    text, config = read_config(source)
    read = read_lines(metrics, "iteration")
    if not read:
        raise DatasetError(f"{metrics}: is empty; the run has measured nothing")
    history = with_seconds(History.of([translated(row, config.solver.steps) for row in read]))
    facts = describe(source.resolve().name, config, history)
    with replacing_folder(out, ours=lambda _: False) as folder:
        (folder / METRICS).write_text("".join(map(to_line, history.rows)), encoding="utf-8")
        (folder / CONFIG).write_bytes(text)
        (folder / FACTS).write_text(facts.model_dump_json(indent=1, exclude_defaults=True), encoding="utf-8")
    return facts


def read_config(source: Path) -> tuple[bytes, Config]:
    """The config in a Detectron2 folder, as text and read. Raises `DatasetError` naming what is missing."""
    paths = [source / name for name in CONFIG_NAMES if (source / name).is_file()]
    if not paths:
        raise DatasetError(f"{source}: holds no config; expected {' or '.join(CONFIG_NAMES)}")
    try:
        text = read_small(paths[0])
        return text, Config.model_validate(yaml.safe_load(text))
    except ValidationError as error:
        raise DatasetError(f"{paths[0]}: is no config of Detectron2: {in_one_line(error)}") from error
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        raise DatasetError(f"{paths[0]}: cannot be read as YAML: {error}") from error


def translated(row: Row, steps: int) -> Row:
    """One row in our names: `segm/AP-jacket` in percent becomes `val/mask/ap/jacket` in [0, 1].

    Args:
        row: as Detectron2 wrote it.
        steps: of the whole run.
    """
    renamed: Row = {"step": min(row["iteration"] + 1, max(steps, row["iteration"]))}
    for name, value in row.items():
        kind, _, measure = name.partition("/")
        if name in NAMES:
            renamed[NAMES[name]] = value
        elif kind in KINDS and measure in MEASURES:
            renamed[f"val/{KINDS[kind]}/{MEASURES[measure]}"] = share(value)
        elif kind in KINDS and measure.startswith("AP-"):
            renamed[f"val/{KINDS[kind]}/ap/{measure.removeprefix('AP-')}"] = share(value)
        elif name == "time":
            renamed["seconds_a_step"] = value
    return renamed


def share(percent: float | None) -> float | None:
    """AP in percent as a share in [0, 1]."""
    return None if percent is None else percent / 100


def with_seconds(history: History) -> History:
    """The same with the time since the start: the median seconds a step, times the steps since the row
    before. Validation is not in it, as Detectron2 does not time it."""
    seconds, before, rows = 0.0, 0, []
    for row in history.rows:
        pace = row.get("seconds_a_step")
        rest = {name: value for name, value in row.items() if name != "seconds_a_step"}
        if pace is not None and math.isfinite(pace):
            seconds, before = seconds + pace * (row["step"] - before), row["step"]
            rest["seconds"] = seconds
        rows.append(rest)
    return History(rows)


def describe(name: str, config: Config, history: History) -> RunFacts:
    """What such a run says of itself, and where it contradicts what was published of it."""
    sets, solver = config.datasets, config.solver
    facts = RunFacts(
        name=name,
        made_by="Detectron2",
        trained_on=" + ".join(sets.train),
        validated_on=" + ".join(sets.val),
        batch=solver.batch,
        steps=solver.steps,
        decays=solver.decays,
    )
    known = find_published(solver.steps, 100 * history.series("val/mask/ap").last)
    if known is not None:
        facts.published = known.key
        facts.trained_on = facts.validated_on = known.trained_on
        facts.photos = known.photos
        facts.remarks = known.contradictions(sets.train, sets.val, solver.decays)
    if are_running_medians(history.series("val/loss")):
        facts.remarks.append(MEDIANS)
    if history.names("val/loss") and history.names("train/box_accuracy"):
        facts.remarks.append(MIXED)
    return facts


def are_running_medians(loss: Series) -> bool:
    """Whether the third value is the median of the first three measurements, where the second value is that
    of the first two (`EventStorage.latest_with_smoothing_hint` in detectron2.utils.events; in newer versions
    the window is 20 steps, so that it holds one measurement)."""
    if len(loss) < 3:
        return False
    first, mean, third = (float(value) for value in loss.values[:3])
    return first != mean and any(math.isclose(third, one, rel_tol=1e-9) for one in (first, 2 * mean - first))
