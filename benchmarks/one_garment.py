"""Rules by which detections on the same pixels become one garment, by what a user then sees.

The model runs once a photo; what it finds is kept, with masks, so that a rule costs seconds. Each rule is
applied to what reaches the display threshold, as `Segmenter` does. A rule is better where F1 rises and fewer
pairs of what is shown lie inside each other.

Run: python benchmarks/one_garment.py default ccp30/val.json wild780/val.json --images wild-pool
"""

import json
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from contest import claim
from wildwear import evaluation, inference
from wildwear.datasets import Dataset
from wildwear.evaluation.evaluating import find_everything
from wildwear.files import sha256, write_atomically
from wildwear.inference import Prediction, Segmenter
from wildwear.inference.card import Thresholds
from wildwear.inference.display import sure_enough
from wildwear.inference.suppression import Overlaps, one_garment, suppress_duplicates

INSIDE = 0.7  # share of the smaller mask in the other, from which a pair counts as lying inside each other
PART = 0.7  # of a top or skirt inside a dress, from which they compete
WHOLES = ("dress", "jumpsuit", "swimsuit", "bathrobe", "robe", "pyjama", "underwear", "cover_ups")

NOTES = """\
`F1`, `precision`, `recall`: of what is shown, at mask IoU 0.5. `AP shown`: of the same. `AP`: of all that \
is found, had the rule been applied to it; it is not, what AP counts stays as it is. `inside`: pairs of what \
is shown of which the smaller mask has over 70 % inside the other, of one name + of two.
"""

Rule = Callable[[Prediction], Prediction]
Pair = Callable[[Overlaps, int, int], bool]


def surest(same: Pair) -> Rule:
    """The rule that keeps the surest of what is the same, pair by pair."""

    def rule(prediction: Prediction) -> Prediction:
        overlaps, kept = Overlaps.of(prediction), list[int]()
        for index in range(len(prediction)):
            if not any(same(overlaps, surer, index) for surer in kept):
                kept.append(index)
        return prediction.pick(kept)

    return rule


def two_names(overlaps: Overlaps, first: int, second: int) -> bool:
    """The rule before: two names at a mask IoU over 0.7."""
    names = overlaps.category_ids
    return bool(names[first] != names[second] and overlaps.iou[first, second] > 0.7)


def one_name(overlaps: Overlaps, first: int, second: int) -> bool:
    """Of one name, and more than half of the smaller inside the other."""
    names = overlaps.category_ids
    return bool(names[first] == names[second] and contained(overlaps, first, second) > 0.5)


def contained(overlaps: Overlaps, first: int, second: int) -> float:
    """The share of the smaller mask that lies inside the other."""
    return float(max(overlaps.inside[first, second], overlaps.inside[second, first]))


def pairs_inside(prediction: Prediction) -> tuple[int, int]:
    """How many pairs of garments lie inside each other: of one name, and of two."""
    overlaps, names = Overlaps.of(prediction), prediction.category_ids
    pairs = [pair for pair in combinations(range(len(names)), 2) if contained(overlaps, *pair) > INSIDE]
    alike = sum(bool(names[first] == names[second]) for first, second in pairs)
    return alike, len(pairs) - alike


def parts_or_whole(likelihood: Callable[[float, float], float]) -> Rule:
    """The rule in use, after dresses and their parts have competed.

    Args:
        likelihood: Of the surest upper and the surest lower part together, by their scores; the whole stays
            where it is surer, and else they do.
    """

    def rule(prediction: Prediction) -> Prediction:
        overlaps, names = Overlaps.of(prediction), prediction.categories
        gone: set[int] = set()
        for whole, name in enumerate(names):
            inside = np.flatnonzero(overlaps.inside[:, whole] > PART).tolist() if name.name in WHOLES else []
            uppers, lowers = (
                [part for part in inside if names[part].group == group]
                for group in ("upper body", "lower body")
            )
            if uppers and lowers:
                scores = prediction.scores
                parts = likelihood(float(scores[uppers[0]]), float(scores[lowers[0]]))
                gone |= {whole} if parts > scores[whole] else {*uppers, *lowers}
        return in_use(prediction.pick([index for index in range(len(names)) if index not in gone]))

    return rule


def in_use(prediction: Prediction) -> Prediction:
    """What `Segmenter` does."""
    return suppress_duplicates(prediction, 0.7)


