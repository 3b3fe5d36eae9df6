"""`wildwear evaluate`: how good a model is, on photos whose garments are known, and where it fails."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wildwear.cli.printing import echo, say_next

if TYPE_CHECKING:
    from rich.table import Table

    from wildwear.datasets import Dataset
    from wildwear.evaluation import Averages, Explanation, Metrics, Result


def evaluate(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL_OR_PREDICTIONS",
            help="`default`, the name of a bundled model, or a .onnx file; or a .json of predictions.",
        ),
    ],
    dataset: Annotated[Path, typer.Argument(help="The truth: a COCO file; of a model in our categories.")],
    out: Annotated[Path, typer.Option(help="The folder that figures, predictions and settings go to.")],
    images: Annotated[
        Path | None, typer.Option(help="Where the photos lie; images/ beside the dataset if not given.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="Only images of this source: street, wild, closet, mixed.")
    ] = None,
    score: Annotated[
        float | None,
        typer.Option(help="Predictions: shown to a user from here; 0.5 if not given.", min=0, max=1),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write a page too: where it fails, with pictures.", show_default=False)
    ] = None,
    peek: Annotated[bool, typer.Option("--peek", help="Pictures on the page of a test set, too.")] = False,
    fail_under: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MEASURE=NUMBER",
            help="Exit with 1 if less is reached: AP=0.4, recall/shirt=0.6. Once or several times.",
            show_default=False,
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an earlier result in OUT, and the page.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print metrics.json instead of tables.")] = False,
) -> None:
    """Measure a model or a file of predictions: AP of masks and boxes, what a user sees, and what fails.

    Example: wildwear evaluate default ccp30/val.json --out result --html result.html
    """
    import json

    from wildwear.cli.progress import photo_progress
    from wildwear.datasets import Dataset
    from wildwear.evaluation.requirements import requirement

    if html:
        check_page(html, [out], overwrite)
    truth = Dataset.load(dataset)
    names = {category["name"] for category in truth.categories}
    required = [requirement(text, names) for text in fail_under or ()]
    result = measured(model, truth, images, source, score, out, overwrite)
    notes = result.settings["predictions"]["notes"] if "predictions" in result.settings else []
    for note in notes:
        echo(f"note: {note}", err=True)
    if html:  # before anything is printed: who reads it may stop in the middle
        from wildwear.evaluation.page.report import write_report

        with photo_progress("Drawing mistakes") as progress:
            write_report(html, result, peek=peek, progress=progress)
    if as_json:
        echo(json.dumps(result.to_dict(), indent=2))
    else:
        show(result, f"{dataset}, {source} only" if source else str(dataset))
    failures = [failure for one in required if (failure := one.failure(result.metrics))]
    for failure in failures:
        echo(f"failed: {failure}", err=True)
    echo(f"written: {out}{f', {html}' if html else ''}", err=as_json)
    say_next("wildwear", "compare", out, "ANOTHER_RESULT", "--html", "compared.html", err=as_json)
    if failures:
        raise typer.Exit(1)


def measured(
    model: str,
    truth: "Dataset",
    images: Path | None,
    source: str | None,
    score: float | None,
    out: Path,
    overwrite: bool,
) -> "Result":
    """Run a model, or read predictions, and score them."""
    import shlex
    import sys

    from wildwear import evaluation, inference
    from wildwear.cli.progress import photo_progress
    from wildwear.evaluation.evaluating import SHOWN_FROM

    command = shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])
    if Path(model).suffix.lower() == ".json":
        return evaluation.evaluate_predictions(
            model,
            truth,
            images,
            score=SHOWN_FROM if score is None else score,
            source=source,
            out=out,
            overwrite=overwrite,
            command=command,
        )
    if score is not None:
        raise typer.BadParameter(
            "is for predictions from a file; a model's card says from which score it shows garments",
            param_hint="--score",
        )
    segmenter = inference.load(model)
    with photo_progress("Evaluating") as progress:
        return evaluation.evaluate(
            segmenter,
            truth,
            images,
            source=source,
            out=out,
            overwrite=overwrite,
            command=command,
            progress=progress,
        )


def check_page(html: Path, results: Sequence[Path], overwrite: bool) -> None:
    """Raise `OutputError`, before the work, where a page cannot be written or would replace something.

    Args:
        html: the page.
        results: the folders of results, those that are still to be made, too.
        overwrite: whether it may replace a page.
    """
    import os

    from wildwear.cli.data.describe import check_target
    from wildwear.errors import OutputError

    page, folders = html.resolve(), [folder.resolve() for folder in results]
    check_target(html, overwrite)
    if page in folders:
        raise OutputError(f"{html}: is the folder of a result; name another file for the page")
    if not page.parent.is_dir() and page.parent not in folders:
        raise OutputError(f"{html}: there is no folder {html.parent}; make it, or name another place")
    if page.parent.is_dir() and not os.access(page.parent, os.W_OK):
        raise OutputError(f"{html}: cannot be written: {html.parent} is for reading only")


def show(result: "Result", dataset: str) -> None:
    """Print everything that was measured."""
    from wildwear.cli.console import UNBROKEN, Console, printable
    from wildwear.evaluation.page.verdict import verdict

    metrics, explanation = result.metrics, result.explanation
    console = Console(width=UNBROKEN)
    size = f"{metrics.photos:,} photos, {metrics.instances:,} instances"
    console.print(printable(f"{result.name} on {dataset}: {size}"), style="bold", soft_wrap=True)
    console.print(headline(metrics))
    for line in seen(metrics, result.shown_from):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    occurring = metrics.mask.categories["ap50"]
    titled = {
        f"What fails, and the AP50 that mending it would win (TIDE; {occurring} categories)": errors(
            explanation
        ),
        "Is it the masks or the names?": masks_or_names(explanation),
        "On which photos and garments; AP averages the categories that occur there (their number)": slices(
            explanation
        ),
        by_category_title(metrics): by_category(metrics),
    }
    for title, table in titled.items():
        console.print("\n" + title, highlight=False, markup=False, soft_wrap=True)
        console.print(table)
    console.print("\nIn words")
    for sentence in verdict(metrics, explanation):
        console.print(printable(f"- {sentence}"), highlight=False, markup=False, soft_wrap=True)


def headline(metrics: "Metrics") -> "Table":
    """The averages, each with its interval and the number of categories behind it.

    AP stands there twice: of all that is found, which is COCO's, and of what is shown alone.
    """
    from wildwear.cli.console import plain_table
    from wildwear.evaluation import FREQUENT

    assert metrics.mask_displayed  # a result has what is displayed
    assert metrics.box_displayed
    table = plain_table(left=("[95 % interval] (categories averaged)", "mask", "box"))
    thresholds = {"ap": "AP", "ap50": "AP50", "ap75": "AP75"}
    sizes = {"small": "AP small, under 32 x 32 px", "medium": "AP medium", "large": "AP large, over 96 x 96"}
    recalls = {"ar100": "AR, 100 detections a photo"}
    all_found = {measure: f"{name}, all found" for measure, name in thresholds.items()}
    for measure, label in (all_found | sizes | recalls).items():
        add(table, label, average(metrics.mask, measure), average(metrics.box, measure))
    table.add_section()
    for averages, label in (
        ((metrics.mask_frequent, metrics.box_frequent), f", all found, {FREQUENT} instances up"),
        ((metrics.mask_displayed, metrics.box_displayed), ", what is shown"),
    ):
        for measure, name in thresholds.items():
            add(table, name + label, *(average(one, measure) for one in averages))
        table.add_section()
    return table


def average(averages: "Averages", measure: str) -> str:
    """One cell of the headline: `0.324 [0.291, 0.352] (25)`."""
    number = averages.categories[measure]
    return f"{figure(getattr(averages, measure))}{interval(averages.intervals.get(measure))} ({number})"


def seen(metrics: "Metrics", shown_from: str) -> Iterator[str]:
    """What a user sees, in two lines."""
    shown = metrics.displayed
    assert shown is not None
    figures = [
        f"{name} {figure(getattr(shown, name.lower()))}{interval(shown.intervals.get(name.lower()))}"
        for name in ("precision", "recall", "F1")
    ]
    yield f"\nDisplayed from score {shown_from} up: {', '.join(figures)}"
    yield (
        f"({shown.right} of {shown.shown} shown are right: category, and mask IoU 0.5 up; "
        f"{metrics.instances} to find)"
    )


def errors(explanation: "Explanation") -> "Table":
    """TIDE's kinds of errors, and what mending each alone would win."""
    from wildwear.cli.console import plain_table
    from wildwear.evaluation.page.verdict import FAILURES

    found = explanation.errors
    table = plain_table(left=("error", ""), right=("how many", "AP50 won"))
    for kind, words in FAILURES.items():
        add(table, kind, words, f"{found.counts[kind]:,}", f"{found.gains[kind]:+.3f}")
    return table


