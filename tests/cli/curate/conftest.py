"""The pool of photos and the engine that curation is tested with."""

from curation.conftest import measured, pool

__all__ = ["measured", "pool"]
