"""The photos and the engine that batches are tested with."""

from made_batches import pool, shards

__all__ = ["pool", "shards"]
