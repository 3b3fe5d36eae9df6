"""How many actions the annotation page saves: clicks, drags and keys until every outline has IoU 0.9.

A made-up annotator who knows where the borders are takes the shortest way that the page offers, with and
without help. What is an action, and what each thing costs:

- an outline: a click a vertex, all on the border, and a key to close each of its parts. It has the fewest
  vertices with which the garment reaches the goal (`shortest`), or those of a careful hand that clicks
  wherever the border bends and cannot know which vertices count (`careful`); that hand may also draw a rough
  outline in the same manner and mend it, where that is less;
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
  beside is not counted, neither to the good nor to the bad. Or by a click of `mend`, by a hand that knows no
  more than what belongs: in the middle of the largest region that is missing or too much. It is taken where
  it brings more than a drag, since the page shows beforehand what a click would do; the garment has to be
  selected for it. Who changes tools in between pays for each change;
- a box: a drag, by a hand that slips, for which the model gives outline and name, mended as above; also in
  place of a proposal, with a key that rejects it, where that is less.

Not counted, since no help changes it: zooming, layers, who is on the photo, the key for the next photo.
Pixels of smaller garments, which lie on top, are left out of a larger one's IoU. What the model proposes
beside the truth is rejected, also in regions that are not judged. The photos must be none that the model
learnt from. What a click takes with it (`annotation/patching.py`) was settled on other photos of val than the
20 of each that are counted by default.

People draw more vertices than this annotator, who knows which ones do: 25 a region in the 5,434 of ModaNet
that lie in VIA's format in ../shared/fixtures.

Run: python benchmarks/annotate.py default ccp30/val.json wild780/val.json
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from contest import claim
from hand import Hand
from mending import Point, Way, least, mended
from outlining import SIDE, Rings, Sight, bends, careful, drawing, fewest
from wildwear import imaging, inference
from wildwear.annotation.assist import Assistant, Proposal
from wildwear.annotation.outlines import mask_of
from wildwear.annotation.work import Part
from wildwear.datasets import Dataset

PHOTOS = 20
MATCH = 0.5  # IoU from which a proposal is of a garment
SLIP = 0.02  # of a box' sides: standard deviation of each of its edges
SCREEN = 700  # pixels, that a photo fits in
BRUSH = 15  # screen pixels, its radius
MOST_DRAGS = 20  # of mending
DROPDOWN = 2  # clicks for a name in VIA
ROUGH = 0.6, 0.7, 0.8  # IoU of outlines that are drawn to be mended
BOXED = 3  # actions: a tool, a box, and the key that rejects the proposal in its place
AIDS = PLAIN, SNAPPING, CLICKS = range(3)  # what moves outlines: the hand; edges as well; clicks as well


@dataclass(frozen=True)
class Help:
    """What the model gives for a garment.

    Attributes:
        names: categories that it may be, the likeliest first.
        mended: how it reaches the goal, with each of AIDS; None where that takes too much.
    """

    names: list[int]
    mended: tuple[Way | None, ...]


@dataclass(frozen=True)
class Garment:
    """What is to be outlined.

    Attributes:
        category: its name.
        drawn: actions of its outline, without snapping and with it,
        careful: and of that of a careful hand.
        proposal: that is of it, if any.
        box: what a box around it gets, if anything.
        rough: how that hand brings a rough outline to the goal, with each of AIDS; None where that takes too
            much. Its clicks are among the actions.
    """

    category: int
    drawn: tuple[int, int]
    careful: int
    proposal: Help | None
    box: Help | None
    rough: tuple[Way | None, ...] = (None,) * len(AIDS)


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
                roughly(assistant, place, sight, pixels[index], hidden),
            )
        )
    return Photo(garments, len(proposals) - len(pairs))


def help_of(
    assistant: Assistant, place: str, proposal: Proposal | None, truth: Any, hidden: Any
) -> Help | None:
    """What an outline of the model's is worth for a garment; masks (height, width) of the photo."""
    if proposal is None:
        return None
    names = [proposal.category, *(category for category, _ in proposal.runners_up)]
    return Help(names, ways_from(assistant, place, proposal.parts, truth, hidden))


def roughly(
    assistant: Assistant, place: str, sight: Sight, truth: Any, hidden: Any
) -> tuple[Way | None, ...]:
    """How an outline that a hand draws roughly is brought to the goal, with each of AIDS, the drawing among
    its actions; masks (height, width) of the photo."""
    found = []
    for overlap in ROUGH:
        rings = bends(sight, sight.truth, overlap)
        ways = ways_from(assistant, place, sight.in_photo(rings), truth, hidden)
        found.append([way and way._replace(actions=way.actions + drawing(rings)) for way in ways])
    return tuple(least(*ways) for ways in zip(*found, strict=True))


