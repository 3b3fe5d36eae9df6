"""A public set on its way into a VIA project, to be named anew in the 30 categories: the thesis' own step.

Not for a map that decides without a person: see `datasets.making.mapping`.
"""

from collections.abc import Iterator

from wildwear.datasets.formats.numbering import Names
from wildwear.datasets.stream import Conversion, Photo, PhotoStream, Record
from wildwear.taxonomy import coco_categories, maps

KEYPOINTS = {"keypoints", "num_keypoints"}  # of a label that is to be replaced


def for_annotation(stream: PhotoStream, conversion: Conversion) -> PhotoStream:
    """The same photos for an annotator, their former labels in `original_label`.

    The category is one of the 30 where that label is it for sure, null where only looking can tell.

    A dataset that does not say which public set's labels it has stays as it is, and so does one that comes
    from a VIA project: it goes back as it came.
    """
    info = stream.header.get("info")
    label_set = info.get("label_set") if isinstance(info, dict) else None
    if not isinstance(info, dict) or label_set == maps.OURS or label_set not in maps.NAMES:
        return stream
    if "via" in stream.header:
        return stream
    header = stream.header | {
        "info": info | {"label_set": maps.OURS, "original_label_set": label_set},
        "categories": coco_categories(),
    }
    return PhotoStream(header, renamed(stream, maps.load(label_set), conversion), stream.total)


def renamed(stream: PhotoStream, rules: maps.LabelMap, conversion: Conversion) -> Iterator[Photo]:
    """The photos with their annotations as far as they may be garments."""
    for image, annotations in stream.photos:
        names = Names.of(stream.header)
        kept: list[Record] = []
        for annotation in annotations:
            label = names.labels[annotation["category_id"]]
            rule = rules.rule(label, names.attributes_of(annotation))
            if rule and rule.kind == "ignore":
                conversion.note(f"{label}: none of the 30, left out")
                continue
            sure = rule.categories[0].id if rule and rule.kind == "is" else None
            if sure is None:
                conversion.note(f"{label}: may be several of the 30, left for the annotator to say")
            fields = {name: value for name, value in annotation.items() if name not in KEYPOINTS}
            if len(fields) < len(annotation):
                conversion.note("keypoints of the former labels, left out")
            kept.append(fields | {"category_id": sure, "original_label": label})
        yield image, kept
