"""What it brings, and costs, to look at a photo again: in a mirror (`--flip`), in close-ups (`--zoom`).

On each dataset, and on group photos made of it: photos side by side, three by three, as large as they are, so
that people are small in them. Nothing is chosen here; thresholds are those of the model's card. The price is
processor time.

Run: python benchmarks/looking_twice.py default ccp30/val.json wild780/val.json
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import numpy as np
import typer

from contest import claim
from finding import find, results
from wildwear import evaluation, imaging, inference
from wildwear.datasets import Dataset
from wildwear.imaging import encode_crop
from wildwear.inference import Segmenter

ALONG = 3  # photos along each side of a group photo
GREY = 114  # between them

WAYS = {  # of looking: flip, zoom
    "once": (False, False),
    "`--flip`": (True, False),
    "`--zoom`": (False, True),
    "both": (True, True),
}


def main(
    model: Annotated[str, typer.Argument(help="`default`, a name or a file.")],
    datasets: Annotated[list[Path], typer.Argument(help="COCO files in wildwear's categories.")],
    images: Annotated[Path | None, typer.Option(help="Folder to look for photos in.")] = None,
) -> None:
    """Compare the ways of looking, as Markdown."""
    for path in datasets:
        dataset = Dataset.load(path)
        table(f"{path}: {len(dataset.images)} photos", dataset, images, model)
        with TemporaryDirectory() as folder:
            groups = group_photos(dataset, images, Path(folder))
            table(f"{path}: {len(groups.images)} group photos made of it", groups, None, model)


def table(title: str, dataset: Dataset, images: Path | None, model: str) -> None:
    """Print the figures of every way of looking."""
    print(f"\n{title}\n\n| looked | AP | AP50 | F1 | precision | recall | shown | seconds a photo |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    looked = {}
    for name, (flip, zoom) in WAYS.items():
        segmenter = inference.load(model, flip=flip, zoom=zoom)
        cells = row(name, segmenter, dataset, images)
        print("| " + " | ".join(cells) + " |", flush=True)
        looked[name] = cells
    claim(
        f"mask AP looked at twice (both), {Path(title).name}",
        looked["both"][1],
        peer="once",
        beside=f"{looked['once'][1]}; {looked['both'][-1]} against {looked['once'][-1]} s",
    )


def row(name: str, segmenter: Segmenter, dataset: Dataset, images: Path | None) -> list[str]:
    """The figures of a way of looking, the cells of a row."""
    found, seconds = find(segmenter, dataset, images)
    displayed = results(found, segmenter.card.thresholds)
    metrics = evaluation.score(dataset, results(found), displayed=displayed, bootstrap=0)
    seen = metrics.displayed
    assert seen is not None
    figures = (metrics.mask.ap, metrics.mask.ap50, seen.f1, seen.precision, seen.recall)
    return [name, *(f"{figure:.3f}" for figure in figures), str(len(displayed)), f"{seconds:.2f}"]


def group_photos(dataset: Dataset, images: Path | None, folder: Path) -> Dataset:
    """Photos of a dataset side by side, with their garments; those left over when the last is full go."""
    garments: dict[int, list[dict[str, Any]]] = {}
    for annotation in dataset.annotations:
        garments.setdefault(annotation["image_id"], []).append(annotation)
    document: dict[str, Any] = {
        "info": dataset.info,
        "categories": dataset.categories,
        "images": [],
        "annotations": [],
    }
    for number, group in enumerate(whole_groups(dataset.images), start=1):
        height, width = (max(image[side] for image in group) for side in ("height", "width"))
        size = height * ALONG, width * ALONG
        canvas = np.full((*size, 3), GREY, dtype=np.uint8)
        for place, image in enumerate(group):
            top, left = place // ALONG * height, place % ALONG * width
            photo = imaging.read_photo(dataset.photo_path(image, images))
            canvas[top : top + len(photo), left : left + photo.shape[1]] = photo
            for garment in garments.get(image["id"], []):
                mask = imaging.decode(imaging.as_rle(garment["segmentation"], photo.shape[:2]))
                moved = encode_crop(mask, top, left, size)
                document["annotations"].append(
                    garment
                    | {"id": len(document["annotations"]) + 1, "image_id": number}
                    | {"segmentation": moved, "bbox": imaging.bbox(moved), "area": imaging.area(moved)}
                )
        name = f"{number}.png"
        imaging.write_image(folder / name, canvas)
        document["images"].append({"id": number, "file_name": name, "width": size[1], "height": size[0]})
    return Dataset(document, folder / "groups.json")


def whole_groups(images: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """As many images as a group photo holds, one group after the other."""
    each = ALONG * ALONG
    yield from (images[first : first + each] for first in range(0, len(images) - each + 1, each))


if __name__ == "__main__":
    typer.run(main)
