"""The photos and the engine that batches are tested with."""

from made_batches import batched, pool, shards

__all__ = ["batched", "pool", "shards"]
