"""How many actions the annotation page saves: clicks, drags and keys until every outline has IoU 0.9.

A made-up annotator who knows where the borders are takes the shortest way that the page offers, with and
without help. What is an action, and what each thing costs:

- an outline: a click a vertex, all on the border, and a key to close each of its parts. It has the fewest
  vertices with which the garment reaches the goal (`shortest`), or those of a careful hand that clicks
  wherever the border bends and cannot know which vertices count (`careful`);
- its name: its number key where it has one (the nine used lately, the likeliest of what is selected), else
  the fewest letters that bring it to the top, and Enter. After an outline was drawn the field is open; for
  what is selected, or under the cursor, a key opens it. In VIA, which has no such keys, the careful hand
  clicks a dropdown and the name in it;
- another tool (outline, select, mend, ask the model): a key;
- snapping: a key, after an outline that is as rough as it may be;
- a proposal: a key accepts or rejects it and goes on to the next, and one more begins; or a key rejects it
  where the cursor is, what is mended or named anew is accepted by that, and one key accepts all others,
  whichever is less. A wrong name is changed as above; a wrong outline is mended: a drag of a vertex, or of a
  point between two, onto the border (a click selects it first), or a straight stroke of `mend`, which comes
  from within the garment to add, where it covers no garment that lies on top, or from outside to take away (a
  bent one would do as much as many clicks), each the one that brings most. What a stroke does to the garments
  beside is not counted, neither to the good nor to the bad;
- a box: a drag, by a hand that slips, for which the model gives outline and name, mended as above.

Not counted, since no help changes it: zooming, layers, who is on the photo, the key for the next photo.
Pixels of smaller garments, which lie on top, are left out of a larger one's IoU. What the model proposes
beside the truth is rejected, also in regions that are not judged. The photos must be none that the model
learnt from.

People draw more vertices than this annotator, who knows which ones do: 25 a region in the 5,434 of ModaNet
that lie in VIA's format in ../shared/fixtures.

Run: python benchmarks/annotate.py default ccp30/val.json wild780/val.json
"""

import itertools
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from contest import claim
from outlining import SIDE, Rings, Sight, Way, careful, fewest, mended
from wildwear import imaging, inference
from wildwear.annotation.assist import Assistant, Proposal
from wildwear.annotation.outlines import mask_of
from wildwear.annotation.work import Part
from wildwear.datasets import Dataset
from wildwear.taxonomy import CATEGORIES, Category

PHOTOS = 20
MATCH = 0.5  # IoU from which a proposal is of a garment
SLIP = 0.02  # of a box' sides: standard deviation of each of its edges
SCREEN = 700  # pixels, that a photo fits in
BRUSH = 15  # screen pixels, its radius
MOST_DRAGS = 20  # of mending
NUMBERS = 9  # names that have one
DROPDOWN = 2  # clicks for a name in VIA


@dataclass
class Hand:
    """Which tool is in hand, and which names have a number: as `page/categories.js` keeps them."""

    tool: str = "select"
    recent: list[int] = field(default_factory=list)
    slots: list[int] = field(default_factory=list)

    def copy(self) -> "Hand":
        """Another that goes on from here."""
        return Hand(self.tool, list(self.recent), list(self.slots))

    def takes(self, *tools: str) -> int:
        """Keys until each of these tools was in hand, in turn."""
        keys = sum(one != other for one, other in itertools.pairwise([self.tool, *tools]))
        self.tool = [self.tool, *tools][-1]
        return keys

    def names(self, category: int, likely: list[int] | None = None, *, opened: bool = True) -> int:
        """Keys for a name; `opened`: whether the field for it is open."""
        first = likely or []
        numbered = [*first, *(one for one in self.slots if one not in first)][:NUMBERS]
        keys = 1 if category in numbered else LETTERS[category] + 1 + (not opened)
        self.recent = [category, *(one for one in self.recent if one != category)]
        if category not in self.slots and len(self.slots) < NUMBERS:
            self.slots.append(category)
        elif category not in self.slots:
            self.slots[self.slots.index(max(self.slots, key=self.recent.index))] = category
        return keys


