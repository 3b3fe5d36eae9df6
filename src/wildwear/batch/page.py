"""What a batch found, on one page. Not for what it says: see `summary.py`."""

from wildwear.batch.summary import MOST_GARMENTS, TENTHS, Summary
from wildwear.reporting import counted, plain_name, render, two_digits
from wildwear.reporting.dominant_colours import NAMES
from wildwear.reporting.plots import Bar, Row, rows
from wildwear.taxonomy import category


def page(name: str, summary: Summary) -> str:
    """A page of HTML, which needs nothing else.

    Args:
        name: of the batch.
        summary: what it says.
    """
    parts = render(
        "batch.html",
        style=["report.css", "plots.css"],
        title=f"{name}: {counted(summary.garments, 'garment')} in {counted(summary.done, 'photo')}",
        summary=summary,
        categories=category_rows(summary),
        a_photo=bars([*map(str, range(MOST_GARMENTS + 1)), "more"], summary.a_photo),
        scores=bars([f"0.{tenth} to {(tenth + 1) / TENTHS:.1f}" for tenth in range(TENTHS)], summary.scores),
        colours=[
            Row(row.label, row.bars, NAMES.get(row.label, ""))
            for row in bars([name for name, _ in summary.colours], [count for _, count in summary.colours])
        ],
        months=bars([month for month, _ in summary.months], [count for _, count in summary.months]),
    )
    return "".join(parts)


def bars(labels: list[str], counts: list[int]) -> list[Row]:
    """Rows of counts."""
    return rows(labels, [counts], [[f"{count:,}" for count in counts]])


def category_rows(summary: Summary) -> list[Row]:
    """A row a category: how many garments, in how many photos, how sure, how large."""
    most = max((one.garments for one in summary.categories), default=1)
    return [
        Row(
            plain_name(one.name),
            [
                Bar(
                    one.garments / most,
                    f"{one.garments:,}",
                    f"in {counted(one.photos, 'photo')}, score {two_digits(one.score)}, "
                    f"{one.area_share:.1%} of the photo",
                )
            ],
            category(one.name).hex,
            detail=", ".join(one.colours),
        )
        for one in summary.categories
    ]
