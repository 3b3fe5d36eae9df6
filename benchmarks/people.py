"""How often faces are found, and how often a photo's people are told: none, one, several or a selfie.

The truth was named by eye (`people_labels.csv`): 440 of the 2,000 photos of wild-pool and 50 of Clothing
Co-Parsing at random, and photos without people: 20 that scikit-image and scikit-learn ship, and 60 of
clothing-dataset at random, of garments that nobody wears. A face counts where an eye or its glasses, nose and
mouth can be made out, on a picture as well; they were counted in 325 photos, none of them of a crowd.
`several` is a photo of more than one person: those behind, out of focus, or cut off by more than half do not
count. People are told on every other photo alone, since the thresholds were set on the rest.

Run: python benchmarks/people.py wild-pool clothing-co-parsing/photos clothing-dataset/images yunet.onnx
"""

import csv
import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from contest import claim
from wildwear.curation.measuring import measure
from wildwear.curation.models import Models
from wildwear.curation.people import COLUMNS, WORDS, who
from wildwear.curation.signals.signal import Values
from wildwear.inference import find_model

LABELS = Path(__file__).with_name("people_labels.csv")
FEWEST = 20  # photos of a kind, of which a share says something
SHIPPED = {"scikit-image": ("skimage", "data"), "scikit-learn": ("sklearn", "datasets/images")}


class Label(NamedTuple):
    """What a photo shows by eye.

    Attributes:
        photo: FOLDER/NAME.
        faces: how many; None where they were not counted.
        people: one of `WORDS`.
    """

    photo: str
    faces: int | None
    people: str


def labels() -> list[Label]:
    """Those of all photos, in the order of their names."""
    with LABELS.open(newline="", encoding="utf-8") as file:
        return [
            Label(row["photo"], int(row["faces"]) if row["faces"] else None, row["people"])
            for row in csv.DictReader(file)
        ]


def shipped(package: str, folder: str) -> Path:
    """Where a package keeps its photos. Raises `SystemExit` where it is not installed."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise SystemExit(f"{package}: is not installed; pip install scikit-image scikit-learn")
    return Path(found.origin).parent / folder


def found(folders: Mapping[str, Path], photos: Sequence[str], models: Models) -> dict[str, Values]:
    """What is measured of each photo. Raises `SystemExit` where one cannot be read."""
    values = {}
    for photo in photos:
        folder, name = photo.split("/")
        values[photo] = measure(folders[folder] / name, ["faces", "garments"], models)
        if "failure" in values[photo]:
            raise SystemExit(f"{folders[folder] / name}: {values[photo]['failure']}")
    return values


def faces(truth: Sequence[Label], values: Mapping[str, Values]) -> Iterator[str]:
    """How often a face is found where there is one, and as many as there are."""
    counted = [(label.faces, values[label.photo]["faces"]) for label in truth if label.faces is not None]
    right = sum(bool(there and seen) for there, seen in counted)
    seen, there = sum(bool(seen) for _, seen in counted), sum(bool(there) for there, _ in counted)
    equal = sum(there == seen for there, seen in counted)
    claim("faces are found: precision and recall", f"{share(right, seen)}, {share(right, there)}")
    yield f"{len(counted)} photos, {there} of them with a face\n"
    yield "| | precision | recall | as many as by eye |\n|---|---|---|---|"
    yield f"| `faces > 0` | {share(right, seen)} | {share(right, there)} | {share(equal, len(counted))} |"


def people(truth: Sequence[Label], values: Mapping[str, Values]) -> Iterator[str]:
    """How often each word is right, and how often it is said where it is right."""
    said = {photo: who(*(row[column] for column in COLUMNS)) for photo, row in values.items()}
    yield f"{len(truth)} photos that no threshold was set on\n"
    yield "| people | precision | recall |\n|---|---|---|"
    for word in WORDS:
        there = [label for label in truth if label.people == word]
        called = [label for label in truth if said[label.photo] == word]
        right = sum(said[label.photo] == word for label in there)
        if len(there) < FEWEST:
            yield f"| {word} | not measured | not measured: {len(there)} photos |"
        else:
            yield f"| {word} | {share(right, len(called))} | {share(right, len(there))} |"
    right = sum(said[label.photo] == label.people for label in truth)
    claim("the people of photos are told", share(right, len(truth)))
    yield f"| all | {share(right, len(truth))} | |"


def share(some: int, of_all: int) -> str:
    """A part as people read it."""
    return f"{some / max(1, of_all):.3f} ({some}/{of_all})"


def main(
    wild: Annotated[Path, typer.Argument(help="The 2,000 photos of wild-pool.")],
    street: Annotated[Path, typer.Argument(help="The photos of Clothing Co-Parsing.")],
    closet: Annotated[Path, typer.Argument(help="The photos of clothing-dataset.")],
    face_model: Annotated[Path, typer.Argument(help="YuNet, .onnx.")],
    model: Annotated[str, typer.Option(help="That finds garments.")] = "default",
) -> None:
    """Print both tables."""
    folders = {"wild-pool": wild, "ccp": street, "clothing-dataset": closet}
    folders |= {name: shipped(*place) for name, place in SHIPPED.items()}
    truth = labels()
    models = Models(face_model, find_model(model))
    values = found(folders, [label.photo for label in truth], models)
    for line in (*faces(truth, values), "", *people(truth[1::2], values)):
        print(line)


if __name__ == "__main__":
    typer.run(main)
