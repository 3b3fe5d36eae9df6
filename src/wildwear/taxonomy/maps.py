"""Label maps: what each label of another dataset is in the 30. Not for applying one: see
`datasets.mapping`.

A map is a CSV file, one label a row. `kind` says what becomes of it: it *is* one of the 30 categories; it is
*ambiguous*, one of several or none at all, which only looking at the photo could tell; or *ignore*: nothing
of the 30. More rows of a label say what it is where a mask has one of their `attributes`: pants that are
`leggings`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product
from pathlib import Path
from typing import Literal, get_args

from wildwear.errors import DatasetError
from wildwear.taxonomy.categories import CATEGORIES, Category, UnknownCategoryError, category
from wildwear.taxonomy.words import squeeze

Kind = Literal["is", "ambiguous", "ignore"]
KINDS: tuple[Kind, ...] = get_args(Kind)

OURS = "wildwear30"
NAMES = (OURS, "deepfashion2", "modanet", "fashionpedia", "ccp", "coco")
"""The maps that the package carries, by the `label_set` that each is for."""

COLUMNS = ("label", "aliases", "attributes", "kind", "categories", "one_mask_a_shoe", "why")
REQUIRED = ("label", "kind", "categories")
SEPARATOR = ";"  # between aliases, attributes, categories


@dataclass(frozen=True)
class Rule:
    """What becomes of one label.

    Attributes:
        label: as the dataset spells it.
        kind: whether it is a category, may be several, or is none.
        categories: the one that it is; the candidates, likeliest first; or nothing.
        aliases: other spellings, and its number where a dataset names no labels at all.
        attributes: where there are any, the rule is for masks with one of these alone.
        one_mask_a_shoe: the dataset masks each shoe by itself, where one pair is one instance of ours.
        why: what the decision rests on.
    """

    label: str
    kind: Kind
    categories: tuple[Category, ...] = ()
    aliases: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    one_mask_a_shoe: bool = False
    why: str = ""

    @property
    def spellings(self) -> tuple[str, ...]:
        """Label and aliases."""
        return (self.label, *self.aliases)

    @property
    def title(self) -> str:
        """The label, and the attributes that the rule is for: `pants: leggings`."""
        return f"{self.label}: {', '.join(self.attributes)}" if self.attributes else self.label

    @property
    def meaning(self) -> tuple[Kind, frozenset[Category], bool]:
        """What it makes of a label, to compare it with other rules."""
        return self.kind, frozenset(self.categories), self.one_mask_a_shoe


@dataclass(frozen=True)
class LabelMap:
    """From the labels of one dataset to the 30."""

    name: str
    rules: tuple[Rule, ...]

    @cached_property
    def by_spelling(self) -> dict[str, Rule]:
        """The rules of labels whatever their attributes, by every spelling that they are known under,
        squeezed."""
        return {
            squeeze(spelling): rule
            for rule in self.rules
            if not rule.attributes
            for spelling in rule.spellings
        }

    @cached_property
    def by_attribute(self) -> dict[tuple[str, str], Rule]:
        """The rules for some attributes, by label and attribute, squeezed."""
        return {
            (squeeze(rule.label), squeeze(attribute)): rule
            for rule in self.rules
            for attribute in rule.attributes
        }

    def rule(self, label: str, attributes: Iterable[str] = ()) -> Rule | None:
        """The rule of a label; case, plural, hyphens and other signs between words do not matter.

        The attributes of a mask decide where the map has rules for them that agree.
        """
        rule = self.by_spelling.get(squeeze(label))
        if rule is None:
            return None
        keys = ((squeeze(rule.label), squeeze(attribute)) for attribute in attributes)
        finer = [self.by_attribute[key] for key in keys if key in self.by_attribute]
        return finer[0] if len({one.meaning for one in finer}) == 1 else rule

    def unknown(self, labels: Collection[str]) -> list[str]:
        """The labels that have no rule, in alphabetical order."""
        return sorted({label for label in labels if self.rule(label) is None})

    @property
    def not_labelled(self) -> list[Category]:
        """The categories that no label can stand for: in such a dataset these garments lie unmarked."""
        reached = {one for rule in self.rules for one in rule.categories}
        return [one for one in CATEGORIES if one not in reached]

    def to_csv(self) -> str:
        """The map as a file that `read` takes: a start for a map of one's own."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        for rule in self.rules:
            aliases, attributes, categories = (
                f"{SEPARATOR} ".join(names)
                for names in (rule.aliases, rule.attributes, [one.name for one in rule.categories])
            )
            pairs = "yes" if rule.one_mask_a_shoe else ""
            writer.writerow([rule.label, aliases, attributes, rule.kind, categories, pairs, rule.why])
        return text.getvalue()


@cache
def load(name: str) -> LabelMap:
    """One of the maps that the package carries. Raises `DatasetError` listing those that there are."""
    if name == OURS:
        return LabelMap(OURS, tuple(Rule(one.name, "is", (one,), (str(one.id),)) for one in CATEGORIES))
    if name not in NAMES:
        raise DatasetError(
            f"{name}: no such label map; there are {', '.join(NAMES)}, and any CSV file of your own "
            "(`wildwear taxonomy maps modanet --csv` prints one to start from)"
        )
    return read(Path(__file__).with_name("maps") / f"{name}.csv", name)


