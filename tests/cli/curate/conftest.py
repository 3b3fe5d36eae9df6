"""The pool of photos and the engine that curation is tested with."""

from curation.conftest import chosen_from, measured, pool

__all__ = ["chosen_from", "measured", "pool"]
