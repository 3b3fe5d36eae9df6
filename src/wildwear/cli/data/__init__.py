"""`wildwear data`: bring datasets into one shape, build, check, look at them. One file a command."""

import typer

from wildwear.cli.data import build, convert, describe, draft, draw, fetch, health, mapping, verbs, view

SUMMARY = "Bring fashion datasets into one shape: convert, map, build, check, describe."

app = typer.Typer(no_args_is_help=True, help=SUMMARY)
app.command()(fetch.fetch)
app.command()(convert.convert)
app.command("map")(mapping.map_labels)
app.command()(build.build)
app.command()(verbs.merge)
app.command()(verbs.split)
app.command()(verbs.subset)
app.command()(verbs.sample)
app.command()(verbs.renumber)
app.command()(health.health)
app.command()(describe.describe)
app.command()(draft.draft)
app.command()(view.view)
app.command()(draw.draw)


@app.callback()
def data() -> None:
    """Bring fashion datasets into one shape: convert, map, build, check, describe."""
