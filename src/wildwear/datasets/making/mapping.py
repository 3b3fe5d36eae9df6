"""Carries a dataset's labels over to the 30 categories by a label map. Not for what the maps say: see
`taxonomy.maps`.

A mask whose label *is* a category becomes an instance of it; one whose label is *ambiguous* a region that is
not judged; one whose label is to be *ignored* is left out. The report accounts for each of them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from wildwear import imaging, taxonomy
from wildwear.datasets.converting import convert
from wildwear.datasets.dataset import Dataset
from wildwear.datasets.formats import FORMATS
from wildwear.datasets.formats.numbering import Names
from wildwear.datasets.stream import Conversion, Format, Photo, PhotoStream, Record
from wildwear.errors import DatasetError, MaskError
from wildwear.taxonomy.maps import NAMES, OURS, LabelMap, Rule, guess, load

PAIR = 2  # shoes
COUNTS = ("masks", "kept", "not_judged", "left_out", "instances", "regions")
SHAPE = ("image_id", "segmentation", "bbox", "area")


@dataclass
class Fate:
    """What became of the masks of one label, or of those that one rule by attributes decided.

    Each of the `masks` was kept, not judged or left out. `instances` and `regions` count what was written:
    they may be fewer, since two shoes make one, and a region is one in however many categories.
    """

    rule: Rule
    masks: int = 0
    kept: int = 0
    not_judged: int = 0
    left_out: int = 0
    instances: int = 0
    regions: int = 0


@dataclass
class MapReport:
    """What a map made of a dataset: `fates` by the dataset's own labels, filled as the photos go by.

    Those that attributes decided stand apart, as `pants: leggings`.
    """

    label_map: LabelMap
    photos: int = 0
    fates: dict[str, Fate] = field(default_factory=dict)
    unknown: Counter[str] = field(default_factory=Counter)  # labels without a rule

    def count(self, label: str, attributes: Sequence[str] = ()) -> Fate | None:
        """Count one more mask of this label, whose fate is still open; None where the map has no rule."""
        rule = self.label_map.rule(label, attributes)
        if rule is None:
            self.unknown[label] += 1
            return None
        fate = self.fates.setdefault(rule.title if rule.attributes else label, Fate(rule))
        fate.masks += 1
        return fate

    def instances_by_category(self) -> Counter[str]:
        """Number of instances written by the category's name; those without any are absent."""
        counts: Counter[str] = Counter()
        for fate in self.fates.values():
            if fate.instances:
                counts[fate.rule.categories[0].name] += fate.instances
        return counts

    def to_dict(self) -> dict[str, Any]:
        """Plain dicts, lists and numbers for JSON."""
        return {
            "map": self.label_map.name,
            "photos": self.photos,
            "labels": [
                {
                    "label": label,
                    "kind": fate.rule.kind,
                    "categories": [category.name for category in fate.rule.categories],
                    **{count: getattr(fate, count) for count in COUNTS},
                }
                for label, fate in self.fates.items()
            ],
            "instances_by_category": dict(self.instances_by_category()),
            "not_labelled": [category.name for category in self.label_map.not_labelled],
        }


def map_dataset(
    source: Path,
    target: Path,
    read: Format,
    conversion: Conversion,
    label_map: LabelMap | None = None,
    *,
    overwrite: bool = False,
    progress: Callable[[int, int | None], None] = lambda done, total: None,
) -> MapReport:
    """Write a dataset as COCO in the 30 categories.

    Args:
        source: file or folder to read.
        target: the .json file to write.
        read: the format of the source.
        conversion: what the reader is told; afterwards, what it has to say.
        label_map: guessed by `map_for` where none is given.
        overwrite: replace what lies at the target.
        progress: called with the number of photos done, and of all where that is known.

    Raises:
        DatasetError: the source is malformed; no map can be guessed; or the map lacks labels that occur, all
            of which are named: then nothing is written.
        OutputError: the target exists, or is the source.
    """
    if target.suffix != ".json":
        raise DatasetError(
            f"{target}: expected a .json file, for COCO; `wildwear data convert` goes on from there"
        )
    reports = []

    def read_mapped(path: Path, told: Conversion) -> PhotoStream:
        stream = read.read(path, told)
        try:
            report = MapReport(label_map or map_for(stream))
        except DatasetError as error:
            raise DatasetError(f"{path}: {error}") from error
        reports.append(report)
        return mapped(stream, report, str(path))

    mapping = replace(read, read=read_mapped)
    convert(source, target, mapping, FORMATS["coco"], conversion, overwrite=overwrite, progress=progress)
    return reports[0]


def map_for(stream: PhotoStream) -> LabelMap:
    """The map for a dataset: what its `info.label_set` says, or else what its labels look like.

    Where no map knows all that are listed, those that occur decide: Roboflow lists a root that no mask has.
    To know them, the photos are then held in memory.

    Raises:
        DatasetError: no map knows all labels that occur, or several do and disagree.
    """
    label_set = Dataset(stream.header).info.get("label_set")
    if label_set in NAMES:
        return load(label_set)
    listed = {category["id"]: str(category["name"]) for category in stream.header["categories"]}
    try:
        return guess(list(listed.values()))
    except DatasetError:
        photos = list(stream.photos)
        stream.photos = iter(photos)
        occurring = {annotation["category_id"] for _, of_image in photos for annotation in of_image}
        return guess([name for category_id, name in listed.items() if category_id in occurring])