RULES: dict[str, Rule] = {
    "none": lambda prediction: prediction,
    "two names at IoU 0.7 (0.5)": surest(two_names),
    "and one name, half inside": surest(lambda *pair: two_names(*pair) or one_name(*pair)),
    "in use: and in one place, 0.8 inside": in_use,
    "0.8 inside, wherever it is worn": surest(
        lambda overlaps, first, second: (
            one_garment(overlaps, first, second, 0.7) or contained(overlaps, first, second) > 0.8
        )
    ),
    "in use, dress or parts by their mean": parts_or_whole(lambda upper, lower: (upper + lower) / 2),
    "in use, dress or parts by their product": parts_or_whole(lambda upper, lower: upper * lower),
}


def main(
    model: Annotated[str, typer.Argument(help="`default`, a name or a file.")],
    datasets: Annotated[list[Path], typer.Argument(help="COCO files in wildwear's categories.")],
    images: Annotated[list[Path] | None, typer.Option(help="Folders to look for photos in.")] = None,
    keep: Annotated[Path, typer.Option(help="Folder for what the model finds.")] = Path("one-garment"),
) -> None:
    """Compare the rules on each dataset, as Markdown."""
    segmenter = inference.load(model)
    for path in datasets:
        dataset = Dataset.load(path)
        found = predictions(segmenter, dataset, images or [], keep)
        instances = len(dataset.instances())
        print(f"{path}: {len(dataset.images)} photos, {instances} instances, {segmenter.card.name}\n")
        print("| rule | F1 | precision | recall | shown | AP shown | AP | inside |\n|" + "---|" * 8)
        figures = {}
        for name, rule in RULES.items():
            figures[rule] = row(name, rule, dataset, found, segmenter.card.thresholds)
            print("| " + " | ".join(figures[rule]) + " |")
        name, before, *_ = figures[RULES["two names at IoU 0.7 (0.5)"]]
        claim(f"F1 of what is shown, {path.parent.name}", figures[in_use][1], peer=name, beside=before)
        print()
    print(NOTES)


def predictions(
    segmenter: Segmenter, dataset: Dataset, images: list[Path], keep: Path
) -> dict[int, Prediction]:
    """What the model finds in each photo, by image id: from an earlier run where that is kept."""
    assert dataset.path is not None
    file = keep / f"{sha256(segmenter.path)[:8]}-{sha256(dataset.path)[:8]}.json"
    if not file.exists():
        results: list[dict[str, Any]] = []
        for image in dataset.images:
            folder = next((folder for folder in images if (folder / image["file_name"]).exists()), None)
            photo = dataset.photo_path(image, folder)
            everything = find_everything(segmenter, photo)
            results += everything.to_coco(image["id"])
        keep.mkdir(parents=True, exist_ok=True)
        write_atomically(file, json.dumps(results).encode())
    by_image: dict[int, list[dict[str, Any]]] = {image["id"]: [] for image in dataset.images}
    for result in json.loads(file.read_text()):
        by_image[result["image_id"]].append(result)
    return {
        image["id"]: Prediction.from_coco(by_image[image["id"]], (image["height"], image["width"]))
        for image in dataset.images
    }


def row(
    name: str, rule: Rule, dataset: Dataset, found: dict[int, Prediction], thresholds: Thresholds
) -> list[str]:
    """The figures of a rule, the cells of a row."""
    shown: list[dict[str, Any]] = []
    everything: list[dict[str, Any]] = []
    of_one_name = of_two = 0
    for image_id, prediction in found.items():
        everything += rule(prediction).to_coco(image_id)
        cut = rule(prediction[sure_enough(prediction.scores, prediction.category_ids, thresholds)])
        shown += cut.to_coco(image_id)
        alike, others = pairs_inside(cut)
        of_one_name, of_two = of_one_name + alike, of_two + others
    metrics = evaluation.score(dataset, everything, displayed=shown, bootstrap=0)
    displayed = metrics.displayed
    assert displayed is not None
    cells = [name, *(f"{value:.3f}" for value in (displayed.f1, displayed.precision, displayed.recall))]
    cells += [str(len(shown)), f"{evaluation.score(dataset, shown, bootstrap=0).mask.ap:.3f}"]
    return [*cells, f"{metrics.mask.ap:.3f}", f"{of_one_name} + {of_two}"]


if __name__ == "__main__":
    typer.run(main)
