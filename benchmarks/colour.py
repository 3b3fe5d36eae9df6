"""How well a photo without colours is told from one in colour, by our measure and by the thesis' rule.

The truth was named by eye (`colour_labels.csv`): of the 2,000 photos of wild-pool the 170 with the least
spread of tints or that the thesis calls grey, on sheets in the order of that spread, and 300 of the others at
random. A grey photo with a coloured speck at its edge is grey, one in two tints by lightness monotone. Found
means not in colour: `color <> 'color'`; by the thesis grey, black and white or monochrome.

Run: python benchmarks/colour.py wild-pool
"""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from contest import claim
from wildwear.curation.measuring import measure
from wildwear.curation.models import Models

LABELS = Path(__file__).with_name("colour_labels.csv")
IN_COLOUR = {"color": {"color"}, "thesis_color": {"color", "maybe_color", "no_idea"}}
NAMES = {"color": "wildwear", "thesis_color": "thesis"}


def labels() -> dict[str, str]:
    """What each photo is by eye, by its name: grey, near_grey, monotone or color."""
    with LABELS.open(newline="", encoding="utf-8") as file:
        return {row["photo"]: row["color"] for row in csv.DictReader(file)}


def found(folder: Path, photos: Mapping[str, str]) -> dict[str, dict[str, bool]]:
    """Whether each photo is without colour, by each measure.

    Raises:
        SystemExit: a photo is not in the folder.
    """
    answers: dict[str, dict[str, bool]] = {column: {} for column in IN_COLOUR}
    for photo in photos:
        values = measure(folder / photo, ["colour", "thesis"], Models())
        if "failure" in values:
            raise SystemExit(f"{folder / photo}: {values['failure']}")
        for column, in_colour in IN_COLOUR.items():
            answers[column][photo] = values[column] not in in_colour
    return answers


def table(truth: Mapping[str, str], answers: Mapping[str, Mapping[str, bool]]) -> Iterator[str]:
    """Precision and recall of photos without colour, and what was missed, in Markdown."""
    without = {photo for photo, label in truth.items() if label != "color"}
    yield "| | precision | recall | in colour, taken for grey | missed |"
    yield "|---|---|---|---|---|"
    figures: list[str] = []
    for column, answer in answers.items():
        said = {photo for photo, is_without in answer.items() if is_without}
        right = len(said & without)
        kinds = Counter(truth[photo] for photo in sorted(without - said))
        precision, recall = right / max(1, len(said)), right / max(1, len(without))
        figures.append(f"{precision:.3f}, {recall:.3f}")
        missed = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common()) or "none"
        yield (
            f"| {NAMES[column]} | {precision:.3f} ({right}/{len(said)}) "
            f"| {recall:.3f} ({right}/{len(without)}) | {len(said - without)} | {missed} |"
        )
    ours, *theirs = figures
    claim(
        "photos without colours, precision and recall",
        ours,
        peer="the thesis' rule",
        beside=", ".join(theirs),
    )


def main(folder: Annotated[Path, typer.Argument(help="The 2,000 photos of wild-pool.")]) -> None:
    """Print the table."""
    truth = labels()
    counts = ", ".join(f"{count} {kind}" for kind, count in Counter(truth.values()).most_common())
    print(f"{len(truth)} photos by eye: {counts}\n")
    for line in table(truth, found(folder, truth)):
        print(line)


if __name__ == "__main__":
    typer.run(main)
