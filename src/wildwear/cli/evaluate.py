"""`wildwear evaluate`: how good a model is, on photos whose garments are known."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from wildwear.evaluation import Averages, Metrics


def evaluate(
    model: Annotated[str, typer.Argument(help="`default`, the name of a bundled model, or a .onnx file.")],
    dataset: Annotated[Path, typer.Argument(help="The truth: a COCO file in wildwear's categories.")],
    out: Annotated[Path, typer.Option(help="Where metrics.json, predictions.json, settings.yaml go.")],
    images: Annotated[
        Path | None, typer.Option(help="Where the photos lie; images/ beside the dataset if not given.")
    ] = None,
    source: Annotated[str | None, typer.Option(help="Only images of this source: wild or street.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier result in OUT.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print metrics.json instead of tables.")] = False,
) -> None:
    """Measure a model: AP of masks and boxes, by category and overall, and what of its display is right.

    Example: wildwear evaluate default ccp30/test.json --out result
    """
    import json

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from wildwear import evaluation, inference
    from wildwear.datasets import Dataset

    truth = Dataset.load(dataset)
    segmenter = inference.load(model)
    columns = ("Evaluating", BarColumn(), MofNCompleteColumn(), "photos", TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        metrics = evaluation.evaluate(
            segmenter,
            truth,
            images,
            source=source,
            out=out,
            overwrite=overwrite,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    if as_json:
        print(json.dumps(metrics.to_dict(), indent=2))
        return
    console = Console()
    part = f" ({source} only)" if source else ""
    console.print(
        f"{segmenter.card.name} on {dataset}{part}: {metrics.photos} photos, {metrics.instances} instances",
        style="bold",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    console.print(headline(metrics))
    console.print(displayed(metrics, segmenter.card.thresholds.score), highlight=False, soft_wrap=True)
    console.print(by_category(metrics))
    print(f"Written: {out}/metrics.json, predictions.json, settings.yaml")


def headline(metrics: "Metrics") -> "Table":
    """The averages, each with its interval and the number of categories behind it."""
    from wildwear.evaluation import FREQUENT

    table = plain_table(
        rf"\[95 % interval on {metrics.photos} photos like these] (number of categories averaged)"
    )
    for heading in ("", "mask", "box"):
        table.add_column(heading, no_wrap=True)
    thresholds = {"ap": "AP", "ap50": "AP50", "ap75": "AP75"}
    sizes = {"small": "AP small, < 32² px", "medium": "AP medium", "large": "AP large, > 96² px"}
    for measure, label in (thresholds | sizes).items():
        table.add_row(label, average(metrics.mask, measure), average(metrics.box, measure))
    table.add_section()
    for measure, label in thresholds.items():
        figures = (average(averages, measure) for averages in (metrics.mask_frequent, metrics.box_frequent))
        table.add_row(f"{label}, {FREQUENT} instances up", *figures)
    return table


def average(averages: "Averages", measure: str) -> str:
    """One cell of the headline: `0.324 [0.291, 0.352] (25)`."""
    number = averages.categories[measure]
    return f"{figure(getattr(averages, measure))}{interval(averages.intervals.get(measure))} ({number})"


def displayed(metrics: "Metrics", threshold: float) -> str:
    """What a user sees, in a sentence."""
    shown = metrics.displayed
    assert shown is not None
    precision = figure(shown.precision) + interval(shown.intervals.get("precision"))
    recall = figure(shown.recall) + interval(shown.intervals.get("recall"))
    return (
        f"Displayed at score {threshold}: precision {precision}, recall {recall}\n"
        f"({shown.right} of {shown.shown} shown are right: category and mask IoU ≥ 0.5; "
        f"{metrics.instances} to find)"
    )


def by_category(metrics: "Metrics") -> "Table":
    """The categories that occur or are displayed, the most frequent first."""
    table = plain_table("AP by masks. * not learnt: the training data holds too few.")
    table.add_column("category", no_wrap=True)
    for heading in ("instances", "AP", "95 %", "AP50", "precision", "recall"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in sorted(metrics.categories, key=lambda row: -row.instances):
        assert row.displayed is not None
        if row.instances or row.displayed.shown:
            table.add_row(
                row.name + ("*" if row.learnt is False else ""),
                str(row.instances),
                figure(row.ap),
                interval(row.interval).strip(),
                *(figure(value) for value in (row.ap50, row.displayed.precision, row.displayed.recall)),
            )
    return table


def plain_table(caption: str) -> "Table":
    """A table with a line under its headings and no other ornament."""
    from rich import box
    from rich.table import Table

    return Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), caption=caption, caption_justify="left")


def figure(value: float) -> str:
    """Three digits, or a dash for NaN."""
    return "-" if value != value else f"{value:.3f}"


def interval(ends: tuple[float, float] | None) -> str:
    """` [low, high]`, escaped for rich, or nothing."""
    return rf" \[{ends[0]:.3f}, {ends[1]:.3f}]" if ends else ""