def ways_from(
    assistant: Assistant, place: str, parts: list[Part], truth: Any, hidden: Any
) -> tuple[Way | None, ...]:
    """How an outline is brought to the goal, with each of AIDS; None where that takes too much."""

    def way(parts: list[Part], aid: int, beaten: Way | None = None) -> Way | None:
        """How parts are mended, where that is shorter than a way that is known."""
        sight = Sight.of(truth, hidden, parts)

        def snap(rings: Rings) -> Rings:
            return sight.seen(assistant.snapped(place, sight.in_photo(rings), []))

        def patch(rings: Rings, point: Point) -> Rings:
            x, y = np.array(point) / sight.scale + sight.corner
            return sight.seen(assistant.patched(place, sight.in_photo(rings), (float(x), float(y))))

        # As the photo fits the screen, and close up
        radii = [BRUSH * side / SCREEN * sight.scale for side in (max(truth.shape), SIDE / sight.scale)]
        helps = (None, None), (snap, None), (snap, patch)
        most = min(MOST_DRAGS, beaten.length - 1) if beaten else MOST_DRAGS
        return least(beaten, mended(sight, sight.seen(parts), radii, most, *helps[aid]))

    plain = way(parts, PLAIN)
    first = way(assistant.snapped(place, parts, []), PLAIN)
    snapped = least(way(parts, SNAPPING, plain), first and first._replace(actions=first.actions + 1))
    return plain, snapped, way(parts, CLICKS, snapped)


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
    photo: Photo, hand: Hand, *, proposing: bool, aid: int, shortest: bool
) -> tuple[int, Counter[str]]:
    """Actions that a photo takes, and in which ways its garments came about.

    Args:
        photo: as it was looked at.
        hand: that does it; goes on with the next photo.
        proposing: whether the model helps.
        aid: of AIDS, what moves outlines.
        shortest: whether outlines that are drawn have the fewest vertices; otherwise a careful hand's.
    """

    def drawn(garment: Garment) -> Way:
        if shortest:
            return Way((), garment.drawn[min(aid, SNAPPING)])
        careful = Way((), garment.careful)
        return least(careful, garment.rough[aid]) or careful

    def kept_for(garment: Garment) -> Way | None:
        """How its proposal is mended, where nothing else is less."""
        way = garment.proposal.mended[aid] if garment.proposal else None
        boxed = garment.box.mended[aid] if garment.box else None
        named = 2  # actions
        others = [drawn(garment).length + named, *([boxed.length + BOXED] if boxed else [])]
        return way if way and way.length <= min(others) else None

    total, ways = 0, Counter[str]()
    kept: list[tuple[Garment, Help, Way]] = []
    rest: list[Garment] = []
    for garment in photo.garments:
        way = kept_for(garment) if proposing else None
        if garment.proposal and way:
            kept.append((garment, garment.proposal, way))
        else:
            rest.append(garment)
    if proposing:
        wrong = photo.wrong + sum(garment.proposal is not None for garment in rest)
        right = selected = 0
        for garment, proposal, way in kept:
            before = total
            total += way.actions + hand.takes(*way.tools)
            if garment.category != proposal.names[0]:
                total += hand.names(garment.category, proposal.names, opened=False)
            right += total == before
            snapped = way.actions > 0 and not way.tools
            selected += "select" in way.tools or way.pointed or snapped
            ways["accepted" if total == before else "accepted and changed"] += 1
        one_by_one = 1 + len(kept) + wrong
        together = selected + wrong + (right > 0)
        total += min(one_by_one, together) if kept or wrong else 0
    for garment in rest:
        outlining, boxing = hand.copy(), hand.copy()
        by_hand = drawn(garment)
        cost = (
            outlining.takes("outline", *by_hand.tools) + by_hand.actions + outlining.names(garment.category)
        )
        way = garment.box.mended[aid] if proposing and garment.box else None
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
                outlining.tool,
                outlining.recent,
                outlining.slots,
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
    for help_, proposing, aid in (
        ("none", False, PLAIN),
        ("snapping", False, SNAPPING),
        ("proposals", True, PLAIN),
        ("both", True, SNAPPING),
        ("both, and clicks", True, CLICKS),
    ):
        totals, how = {}, Counter[str]()
        for shortest in (False, True):
            hand, totals[shortest], how = Hand(), 0, Counter[str]()
            for photo in looked:
                counted, ways = actions(photo, hand, proposing=proposing, aid=aid, shortest=shortest)
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