def masks_or_names(explanation: "Explanation") -> "Table":
    """Mask AP beside the same with outlines asked, and with names forgiven."""
    from wildwear.cli.console import plain_table

    boundary, names = explanation.boundary, explanation.names
    table = plain_table(left=("AP of masks",), right=("(categories averaged)",))
    rows = {
        "as it is": (names.ap, names.categories),
        "boundary AP: outlines count too": (boundary.ap, boundary.categories),
        "wrong names within a group forgiven": (names.group_forgiven, names.categories),
        "all wrong names forgiven": (names.all_forgiven, names.categories),
        "all garments one category": (names.agnostic, 1),
    }
    for label, (value, number) in rows.items():
        add(table, label, f"{figure(value)} ({number})")
    return table


def slices(explanation: "Explanation") -> "Table":
    """AP, precision and recall on parts of the photos and garments."""
    from wildwear.cli.console import plain_table

    table = plain_table(left=("slice",), right=("photos", "instances", "AP of masks", "precision", "recall"))
    dimension = ""
    for one in explanation.slices:
        if one.dimension != dimension:
            dimension = one.dimension
            add(table, f"by {dimension}")
        ap = f"{figure(one.ap)}{interval(one.interval)} ({one.categories})"
        cells = (f"{one.photos:,}", f"{one.instances:,}", ap, figure(one.precision), figure(one.recall))
        add(table, f"  {one.name}", *cells)
    return table


