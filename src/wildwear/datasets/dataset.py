"""`Dataset`: a COCO document, held as it is. Not for reading other formats: see `formats/`."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from wildwear.datasets.documents import one_collection
from wildwear.datasets.formats import coco, document_of, guess, named
from wildwear.datasets.formats.shapes import photo_folders
from wildwear.datasets.stream import Conversion, PhotoStream, Record
from wildwear.errors import DatasetError
from wildwear.imaging.identity import find_photo, relative_name


@dataclass(repr=False)
class Dataset:
    """A COCO instance dataset whose document is the store: fields that we do not know survive load and save.

    Boxes are COCO `xywh` pixels, masks are polygons or RLE, as in https://cocodataset.org/#format-data.
    `iscrowd: 1` marks a region that is not judged; it is never an instance.
    """

    document: Record
    path: Path | None = None

    def __repr__(self) -> str:
        """Say how much it holds, not all of it: `Dataset(images=2, instances=5, path='set.json')`."""
        path = None if self.path is None else str(self.path)
        return f"Dataset(images={len(self.images)}, instances={len(self.instances())}, path={path!r})"

    @classmethod
    def load(cls, path: str | Path) -> Dataset:
        """Read a COCO file. Raises `DatasetError` naming the file and the field that is wrong."""
        return cls(coco.load(Path(path)), Path(path))

    @classmethod
    def read(
        cls, path: str | Path, format_name: str | None = None, conversion: Conversion | None = None
    ) -> Dataset:
        """Read a dataset of any format, guessed where none is named.

        Raises:
            DatasetError: it looks like no format, or is malformed.
        """
        path = Path(path) if format_name else document_of(Path(path))
        format_ = named(format_name) if format_name else guess(path)
        if format_ is coco.FORMAT:
            return cls.load(path)  # as it is, its order too
        return cls.collect(format_.read(path, conversion or Conversion()), path)

    @classmethod
    def collect(cls, stream: PhotoStream, path: Path | None = None) -> Dataset:
        """Hold a stream in memory."""
        images, annotations = [], []
        with one_collection():
            for image, of_image in stream.photos:
                images.append(image)
                annotations += of_image
        return cls({**stream.header, "images": images, "annotations": annotations}, path)

    def stream(self) -> PhotoStream:
        """The dataset photo by photo, for a writer of another format."""
        return coco.stream(self.document)

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

    @property
    def info(self) -> Record:
        """What the dataset says of itself, as a copy; some write a sentence there instead of an object."""
        info = self.document.get("info")
        return dict(info) if isinstance(info, dict) else {"description": str(info)} if info else {}

    @property
    def mask_convention(self) -> str | None:
        """`visible` where masks hold visible pixels, `with_hidden` where they include what lies behind other
        things; None where the dataset does not say."""
        convention = self.info.get("mask_convention")
        return str(convention) if convention else None

    def photo_path(self, image: Record, images_dir: str | Path | None = None) -> Path:
        """Where the photo of an image record lies: under `images_dir`, or beside the dataset's file, in
        `images/`, `photos/`, `image/` or the same folder; or where `wildwear segment` found it.

        Raises:
            DatasetError: `file_name` leads out of the folder, or there is no folder to look in.
        """
        try:
            name = relative_name(image["file_name"])
        except ValueError as error:
            raise DatasetError(f"{self.path}: image {image['id']}: file_name: {error}") from None
        if images_dir is not None:
            folders = [Path(images_dir)]
        elif self.path is not None:
            folders = self._photo_folders
        else:
            raise DatasetError("the dataset was not read from a file: say where its photos are")
        return find_photo(name, folders) or folders[0] / name

    @cached_property
    def _photo_folders(self) -> list[Path]:
        """Where the photos may lie of a dataset that has a path."""
        assert self.path is not None
        return photo_folders(self.path if self.path.is_dir() else self.path.parent)

    def restricted_to(self, images: list[Record]) -> Dataset:
        """The same dataset with only these of its images, and their annotations."""
        kept = {image["id"] for image in images}
        annotations = [annotation for annotation in self.annotations if annotation["image_id"] in kept]
        return Dataset({**self.document, "images": images, "annotations": annotations}, self.path)
