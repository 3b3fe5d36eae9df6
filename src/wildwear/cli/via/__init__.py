"""`wildwear via`: what an annotator's notebooks did to VIA 2 projects and files of regions."""

import typer

from wildwear.cli.via import editing, exchanging, looking

SUMMARY = "Merge, check, split, renumber and count VIA 2 projects; bring them to COCO and back."

app = typer.Typer(no_args_is_help=True, help=SUMMARY)
app.command()(editing.merge)
app.command("drop-empty")(editing.drop_empty)
app.command()(looking.check)
app.command()(editing.split)
app.command()(looking.names)
app.command()(editing.renumber)
app.command()(looking.progress)
app.command("to-coco")(exchanging.to_coco)
app.command("from-coco")(exchanging.from_coco)


@app.callback()
def via() -> None:
    """Merge, check, split, renumber and count VIA 2 projects; bring them to COCO and back."""
