"""`wildwear runs`: training runs, listed, brought in from Detectron2, compared."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wildwear.cli.printing import echo, say_next

if TYPE_CHECKING:
    from rich.table import Table

    from wildwear.runs import Run, Summary

ROOMY = 100  # letters a line, from which there is space between columns

app = typer.Typer(invoke_without_command=True)


@app.callback()
def runs(
    context: typer.Context,
    folder: Annotated[Path, typer.Option("--in", metavar="FOLDER", help="Where the runs lie.")] = Path(
        "runs"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list instead of a table.")] = False,
) -> None:
    """List training runs: how far they came, how good they are; bring in those of Detectron2, compare them.

    Example: wildwear runs --in .
    """
    if context.invoked_subcommand is not None:
        return
    import json
    from datetime import UTC

    from wildwear.cli.console import Console
    from wildwear.runs import find_runs, summarise

    found, damaged = find_runs(folder)
    for error in damaged:
        echo(f"note: {error}", err=True)
    names = [run.folder.relative_to(folder).as_posix() for run in found]
    summaries = [summarise(run, name) for run, name in zip(found, names, strict=True)]
    if as_json:
        echo(json.dumps([summary.to_dict() for summary in summaries], indent=2))
        return
    if not found:
        echo(f"no runs in {folder}")
        say_next("wildwear", "train", "wildwear-s", "--out", folder / "first")
        return
    now = datetime.now(UTC)
    console = Console()
    console.print(listing(found, summaries, now, console.width))
    for run, name in zip(found, names, strict=True):
        if run.is_unfinished:
            say_unfinished(run, name, now)
    say_next("wildwear", "runs", "compare", *(run.folder for run in found[:2]), "--html", "runs.html")


@app.command("import-detectron2")
def import_detectron2(
    source: Annotated[
        Path, typer.Argument(metavar="DIR", help="A Detectron2 output folder: metrics.json and the config.")
    ],
    out: Annotated[Path, typer.Option(help="The run's folder; it must not be there yet.")],
) -> None:
    """Make a run's folder from what Detectron2 left: metrics.json, NaN and all, and model_config.yaml or
    config.yaml.

    Example: wildwear runs import-detectron2 experiments/exp6 --out exp6
    """
    from wildwear import runs

    facts = runs.import_detectron2(source, out)
    run = runs.Run.read(out)
    echo(f"{run.history.steps:,} of {facts.steps:,} steps, trained on {facts.trained_on}: {out}")
    for remark in facts.remarks:
        echo(f"note: {remark}")
    say_next("wildwear", "runs", "compare", out)


@app.command()
def compare(
    folders: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Folders of runs.")],
    html: Annotated[
        Path | None, typer.Option(help="Write a page too, with all curves.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the page.")] = False,
) -> None:
    """Put runs side by side: what they learnt from, for how long, their losses and AP; and what these mean.

    Example: wildwear runs compare exp5 exp6 --html runs.html
    """
    import json

    from wildwear.cli.data.describe import check_target, names
    from wildwear.runs import Run, notes, summarise
    from wildwear.runs.page import write_report

    if html:
        check_target(html, overwrite)
    found = [Run.read(folder) for folder in folders]
    summaries = [summarise(run, name) for run, name in zip(found, names(folders), strict=True)]
    said = notes(found, summaries)
    if html:  # before anything is printed: who reads it may stop in the middle
        write_report(html, found, summaries)
    if as_json:
        echo(json.dumps({"runs": [summary.to_dict() for summary in summaries], "notes": said}, indent=2))
    else:
        show(summaries, said)
    if html:
        echo(f"written: {html}", err=as_json)
    elif not as_json:
        say_next("wildwear", "runs", "compare", *folders, "--html", "runs.html")


def listing(found: "Sequence[Run]", summaries: "Sequence[Summary]", now: datetime, width: int) -> "Table":
    """A row for each run."""
    from wildwear.cli.console import plain_table, printable
    from wildwear.runs.comparison import DASH, figure

    left, right = ("run", "made by", "trained on"), ("steps", "val\nAP", "best", "age")
    table = plain_table(left, right, breaking=left, is_close=width < ROOMY)
    for run, summary in zip(found, summaries, strict=True):
        steps = f"{summary.steps_done:,} / {DASH if summary.steps is None else f'{summary.steps:,}'}"
        cells = [
            summary.name,
            summary.made_by,
            summary.trained_on or DASH,
            steps,
            figure(summary.val_ap),
            figure(summary.best_val_ap),
            ago(run.begun, now),
        ]
        table.add_row(*map(printable, cells), style="yellow" if run.is_unfinished else None)
    return table


def say_unfinished(run: "Run", name: str, now: datetime) -> None:
    """Say that a run has steps left, and how to go on with it."""
    from wildwear.cli.console import Console, printable

    command = run.resume_command
    how = f"  {command}" if command else f"  {run.facts.made_by} made it and has to go on with it"
    console = Console(soft_wrap=True)
    console.print(printable(f"{name} is unfinished, last heard of {ago(run.last_sign, now)} ago; to go on:"))
    console.print(printable(how))


def show(summaries: "Sequence[Summary]", said: Sequence[str]) -> None:
    """Print the table, and what has to be known to read it."""
    from wildwear.cli.console import Console, plain_table, printable
    from wildwear.runs.comparison import HEADINGS, cells, shared_remarks

    console = Console()
    left, right = HEADINGS[:2], [heading.replace(" ", "\n") for heading in HEADINGS[2:]]
    table = plain_table(left, right, breaking=(*left, "decays", "best"), is_close=console.width < ROOMY)
    for summary in summaries:
        table.add_row(*map(printable, cells(summary)))
    console.print(table)
    for note in said:
        console.print(printable(note))
    for names, remark in shared_remarks(summaries):
        console.print(printable(f"{', '.join(names)}: {remark}"))


def ago(then: datetime, now: datetime) -> str:
    """How long ago something was, as one says it: 3 days, 12 min."""
    from wildwear.runs.comparison import duration

    hours = max(0.0, (now - then).total_seconds() / 3600)
    return duration(hours) if hours < 48 else f"{hours / 24:.0f} days"