def letters_for(category: int) -> int:
    """The fewest letters that bring a name to the top of the page's list."""
    name = next(one for one in CATEGORIES if one.id == category).name.replace("_", " ")
    for count in range(1, len(name)):
        ranked = sorted(CATEGORIES, key=lambda one: rank(name[:count], one) % 6)
        if ranked[0].id == category:
            return count
    return len(name)


def rank(typed: str, category: Category) -> int:
    """How well letters name a category, 0 the best; -1 where not at all. As `page/categories.js` has it."""
    words = category.name.replace("_", " ").lower()
    others = [one.lower() for one in category.synonyms]
    if words.startswith(typed):
        return 0
    if any(word.startswith(typed) for word in words.split(" ")):
        return 1
    if any(one.startswith(typed) for one in others):
        return 2
    if typed in words or any(typed in one for one in others):
        return 3
    return 4 if category.group.lower().startswith(typed) else -1


LETTERS = {category.id: letters_for(category.id) for category in CATEGORIES}


@dataclass(frozen=True)
class Help:
    """What the model gives for a garment.

    Attributes:
        names: categories that it may be, the likeliest first.
        mended: how it reaches the goal, without snapping and with it; None where that takes too much.
    """

    names: list[int]
    mended: tuple[Way | None, Way | None]


@dataclass(frozen=True)
class Garment:
    """What is to be outlined.

    Attributes:
        category: its name.
        drawn: actions of its outline, without snapping and with it,
        careful: and of that of a careful hand.
        proposal: that is of it, if any.
        box: what a box around it gets, if anything.
    """

    category: int
    drawn: tuple[int, int]
    careful: int
    proposal: Help | None
    box: Help | None


@dataclass(frozen=True)
class Photo:
    """What is to be outlined on a photo, and how many proposals are of none of it."""

    garments: list[Garment]
    wrong: int


def looked_at(
    assistant: Assistant, path: Path, truths: list[dict[str, Any]], draw: np.random.Generator
) -> Photo:
    """Outline the garments of a photo in all ways.

    Args:
        assistant: with the model.
        path: of the photo.
        truths: COCO annotations.
        draw: how the hand slips.
    """
    size = imaging.photo_size(path)
    masks = [imaging.as_rle(one["segmentation"], size) for one in truths]
    pixels = [imaging.decode(mask) for mask in masks]
    place = str(path)
    proposals = assistant.proposals(place)
    pairs = matched(imaging.iou([mask_of(one.parts, size) for one in proposals], masks))
    garments = []
    for index, (truth, mask) in enumerate(zip(truths, masks, strict=True)):
        smaller = [other for other in pixels if other.sum() < pixels[index].sum()]
        hidden = np.logical_or.reduce(smaller) if smaller else np.zeros(size, np.bool_)
        sight = Sight.of(pixels[index], hidden)

        def snap(rings: Rings, sight: Sight = sight) -> Rings:
            return sight.seen(assistant.snapped(place, sight.in_photo(rings), []))

        x, y, width, height = imaging.bbox(mask)
        box = np.array([x, y, x + width, y + height]) + draw.normal(0, SLIP, 4) * [
            width,
            height,
            width,
            height,
        ]
        garments.append(
            Garment(
                truth["category_id"],
                fewest(sight, snap),
                careful(sight),
                help_of(assistant, place, proposals[pairs[index]], pixels[index], hidden)
                if index in pairs
                else None,
                help_of(assistant, place, assistant.in_box(place, box.tolist()), pixels[index], hidden),
            )
        )
    return Photo(garments, len(proposals) - len(pairs))


