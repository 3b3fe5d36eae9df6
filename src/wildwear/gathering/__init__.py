"""From what people name as photos (files, folders, globs, lists, archives, addresses on the web, a pipe) to
photos that are read one by one.

- `gather`: what was named, as `Gathered`: its photos, what was skipped and why, and what must be a typo.
- `Photo`: a name that no other has, and a place; `read`: the pixels of what lies at a place.
- `uri_of`: what a place is called from anywhere on this machine; `place_called`: the place again, by that.
"""

from wildwear.gathering.places import Elsewhere, Place, read
from wildwear.gathering.returning import place_called, uri_of
from wildwear.gathering.sources import Gathered, Photo, gather

__all__ = ["Elsewhere", "Gathered", "Photo", "Place", "gather", "place_called", "read", "uri_of"]
