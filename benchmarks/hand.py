"""The hand of `annotate.py`: which keys it takes to have a tool, or to give a name, as the page has them."""

import itertools
from dataclasses import dataclass, field

from wildwear.taxonomy import CATEGORIES, Category

NUMBERS = 9  # names that have one


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