def by_category_title(metrics: "Metrics") -> str:
    """What the table of categories shows."""
    best = "AP of masks by category; best: the score to show it from for the highest F1 on these photos"
    return f"{best}\n* not learnt: too little training" if not_learnt(metrics) else best


def by_category(metrics: "Metrics") -> "Table":
    """The categories that occur or are displayed, the most frequent first."""
    from wildwear.cli.console import plain_table

    headings = ("instances", "AP", "95 %", "AP50", "precision", "recall", "F1", "best", "its F1")
    table = plain_table(left=("category",), right=headings)
    for row in sorted(metrics.categories, key=lambda row: -row.instances):
        assert row.displayed is not None
        if row.instances or row.displayed.shown:
            shown, best = row.displayed, row.best
            add(
                table,
                row.name + ("*" if row.learnt is False else ""),
                f"{row.instances:,}",
                figure(row.ap),
                interval(row.interval).strip(),
                *(figure(value) for value in (row.ap50, shown.precision, shown.recall, shown.f1)),
                *((f"{best.score:.2f}", figure(best.f1)) if best else ("-", "-")),
            )
    return table


def not_learnt(metrics: "Metrics") -> bool:
    """Whether any category is known not to have been learnt."""
    return any(row.learnt is False for row in metrics.categories)


def add(table: "Table", *cells: str) -> None:
    """A row of text as it is, brackets and all."""
    from wildwear.cli.console import printable

    table.add_row(*map(printable, cells))


def figure(value: float) -> str:
    """Three digits, or a dash for NaN."""
    return "-" if value != value else f"{value:.3f}"


def interval(ends: tuple[float, float] | None) -> str:
    """` [low, high]`, or nothing."""
    return f" [{ends[0]:.3f}, {ends[1]:.3f}]" if ends else ""
