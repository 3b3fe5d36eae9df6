"""`wildwear curate`: from a pile of photos to those worth annotating. One file a command."""

import typer

from wildwear.cli.curate import draw, report, scan, select, thesis

SUMMARY = "Find the photos worth annotating in a pile: measure them all, then choose."

app = typer.Typer(no_args_is_help=True, help=SUMMARY)
app.command()(scan.scan)
app.command()(draw.draw)
app.command()(select.select)
app.command()(thesis.thesis)
app.command()(report.report)


@app.callback()
def curate() -> None:
    """Find the photos worth annotating in a pile: measure them all, then choose."""
