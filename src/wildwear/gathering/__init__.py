"""From what people name as photos (files, folders, globs, lists, archives, addresses on the web, a pipe) to
photos that are read one by one.

- `gather`: what was named, as `Gathered`: its photos, what was skipped and why, and what must be a typo.
- `Photo`: a name that no other has, and a place; `read`: the pixels of what lies at a place.
- `place_called`: the place again, by what it is called.
"""

from wildwear.gathering.places import Elsewhere, Place, read
from wildwear.gathering.returning import place_called
from wildwear.gathering.sources import Gathered, Photo, gather

__all__ = ["Elsewhere", "Gathered", "Photo", "Place", "gather", "place_called", "read"]
