"""Runs of Detectron2, read from the folder that it leaves: `metrics.json` (one JSON a line, NaN and all) and
its config.

The names are those of detectron2.engine.hooks and detectron2.evaluation.COCOEvaluator
(https://detectron2.readthedocs.io/en/latest/modules/evaluation.html); AP is in percent there.
"""

import shutil
from pathlib import Path
from typing import Any

import yaml

from wildwear.errors import DatasetError, OutputError
from wildwear.files import write_atomically
from wildwear.runs.history import History, Row, read_lines, to_line
from wildwear.runs.published import find_published
from wildwear.runs.run import CONFIG, FACTS, METRICS, RunFacts

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


def import_detectron2(source: Path, out: Path) -> RunFacts:
    """Make a run's folder from a Detectron2 output folder.

    Args:
        source: holds `metrics.json`, and the config as `model_config.yaml` or `config.yaml`.
        out: the run's folder; it must not exist, or be empty.

    Raises:
        DatasetError: a file is missing or damaged.
        OutputError: something lies in `out`.
    """
    metrics = source / "metrics.json"
    if not metrics.is_file():
        raise DatasetError(f"{metrics}: no such file; is this the output folder of Detectron2?")
    config = read_config(source)
    history = History.of(with_seconds([translated(row) for row in read_lines(metrics, "iteration")]))
    facts = describe(source, config, history)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise OutputError(f"{out}: is there already; name another folder with --out")
    out.mkdir(parents=True, exist_ok=True)
    write_atomically(out / METRICS, "".join(to_line(row) for row in history.rows).encode())
    write_atomically(out / FACTS, facts.model_dump_json(indent=1, exclude_defaults=True).encode())
    shutil.copyfile(config_path(source), out / CONFIG)
    return facts


def config_path(source: Path) -> Path:
    """The config in a Detectron2 folder. Raises `DatasetError` where there is none."""
    for name in CONFIG_NAMES:
        if (source / name).is_file():
            return source / name
    raise DatasetError(f"{source}: holds no config; expected {' or '.join(CONFIG_NAMES)}")


def read_config(source: Path) -> dict[str, Any]:
    """The settings that this reader needs. Raises `DatasetError` naming a key that is missing."""
    path = config_path(source)
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
        solver, datasets = config["SOLVER"], config["DATASETS"]
        return {
            "steps": int(solver["MAX_ITER"]),
            "decays": [int(step) for step in solver["STEPS"]],
            "batch": int(solver["IMS_PER_BATCH"]),
            "train": [str(name) for name in datasets["TRAIN"]],
            "test": [str(name) for name in datasets["TEST"]],
        }
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise DatasetError(f"{path}: is no config of Detectron2: {error!r}") from error


def translated(row: Row) -> Row:
    """One row in our names: `segm/AP-jacket` in percent becomes `val/mask/ap/jacket` in [0, 1]."""
    renamed: Row = {"step": row["iteration"]}
    for name, value in row.items():
        kind, _, measure = name.partition("/")
        if name in NAMES:
            renamed[NAMES[name]] = value
        elif kind in KINDS and measure in MEASURES:
            renamed[f"val/{KINDS[kind]}/{MEASURES[measure]}"] = value / 100
        elif kind in KINDS and measure.startswith("AP-"):
            renamed[f"val/{KINDS[kind]}/ap/{measure.removeprefix('AP-')}"] = value / 100
        elif name == "time":
            renamed["seconds_a_step"] = value
    return renamed


def with_seconds(rows: list[Row]) -> list[Row]:
    """The same rows with the time since the start: the mean seconds a step, times the steps since the row
    before."""
    seconds, step = 0.0, -1
    for row in sorted(rows, key=lambda row: int(row["step"])):
        if (pace := row.pop("seconds_a_step", None)) is not None:
            seconds += pace * (row["step"] - step)
            step = row["step"]
            row["seconds"] = seconds
    return rows


def describe(source: Path, config: dict[str, Any], history: History) -> RunFacts:
    """What such a run says of itself, and where it contradicts what was published of it."""
    trained_on = " + ".join(config["train"])
    facts = RunFacts(
        name=source.resolve().name,
        made_by="Detectron2",
        trained_on=trained_on,
        batch=config["batch"],
        steps=config["steps"],
        decays=config["decays"],
    )
    known = find_published(config["steps"], 100 * history.series("val/mask/ap").last)
    if known is not None:
        facts.published = known.key
        facts.trained_on, facts.photos = known.trained_on, known.photos
        facts.remarks = known.contradictions(config["train"], config["test"])
    return facts
