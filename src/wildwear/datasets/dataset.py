"""`Dataset`: a COCO document, held as it is. Not for reading other formats: see `formats/`."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wildwear.datasets.formats import coco
from wildwear.errors import DatasetError

Record = dict[str, Any]


@dataclass
class Dataset:
    """A COCO instance dataset whose document is the store: fields that we do not know survive load and save.

    Boxes are COCO `xywh` pixels, masks are polygons or RLE, as in https://cocodataset.org/#format-data.
    `iscrowd: 1` marks a region that is not judged; it is never an instance.
    """

    document: Record
    path: Path | None = None

    @classmethod
    def load(cls, path: str | Path) -> Dataset:
        """Read a COCO file. Raises `DatasetError` naming the file and the field that is wrong."""
        return cls(coco.load(Path(path)), Path(path))

    def save(self, path: str | Path) -> None:
        """Write the document to `path`, whole or not at all."""
        coco.save(self.document, Path(path))

    @property
    def images(self) -> list[Record]:
        """The image records: `id`, `file_name`, `width`, `height` (px) and whatever else they carry."""
        records: list[Record] = self.document["images"]
        return records

    @property
    def annotations(self) -> list[Record]:
        """All annotation records, regions that are not judged included."""
        records: list[Record] = self.document["annotations"]
        return records

    @property
    def categories(self) -> list[Record]:
        """The category records: `id`, `name`."""
        records: list[Record] = self.document["categories"]
        return records

    def instances(self) -> list[Record]:
        """The annotations that stand for a garment: all but the `iscrowd` regions."""
        return [annotation for annotation in self.annotations if not annotation.get("iscrowd")]

    def annotations_by_image(self) -> dict[int, list[Record]]:
        """Annotation records by image id; images without any are absent."""
        grouped: dict[int, list[Record]] = defaultdict(list)
        for annotation in self.annotations:
            grouped[annotation["image_id"]].append(annotation)
        return dict(grouped)

    def instances_by_category(self) -> dict[int, int]:
        """Number of instances by category id, zero for the categories that do not occur."""
        counts = {category["id"]: 0 for category in self.categories}
        for annotation in self.instances():
            counts[annotation["category_id"]] += 1
        return counts

    def photo_path(self, image: Record, images_dir: str | Path | None = None) -> Path:
        """Where the photo of an image record lies: under `images_dir`, or `images/` beside the dataset's
        file.

        Raises:
            DatasetError: `file_name` leads out of the folder, or there is no folder to look in.
        """
        if images_dir is None:
            if self.path is None:
                raise DatasetError("the dataset was not read from a file: say where its photos are")
            images_dir = self.path.parent / "images"
        relative = Path(image["file_name"])
        if relative.is_absolute() or ".." in relative.parts:
            raise DatasetError(
                f"{self.path}: image {image['id']}: file_name {str(relative)!r} leaves its folder"
            )
        return Path(images_dir) / relative

    def restricted_to(self, images: list[Record]) -> Dataset:
        """The same dataset with only these of its images, and their annotations."""
        kept = {image["id"] for image in images}
        annotations = [annotation for annotation in self.annotations if annotation["image_id"] in kept]
        return Dataset({**self.document, "images": images, "annotations": annotations}, self.path)
