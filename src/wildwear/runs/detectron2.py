"""Runs of Detectron2, read from the folder that it leaves: `metrics.json` (one JSON a line, NaN and all) and
its config.

The names are those of detectron2.engine.hooks and detectron2.evaluation.COCOEvaluator
(https://detectron2.readthedocs.io/en/latest/modules/evaluation.html); AP is in percent there. It numbers a
step by those done before it, and its last evaluation by all. Where several sets are tested on, AP goes by the
name of each; one of them is val here, and the others are `val/SET/…`.
"""

from __future__ import annotations

import math
import re
from ast import literal_eval
from collections import defaultdict
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationError

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
    "mask_rcnn/false_positive": "train/mask_false_positive",
    "mask_rcnn/false_negative": "train/mask_false_negative",
    "fast_rcnn/cls_accuracy": "train/box_accuracy",
    "fast_rcnn/fg_cls_accuracy": "train/box_accuracy_garments",
    "fast_rcnn/false_negative": "train/box_false_negative",
    "lr": "learning_rate",
    "validation_loss": "val/loss",
}
KINDS = {"segm": "mask", "bbox": "box"}
MEASURES = {"AP": "ap", "AP50": "ap50", "AP75": "ap75", "APs": "small", "APm": "medium", "APl": "large"}
# fashion_wild/segm/AP50-shirt; the set and the category may be missing, and may hold any letter.
PRECISION = re.compile(
    r"(?:(?!(?:segm|bbox)/AP)(?P<set>.+?)/)?(?P<kind>segm|bbox)/(?P<measure>AP(?:50|75|s|m|l)?)(?:-(?P<category>.+))?",
    re.DOTALL,
)
MOST_NAMED = 3  # restarts

MEDIANS = (
    "its validation losses are running medians over the last 20 measurements, as older versions of "
    "Detectron2 wrote them: they turn up to 10 measurements later than the loss itself did"
)
MIXED = (
    "its accuracies up to 20 steps after a validation are in part those on the validation photos, which "
    "Detectron2 counted among the training photos"
)


def from_tuple(value: Any) -> Any:
    """A tuple that is written as in Python, `("train_df2s",)`, as configs of Detectron2 have them; else as it
    is."""
    try:
        return literal_eval(value) if isinstance(value, str) and value.startswith("(") else value
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return value


def in_utf_8(text: str) -> str:
    """The text with ? for what UTF-8 cannot hold: half a character, as YAML may name it."""
    return text.encode(errors="replace").decode()


Names = Annotated[list[Annotated[str, AfterValidator(in_utf_8)]], BeforeValidator(from_tuple)]


class Solver(BaseModel):
    """The part of a config on steps."""

    steps: Annotated[Count, Field(alias="MAX_ITER")]
    decays: Annotated[list[Count], Field(alias="STEPS"), BeforeValidator(from_tuple)]
    batch: Annotated[Count, Field(alias="IMS_PER_BATCH")]


class Sets(BaseModel):
    """The part of a config on datasets."""

    train: Annotated[Names, Field(alias="TRAIN")]
    val: Annotated[Names, Field(alias="TEST")]


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
    val, others = sets_of(read, config.datasets.val)
    rows, restarts = straight([translated(row, config.solver.steps, val) for row in read])
    history = with_seconds(History.of(rows))
    facts = describe(source.resolve().name, config, history)
    facts.remarks += begun_again(restarts)
    if val is not None:
        facts.validated_on = val
        facts.remarks += [measured_as_well(val, other, history) for other in others]
    with replacing_folder(out, ours=lambda _: False) as folder:
        (folder / METRICS).write_text("".join(map(to_line, history.rows)), encoding="utf-8")
        (folder / CONFIG).write_bytes(text)
        (folder / FACTS).write_bytes(facts.to_json())
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


def sets_of(rows: list[Row], tested_on: list[str]) -> tuple[str | None, list[str]]:
    """Which of the test sets that rows name is val, and the others: the first of the config's, or else of the
    rows. None where they name none, as there was only one; rows without a name are of val."""
    names = {name for row in rows for name in row}
    found = [match["set"] for name in sorted(names) if (match := PRECISION.fullmatch(name))]
    sets = [one for one in dict.fromkeys(found) if one is not None]
    if not sets:
        return None, []
    known = tested_on[:1] if None in found else [one for one in tested_on if one in sets]
    val = (known or sets)[0]
    return val, [one for one in sets if one != val]


def translated(row: Row, steps: int, val: str | None = None) -> Row:
    """One row in our names: `segm/AP-jacket` in percent becomes `val/mask/ap/jacket` in [0, 1].

    Args:
        row: as Detectron2 wrote it.
        steps: of the whole run.
        val: the test set that is val, where they are named; another one's is `val/SET/mask/ap/jacket`.
    """
    renamed: Row = {"step": min(row["iteration"] + 1, max(steps, row["iteration"]))}
    for name, value in row.items():
        if name in NAMES:
            renamed[NAMES[name]] = value
        elif name == "time":
            renamed["seconds_a_step"] = value
        elif found := PRECISION.fullmatch(name):
            of_set, kind, measure, category = found.groups()
            path = ["val", of_set if of_set != val else None, KINDS[kind], MEASURES[measure], category]
            renamed["/".join(part for part in path if part is not None)] = share(value)
    return renamed


def straight(rows: list[Row]) -> tuple[list[Row], list[tuple[int, int]]]:
    """The rows of one run from its first step to its last, where it was begun again or resumed in between.

    Evaluations may be written after later steps, but each measure by itself rises; where one falls back, the
    run began again, and what was measured from there on before does not count.

    Args:
        rows: in the order in which they were written.

    Returns:
        the rows that count, and for each restart the step before it and the step that it fell back to.
    """
    restarts: dict[int, tuple[int, int]] = {}  # by the place of the row
    done: defaultdict[str, list[int]] = defaultdict(list)  # the steps of each measure
    for place, row in enumerate(rows):
        step, names = row["step"], row.keys() - {"step"}
        before = max((done[name][-1] for name in names if done[name]), default=0)
        if before > step:
            restarts[place] = before, step
            for steps in done.values():
                while steps and steps[-1] >= step:
                    steps.pop()
        for name in names:
            done[name].append(step)
    kept, end = [], math.inf
    for place, row in reversed(list(enumerate(rows))):
        if row["step"] < end:
            kept.append(row)
        if place in restarts:
            end = min(end, restarts[place][1])
    return kept[::-1], list(restarts.values())


def begun_again(restarts: list[tuple[int, int]]) -> list[str]:
    """A remark on a run that was begun again or resumed; none where it was not."""
    if not restarts:
        return []
    falls = [f"from step {before:,} to step {step:,}" for before, step in restarts[:MOST_NAMED]]
    more = f" and {len(restarts) - MOST_NAMED:,} times more" if len(restarts) > MOST_NAMED else ""
    return [
        f"its metrics.json goes back {', '.join(falls)}{more}, as it was begun again or resumed: what had "
        "been measured from there on before is left out"
    ]


def measured_as_well(val: str, other: str, history: History) -> str:
    """A remark on a second test set."""
    ap = history.series(f"val/{other}/mask/ap").last
    ended = "" if math.isnan(ap) else f", where its mask AP ended at {ap:.3f}"
    return f"its AP on val is that on {val}; it was measured on {other} as well{ended}"


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
