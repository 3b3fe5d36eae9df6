"""`wildwear compare`: results of `wildwear evaluate` side by side."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wildwear.cli.printing import echo, say_next

if TYPE_CHECKING:
    from rich.table import Table

    from wildwear.evaluation.comparison.comparing import Compared, Comparison, Figure


def compare(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="RESULT...", help="Folders that `wildwear evaluate` wrote; the first is compared to."
        ),
    ],
    html: Annotated[
        Path | None,
        typer.Option(help="Write a page too, with photos before and after.", show_default=False),
    ] = None,
    peek: Annotated[bool, typer.Option("--peek", help="Photos on the page of a test set, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the page.")] = False,
) -> None:
    """Put results side by side: what is better and worse than in the first, and if by more than chance.

    Example: wildwear compare before after --html compared.html
    """
    import json

    from wildwear.cli.data.describe import names
    from wildwear.cli.evaluate import check_page
    from wildwear.cli.progress import photo_progress
    from wildwear.evaluation import Result
    from wildwear.evaluation.comparison.comparing import compare

    if len(folders) < 2:
        raise typer.BadParameter("name two results or more", param_hint="RESULT...")
    results = [Result.read(folder) for folder in folders]
    if html:
        check_page(html, folders, overwrite)
    comparison = compare(results, names(folders))
    if html:  # before anything is printed: who reads it may stop in the middle
        from wildwear.evaluation.comparison.page import write_report

        with photo_progress("Drawing photos") as progress:
            write_report(html, comparison, results, peek=peek, progress=progress)
    if as_json:
        echo(json.dumps(comparison.to_dict(), indent=2))
    else:
        show(comparison)
    if html:
        echo(f"written: {html}", err=as_json)
    elif not as_json:
        say_next("wildwear", "compare", *folders, "--html", "compared.html")


def show(comparison: "Comparison") -> None:
    """Print what came out in words, the figures, and AP by category."""
    from wildwear.cli.console import UNBROKEN, Console, printable
    from wildwear.evaluation.comparison.comparing import sentences

    console = Console(width=UNBROKEN)
    for one in comparison.results:
        about = f"{one.name}: {one.dataset}, {one.photos:,} photos, {one.instances:,} instances"
        console.print(printable(about), style="bold", soft_wrap=True)
    for sentence in sentences(comparison):
        console.print(printable(sentence), soft_wrap=True)
    console.print()
    console.print(figures(comparison))
    console.print("\nAP of masks by category", highlight=False)
    console.print(categories(comparison))
    for note in comparison.notes:
        console.print(printable(note), soft_wrap=True)


def figures(comparison: "Comparison") -> "Table":
    """Each measure of each result, with its difference to the first."""
    from wildwear.cli.console import plain_table
    from wildwear.cli.evaluate import add, figure, interval
    from wildwear.evaluation.comparison.comparing import MEASURES

    headings = ("", "95 %", "categories", "difference", "95 % of it")
    table = plain_table(left=("", "result"), right=headings)
    for measure in MEASURES:
        for one in comparison.results:
            found = one.figures[measure]
            label = measure if one is comparison.results[0] else ""
            count = "" if found.count is None else f"{found.count}"
            add(
                table,
                label,
                one.name,
                figure(found.value),
                interval(found.interval).strip(),
                count,
                *moved(found),
            )
    return table


def moved(found: "Figure") -> Iterator[str]:
    """A difference, with a star where it is more than chance, and its interval; two empty cells for none."""
    difference = found.difference
    yield f"{difference.value:+.3f}{'*' if difference.significant else ' '}" if difference else ""
    ends = difference.interval if difference else None
    yield f"[{ends[0]:+.3f}, {ends[1]:+.3f}]" if ends else ""


def categories(comparison: "Comparison") -> "Table":
    """AP of each category that occurs, the most frequent first; a column for each result, and one for its
    difference where that can be told."""
    from wildwear.cli.console import plain_table
    from wildwear.cli.evaluate import add

    first, *others = comparison.results
    headings = ["instances", first.name]
    for one in others:
        headings += [one.name, "difference"] if one.paired else ["instances", one.name]
    table = plain_table(left=("category",), right=headings)
    counts = {
        name: max(one.categories[name].count or 0 for one in comparison.results if name in one.categories)
        for name in dict.fromkeys(name for one in comparison.results for name in one.categories)
    }
    for name in sorted(counts, key=lambda name: -counts[name]):
        cells = list(cells_of(first, name, counted=True))
        for one in others:
            cells += cells_of(one, name, counted=not one.paired)
        add(table, name, *cells)
    return table


def cells_of(one: "Compared", name: str, counted: bool) -> Iterator[str]:
    """A category of a result: its instances if asked for, its AP, its difference if it has one."""
    from wildwear.cli.evaluate import figure

    found = one.categories.get(name)
    if counted:
        yield f"{found.count:,}" if found else "-"
    yield figure(found.value) if found else "-"
    if not counted:
        yield next(moved(found)) if found else ""