def help_of(
    assistant: Assistant, place: str, proposal: Proposal | None, truth: Any, hidden: Any
) -> Help | None:
    """What an outline of the model's is worth for a garment; masks (height, width) of the photo."""
    if proposal is None:
        return None

    def ways(parts: list[Part], *, snapping: bool) -> Way | None:
        sight = Sight.of(truth, hidden, parts)

        def snap(rings: Rings) -> Rings:
            return sight.seen(assistant.snapped(place, sight.in_photo(rings), []))

        # As the photo fits the screen, and close up
        radii = [BRUSH * side / SCREEN * sight.scale for side in (max(truth.shape), SIDE / sight.scale)]
        return mended(sight, sight.seen(parts), radii, MOST_DRAGS, snap if snapping else None)

    plain = ways(proposal.parts, snapping=False)
    snapped_last = ways(proposal.parts, snapping=True)
    snapped_first = ways(assistant.snapped(place, proposal.parts, []), snapping=False)
    if snapped_first:
        snapped_first = snapped_first._replace(actions=snapped_first.actions + 1)
    names = [proposal.category, *(category for category, _ in proposal.runners_up)]
    return Help(names, (plain, least(plain, snapped_last, snapped_first)))


def least(*ways: Way | None) -> Way | None:
    """The shortest of some ways."""
    return min((way for way in ways if way), key=lambda way: way.actions + len(way.tools), default=None)


def matched(overlaps: np.ndarray[Any, Any]) -> dict[int, int]:
    """Which proposal is of each garment, by their IoU (proposals, garments): the best pairs first."""
    pairs: dict[int, int] = {}
    for place in np.argsort(-overlaps, axis=None):
        proposal, garment = map(int, np.unravel_index(place, overlaps.shape))
        if overlaps[proposal, garment] >= MATCH and garment not in pairs and proposal not in pairs.values():
            pairs[garment] = proposal
    return pairs


def actions_in_via(photo: Photo) -> int:
    """Actions that a photo takes a careful hand in VIA."""
    return sum(garment.careful + DROPDOWN for garment in photo.garments)


def actions(
    photo: Photo, hand: Hand, *, proposing: bool, snapping: bool, shortest: bool
) -> tuple[int, Counter[str]]:
    """Actions that a photo takes, and in which ways its garments came about.

    Args:
        photo: as it was looked at.
        hand: that does it; goes on with the next photo.
        proposing: whether the model helps.
        snapping: whether outlines are snapped.
        shortest: whether outlines that are drawn have the fewest vertices; otherwise a careful hand's.
    """

    def drawn(garment: Garment) -> int:
        return garment.drawn[snapping] if shortest else garment.careful

    total, ways = 0, Counter[str]()
    kept: list[Garment] = []
    rest: list[Garment] = []
    for garment in photo.garments:
        way = garment.proposal.mended[snapping] if proposing and garment.proposal else None
        named = 2  # actions
        (kept if way and way.actions + len(way.tools) <= drawn(garment) + named else rest).append(garment)
    if proposing:
        wrong = photo.wrong + sum(garment.proposal is not None for garment in rest)
        right = selected = 0
        for garment in kept:
            assert garment.proposal
            way = garment.proposal.mended[snapping]
            assert way
            before = total
            total += way.actions + hand.takes(*way.tools)
            if garment.category != garment.proposal.names[0]:
                total += hand.names(garment.category, garment.proposal.names, opened=False)
            right += total == before
            selected += "select" in way.tools or (way.actions > 0 and not way.tools)  # snapping needs it
            ways["accepted" if total == before else "accepted and changed"] += 1
        one_by_one = 1 + len(kept) + wrong
        together = selected + wrong + (right > 0)
        total += min(one_by_one, together) if kept or wrong else 0
    for garment in rest:
        drawing, boxing = hand.copy(), hand.copy()
        cost = drawing.takes("outline") + drawn(garment) + drawing.names(garment.category)
        way = garment.box.mended[snapping] if proposing and garment.box else None
        boxed = None
        if garment.box and way:
            boxed = boxing.takes("pointing", *way.tools) + 1 + way.actions
            if garment.category != garment.box.names[0]:
                boxed += boxing.names(garment.category, garment.box.names, opened=False)
        if boxed is not None and boxed <= cost:
            total, hand.tool, hand.recent, hand.slots = (
                total + boxed,
                boxing.tool,
                boxing.recent,
                boxing.slots,
            )
            ways["by a box"] += 1
        else:
            total, hand.tool, hand.recent, hand.slots = (
                total + cost,
                drawing.tool,
                drawing.recent,
                drawing.slots,
            )
            ways["drawn"] += 1
    return total, ways


