"""How much of what a network is given in training is grey: steps as they are drawn, and like beside like.

A count of pixels over a few epochs, for the runs on street and wild photos. No photo is read.

Run: python benchmarks/padding.py TRAIN.json... [--runs wildwear-s-street …] [--epochs 5]
"""

import argparse
from collections.abc import Sequence
from math import prod
from pathlib import Path

from contest import claim
from wildwear.datasets import Conversion, Dataset
from wildwear.datasets.making.merging import merge
from wildwear.models.mask_rcnn import MULTIPLE
from wildwear.training import RunConfig, load_config
from wildwear.training.loading import batches_of
from wildwear.training.order import Batches, Draw

RUNS, EPOCHS = ("wildwear-s-street", "wildwear-s-street-close"), 5


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(description="Padding of training's steps, drawn and like beside like.")
    parser.add_argument("files", nargs="+", type=Path, help="COCO files to learn from")
    parser.add_argument("--runs", nargs="+", default=RUNS, help="configs by name or path")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="that are counted")
    arguments = parser.parse_args()
    names = [str(path) for path in arguments.files]
    train = merge([Dataset.load(path) for path in arguments.files], names, Conversion(), apart=True)
    print(f"{len(train.images):,} photos of {', '.join(names)}, {arguments.epochs} epochs")
    for run in arguments.runs:
        config = load_config(run)
        drawn, alike = padding(train, config, arguments.epochs)
        figure = f"{alike:.1%} of the views' pixels"
        claim(f"padding of a step, {run}", figure, peer="steps as drawn", beside=f"{drawn:.1%}")
        print(
            f"{run} ({config.batch} photos a step): {drawn:.1%} of the views' pixels as drawn, "
            f"{alike:.1%} like beside like, {alike / drawn:.2f} times"
        )


def padding(train: Dataset, config: RunConfig, epochs: int) -> tuple[float, float]:
    """Grey pixels as a share of those of the views: of steps as they are drawn, and like beside like."""
    batches = batches_of(train, config)
    drawn, alike = [], []
    for epoch in range(epochs):
        batches.sampler.set_epoch(epoch)
        drawn += in_the_order_drawn(batches)
        alike += batches.steps()
    return grey(drawn, batches), grey(alike, batches)


def in_the_order_drawn(batches: Batches) -> list[list[Draw]]:
    """What the steps of an epoch would be if nothing were put like to like."""
    draws = sorted((draw for step in batches.steps() for draw in step), key=lambda draw: draw.seed)
    return [draws[at : at + batches.batch] for at in range(0, len(draws), batches.batch)]


def grey(steps: Sequence[Sequence[Draw]], batches: Batches) -> float:
    """Pixels beside the views of steps, each padded to its largest, as a share of the views' own."""
    views = [[batches.sizes(draw) for draw in step] for step in steps]
    padded = 0
    for step in views:
        sides = zip(*step, strict=True)
        padded += len(step) * prod(MULTIPLE * -(-max(side) // MULTIPLE) for side in sides)
    return padded / sum(height * width for step in views for height, width in step) - 1


if __name__ == "__main__":
    main()
