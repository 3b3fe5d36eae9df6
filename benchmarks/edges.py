"""What it brings, and costs, that the edges of masks follow the photo's colours.

The same boxes, names and scores, with the masks as the graph gives them and as `inference/edges.py` draws
them. The price is processor time.

Run: python benchmarks/edges.py default ccp30/val.json wild780/val.json
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from unittest.mock import patch

import typer

from contest import claim
from finding import find, results
from wildwear import evaluation, inference
from wildwear.datasets import Dataset
from wildwear.imaging.arrays import FloatArray, Pixels
from wildwear.inference import Segmenter


def main(
    model: Annotated[str, typer.Argument(help="`default`, a name or a file.")],
    datasets: Annotated[list[Path], typer.Argument(help="COCO files in wildwear's categories.")],
    images: Annotated[Path | None, typer.Option(help="Folder to look for photos in.")] = None,
) -> None:
    """Compare both, as Markdown."""
    segmenter = inference.load(model)
    for path in datasets:
        dataset = Dataset.load(path)
        print(f"\n{path}: {len(dataset.images)} photos\n")
        print("| edges | AP | AP50 | AP75 | seconds a photo |\n|---|---|---|---|---|", flush=True)
        with as_the_graph_gives_them():
            before = row("as the graph gives them", segmenter, dataset, images)
        after = row("where the colours part", segmenter, dataset, images)
        for cells in (before, after):
            print("| " + " | ".join(cells) + " |", flush=True)
        claim(
            f"mask AP with edges at colours, {path.parent.name}", after[1], peer=before[0], beside=before[1]
        )


@contextmanager
def as_the_graph_gives_them() -> Iterator[None]:
    """Leave masks as they are."""

    def untouched(
        probability: FloatArray, box: FloatArray, photo: Pixels, threshold: float
    ) -> tuple[FloatArray, FloatArray]:
        return probability, box

    with patch("wildwear.inference.segmenter.at_edges", untouched):
        yield


def row(name: str, segmenter: Segmenter, dataset: Dataset, images: Path | None) -> list[str]:
    """The figures of all that is found, the cells of a row."""
    found, seconds = find(segmenter, dataset, images)
    metrics = evaluation.score(dataset, results(found), bootstrap=0)
    figures = metrics.mask.ap, metrics.mask.ap50, metrics.mask.ap75
    return [name, *(f"{figure:.3f}" for figure in figures), f"{seconds:.3f}"]


if __name__ == "__main__":
    typer.run(main)