def main(
    model: Annotated[str, typer.Argument(help="`default`, a name or a file.")],
    datasets: Annotated[list[Path], typer.Argument(help="COCO files in wildwear's categories.")],
    images: Annotated[Path | None, typer.Option(help="Folder to look for photos in.")] = None,
    photos: Annotated[int, typer.Option(min=1, help="How many of each, evenly spaced.")] = PHOTOS,
) -> None:
    """Count actions an instance, as Markdown."""
    assistant = Assistant(inference.load(model))
    for path in datasets:
        dataset = Dataset.load(path)
        looked = []
        for image, truths in chosen(dataset, photos):
            draw = np.random.default_rng(image["id"])
            looked.append(looked_at(assistant, dataset.photo_path(image, images), truths, draw))
        show(str(path), looked)


def chosen(dataset: Dataset, count: int) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Photos with garments, evenly spaced over the file, and their garments."""
    garments: dict[int, list[dict[str, Any]]] = {}
    for one in dataset.instances():
        garments.setdefault(one["image_id"], []).append(one)
    able = [(image, garments[image["id"]]) for image in dataset.images if image["id"] in garments]
    return [able[place] for place in sorted({int(place) for place in np.linspace(0, len(able) - 1, count)})]


def show(name: str, looked: list[Photo]) -> None:
    """Print actions a garment with and without help, and how garments came about."""
    garments = sum(len(photo.garments) for photo in looked)
    in_via = sum(map(actions_in_via, looked))
    print(f"\n{name}: {len(looked)} photos, {garments} garments\n")
    print("| help | shortest | times fewer | careful | times fewer than in VIA | garments, shortest |")
    print(f"|---|---|---|---|---|---|\n| VIA | | | {in_via / garments:.1f} | 1.0 | |")
    unassisted = 0
    for help_, proposing, snapping in (
        ("none", False, False),
        ("snapping", False, True),
        ("proposals", True, False),
        ("both", True, True),
    ):
        totals, how = {}, Counter[str]()
        for shortest in (False, True):
            hand, totals[shortest], how = Hand(), 0, Counter[str]()
            for photo in looked:
                counted, ways = actions(
                    photo, hand, proposing=proposing, snapping=snapping, shortest=shortest
                )
                totals[shortest], how = totals[shortest] + counted, how + ways
        unassisted = unassisted or totals[True]
        how_many = ", ".join(f"{count} {way}" for way, count in how.most_common())
        print(
            f"| {help_} | {totals[True] / garments:.1f} | {unassisted / totals[True]:.1f} "
            f"| {totals[False] / garments:.1f} | {in_via / totals[False]:.1f} | {how_many} |",
            flush=True,
        )
    fewer, via = f"{unassisted / totals[True]:.1f} × fewer", f"{in_via / totals[False]:.1f} × fewer"
    claim(
        f"actions a garment, shortest way, {Path(name).parent.name}",
        f"{totals[True] / garments:.1f}",
        peer="no help",
        beside=fewer,
    )
    claim(
        f"actions a garment, careful, {Path(name).parent.name}",
        f"{totals[False] / garments:.1f}",
        peer="in VIA",
        beside=via,
    )


if __name__ == "__main__":
    typer.run(main)
