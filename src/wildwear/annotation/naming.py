"""What garments of a dataset are called in a project: by their names, or to be named by a person."""

from collections.abc import Callable
from dataclasses import dataclass

from wildwear.datasets import Dataset
from wildwear.datasets.formats.numbering import Names
from wildwear.datasets.stream import Record
from wildwear.errors import DatasetError
from wildwear.taxonomy import category_named, maps


@dataclass(frozen=True)
class Name:
    """What a garment is called.

    Attributes:
        category: of the 30; None where a person is to say.
        label: what it was called, where that says more.
        candidates: ids of categories that it may be, the likeliest first.
    """

    category: int | None
    label: str | None = None
    candidates: tuple[int, ...] = ()


NameOf = Callable[[Record], Name | None]
"""What the garment of an annotation is called; None for what is no garment of the 30."""


def own_names(dataset: Dataset) -> NameOf:
    """The names that a dataset in the 30 categories has.

    Raises:
        DatasetError: it is in others, of which some are named.
    """
    found = {one["id"]: category_named(str(one["name"])) for one in dataset.categories}
    names = {key: Name(one.id) for key, one in found.items() if one is not None}
    if foreign := [str(one["name"]) for one in dataset.categories if one["id"] not in names]:
        raise DatasetError(
            f"{dataset.path}: {maps.listed(foreign[:SHOWN])} are none of the 30 categories; --relabel asks "
            "for the names of such garments, and fills in those that are sure"
        )
    return lambda annotation: names[annotation["category_id"]]


def asked_names(dataset: Dataset) -> NameOf:
    """Names to be given by a person. Those of a dataset in the 30 categories are asked again; of another,
    what its label map knows for sure stands, and what may be several of the 30 is asked."""
    rules = rules_for(dataset)
    names = Names.of(dataset.document)

    def name_of(annotation: Record) -> Name | None:
        label = names.labels[annotation["category_id"]]
        rule = rules.rule(label, names.attributes_of(annotation)) if rules else None
        if rule is None:
            return Name(None, label)
        if rule.kind == "ignore":
            return None
        candidates = tuple(one.id for one in rule.categories)
        is_sure = rule.kind == "is" and rules is not None and rules.name != maps.OURS
        return Name(candidates[0], label) if is_sure else Name(None, label, candidates)

    return name_of


def rules_for(dataset: Dataset) -> maps.LabelMap | None:
    """The map of a dataset's labels to the 30; None where nobody has drawn it up."""
    label_set = dataset.info.get("label_set")
    if label_set in maps.NAMES:
        return maps.load(label_set)
    try:
        return maps.guess([str(one["name"]) for one in dataset.categories])
    except DatasetError:
        return None


SHOWN = 5  # labels that an error names
