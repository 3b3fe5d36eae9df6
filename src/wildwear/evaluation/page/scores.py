"""What scores promise and what they keep, for people: charts and bars, and the page of a calibration."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wildwear.evaluation.explanation.calibration import Bin, Reliability
from wildwear.files import replacing
from wildwear.reporting import counted, render
from wildwear.reporting.line_charts import Line, LineChart, line_chart
from wildwear.reporting.plots import Bar, Row

if TYPE_CHECKING:
    from wildwear.evaluation.choosing import Choice


def write_calibration(path: str | Path, choice: "Choice", model: str) -> None:
    """Write the page that shows scores before and after: a file that needs nothing else.

    Args:
        path: the HTML file.
        choice: what `choose_display` returned.
        model: its name.

    Raises:
        OutputError: the page cannot be written.
    """
    stages = {"before": choice.promised, "after": choice.kept}
    page = render(
        "calibration.html",
        style=("plots.css", "report.css", "line_charts.css"),
        script=("line_charts.js",),
        title=f"What scores of {model} are worth",
        about=f"{choice.promised.detections:,} garments, found on the photos of "
        f"{counted(len(choice.after), 'val set')}.",
        chart=calibration_chart(stages),
        bars=score_rows(*stages.values()),
        names=list(stages),
        errors=[f"{one.error:.3f} {name}" for name, one in stages.items()],
    )
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.writelines(page)


def calibration_chart(stages: Mapping[str, Reliability]) -> LineChart:
    """The share of right detections over their scores, a line for each of some reliabilities by its name."""
    ends = np.array([0.0, 1.0])
    lines = [Line("as promised", 9, ends, ends, "thin")]
    for number, (name, one) in enumerate(stages.items()):
        filled = [part for part in one.bins if part.count]
        scores, right = ([getattr(part, field) for part in filled] for field in ("score", "right"))
        lines.append(Line(name, number, np.array(scores), np.array(right)))
    return line_chart(
        "Share of right detections over their score",
        lines,
        bottom=0,
        top=1,
        digits=2,
        end=1,
        across="score",
    )


def score_rows(*stages: Reliability) -> list[Row]:
    """How many detections there are of each score, and how many are right: a bar a reliability."""
    return [
        Row(f"{ones[0].low:.1f} to {ones[0].high:.1f}", [share_right(one) for one in ones])
        for ones in zip(*(stage.bins for stage in stages), strict=True)
    ]


def share_right(one: Bin) -> Bar:
    """The share of a bin that is right."""
    return Bar(one.right, f"{one.right:.0%}", f"of {one.count:,}") if one.count else Bar(None, "none")
