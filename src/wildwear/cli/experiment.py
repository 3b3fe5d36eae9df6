"""`wildwear experiment`."""

from pathlib import Path
from typing import Annotated

import typer

from wildwear.cli.printing import echo, say_next


def experiment(
    plan: Annotated[str, typer.Argument(help="A shipped experiment (`street-wild-both`) or a YAML file.")],
    data: Annotated[
        Path, typer.Option(help="Folder to choose training photos from: train.json, val.json, images/.")
    ] = Path("everyday"),
    tests: Annotated[Path, typer.Option(help="Folder that the paths of the test sets start at.")] = Path(),
    out: Annotated[
        Path | None,
        typer.Option(help="The experiment's folder; experiments/NAME by default.", show_default=False),
    ] = None,
    max_time: Annotated[
        str | None,
        typer.Option(
            metavar="HH:MM", help="Stop after so long; the same command goes on.", show_default=False
        ),
    ] = None,
) -> None:
    """Train one recipe on several choices of photos, and measure each on the same test sets.

    What is trained or measured already is not done again, so the same command goes on after a stop. Test
    sets are read once everything is trained.

    An example, which takes hours: wildwear experiment street-wild-both --data everyday --tests .
    """
    try:
        from wildwear import experiments
    except ImportError as error:
        from wildwear.errors import MissingExtraError

        raise MissingExtraError("`wildwear experiment`", "train") from error
    from wildwear.cli.train import parse_time
    from wildwear.experiments.answer import HEADINGS, write_answer
    from wildwear.experiments.running import RESULTS

    wanted = experiments.load_experiment(plan)
    folder = out or Path("experiments") / wanted.name
    results = experiments.run_experiment(
        wanted, data, tests, folder, max_time=parse_time(max_time) if max_time else None, say=echo
    )
    if results is None:
        echo(f"time is up; the same command goes on in {folder}")
        return
    from wildwear.cli.console import Console, plain_table, printable

    found = experiments.answer(wanted, results)
    written = write_answer(found, wanted, folder)  # first: who reads what is printed may stop in the middle
    table = plain_table(HEADINGS, breaking=HEADINGS)
    table.title, table.title_justify = printable(wanted.question), "left"
    for row in found.rows():
        table.add_row(*map(printable, row))
    Console().print(table)
    for sentence in found.sentences:
        echo(sentence)
    echo(f"written: {written}")
    first = next(iter(wanted.tests))
    sides = [folder / RESULTS / first / f"{arm}-{wanted.seeds[0]}" for arm in wanted.arms]
    say_next("wildwear", "compare", *sides, "--html", "compared.html")
