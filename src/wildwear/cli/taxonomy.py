"""`wildwear taxonomy`: the 30 categories, and which one a word belongs to."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

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
        print(json.dumps(rows, indent=2))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(
        box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), caption="One pair of shoes on one person is one instance."
    )
    for heading, style in (("id", "bold"), ("", ""), ("name", "bold"), ("worn", ""), ("from", "dim")):
        table.add_column(heading, style=style, no_wrap=True, justify="right" if heading == "id" else "left")
    table.add_column("definition")
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
        print(f"{category.name} ({category.id})" if category else "none of the 30 categories")
        for match in of_one:
            print(f"  {' > '.join(match.path)}")