def read(path: Path, name: str | None = None) -> LabelMap:
    """Read a map from a CSV file with the columns of `REQUIRED`, and those of `COLUMNS` as far as it has
    them.

    Raises:
        DatasetError: the file cannot be read, or contradicts itself; the message names the line.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path}: is not UTF-8 text: {error}") from error
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    rules: list[Rule] = []
    line_of: dict[tuple[str, str], int] = {}
    try:
        if missing := [column for column in REQUIRED if column not in (rows.fieldnames or ())]:
            raise DatasetError(
                f"{path}: line 1: has no column {missing[0]!r}; a label map is a CSV file with the columns "
                f"{','.join(COLUMNS)}, of which {', '.join(REQUIRED)} are needed"
            )
        for row in rows:
            where = f"{path}: line {rows.line_num}"
            rules.append(rule := read_rule(row, where))
            for spelling, attribute in product(rule.spellings, rule.attributes or ("",)):
                if not squeeze(spelling):
                    raise DatasetError(f"{where}: label: expected a name, found {spelling!r}")
                key = squeeze(spelling), squeeze(attribute)
                if (other := line_of.setdefault(key, rows.line_num)) != rows.line_num:
                    twice = f"{spelling!r} with {attribute!r}" if attribute else repr(spelling)
                    raise DatasetError(f"{where}: {twice} stands in line {other} already")
    except csv.Error as error:
        raise DatasetError(f"{path}: line {rows.reader.line_num}: is not CSV: {error}") from error
    return LabelMap(name or path.name, tuple(rules))


def read_rule(row: dict[str, str], where: str) -> Rule:
    """One row of the file. Raises `DatasetError` that begins with `where`."""
    if None in row or None in row.values():
        raise DatasetError(
            f"{where}: has more or fewer fields than line 1 has columns; quote those with commas"
        )
    cells = {column: row.get(column, "").strip() for column in COLUMNS}
    kind = next((one for one in KINDS if one == cells["kind"]), None)
    if kind is None:
        raise DatasetError(f"{where}: kind: expected {', '.join(KINDS)}, found {cells['kind']!r}")
    if cells["one_mask_a_shoe"] not in ("", "yes"):
        raise DatasetError(
            f"{where}: one_mask_a_shoe: expected yes or nothing, found {cells['one_mask_a_shoe']!r}"
        )
    try:
        categories = tuple(category(name) for name in names(cells["categories"]))
    except UnknownCategoryError as error:
        raise DatasetError(f"{where}: categories: {error}") from error
    expected = {
        "is": ("exactly one category", len(categories) == 1),
        "ambiguous": ("at least one category, each once", 0 < len(set(categories)) == len(categories)),
        "ignore": ("nothing", not categories),
    }
    wanted, sound = expected[kind]
    if not sound:
        raise DatasetError(
            f"{where}: categories: a label that is {kind!r} has {wanted} there, found {cells['categories']!r}"
        )
    return Rule(
        label=cells["label"],
        kind=kind,
        categories=categories,
        aliases=names(cells["aliases"]),
        attributes=names(cells["attributes"]),
        one_mask_a_shoe=bool(cells["one_mask_a_shoe"]),
        why=cells["why"],
    )


def names(cell: str) -> tuple[str, ...]:
    """The names in a cell: "coat; jacket" gives ("coat", "jacket")."""
    return tuple(name for part in cell.split(SEPARATOR) if (name := part.strip()))


def guess(labels: Collection[str]) -> LabelMap:
    """The map that knows all of these labels; where several do, they must agree on every one.

    Raises:
        DatasetError: none does, and which comes nearest; or several do and disagree.
    """
    if not labels:
        raise DatasetError("no labels to guess a label map from: name one with --map")
    maps = [load(name) for name in NAMES]
    knowing = [one for one in maps if not one.unknown(labels)]
    if not knowing:
        nearest = min(maps, key=lambda one: len(one.unknown(labels)))
        raise DatasetError(
            f"no label map knows all of its labels; {nearest.name} knows all but "
            f"{listed(nearest.unknown(labels))}. Name a map with --map, your own if need be: "
            f"`wildwear taxonomy maps {nearest.name} --csv` prints one to start from."
        )
    if len({meaning(one, labels) for one in knowing}) > 1:
        raise DatasetError(
            f"its labels, {listed(sorted(labels))}, are known to the label maps "
            f"{', '.join(one.name for one in knowing)}, which disagree on what they are: name one with --map"
        )
    return knowing[0]


def meaning(label_map: LabelMap, labels: Collection[str]) -> tuple[object, ...]:
    """What a map makes of labels that it knows, to compare it with other maps."""
    return tuple(label_map.by_spelling[squeeze(label)].meaning for label in sorted(labels))


def listed(labels: Collection[str]) -> str:
    """Labels for a message, unprintable characters made visible, long ones cut: `'bag', 'belt'`."""
    return ", ".join(repr(label[:60]) for label in labels)
