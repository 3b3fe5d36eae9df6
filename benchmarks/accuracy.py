"""The figures of docs/model-card.md: a model on CCP-30 test, wild780 test and both parts of wild30.

Each is what `wildwear evaluate` prints: AP over every detection above 0.01, at most 100 a photo, with its
interval and the number of categories averaged. Printed as Markdown.
Precision and recall are of what the card's thresholds show, and once more of what one score for all
categories shows: the lowest at which enough of what is shown is right on both val sets.

Run: python benchmarks/accuracy.py CCP30_FOLDER WILD780_FOLDER WILD30_FOLDER [--model default]
"""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from contest import claim
from finding import find, results
from wildwear import evaluation, inference
from wildwear.datasets import Dataset
from wildwear.evaluation import Averages, Metrics
from wildwear.evaluation.choosing import Found
from wildwear.evaluation.measures.metrics import DRAWS, Displayed
from wildwear.evaluation.result import of_source
from wildwear.inference import Segmenter
from wildwear.inference.card import ModelCard, Thresholds

RIGHT = 0.65  # of what one score shows on each val set, at least
MEASURES = ("ap", "ap50", "ap75")


def main(
    ccp30: Annotated[Path, typer.Argument(help="What `wildwear data build ccp30` made.")],
    wild780: Annotated[Path, typer.Argument(help="What `wildwear data build wild780` made.")],
    wild30: Annotated[Path, typer.Argument(help="Holds wild30.json and photos/.")],
    model: Annotated[str, typer.Option(help="`default`, a name or a file.")] = "default",
) -> None:
    """Evaluate on the test sets and print the card's tables."""
    segmenter = inference.load(model)
    tests = {
        "CCP-30 test": find_on(segmenter, ccp30 / "test.json", ccp30 / "images"),
        "wild780 test": find_on(segmenter, wild780 / "test.json", wild780 / "images"),
        "wild30, wild part": find_on(segmenter, wild30 / "wild30.json", wild30 / "photos", "wild"),
        "wild30, street part": find_on(segmenter, wild30 / "wild30.json", wild30 / "photos", "street"),
    }
    vals = {
        f"{folder.name} val": find_on(segmenter, folder / "val.json", folder / "images")
        for folder in (ccp30, wild780)
    }
    metrics = {name: measured(found, segmenter.card) for name, found in tests.items()}
    for name, one in metrics.items():
        claim(f"mask AP, {name}", figure(one.mask, "ap"))
    print(averages(metrics))
    print()
    print(at_one_score(segmenter.card.thresholds, vals, tests))
    print()
    print(by_category(metrics))


def find_on(segmenter: Segmenter, truth: Path, images: Path, source: str | None = None) -> Found:
    """All that the model finds on a dataset, or on one source of it."""
    dataset = Dataset.load(truth)
    found, _ = find(segmenter, of_source(dataset, source) if source else dataset, images)
    return found


def measured(found: Found, card: ModelCard) -> Metrics:
    """The figures that `wildwear evaluate` prints."""
    displayed = results(found, card.thresholds)
    return evaluation.score(
        found.dataset, results(found), displayed=displayed, learnt=card.learnt, bootstrap=DRAWS
    )


def at_one_score(thresholds: Thresholds, vals: dict[str, Found], tests: dict[str, Found]) -> str:
    """One row a set: what is found and what is right where one score shows garments of every category."""

    def shown(sets: dict[str, Found], score: float) -> dict[str, Displayed]:
        return {name: found.shown(thresholds.changed(score=score)) for name, found in sets.items()}

    chosen = next(
        score
        for score in np.arange(0.1, 1, 0.01).round(2).tolist()
        if all(one.precision >= RIGHT for one in shown(vals, score).values())
    )
    rows = [f"| shown from {chosen} | precision | recall |", "|---|---|---|"]
    for name, one in shown(vals | tests, chosen).items():
        rows.append(f"| {name} | {one.precision:.2f} | {one.recall:.2f} |")
    return "\n".join(rows)


def averages(results: dict[str, Metrics]) -> str:
    """One row a test set, twice: masks over all categories; over the frequent ones, boxes, what a user
    sees."""
    masks = ["| test set | photos | instances | mask AP | AP50 | AP75 |", "|---|---|---|---|---|---|"]
    rest = [
        "| test set | mask AP, 10 instances up | AP50, 10 instances up | box AP | precision | recall |",
        "|---|---|---|---|---|---|",
    ]
    for name, metrics in results.items():
        assert metrics.displayed is not None
        shown = metrics.displayed
        all_ = [figure(metrics.mask, measure) for measure in MEASURES]
        masks.append(f"| {name} | {metrics.photos} | {metrics.instances} | {' | '.join(all_)} |")
        frequent = [figure(metrics.mask_frequent, measure) for measure in ("ap", "ap50")]
        cells = [*frequent, figure(metrics.box, "ap"), f"{shown.precision:.2f}", f"{shown.recall:.2f}"]
        rest.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join([*masks, "", *rest])


def figure(part: Averages, measure: str) -> str:
    """`0.324 [0.291, 0.352] (25)`: the figure, its interval, the number of categories averaged."""
    ends = part.intervals.get(measure)
    interval = f" [{ends[0]:.3f}, {ends[1]:.3f}]" if ends else ""
    return f"{getattr(part, measure):.3f}{interval} ({part.categories[measure]})"


def by_category(results: dict[str, Metrics]) -> str:
    """One row a category: on each test set its instances and mask AP."""
    rows = [
        "| category | learnt | " + " | ".join(f"{name} | AP" for name in results) + " |",
        "|---|---" + "|---|---" * len(results) + "|",
    ]
    for lines in zip(*(metrics.categories for metrics in results.values()), strict=True):
        if any(line.instances for line in lines):
            cells = [lines[0].name, "yes" if lines[0].learnt else "no"]
            for line in lines:
                cells += [str(line.instances), number(line.ap)]
            rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def number(value: float) -> str:
    """Two digits, or a dash where the category does not occur."""
    return "–" if value != value else f"{value:.2f}"


if __name__ == "__main__":
    typer.run(main)
