"""How far the work on a project has come, and how long the rest will take."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from wildwear.annotation.store import Store

PAUSE = timedelta(minutes=15)  # without a photo finished: then nobody was at work
LATELY = 100  # photos finished last, that tell the pace


@dataclass(frozen=True)
class Progress:
    """How far it has come.

    Attributes:
        todo, done, skipped: photos.
        instances: garments on all of them.
        by_category: number of garments by the category's id.
        today: photos done or skipped today, by this machine's clock.
        minutes_a_photo: the pace of late, without pauses; None before there is any.
        left_hours: until the target is reached, or all photos are done, at this pace.
    """

    todo: int
    done: int
    skipped: int
    instances: int
    by_category: dict[int, int]
    today: int
    minutes_a_photo: float | None
    left_hours: float | None


def progress(store: Store, target: int | None) -> Progress:
    """How far the work has come.

    Args:
        store: with the work.
        target: how many photos are to be done; None means all that can be.
    """
    photos = store.photos()
    by_status = Counter(photo.summary.status for photo in photos)
    by_category = Counter[int]()
    for photo in photos:
        by_category.update(photo.summary.counts)
    finished = store.finished()
    midnight = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    pace = minutes_a_photo(finished)
    left = by_status["todo"] if target is None else min(max(0, target - by_status["done"]), by_status["todo"])
    return Progress(
        todo=by_status["todo"],
        done=by_status["done"],
        skipped=by_status["skipped"],
        instances=sum(photo.summary.instances for photo in photos),
        by_category=dict(sorted(by_category.items())),
        today=sum(time >= midnight.astimezone(UTC) for time in finished),
        minutes_a_photo=pace,
        left_hours=None if pace is None else left * pace / 60,
    )


def minutes_a_photo(finished: Sequence[datetime]) -> float | None:
    """The mean time from one photo to the next of those finished lately, pauses left out; None for too few.

    Args:
        finished: when photos were, in order.
    """
    gaps = [later - earlier for earlier, later in pairwise(finished[-LATELY - 1 :])]
    worked = [gap for gap in gaps if gap < PAUSE]
    return sum(worked, timedelta()).total_seconds() / 60 / len(worked) if worked else None
