"""The photos and the engine that batches are tested with."""

from made_batches import batched, pool, shards
from made_clusters import two_workers

__all__ = ["batched", "pool", "shards", "two_workers"]
