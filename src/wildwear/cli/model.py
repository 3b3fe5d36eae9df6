"""`wildwear model`: what a model file says about itself, and how one is made."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wildwear.cli.printing import echo, say_next

if TYPE_CHECKING:
    from rich.table import Table

    from wildwear.evaluation.choosing import Choice
    from wildwear.inference import ModelCard

app = typer.Typer(
    no_args_is_help=True,
    help="Look into model files, and make them from checkpoints or from Detectron2's networks.",
)


@app.command("list")
def list_models() -> None:
    """List the models in the package: what each learnt from, on which terms.

    Example: wildwear model list
    """
    from wildwear import inference
    from wildwear.cli.console import Console, plain_table, printable
    from wildwear.inference.session import DEFAULT, bundled_models

    words = ("learnt from", "on these terms")
    table = plain_table(("model",), ("file",), words, breaking=words)
    for name in bundled_models():
        segmenter = inference.load(name)
        table.add_row(
            f"{name} (default)" if name == DEFAULT else name,
            megabytes(segmenter.path),
            printable(segmenter.card.training_data),
            printable(segmenter.card.licence),
        )
    Console().print(table)
    say_next("wildwear", "model", "info", DEFAULT)


@app.command()
def info(
    file: Annotated[str, typer.Argument(help="A .onnx file or the name of a bundled model.")] = "default",
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole card as JSON.")] = False,
) -> None:
    """Say what a model knows: its categories, thresholds, training data and figures.

    Example: wildwear model info
    """
    import json

    from wildwear import inference
    from wildwear.cli.console import Console

    segmenter = inference.load(file)
    if as_json:
        echo(json.dumps(segmenter.card.model_dump(mode="json"), indent=2))
        return
    console = Console()
    console.print(facts(segmenter.card, segmenter.path))
    console.print(categories(segmenter.card))


def megabytes(file: Path) -> str:
    """How large a file is, as people say it."""
    return f"{file.stat().st_size / 1e6:.1f} MB"


def facts(card: "ModelCard", path: Path) -> "Table":
    """Everything but the categories, a line each."""
    from rich.table import Table

    from wildwear.cli.console import printable
    from wildwear.inference.card import Calibration

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    validation = card.metrics.get("val", {})
    rows = {
        "model": f"{card.name} {card.version} ({card.family})",
        "file": f"{path} ({megabytes(path)})",
        "learnt from": card.training_data,
        "licence": card.licence,
        "input": f"long side {card.input.long_side} px, sides padded to multiples of {card.input.multiple}",
        "display threshold": f"{card.thresholds.score:g}",
        "scores": "as the network says them; `wildwear model calibrate` makes them shares of right ones"
        if card.calibration == Calibration()
        else "calibrated: of garments with a score of 0.8, 8 in 10 are right on photos like those of val",
        "on val": ", ".join(
            f"mask {label} {validation[key]:.3f}"
            for key, label in (("ap", "AP"), ("ap50", "AP50"))
            if validation.get(key)
        ),
        "categories": f"{len(card.learnt)} of {len(card.categories)} learnt",
    }
    for name, value in rows.items():
        table.add_row(name, printable(value))
    return table


def categories(card: "ModelCard") -> "Table":
    """The categories: how many instances each was learnt from, and the score it is shown from."""
    from wildwear.cli.console import plain_table, printable

    table = plain_table(("category",), ("id", "training instances", "shown from"), ("learnt",))
    for category in card.categories:
        learnt = "yes" if category.id in card.learnt else "no"
        instances, score = card.train_instances.get(category.id, 0), card.thresholds.score_of(category.id)
        cells = (category.name, str(category.id), f"{instances:,}", f"{score:g}", learnt)
        table.add_row(*map(printable, cells))
    return table


@app.command()
def export(
    checkpoint: Annotated[
        Path, typer.Argument(help="A run's folder, or a .safetensors file that `wildwear train` wrote.")
    ],
    out: Annotated[
        Path | None, typer.Option(help="The .onnx file to write; RUN.onnx by default.", show_default=False)
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the model; its run's if not given.")] = None,
    val: Annotated[
        Path | None, typer.Option(help="metrics.json of `wildwear evaluate` on val, for the model's card.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an older file.")] = False,
) -> None:
    """Make the model file that `segment` and `evaluate` run: one .onnx that needs nothing else.

    Example: wildwear model export runs/mine
    """
    from wildwear.errors import MissingExtraError
    from wildwear.runs.folder import BEST, best_checkpoint

    try:
        from wildwear.models import export_model
        from wildwear.models.export import figures_in
    except ImportError as error:
        raise MissingExtraError("`wildwear model export`", "train") from error
    weights = best_checkpoint(checkpoint)
    if out is None:
        named = weights.parent if weights.name == BEST else weights.with_suffix("")
        out = Path(f"{named.resolve().name}.onnx")
    check_model_file(out, overwrite)
    export_model(weights, out, name=name, val=figures_in(val) if val else None)
    echo(f"{out} ({megabytes(out)})")
    say_next("wildwear", "evaluate", out, "ccp30/val.json", "--out", "result")


def check_model_file(out: Path, overwrite: bool) -> None:
    """Raise `OutputError`, before the work, where a model file cannot be written or would replace another."""
    from wildwear.errors import OutputError

    if out.suffix.lower() != ".onnx":
        raise OutputError(f"{out}: name a file that ends in .onnx for the model")
    if out.is_dir():
        raise OutputError(f"{out}: is a folder; name a file for the model")
    if out.exists() and not overwrite:
        raise OutputError(f"{out}: is there already; give --overwrite to replace it")
    if not out.parent.is_dir():
        raise OutputError(f"{out}: there is no folder {out.parent}")


@app.command()
def calibrate(
    model: Annotated[str, typer.Argument(help="`default`, the name of a bundled model, or a file.")],
    val: Annotated[list[Path], typer.Argument(metavar="VAL...", help="COCO files, photos beside them.")],
    out: Annotated[Path, typer.Option(help="The model file to write.")],
    images: Annotated[
        list[Path] | None,
        typer.Option(
            help="Photos of a VAL, in their order, if not beside it; once for each.", show_default=False
        ),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write a page too: scores before and after.", show_default=False)
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an older file.")] = False,
) -> None:
    """Learn on val sets what scores are worth, and from which of them garments are best shown.

    Of garments with a score of 0.8, 8 in 10 are right then. One score to show all categories from, by F1 of
    what is shown, and one a category where val has enough of it. AP stays as it is.

    Example: wildwear model calibrate default ccp30/val.json --out calibrated.onnx
    """
    from wildwear.cli.console import Console
    from wildwear.cli.evaluate import check_page
    from wildwear.cli.progress import photo_progress
    from wildwear.datasets import Dataset
    from wildwear.errors import MissingExtraError
    from wildwear.evaluation.choosing import choose_display
    from wildwear.evaluation.page.scores import write_calibration
    from wildwear.inference import find_model, load

    try:
        from wildwear.models.export import with_display
    except ImportError as error:
        raise MissingExtraError("`wildwear model calibrate`", "train") from error
    # Before minutes of work.
    check_model_file(out, overwrite)
    if html is not None:
        check_page(html, [], overwrite)
    if len({file.resolve() for file in val}) < len(val):
        raise typer.BadParameter("a VAL is named twice", param_hint="VAL...")
    if images and len(images) != len(val):
        raise typer.BadParameter(f"{len(images)} folders of photos for {len(val)} VAL; name one for each")
    folders: list[Path | None] = [*images] if images else [None] * len(val)
    sets = [(Dataset.load(file), folder) for file, folder in zip(val, folders, strict=True)]
    segmenter = load(model)
    with photo_progress("finding garments") as progress:
        choice = choose_display(segmenter, sets, progress)
    Console().print(scores_kept(choice))
    errors = f"{choice.promised.error:.3f} before, {choice.kept.error:.3f} after"
    echo(f"calibration error {errors}, on photos that were left out")
    for column, file in enumerate(val):
        stages = {"before": choice.before, "one score": choice.common, "chosen": choice.after}
        told = (f"{name} {one[column].f1:.3f}" for name, one in stages.items())
        after = choice.after[column]
        echo(f"{file}: F1 {', '.join(told)}; precision {after.precision:.2f}, recall {after.recall:.2f}")
    own = len(choice.thresholds.category_scores)
    echo(f"shown from {choice.thresholds.score:g}, {own} categories from a score of their own")
    with_display(find_model(model), choice.calibration, choice.thresholds, out)
    echo(f"written: {out}")
    if html is not None:
        write_calibration(html, choice, segmenter.card.name)
        echo(f"look at {html}")
    say_next("wildwear", "model", "info", out)


def scores_kept(choice: "Choice") -> "Table":
    """How many garments have each score, and how many of them are right: before, and after on photos that
    were left out."""
    from wildwear.cli.console import plain_table

    table = plain_table(left=("score",), right=("before", "right", "after", "right"))
    for before, after in zip(choice.promised.bins, choice.kept.bins, strict=True):
        counts = (
            cell
            for one in (before, after)
            for cell in (f"{one.count:,}", f"{one.right:.0%}" if one.count else "-")
        )
        table.add_row(f"{before.low:.1f} to {before.high:.1f}", *counts)
    return table


@app.command()
def average(
    checkpoints: Annotated[
        list[Path],
        typer.Argument(metavar="CHECKPOINT...", help="Files or runs' folders, of one shape; two or more."),
    ],
    out: Annotated[Path, typer.Option(help="The .safetensors file to write.")],
) -> None:
    """Average the weights of a run and of what went on from it: most of what both can do.

    Example: wildwear model average first.safetensors second.safetensors --out mean.safetensors
    """
    from wildwear.errors import MissingExtraError, OutputError
    from wildwear.runs.folder import best_checkpoint

    try:
        from wildwear.models import average_checkpoints
    except ImportError as error:
        raise MissingExtraError("`wildwear model average`", "train") from error
    if len(checkpoints) < 2:
        raise typer.BadParameter("name two checkpoints or more.")
    if out.exists():
        raise OutputError(f"{out}: is there already; name another file")
    average_checkpoints([best_checkpoint(path) for path in checkpoints], out)
    say_next("wildwear", "model", "export", out, "--out", f"{out.stem}.onnx")


@app.command("import-detectron2")
def import_detectron2(
    file: Annotated[Path, typer.Argument(help="`model_final.pth`, or a .pkl of its model zoo.")],
    categories: Annotated[
        str,
        typer.Option(
            help="Its classes in their order: names with commas between them, a text file with one a line, "
            "or the COCO file it was trained on."
        ),
    ],
    out: Annotated[Path, typer.Option(help="The .safetensors file to write.")],
    name: Annotated[str | None, typer.Option(help="Name of the model; the file's if not given.")] = None,
) -> None:
    """Make a checkpoint of a Mask R-CNN that Detectron2 trained (R50-FPN, R101-FPN), heads and all.

    Example: wildwear model import-detectron2 model_final.pth --categories names.txt --out exp9.safetensors
    """
    from wildwear.errors import MissingExtraError, OutputError

    try:
        from wildwear import models
        from wildwear.models.importing import read_category_names
    except ImportError as error:
        raise MissingExtraError("`wildwear model import-detectron2`", "train") from error
    if out.exists():
        raise OutputError(f"{out}: is there already; name another file")
    report = models.import_detectron2(file, out, read_category_names(categories), name=name)
    echo(f"{out}: {report.summary()}")
    say_next("wildwear", "model", "export", out, "--out", f"{out.stem}.onnx")
