"""How often a person is shown one garment twice: pairs of what is shown that lie inside each other.

On photos nobody chose: every so many-th of a pile, without those of test sets; a part of them the model has
learnt from. Before and after are of one run, at the thresholds of the model's card: by the rule of mask IoU
alone, and as `Segmenter` shows them. Of photos that are shown otherwise, both are drawn side by side.

Run: python benchmarks/shown_twice.py default clothing-co-parsing/photos wild-pool --pictures shown-twice
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from contest import claim
from one_garment import pairs_inside, surest, two_names
from wildwear import imaging, inference
from wildwear.datasets.making import ccp30
from wildwear.datasets.making.carried import WILD780
from wildwear.datasets.making.carried import read_table as read_carried
from wildwear.inference import Prediction
from wildwear.inference.display import shown

STREET, WILD = 300, 200  # photos

NOTES = """\
`inside`: pairs of what is shown of which the smaller mask has over 70 % inside the other, of one name + of \
two; `photos`: those with such a pair.
"""


def main(
    model: Annotated[str, typer.Argument(help="`default`, a name or a file.")],
    street: Annotated[Path, typer.Argument(help="Folder of Clothing Co-Parsing's photos.")],
    wild: Annotated[Path, typer.Argument(help="Folder of LIP's photos.")],
    pictures: Annotated[Path | None, typer.Option(help="Folder for pictures of what changed.")] = None,
) -> None:
    """Count the pairs before and after, as Markdown."""
    segmenter = inference.load(model)
    tests = {row.photo for row in ccp30.read_table() if row.split == "test"}
    tests |= {row.photo for row in read_carried(WILD780) if row.split == "test"}
    print(f"{segmenter.card.name} {segmenter.card.version}\n")
    print("| photos | | shown | inside | photos |\n|" + "---|" * 5, flush=True)
    for folder, wanted in ((street, STREET), (wild, WILD)):
        photos = evenly(folder, wanted, tests)
        everything = segmenter.stream(photos, suppress=False, strict=True)
        ways = [(of_before(found), shown(found, segmenter.card.thresholds)) for found in everything]
        cells = {}
        for name, way in zip(("before", "after"), zip(*ways, strict=True), strict=True):
            cells[name] = row(f"{folder.name}, {len(photos)}", name, way)
            print("| " + " | ".join(cells[name]) + " |", flush=True)
        claim(
            f"photos that show a garment twice, of {len(photos)} of {folder.name}",
            cells["after"][-1],
            peer="the rule of IoU alone",
            beside=cells["before"][-1],
        )
        if pictures is not None:
            draw(ways, pictures / folder.name)
    print(f"\n{NOTES}")


def evenly(folder: Path, wanted: int, tests: set[str]) -> list[Path]:
    """So many photos of a folder, evenly spread by name, none of them of a test set."""
    photos = [photo for photo in sorted(folder.glob("*.jpg")) if not {photo.name, photo.stem} & tests]
    return photos[:: max(1, len(photos) // wanted)][:wanted]


def of_before(found: Prediction) -> Prediction:
    """What was shown before."""
    return surest(two_names)(found)


def row(photos: str, name: str, predictions: Iterable[Prediction]) -> list[str]:
    """The figures of one way, the cells of a row."""
    garments = touched = of_one_name = of_two = 0
    for prediction in predictions:
        alike, others = pairs_inside(prediction)
        garments, touched = garments + len(prediction), touched + bool(alike + others)
        of_one_name, of_two = of_one_name + alike, of_two + others
    return [photos, name, str(garments), f"{of_one_name} + {of_two}", str(touched)]


def draw(ways: Iterable[tuple[Prediction, Prediction]], folder: Path) -> None:
    """Photos that are shown otherwise, before and after side by side."""
    folder.mkdir(parents=True, exist_ok=True)
    for before, after in ways:
        if len(before) != len(after):
            assert isinstance(before.photo, Path)
            both = np.hstack([before.plot(), after.plot()])
            imaging.write_image(folder / before.photo.name, both)


if __name__ == "__main__":
    typer.run(main)
