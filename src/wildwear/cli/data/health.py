"""`wildwear data health`."""

import shlex
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wildwear.cli.printing import echo

if TYPE_CHECKING:
    from wildwear.datasets.health import Problem, Report

SHOWN = 3  # problems of a kind that are printed, of however many


def health(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="DATASET...",
            help="Datasets of any format, or folders with train.json, val.json, test.json; "
            "of several, photos that they share are found.",
        ),
    ],
    from_: Annotated[
        str | None,
        typer.Option("--from", help="Format of DATASET; guessed where not named.", show_default=False),
    ] = None,
    images: Annotated[
        Path | None,
        typer.Option(help="Where the photos lie, if not beside the annotations.", show_default=False),
    ] = None,
    attribute: Annotated[
        str | None,
        typer.Option(help="VIA: the region attribute that names the category.", show_default=False),
    ] = None,
    fix: Annotated[
        bool,
        typer.Option("--fix", help="Repair what is safe; writes DATASET.fixed.json, never DATASET."),
    ] = False,
    make_instances: Annotated[
        bool,
        typer.Option(
            "--make-instances",
            help="Repair as --fix does, and make instances of regions (iscrowd) of categories that have no "
            "other: CVAT exports masks drawn with a brush so.",
        ),
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace DATASET.fixed.json.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print every problem as JSON instead of tables.")
    ] = False,
) -> None:
    """Find what would hurt training or falsify evaluation. Exits with 1 while there are errors.

    Example: wildwear data health ccp30/train.json ccp30/test.json
    """
    import json

    from wildwear.cli.progress import photo_progress
    from wildwear.datasets import health as checking
    from wildwear.datasets.formats import coco
    from wildwear.errors import OutputError

    fix = fix or make_instances
    files = [file for source in sources for file in checking.files(source)]
    targets = {file: fixed_name(file) for file in files}
    for target in targets.values() if fix else ():
        if target.resolve() in {file.resolve() for file in files}:
            raise OutputError(f"{target}: is one of the datasets; it would be replaced")
        if target.exists() and not overwrite:
            raise OutputError(f"{target}: is there already; move it away, or replace it with --overwrite")
    with photo_progress("Reading photos") as progress:
        reports = checking.check(files, images, progress, format_name=from_, attribute=attribute)
        left = reports
        if fix:
            left = checking.mend(reports, lambda report: targets[report.path], make_instances=make_instances)
    for report in left:
        if fix and report.mended:
            coco.save(report.dataset.document, report.path)

    if as_json:
        documents = [report.to_dict() for report in reports]
        for document, report in zip(documents, left, strict=True) if fix else ():
            document["repaired"] = report.to_dict()
        echo(json.dumps(documents, indent=2))
    else:
        for report, remaining in zip(reports, left, strict=True):
            show(report)
            if fix:
                show_repair(remaining)
        read_by = {"--from": from_, "--images": images, "--attribute": attribute}
        given = {option: str(value) for option, value in read_by.items() if value is not None}
        echo(f"next: {next_step(reports, left, fix, given)}")
    if any(report.count(checking.Severity.ERROR) for report in left):
        raise typer.Exit(1)


def fixed_name(file: Path) -> Path:
    """What the repaired dataset is called: train.fixed.json for train.json."""
    return file.with_name(f"{file.stem if file.suffix == '.json' else file.name}.fixed.json")


def show(report: "Report") -> None:
    """Print what is wrong with one dataset: a line for each kind of problem, then the first of each kind."""
    from wildwear.cli.console import Console, plain_table
    from wildwear.datasets.health import Severity, by_kind
    from wildwear.reporting import counted

    for what, count in report.notes.most_common():
        echo(f"note: {count:,} × {what}", err=True)
    held = [counted(len(report.dataset.images), "photo"), counted(report.instances, "instance")]
    if report.not_judged:
        held.append(f"{counted(report.not_judged, 'region')} not judged")
    echo(f"{report.path} ({report.format_name}): {', '.join(held)}; {in_short(report)}")
    kinds = by_kind(report.problems)
    if not kinds:
        return
    table = plain_table(("", "problem"), ("count",), ("--fix",), breaking=("problem", "--fix"))
    styles = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "dim"}
    for kind, problems in kinds.items():
        remedies = {problem.remedy for problem in problems if problem.remedy is not None}
        table.add_row(
            f"[{styles[kind.severity]}]{kind.severity}[/]",
            kind.title,
            f"{len(problems):,}",
            ", or ".join(sorted(remedies)),
        )
    Console().print(table)
    for kind, problems in kinds.items():
        echo(f"{kind.title}:")
        for problem in problems[:SHOWN]:
            echo(f"  {worded(problem, report)}")
        if (more := len(problems) - SHOWN) > 0:
            echo(f"  and {more:,} more")


def show_repair(report: "Report") -> None:
    """Print what a repair did, record by record counted, and what is left."""
    from wildwear.datasets.health import by_kind

    if not report.mended:
        echo("nothing that --fix repairs; nothing is written")
        return
    echo(f"{report.path}: written; {in_short(report)} left")
    for kind, problems in by_kind(report.mended).items():
        for remedy, count in Counter(problem.remedy for problem in problems).items():
            echo(f"  {count:,} × {kind.title}: {remedy}")


def in_short(report: "Report") -> str:
    """The problems of a report in a few words: "2 errors, 1 warning"."""
    from wildwear.datasets.health import Severity
    from wildwear.reporting import counted

    errors, warnings = report.count(Severity.ERROR), report.count(Severity.WARNING)
    problems = f"{counted(errors, 'error')}, {counted(warnings, 'warning')}"
    return problems if errors + warnings else "no problem"


def worded(problem: "Problem", report: "Report") -> str:
    """One problem in words: place, whose it is, and what."""
    place, whose = str(problem.place), report.whose(problem.place)
    if not place:
        return problem.message
    return f"{place} ({whose}): {problem.message}" if whose else f"{place}: {problem.message}"


def next_step(
    reports: "Sequence[Report]", left: "Sequence[Report]", fix: bool, read_by: dict[str, str]
) -> str:
    """What a reader is likely to want next: a command that reads the datasets by the same options."""
    from wildwear.datasets.health import Remedy, Severity

    def command(verb: str, found: "Sequence[Report]", *more: str) -> str:
        options = dict(read_by)
        if all(report.mended for report in found):  # a repair writes COCO
            options = {option: value for option, value in options.items() if option == "--images"}
        paths = [str(report.path) for report in found]
        return shlex.join(["wildwear", "data", verb, *paths, *chain(*options.items()), *more])

    remedies = {remedy for report in reports for remedy in report.remedies}
    if remedies and not fix:
        return command("health", reports, "--make-instances" if Remedy.JUDGE in remedies else "--fix")
    if failing := [report for report in left if report.count(Severity.ERROR)]:
        return f"mend what is left by hand, then {command('health', failing)}"
    return command("describe", [next((report for report in left if report.mended), reports[0])])
