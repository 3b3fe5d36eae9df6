"""`wildwear taxonomy`: the 30 categories, and which one a word belongs to."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from wildwear.cli.printing import echo
from wildwear.errors import WildwearError

app = typer.Typer(invoke_without_command=True)


@app.callback()
def show(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for pipes.")] = False,
) -> None:
    """Print the 30 categories and how an annotator tells them apart.

    Example: wildwear taxonomy
    """
    if context.invoked_subcommand is not None:
        return
    from wildwear.taxonomy import CATEGORIES

    if as_json:
        rows = [asdict(category) | {"colour": category.hex} for category in CATEGORIES]
        echo(json.dumps(rows, indent=2))
        return
    from wildwear.cli.console import Console, plain_table

    words = ("", "name", "worn", "from", "definition")
    table = plain_table((), ("id",), words, breaking=("definition",))
    table.caption = "One pair of shoes on one person is one instance."
    for column, style in zip(table.columns, ("bold", "", "bold", "", "dim"), strict=False):
        column.style = style
    for category in CATEGORIES:
        swatch = f"[{category.hex}]██[/]"
        table.add_row(
            str(category.id),
            swatch,
            category.name,
            category.group,
            category.supercategory,
            category.definition,
        )
    Console().print(table)


@app.command("find")
def find_word(
    word: Annotated[list[str], typer.Argument(help="What people call it: bomber, 'mini skirt', hoodies.")],
) -> None:
    """Say which category a word belongs to; the best answer stands first.

    Example: wildwear taxonomy find bomber
    """
    from wildwear.taxonomy import Category, Match, find, suggest

    text = " ".join(word)
    matches = find(text)
    if not matches:
        nearest = suggest(text)
        hint = (
            f"did you mean {', '.join(nearest)}?"
            if nearest
            else "`wildwear taxonomy` lists the 30 categories."
        )
        raise WildwearError(f"{text!r} is not in the ontology: {hint}")
    by_category: dict[Category | None, list[Match]] = {}
    for match in matches:
        by_category.setdefault(match.category, []).append(match)
    for category, of_one in by_category.items():
        echo(f"{category.name} ({category.id})" if category else "none of the 30 categories")
        for match in of_one:
            echo(f"  {' > '.join(match.path)}")


@app.command("maps")
def show_maps(
    name: Annotated[
        str | None, typer.Argument(help="Which map to print; lists all where not named.", show_default=False)
    ] = None,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print the map as CSV, a start for one of your own.")
    ] = False,
) -> None:
    """Print how the labels of another dataset map to the 30 categories.

    Example: wildwear taxonomy maps modanet
    """
    from wildwear.taxonomy import maps

    if name is None and as_csv:
        raise WildwearError(f"say which map to print: {', '.join(maps.NAMES)}")
    if name is not None and as_csv:
        echo(maps.load(name).to_csv().removesuffix("\n"))
        return
    from wildwear.cli.console import Console, plain_table

    if name is None:
        table = plain_table(("map",), ("labels", *maps.KINDS, "by attribute"))
        for each in map(maps.load, maps.NAMES):
            kinds = [rule.kind for rule in each.rules if not rule.attributes]
            counts = [len(kinds), *map(kinds.count, maps.KINDS), len(each.rules) - len(kinds)]
            table.add_row(each.name, *map(str, counts))
    else:
        headings = ("label", "kind", "categories", "why")
        table = plain_table(headings, breaking=headings)
        for rule in maps.load(name).rules:
            categories = ", ".join(category.name for category in rule.categories)
            table.add_row(rule.title, rule.kind, categories, rule.why)
    Console().print(table)
