"""How many planted label errors `suspects` finds: precision and recall, over many plantings.

Ten instances of a dataset get another name and five are removed; then the predictions that a model made are
held against that truth. On the first line of plantings the other name is any that occurs, on the second one
that is easily taken for it (`names.CONFUSABLE`), the hard case. Real errors of the truth count as false
alarms.

Run: wildwear evaluate default ccp30/val.json --out RESULT
     python benchmarks/label_errors.py ccp30/val.json RESULT/predictions.json [--seeds 20]
"""

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from contest import claim
from wildwear import imaging
from wildwear.datasets import Dataset
from wildwear.evaluation.explanation.names import CONFUSABLE
from wildwear.evaluation.measures.evidence import Evidence
from wildwear.evaluation.page.suspects import Suspect, suspects

RENAMED, REMOVED, SEEDS = 10, 5, 20
FIRST_SEED = 100  # what suspects.py weighs by was chosen on plantings 0 to 19
FIRST = 15  # as many as are planted: there, precision is recall
SAME = 0.5  # mask IoU from which a missing garment is the removed one

NOTES = f"""\
Mean ± standard deviation over the plantings of {RENAMED} names and {REMOVED} removals. `listed`: all that \
`suspects` lists; `first {FIRST}`: the most suspect. A place that it lists on the truth as it is counts as a \
false alarm, also where the truth is wrong indeed; `beyond` is the precision without these places, as for \
someone who has looked at them before. `right name`: of the renamed that are listed, those for which the old \
name is suggested.
"""


@dataclass(frozen=True)
class Planted:
    """A truth with errors, and what they are."""

    dataset: Dataset
    renamed: dict[int, int]  # by annotation id: the category it had
    removed: list[dict[str, Any]]  # annotations


@dataclass(frozen=True)
class Found:
    """What `suspects` makes of one planting; shares in [0, 1]."""

    listed: int
    precision: float
    recall: float
    first: float  # precision, and recall, of the first fifteen
    beyond: float  # precision of what is not listed without the planting as well
    renamed: float  # recall
    removed: float  # recall
    right_name: float


def plant(dataset: Dataset, seed: int, *, hard: bool) -> Planted:
    """Rename ten instances and remove five others."""
    draw = random.Random(seed)
    names = {category["id"]: category["name"] for category in dataset.categories}
    occurring = sorted({instance["category_id"] for instance in dataset.instances()})

    def others(category: int) -> list[int]:
        near = next((group for group in CONFUSABLE if names[category] in group), ())
        return [one for one in occurring if one != category and (not hard or names[one] in near)]

    able = [instance for instance in dataset.instances() if others(instance["category_id"])]
    chosen = draw.sample(able, RENAMED)
    renamed = {instance["id"]: instance["category_id"] for instance in chosen}
    new = {identity: draw.choice(others(category)) for identity, category in renamed.items()}
    removed = draw.sample([one for one in dataset.instances() if one["id"] not in renamed], REMOVED)
    gone = {instance["id"] for instance in removed}
    annotations = [
        {**one, "category_id": new.get(one["id"], one["category_id"])}
        for one in dataset.annotations
        if one["id"] not in gone
    ]
    return Planted(Dataset({**dataset.document, "annotations": annotations}), renamed, removed)


def is_planted(suspect: Suspect, planted: Planted) -> bool:
    """Whether this is one of the planted errors."""
    if suspect.annotation_id is not None:
        return suspect.annotation_id in planted.renamed
    here = [one["segmentation"] for one in planted.removed if one["image_id"] == suspect.image_id]
    mask = suspect.prediction["segmentation"]
    return bool(here) and bool(imaging.iou([mask], here).max() >= SAME)


def judge(planted: Planted, predictions: Sequence[dict[str, Any]], before: Sequence[Suspect]) -> Found:
    """Count what is found; `before` is what is listed without the planting."""
    listed = suspects(Evidence(planted.dataset, predictions))
    right = np.array([is_planted(suspect, planted) for suspect in listed], bool)
    names = np.array([suspect.annotation_id is not None for suspect in listed], bool)
    known = [(suspect.annotation_id, suspect.prediction) for suspect in before]
    new = np.array([(suspect.annotation_id, suspect.prediction) not in known for suspect in listed], bool)
    told = [
        suspect.category_id == planted.renamed[suspect.annotation_id]
        for suspect in listed
        if suspect.annotation_id in planted.renamed
    ]
    return Found(
        listed=len(listed),
        precision=share(right.sum(), len(listed)),
        recall=share(right.sum(), RENAMED + REMOVED),
        first=share(right[:FIRST].sum(), FIRST),
        beyond=share((right & new).sum(), new.sum()),
        renamed=share((right & names).sum(), RENAMED),
        removed=share((right & ~names).sum(), REMOVED),
        right_name=share(sum(told), len(told)),
    )


def share(part: float, whole: float) -> float:
    """NaN where there is nothing to share."""
    return float(part) / float(whole) if whole else float("nan")


def show(results: dict[str, list[Found]], before: Sequence[Suspect], dataset: Dataset) -> None:
    """Print the table, what it means, and what is listed without any planting."""

    def spread(values: Sequence[float]) -> str:
        known = [value for value in values if value == value]
        return f"{np.mean(known):.2f} ± {np.std(known):.2f}" if known else "–"

    columns = ("precision", "recall", "first", "beyond", "renamed", "removed", "right_name")
    print(
        f"{'planted':16}{'listed':>8}"
        + "".join(
            f"{name:>15}"
            for name in (
                "precision",
                "recall",
                f"first {FIRST}",
                "beyond",
                "renamed",
                "removed",
                "right name",
            )
        )
    )
    for line, found in results.items():
        figures = "".join(f"{spread([getattr(one, column) for one in found]):>15}" for column in columns)
        print(f"{line:16}{np.mean([one.listed for one in found]):8.0f}{figures}")
        claim(f"planted label errors that are listed, {line}", spread([one.recall for one in found]))
    print(f"\n{NOTES}\nListed on the truth as it is, {len(before)} places:")
    files = {image["id"]: image["file_name"] for image in dataset.images}
    for suspect in before:
        print(f"{suspect.confidence:.2f}  {files[suspect.image_id]}  {suspect.text}")


def main() -> None:
    """Parse, plant, judge, show."""
    parser = argparse.ArgumentParser(description="Planted label errors, and how many are found.")
    parser.add_argument("dataset", type=Path, help="a COCO file, such as CCP-30 val")
    parser.add_argument("predictions", type=Path, help="what `wildwear evaluate --out` wrote for it")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how many plantings")
    chosen = parser.parse_args()
    dataset = Dataset.load(chosen.dataset)
    predictions = json.loads(chosen.predictions.read_text())
    before = suspects(Evidence(dataset, predictions))
    results = {
        line: [
            judge(plant(dataset, seed, hard=hard), predictions, before)
            for seed in range(FIRST_SEED, FIRST_SEED + chosen.seeds)
        ]
        for line, hard in (("any name", False), ("a similar name", True))
    }
    instances = len(dataset.instances())
    print(f"{len(dataset.images)} photos, {instances} instances, {chosen.seeds} plantings a line\n")
    show(results, before, dataset)


if __name__ == "__main__":
    main()
