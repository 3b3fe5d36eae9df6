"""Where two annotators disagree, one pair after the other, and what is settled of it."""

from typing import Literal

import msgspec
from msgspec.structs import replace

from wildwear.annotation.agreement import Pair, done_by_both, pairs
from wildwear.annotation.project import Project
from wildwear.annotation.work import Instance, Work


class Settlement(msgspec.Struct, frozen=True):
    """What somebody says of a pair.

    Attributes:
        keep: whose is right.
        a: the id of the first annotator's instance; None where there is none.
        b: that of the second's.
    """

    keep: Literal["a", "b"]
    a: str | None
    b: str | None


class Review:
    """The disagreements of two projects; what is settled changes the first."""

    def __init__(self, first: Project, second: Project) -> None:
        self.first = first
        self.second = second
        self._found: dict[tuple[int, int, int, int], list[Pair]] = {}  # by photos and their revisions

    def disagreements(self) -> list[Pair]:
        """All that nobody has settled, photo by photo. Raises as `agreement.pairs`."""
        settled = self.first.store.settled()
        return [
            pair
            for one, other in done_by_both(self.first, self.second)
            for pair in self._pairs(one, other)
            if pair.kind != "agreed" and (one, key_of(pair)) not in settled
        ]

    def authors(self) -> dict[str, str]:
        """Whose work it is, of the first as `a` and of the second as `b`; where that does not tell them
        apart, in which project it stands."""
        a, b = (" and ".join(project.store.authors()) for project in (self.first, self.second))
        if a == b:
            a, b = f"{a} in {self.first.name}", f"{b} in {self.second.name}"
        return {"a": a, "b": b}

    def _pairs(self, one: int, other: int) -> list[Pair]:
        revisions = (self.first.store.standing(one).revision, self.second.store.standing(other).revision)
        key = (one, other, *revisions)
        if key not in self._found:
            self._found[key] = list(pairs(self.first, self.second, one, other))
        return self._found[key]

    def settle(self, photo: int, said: Settlement, author: str) -> int | None:
        """Do to the first project what somebody, the author, says of a pair.

        Returns:
            the revision of the photo; None where there is no such pair any more.

        Raises:
            ConflictError: somebody has saved the photo at the same moment.
        """
        open_pairs = (pair for pair in self.disagreements() if pair.photo == photo)
        pair = next((one for one in open_pairs if (id_of(one.a), id_of(one.b)) == (said.a, said.b)), None)
        if pair is None:
            return None
        standing = self.first.store.standing(photo)
        revision = standing.revision
        if said.keep == "b":
            work = as_second(standing.work, pair)
            revision = self.first.store.save(photo, revision, author, work)
        self.first.store.settle(photo, key_of(pair), said.keep, author)
        return revision


def id_of(instance: Instance | None) -> str | None:
    """The id of an instance, where there is one."""
    return instance.id if instance is not None else None


def key_of(pair: Pair) -> str:
    """What tells a pair from the others of its photo, as the store keeps it."""
    return f"{id_of(pair.a)} {id_of(pair.b)}"


def as_second(work: Work, pair: Pair) -> Work:
    """The first annotator's work, in which a garment is as the second has it: its name, its outline, or
    whether it is there at all; what it lies on and under stays."""
    if pair.a is None:
        assert pair.b is not None  # one of the two is there
        taken = {instance.id for instance in work.instances}
        added = pair.b if pair.b.id not in taken else replace(pair.b, id=f"{pair.b.id}-second")
        return replace(work, instances=[*work.instances, replace(added, original=None)])
    instances = []
    for instance in work.instances:
        if instance.id != pair.a.id:
            instances.append(instance)
        elif pair.b is not None:
            right = {"category": pair.b.category} if pair.kind == "name" else {"parts": pair.b.parts}
            instances.append(replace(instance, **right))
    return replace(work, instances=instances)
