"""The figures of docs/model-card.md: what a model reaches on CCP-30 test and on both parts of wild30.

Each comes from `wildwear.evaluation.evaluating`, as `wildwear evaluate` prints it: AP over every detection
above 0.01, at most 100 a photo, with its interval and the number of categories averaged. Printed as Markdown.

Run: python benchmarks/accuracy.py CCP30_FOLDER WILD30_FOLDER [--model default]
"""

from pathlib import Path
from typing import Annotated

import typer

from wildwear import evaluation, inference
from wildwear.datasets import Dataset
from wildwear.evaluation import Averages, Metrics

MEASURES = {"ap": "AP", "ap50": "AP50", "ap75": "AP75"}


def main(
    ccp30: Annotated[Path, typer.Argument(help="What `wildwear data build ccp30` made.")],
    wild30: Annotated[Path, typer.Argument(help="Holds wild30.json and photos/.")],
    model: Annotated[str, typer.Option(help="`default`, a name or a file.")] = "default",
) -> None:
    """Evaluate on the three test sets and print the card's tables."""
    segmenter = inference.load(model)
    test, wild = Dataset.load(ccp30 / "test.json"), Dataset.load(wild30 / "wild30.json")
    results = {
        "CCP-30 test": evaluation.evaluate(segmenter, test).metrics,
        "wild30, wild part": evaluation.evaluate(segmenter, wild, wild30 / "photos", source="wild").metrics,
        "wild30, street part": evaluation.evaluate(
            segmenter, wild, wild30 / "photos", source="street"
        ).metrics,
    }
    print(averages(results))
    print()
    print(by_category(results["CCP-30 test"], results["wild30, wild part"], results["wild30, street part"]))


def averages(results: dict[str, Metrics]) -> str:
    """One row a test set: masks, boxes, and what a user sees."""
    rows = [
        "| test set | photos | instances | mask AP | mask AP50 | mask AP75 "
        "| mask AP, 10 instances up | box AP | precision | recall |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, metrics in results.items():
        assert metrics.displayed is not None
        shown = metrics.displayed
        cells = [name, str(metrics.photos), str(metrics.instances)]
        cells += [figure(metrics.mask, measure) for measure in MEASURES]
        cells += [figure(metrics.mask_frequent, "ap"), figure(metrics.box, "ap")]
        cells += [f"{shown.precision:.2f}", f"{shown.recall:.2f}"]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def figure(part: Averages, measure: str) -> str:
    """`0.324 [0.291, 0.352] (25)`: the figure, its interval, the number of categories averaged."""
    ends = part.intervals.get(measure)
    interval = f" [{ends[0]:.3f}, {ends[1]:.3f}]" if ends else ""
    return f"{getattr(part, measure):.3f}{interval} ({part.categories[measure]})"


def by_category(*results: Metrics) -> str:
    """One row a category: on each test set its instances, mask AP and AP50."""
    rows = [
        "| category | learnt | test | AP | AP50 | wild | AP | street | AP |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for lines in zip(*(metrics.categories for metrics in results), strict=True):
        if not any(line.instances for line in lines):
            continue
        first = lines[0]
        cells = [
            first.name,
            "yes" if first.learnt else "no",
            str(first.instances),
            number(first.ap),
            number(first.ap50),
        ]
        for line in lines[1:]:
            cells += [str(line.instances), number(line.ap)]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def number(value: float) -> str:
    """Two digits, or a dash where the category does not occur."""
    return "–" if value != value else f"{value:.2f}"


if __name__ == "__main__":
    typer.run(main)