def mapped(stream: PhotoStream, report: MapReport, where: str = "the dataset") -> PhotoStream:
    """The same photos with their labels carried over by `report.label_map`.

    Annotations are numbered anew; each has its `original_label`, and `original_ids`: the annotations that it
    was made from. The map, the former label set and the categories that no label stands for (`not_labelled`)
    are named in `info`; the former categories, which numbers in the annotations may refer to (the landmarks
    of DeepFashion2 do), stay as `original_categories`.

    Args:
        stream: any dataset.
        report: holds the map, and is filled as the photos go by.
        where: what to call the dataset in an error.

    Raises:
        DatasetError: once all photos have gone by, naming every label that has no rule.
    """
    header: Record = {}
    complete(header, stream.header, report.label_map)

    def photos() -> Iterator[Photo]:
        written = 0
        for image, of_image in stream.photos:
            records = map_photo(image, of_image, Names.of(stream.header), report, where)
            for number, record in enumerate(records, start=written + 1):
                record["id"] = number
            written += len(records)
            report.photos += 1
            yield image, records
        if report.unknown:
            known = ", ".join(f"{label!r} ({count:,})" for label, count in report.unknown.most_common())
            raise DatasetError(
                f"{where}: the label map {report.label_map.name} has no row for {known}. Write a map of your "
                f"own: `wildwear taxonomy maps {report.label_map.name} --csv` prints one to start from."
            )
        complete(header, stream.header, report.label_map)  # the reader may have met more on the way

    return PhotoStream(header, photos(), stream.total)


def complete(header: Record, original: Record, label_map: LabelMap) -> None:
    """Say in `header` what the dataset is now, beside all that it said of itself; what an earlier mapping
    said of its provenance stays."""
    info = Dataset(original).info
    provenance = {
        "label_map": label_map.name,
        "not_labelled": [category.name for category in label_map.not_labelled],
    }
    if info.get("label_set", OURS) != OURS:
        provenance["original_label_set"] = info["label_set"]
    header.update({"original_categories": original["categories"]} | original)
    header["categories"] = taxonomy.coco_categories()
    header["info"] = provenance | info | {"label_set": OURS}


def map_photo(
    image: Record, annotations: list[Record], names: Names, report: MapReport, where: str
) -> list[Record]:
    """One photo's annotations after mapping, without ids of their own; counts them into the report."""
    groups: dict[object, tuple[str, Fate, list[Record]]] = {}
    for annotation in annotations:
        label = names.labels[annotation["category_id"]]
        fate = report.count(label, names.attributes_of(annotation))
        if fate is None:
            continue
        if fate.rule.kind == "ignore":
            fate.left_out += 1
        elif fate.rule.one_mask_a_shoe and annotation.get("segmentation") and not annotation.get("iscrowd"):
            groups.setdefault(label, (label, fate, []))[2].append(annotation)
        else:
            groups[len(groups)] = label, fate, [annotation]

    records: list[Record] = []
    for label, fate, members in groups.values():
        ids = [identity for one in members for identity in origin(one)]
        whole = {"original_label": label} | members[0] | {"original_ids": ids}
        if len(members) > 1:
            whole |= union(members, image, where)
        # More than two shoes are those of several people: nobody knows which make a pair.
        if fate.rule.kind == "is" and not whole.get("iscrowd") and len(members) <= PAIR:
            fate.kept += len(members)
            fate.instances += 1
            records.append(whole | {"category_id": fate.rule.categories[0].id, "iscrowd": 0})
        else:
            fate.not_judged += len(members)
            fate.regions += 1
            records += region(whole, fate.rule)
    return records


def origin(annotation: Record) -> list[Any]:
    """The ids of the annotations that this one was made from, by an earlier mapping; else its own."""
    earlier = annotation.get("original_ids")
    return earlier if isinstance(earlier, list) else [annotation["id"]]


def region(annotation: Record, rule: Rule) -> list[Record]:
    """A region that is not judged: `iscrowd: 1`, once in each category that it may be.

    Not in all 30, as CCP-30 has it for garments that none of them describes: evaluation forgives what is
    found in a category's own regions, so that where a coat or a jacket is, neither is wrong and a skirt still
    is. Training takes no negatives there, whichever the category: it keeps one map a photo of what is not
    judged. The first of the annotations keeps all that the source said, the others repeat the shape alone.
    """
    shape = {key: annotation[key] for key in (*SHAPE, "original_label", "original_ids") if key in annotation}
    return [
        (shape if place else annotation) | {"category_id": category.id, "iscrowd": 1}
        for place, category in enumerate(rule.categories)
    ]


def union(annotations: list[Record], image: Record, where: str) -> Record:
    """`segmentation`, `bbox` (`xywh` px) and `area` (px) of several annotations of one photo together."""
    shapes = [annotation["segmentation"] for annotation in annotations]
    try:
        size = image.get("height"), image.get("width")
        known = (size[0], size[1]) if size[0] and size[1] else extent(shapes)
        mask = imaging.union([imaging.as_rle(shape, known) for shape in shapes])
    except (MaskError, TypeError, ValueError, LookupError) as error:
        ids = ", ".join(str(annotation["id"]) for annotation in annotations)
        raise DatasetError(f"{where}: annotations {ids}: segmentation: {error}") from error
    polygons = all(isinstance(shape, list) for shape in shapes)
    return {
        "segmentation": [part for shape in shapes for part in shape] if polygons else mask,
        "bbox": imaging.bbox(mask),
        "area": float(imaging.area(mask)),
    }


def extent(shapes: list[Any]) -> tuple[int, int]:
    """(height, width) px of a photo whose size nobody knows: that of an RLE, or as far as polygons reach."""
    for shape in shapes:
        if isinstance(shape, dict):
            return shape["size"][0], shape["size"][1]
    points = [float(value) for shape in shapes for part in shape for value in part]
    return max(1, math.ceil(max(points[1::2]))), max(1, math.ceil(max(points[::2])))
